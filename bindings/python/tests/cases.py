# Owns the reading of the shared conformance cases (fixtures/conformance) and the judgement of outcomes: only what a
# case names is compared, never a message. Knows neither asyncio nor threads; the runners are beside it.
from __future__ import annotations

import base64
import json
import math
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from wasm_sandbox import SandboxError

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "fixtures"
KNOWN = {
    "case": "id why source policy host argv env stdin files packages config do expect",
    "step": "call prepare run batch reset dispose exports audit verify stats collectGarbage snapshot restore fork use "
    "key changed policy packages function args inputs output cancelAfterMs timeoutMs expect",
    "expect": "value stdout stderr exitCode files truncated error events usage report withinMs atLeastMs",
    "host": "returns echoes throws sleepsMs neverReturns async",
}


def expected_failures(language: str) -> list[str]:
    """Ids that may fail in this language."""
    return json.loads((FIXTURES / "conformance/expected-failures.json").read_text()).get(language, [])


def read_cases() -> list[dict[str, Any]]:
    """All cases; unknown keys are errors, so that no runner skips what it does not know."""
    cases: list[dict[str, Any]] = []
    for file in sorted((FIXTURES / "conformance").glob("*.json")):
        if file.name not in ("case.schema.json", "expected-failures.json"):
            cases += json.loads(file.read_text())["cases"]
    for one in cases:
        _only(one, "case", one["id"])
        for step in one["do"]:
            _only(step, "step", one["id"])
        for expected in [one["expect"], *(step["expect"] for step in one["do"] if "expect" in step)]:
            _only(expected, "expect", one["id"])
        for described in one.get("host", {}).values():
            _only(described, "host", one["id"])
    return cases


def _only(given: dict[str, Any], what: str, where: str) -> None:
    unknown = set(given) - set(KNOWN[what].split())
    if unknown:
        raise ValueError(f"{where}: the key {unknown.pop()} is not known")


def guest(name: str) -> str:
    """Where a guest lies: among the committed ones or the built ones."""
    for folder in ("guests", "build"):
        if (FIXTURES / folder / name).exists():
            return str(FIXTURES / folder / name)
    raise FileNotFoundError(f"{name} is not built; run `node fixtures/build.mjs`")


def module(source: dict[str, Any]) -> str | bytes:
    return guest(source["wasm"]) if "wasm" in source else base64.b64decode(source["base64"])


def packages(one: dict[str, Any]) -> list[Any] | None:
    given = one.get("packages")
    return given and [base64.b64decode(each["base64"]) if "base64" in each else each for each in given]


def untag(value: Any) -> Any:
    """A value out of its tagged form."""
    if isinstance(value, list):
        return [untag(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(tag, inner)] = value.items()
        if tag == "$int":
            return int(inner)
        if tag == "$float":
            return float(inner)
        if tag == "$bytes":
            return base64.b64decode(inner)
        if tag == "$date":
            return datetime.fromisoformat(inner.replace("Z", "+00:00"))
        if tag == "$map":
            return {untag(key): untag(item) for key, item in inner}
    return {key: untag(item) for key, item in value.items()}


def check(expected: dict[str, Any], got: Any, took_ms: float) -> None:
    """Holds an outcome, or what was raised, against what a case expects."""
    if "withinMs" in expected:
        assert took_ms <= expected["withinMs"]
    if "atLeastMs" in expected:
        assert math.ceil(took_ms) >= expected["atLeastMs"]
    if isinstance(got, BaseException):
        if "error" not in expected or not isinstance(got, SandboxError):
            raise got
        assert got.code == expected["error"]["code"], got
        _matches(got.details, expected["error"].get("details", {}), str(got))
        got = vars(got.result) if got.result else {}
    else:
        assert "error" not in expected, "no error came"
    names = {"stdout": "stdout", "stderr": "stderr", "exitCode": "exit_code", "truncated": "truncated"}
    for name, own in names.items():
        if name in expected:
            assert got.get(own) == expected[name], name
    if "value" in expected:
        assert same(got.get("value"), untag(expected["value"])), (got.get("value"), expected["value"])
    if "files" in expected:
        packed = {path: base64.b64encode(data).decode() for path, data in got["files"].items()}
        assert packed == expected["files"]
    for event in expected.get("events", []):
        assert any(_contains(vars(one), event) for one in got["events"]), (event, got["events"])
    if "usage" in expected:
        _matches(plain(got["usage"]), expected["usage"], "usage")
    if "report" in expected:
        _matches(plain(got["report"]), expected["report"], "report")


def plain(value: Any) -> Any:
    """A dataclass as the reference API's object, so that it can be held against JSON."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {_camel(name): plain(item) for name, item in vars(value).items()}
    return value


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def _contains(got: Any, expected: dict[str, Any]) -> bool:
    try:
        _matches(got, expected, "")
    except AssertionError:
        return False
    return True


def _matches(got: Any, expected: Any, where: str) -> None:
    """Every key that is expected is there; lists are compared one by one."""
    if isinstance(expected, dict):
        assert isinstance(got, dict), where
        for key, item in expected.items():
            assert key in got, f"{where}: {key} of {got}"
            _matches(got[key], item, f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), where
        for one, item in zip(got, expected):
            _matches(one, item, where)
    else:
        assert got == expected, f"{where}: {got!r}"


def same(a: Any, b: Any) -> bool:
    """Equality of values of the same kind, which tells NaN, -0, integers from floats, and a datetime's offset."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(one, two) for one, two in zip(a, b))
    return a == b and (not isinstance(a, datetime) or a.utcoffset() == b.utcoffset())


class Report:
    """Outcomes of one runner; a run of single cases says nothing about the rest and leaves no file."""

    def __init__(self, runner: str, cases: list[dict[str, Any]]) -> None:
        self.runner, self.count, self.lines = runner, len(cases), list[str]()
        self.may_fail = expected_failures(runner)

    def told(self, id: str, failure: BaseException | None) -> None:
        known = id in self.may_fail
        word = ("expected-failure" if known else "fail") if failure else ("unexpected-pass" if known else "pass")
        self.lines.append(f"{id} {word}\n")
        if len(self.lines) == self.count:
            folder = Path(os.environ.get("WASM_SANDBOX_CONFORMANCE_DIR", ROOT / ".conformance"))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.runner}.txt").write_text("".join(sorted(self.lines)))
        if failure and not known:
            raise failure
        assert failure or not known, "it passes, although it is an expected failure"
