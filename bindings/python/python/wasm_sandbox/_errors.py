# Owns the base of the package's exceptions and their making from an error document of the native part.
# Which family has which class is generated (`_generated/errors.py`) and registers itself here.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._generated.types import ErrorCode, ErrorFamily, RunResult

_classes: dict[str, type[SandboxError]] = {}
_families: dict[str, str] = {}


class SandboxError(Exception):
    """Every error of this package. The family ``internal``, a defect of ours, has no class of its own.

    Attributes:
        code: What went wrong; stable, the same in every language.
        details: Facts about it: ``{field, limit, used}`` for limits, ``{capability, target, rule}`` for denials.
        result: What a failed run or call had written and used until then.
    """

    code: ErrorCode
    details: Mapping[str, Any]
    result: RunResult | None

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        result: RunResult | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.details = dict(details or {})
        self.result = result

    @property
    def family(self) -> ErrorFamily:
        """The family of the code."""
        return _families[self.code]  # type: ignore[return-value]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.code, str(self), self.details, self.result)


def register(classes: Mapping[str, type[SandboxError]], families: Mapping[str, str]) -> None:
    """Classes by code, and the family of each code."""
    _classes.update(classes)
    _families.update(families)


def make(code: str, message: str, **parts: Any) -> SandboxError:
    """An error of the code's class."""
    return _classes.get(code, SandboxError)(code, message, **parts)  # type: ignore[arg-type]


def refused(path: str, why: str) -> SandboxError:
    """An ``invalid_argument`` with its place."""
    return make("invalid_argument", f"Invalid argument: {path}: {why}", details={"path": path})


def from_document(document: Mapping[str, Any]) -> SandboxError:
    """The exception that an error of the native part describes."""
    from ._generated.types import RunResult

    result = RunResult._read(document["result"]) if "result" in document else None  # pyright: ignore[reportPrivateUsage]
    return make(document["code"], document["message"], details=document["details"], result=result)


def _again(code: str, message: str, details: Mapping[str, Any], result: RunResult | None) -> SandboxError:
    return make(code, message, details=details, result=result)
