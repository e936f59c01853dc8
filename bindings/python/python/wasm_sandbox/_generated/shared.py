# GENERATED from packages/sdk/src and core/schema by packages/codegen; run `npm run generate`.
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._calls import plain
from .._guests import Steps
from .._settings import UNSET, Unset, choose
from .._values import Data, Named, first, given, ms
from .types import *

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Capability", "KvStore", "SecurityPolicy", "SecurityPolicyBuilder", "configure", "parse_policy"]


class Capability(Data):
    """One thing that a guest may do beyond what its policy's preset grants."""

    @classmethod
    def network_access(
        cls,
        domains: Sequence[str],
        *,
        allowed_ports: Sequence[int] | None = None,
        require_https: bool | None = None,
        methods: Sequence[str] | None = None,
        max_request_size: int | None = None,
        max_response_size: int | None = None,
        allow_private: bool | None = None,
    ) -> Capability:
        """Requests to these domains; ``*.example.com`` stands for every name below it.

        Args:
            allowed_ports: Ports; by default those of the allowed schemes.
            require_https: Default true.
            methods: Methods; by default all.
            allow_private: Whether loopback and private addresses may be dialled. Default false.
        """
        return Capability._of(plain("Capability.networkAccess", given(domains=domains, options=given(allowedPorts=allowed_ports, requireHttps=require_https, methods=methods, maxRequestSize=max_request_size, maxResponseSize=max_response_size, allowPrivate=allow_private))))

    @classmethod
    def filesystem_access(
        cls,
        paths: Sequence[str],
        *,
        read_only: bool | None = None,
        max_file_size: int | None = None,
    ) -> Capability:
        """These folders of the host, under the same paths in the guest.

        Args:
            read_only: Default true.
        """
        return Capability._of(plain("Capability.filesystemAccess", given(paths=paths, options=given(readOnly=read_only, maxFileSize=max_file_size))))

    @classmethod
    def environment_access(cls, variables: Sequence[str]) -> Capability:
        """These variables, taken over from the host's environment."""
        return Capability._of(plain("Capability.environmentAccess", given(variables=variables)))

    def to_json(self) -> str:
        """What it grants, as JSON text."""
        return plain("Capability.toJson", given(this=self))


class KvStore(Named):
    """The key-value store of a namespace: what sandboxes share whose policy's ``capabilities.kv`` names it. It
    lives in memory, as long as the process. The host is bound by no quota but what one process holds in all
    stores together, 256 MiB.
    """

    def __init__(self, namespace: str) -> None:
        """Raises:
            UsageError ``invalid_argument`` when no policy could name it: 1 to 64 letters, digits, ``-``, ``_``
                and ``.``.
        """
        super().__init__("KvStore.constructor", given(namespace=namespace))

    def get(self, key: str) -> Any | None:
        """The value of a key; None where there is none."""
        return first(self._now("KvStore.get", given(key=key)))

    def set(self, key: str, value: Value) -> None:
        """Sets it. A key is 1 to 512 bytes."""
        self._now("KvStore.set", given(key=key, value=value))

    def delete(self, key: str) -> bool:
        """Removes it; whether there was something."""
        return self._now("KvStore.delete", given(key=key))

    def keys(self, prefix: str | None = None) -> list[str]:
        """Keys that begin with ``prefix``, in order."""
        return self._now("KvStore.keys", given(prefix=prefix))

    def clear(self) -> None:
        """Empties it."""
        self._now("KvStore.clear", {})

    def stats(self) -> KvStoreStats:
        """How much is in it."""
        return KvStoreStats._read(self._now("KvStore.stats", {}))


class SecurityPolicy(Data):
    """What untrusted code may do and use. Everything not granted is denied; it never changes."""

    @classmethod
    def strict(cls) -> SecurityPolicy:
        """No network, no files of the host, 64 MiB, 10 s of CPU time. The default everywhere."""
        return SecurityPolicy._of(plain("SecurityPolicy.strict", {}))

    @classmethod
    def moderate(cls) -> SecurityPolicy:
        """Twice the memory and three times the CPU time of strict, a real clock, every decision audited."""
        return SecurityPolicy._of(plain("SecurityPolicy.moderate", {}))

    @classmethod
    def permissive(cls) -> SecurityPolicy:
        """Public network, 512 MiB, five minutes."""
        return SecurityPolicy._of(plain("SecurityPolicy.permissive", {}))

    @classmethod
    def builder(cls, preset: Preset | None = None) -> SecurityPolicyBuilder:
        """Begins a policy of your own on a preset; strict by default."""
        return SecurityPolicyBuilder(preset)

    @classmethod
    def from_json(cls, document: str | PolicyDocument) -> SecurityPolicy:
        """Reads a policy document, as text or as an object; unknown keys are errors.

        Raises:
            UsageError ``invalid_policy`` with ``details.path``.
        """
        return SecurityPolicy._of(plain("SecurityPolicy.fromJson", given(document=document)))

    def to_json(self) -> str:
        """The effective document with all defaults filled in, as JSON text."""
        return plain("SecurityPolicy.toJson", given(this=self))

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        return Limits._read(plain("SecurityPolicy.limits", given(this=self)))

    def with_limits(self, limits: LimitOverrides) -> SecurityPolicy:
        """This policy with other limits."""
        return SecurityPolicy._of(plain("SecurityPolicy.withLimits", given(this=self, limits=limits)))

    def with_capability(self, capability: Capability) -> SecurityPolicy:
        """This policy with one more rule."""
        return SecurityPolicy._of(plain("SecurityPolicy.withCapability", given(this=self, capability=capability)))


class SecurityPolicyBuilder(Steps):
    """Builds a SecurityPolicy on a preset."""

    def __init__(self, preset: Preset | None = None) -> None:
        super().__init__()
        self._this = given(preset=preset)

    def allow_network_access(
        self,
        domains: Sequence[str] | None,
        *,
        allowed_ports: Sequence[int] | None = None,
        require_https: bool | None = None,
        methods: Sequence[str] | None = None,
        max_request_size: int | None = None,
        max_response_size: int | None = None,
        allow_private: bool | None = None,
    ) -> Self:
        """Requests to these domains; by default over https only.

        Args:
            allowed_ports: Ports; by default those of the allowed schemes.
            require_https: Default true.
            methods: Methods; by default all.
            allow_private: Whether loopback and private addresses may be dialled. Default false.
        """
        return self._step("allowNetworkAccess", given(domains=domains, options=given(allowedPorts=allowed_ports, requireHttps=require_https, methods=methods, maxRequestSize=max_request_size, maxResponseSize=max_response_size, allowPrivate=allow_private)))

    def allow_filesystem_access(
        self,
        paths: Sequence[str] | None,
        *,
        read_only: bool | None = None,
        max_file_size: int | None = None,
    ) -> Self:
        """These folders of the host; read-only by default.

        Args:
            read_only: Default true.
        """
        return self._step("allowFilesystemAccess", given(paths=paths, options=given(readOnly=read_only, maxFileSize=max_file_size)))

    def allow_environment_access(self, variables: Sequence[str] | Mapping[str, str] | None) -> Self:
        """These variables of the host's environment, or variables with the given values."""
        return self._step("allowEnvironmentAccess", given(variables=variables))

    def add_capability(self, capability: Capability | None) -> Self:
        """Adds one more rule."""
        return self._step("addCapability", given(capability=capability))

    def allow_host_functions(self, names: Sequence[str] | None) -> Self:
        """Only these host functions may be called; without this every one that the host gives."""
        return self._step("allowHostFunctions", given(names=names))

    def enable_audit_logging(self, enabled: bool | None = None) -> Self:
        """Whether decisions are recorded; true records all of them, not denials alone."""
        return self._step("enableAuditLogging", given(enabled=enabled))

    def max_execution_time(self, seconds: float | None) -> Self:
        """Elapsed time of a run or call (``wallTimeMs``)."""
        return self._step("maxExecutionTime", given(ms=ms(seconds)))

    def memory_limit(self, bytes: int | None) -> Self:
        """Memory of a sandbox, with what the host holds for it (``memoryBytes``)."""
        return self._step("memoryLimit", given(bytes=bytes))

    def limits(self, limits: LimitOverrides | None) -> Self:
        """Limits by the names of the policy document; None means "no limit" where that is allowed."""
        return self._step("limits", given(limits=limits))

    def build(self) -> SecurityPolicy:
        """The policy.

        Raises:
            UsageError ``invalid_policy`` with ``details.path``.
        """
        return SecurityPolicy._of(plain("SecurityPolicyBuilder.build", {**self._this, "steps": self._steps}))


def configure(
        *,
        cache_dir: str | None | Unset = UNSET,
        max_concurrency: int | None = None,
        queue_timeout: float | None = None,
        max_instances: int | None = None,
    ) -> None:
    """Sets what all sandboxes of this process share. Call it before anything else of this package.

    Args:
        cache_dir: Folder for compiled modules, private to this user; null: keep nothing on disk. Default: the user's cache folder.
        max_concurrency: Calls that run at the same time, over all sandboxes; further ones wait. Default 64.
        queue_timeout: How long a call waits for its turn before it is `busy`. Default 30 s.
        max_instances: Sandboxes that are open at the same time; opening one more is `busy`. Default 4,096.

    Raises:
        UsageError ``invalid_argument`` for an unknown key, or when a sandbox has been opened already.
    """
    choose({"cacheDir": cache_dir}, given(maxConcurrency=max_concurrency, queueTimeoutMs=ms(queue_timeout), maxInstances=max_instances))


def parse_policy(
        document: str | PolicyDocument,
        *,
        ceiling: PolicyInput | None = None,
    ) -> SecurityPolicy:
    """Checks a policy document that someone else wrote, such as a tenant, and cuts it down to a ceiling.

    Args:
        ceiling: What the host allows at most; the result is what both grant.

    Raises:
        UsageError ``invalid_policy`` with ``details.path``.
    """
    return SecurityPolicy._of(plain("parsePolicy", given(document=document, options=given(ceiling=ceiling))))
