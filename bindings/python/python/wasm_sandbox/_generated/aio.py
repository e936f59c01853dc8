# GENERATED from packages/sdk/src and core/schema by packages/codegen; run `npm run generate`.
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, overload

from .._calls import invoke
from .._download import fetched
from .._guests import AsyncHandle, Steps
from .._host import Side
from .._pool import Acquiring, AsyncPool, G
from .._values import given, ms, paths
from .shared import *
from .types import *

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Guest", "SandboxBuilder", "SandboxPool", "Session", "WasmSandbox", "doctor", "execute", "run", "verify"]


class SandboxBuilder(Steps):
    """Builds a WasmSandbox."""

    def source(
        self,
        source: Source | None,
        *,
        sha256: str | None = None,
        max_bytes: int | None = None,
        timeout: float | None = None,
        max_redirects: int | None = None,
    ) -> Self:
        """The module: a path, an https URL (with how to fetch it), or bytes.

        Args:
            sha256: SHA-256 of the module in hexadecimal; anything else is refused.
            max_bytes: Size limit; by default the policy's `moduleBytes`.
            timeout: Elapsed time for all of it. Default 30 s.
            max_redirects: Redirects that are followed, each over https. Default 5.
        """
        return self._source(given(source=source), given(sha256=sha256, maxBytes=max_bytes, timeoutMs=ms(timeout), maxRedirects=max_redirects))

    def security_policy(self, policy: PolicyInput | None) -> Self:
        """A preset's name, a document or a SecurityPolicy. Default: strict."""
        return self._step("securityPolicy", given(policy=policy))

    def memory_limit(self, bytes: int | None) -> Self:
        """Memory of the sandbox, with what the host holds for it (``memoryBytes``)."""
        return self._step("memoryLimit", given(bytes=bytes))

    def cpu_timeout(self, seconds: float | None) -> Self:
        """Time the guest itself computes (``cpuTimeMs``). A wall time that nobody chose is raised to twice that."""
        return self._step("cpuTimeout", given(ms=ms(seconds)))

    def max_execution_time(self, seconds: float | None) -> Self:
        """Elapsed time of a call (``wallTimeMs``)."""
        return self._step("maxExecutionTime", given(ms=ms(seconds)))

    def limits(self, limits: LimitOverrides | None) -> Self:
        """Limits by the names of the policy document; None means "no limit" where that is allowed."""
        return self._step("limits", given(limits=limits))

    def add_capability(self, capability: Capability | None) -> Self:
        """Adds a rule of its own to the policy."""
        return self._step("addCapability", given(capability=capability))

    def instance_id(self, id: str | None) -> Self:
        """The name in audit events."""
        return self._step("instanceId", given(id=id))

    def host(self, functions: HostFunctions | None) -> Self:
        """Functions that the guest may call, by name."""
        return self._callback("host", functions)

    def env(self, variables: Mapping[str, str] | None) -> Self:
        """Environment variables, besides those of the policy."""
        return self._step("env", given(variables=variables))

    def argv(self, args: Sequence[str] | None) -> Self:
        """Arguments of a WASI module, the program's name first."""
        return self._step("argv", given(args=args))

    def files(self, files: FileContents | None) -> Self:
        """Files of the in-memory tree by absolute path."""
        return self._step("files", given(files=files))

    def config(self, values: Mapping[str, str] | None) -> Self:
        """Configuration of an Extism plug-in."""
        return self._step("config", given(values=values))

    def on_stdout(self, callback: OutputCallback | None) -> Self:
        """Receives standard output as it comes."""
        return self._callback("onStdout", callback)

    def on_stderr(self, callback: OutputCallback | None) -> Self:
        """Receives standard error as it comes."""
        return self._callback("onStderr", callback)

    def on_audit(self, callback: Callable[[AuditEvent], object] | None) -> Self:
        """Receives audit events as they happen."""
        return self._callback("onAudit", callback)

    async def build(self) -> WasmSandbox:
        """Reads, checks and instantiates the module.

        Raises:
            UsageError ``not_found``, ``invalid_module``, ``invalid_policy``, ``unsupported``;
                ResourceLimitExceeded.
        """
        return await WasmSandbox._open("SandboxBuilder.build", {"steps": await self._fetched()}, self._callbacks)


class Guest(AsyncHandle):
    """One guest with its state. Calls are queued in order and never overlap."""

    async def memory_usage(self) -> int:
        """Bytes that memories, tables and data held by the host take now."""
        return self._now("Guest.memoryUsage", {})

    async def get_resource_stats(self) -> ResourceStats:
        """What all calls since it was opened used together; zero at first."""
        return Usage._read(self._now("Guest.getResourceStats", {}))

    async def collect_garbage(self) -> int:
        """Runs the interpreter's own collector and gives unused pages back; returns bytes freed."""
        return await self._invoke("Guest.collectGarbage", {})

    async def reset(self) -> None:
        """Back to exactly the state after opening; policy and limits stay."""
        await self._invoke("Guest.reset", {})

    @property
    def disposed(self) -> bool:
        """Whether it was disposed of, or given back to its pool; every later use is the error ``closed``."""
        return self._is_disposed()

    async def dispose(self) -> None:
        """Ends it: running and queued calls fail with ``closed``, and when this returns the guest has stopped. It
        may be called again, and from a host function, which must not await it.
        """
        await self._dispose()


class SandboxPool(AsyncPool[G]):
    """Keeps sandboxes, or sessions of a source language, open for whoever comes next.

    Args:
        source: A module: path, https address or bytes.
        language: Or a source language, whose sessions it keeps.
        min_size: How many are kept open even when nobody wants them; `initialize` opens them. Default 0.
        max_size: How many there are at most. Default 10.
        idle_timeout: How long more than `min_size` are kept without being wanted. Default 60 s.
        acquire_timeout: How long `acquire` waits for one before it is `busy`; infinity is for ever. Default 30 s.
        policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
        limits: Limits that override those of the policy.
        host: Functions that the guest may call, by name.
        env: Environment variables, besides those of the policy.
        argv: Arguments, the program's name first where the guest expects one.
        files: Files of the in-memory tree by absolute path.
        packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
        config: Configuration of an Extism plug-in.
        instance_id: The name in audit events.
        on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
        on_audit: Receives audit events as they happen.
        sha256: SHA-256 of the module in hexadecimal; anything else is refused.
        max_bytes: Size limit; by default the policy's `moduleBytes`.
        timeout: Elapsed time for all of it. Default 30 s.
        max_redirects: Redirects that are followed, each over https. Default 5.

    Raises:
        UsageError ``invalid_argument`` for sizes and sources that make no sense.
    """

    @overload
    def __init__(
        self: SandboxPool[WasmSandbox],
        source: Source,
        *,
        min_size: int | None = None,
        max_size: int | None = None,
        idle_timeout: float | None = None,
        acquire_timeout: float | None = None,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        sha256: str | None = None,
        max_bytes: int | None = None,
        timeout: float | None = None,
        max_redirects: int | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: SandboxPool[Session],
        *,
        language: Language,
        min_size: int | None = None,
        max_size: int | None = None,
        idle_timeout: float | None = None,
        acquire_timeout: float | None = None,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> None: ...
    def __init__(
        self,
        source: Source | None = None,
        *,
        language: Language | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        idle_timeout: float | None = None,
        acquire_timeout: float | None = None,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        sha256: str | None = None,
        max_bytes: int | None = None,
        timeout: float | None = None,
        max_redirects: int | None = None,
    ) -> None:
        super().__init__(
            (WasmSandbox, Session),
            given(source=source, language=language, minSize=min_size, maxSize=max_size, idleTimeoutMs=ms(idle_timeout), acquireTimeoutMs=ms(acquire_timeout), policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id),
            given(sha256=sha256, maxBytes=max_bytes, timeoutMs=ms(timeout), maxRedirects=max_redirects),
            {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit},
        )

    async def initialize(self) -> None:
        """Opens ``min_size`` sandboxes. Without it the first callers do."""
        await self._initialize()

    def acquire(self) -> Acquiring[G]:
        """Lends one, to be given back by ``release``: one that is idle, a new one while there are fewer than
        ``max_size``, or the next that is given back; first come, first served.

        Raises:
            LifecycleError ``busy`` when none is given back within ``acquire_timeout``, ``closed``,
                ``cancelled``; whatever opening throws.
        """
        return self._acquire()

    async def release(self, sandbox: G) -> None:
        """Takes one back and puts it to its state after opening: for whoever had it, it is ``closed`` from now on.

        One that was disposed of, whose call still runs, or that cannot be reset, is closed, and its place is
        for whoever comes next.

        Raises:
            UsageError ``invalid_argument`` for what the pool has not lent; LifecycleError ``busy`` from a host
                function that it waits for.
        """
        await self._release(sandbox)

    @property
    def stats(self) -> PoolStats:
        """Tells what it has at this moment."""
        return PoolStats._read(self._now("SandboxPool.stats", {}))

    async def dispose(self) -> None:
        """Closes every sandbox, lent ones too; whoever waits for one gets ``closed``. It may be called again."""
        await self._dispose()


class WasmSandbox(Guest):
    """A loaded module with state. After a trap, a limit or a cancel its next call begins from the built state."""

    @classmethod
    def builder(cls) -> SandboxBuilder:
        """Begins a sandbox step by step."""
        return SandboxBuilder()

    @classmethod
    async def from_file(
        cls,
        path: str | PathLike[str],
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> WasmSandbox:
        """Opens the module in a file.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.

        Raises:
            UsageError ``not_found``, ``invalid_module``.
        """
        return await cls._open("WasmSandbox.fromFile", given(path=path, options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def from_bytes(
        cls,
        bytes: bytes | bytearray | memoryview,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> WasmSandbox:
        """Opens a module that is in memory.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.

        Raises:
            UsageError ``invalid_module``.
        """
        return await cls._open("WasmSandbox.fromBytes", given(bytes=bytes, options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def from_url(
        cls,
        url: str,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        sha256: str | None = None,
        max_bytes: int | None = None,
        timeout: float | None = None,
        max_redirects: int | None = None,
    ) -> WasmSandbox:
        """Fetches a module over https and opens it.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.
            sha256: SHA-256 of the module in hexadecimal; anything else is refused.
            max_bytes: Size limit; by default the policy's `moduleBytes`.
            timeout: Elapsed time for all of it. Default 30 s.
            max_redirects: Redirects that are followed, each over https. Default 5.

        Raises:
            UsageError ``invalid_argument``, ``not_found``, ``invalid_module``.
        """
        return await cls._open("WasmSandbox.fromBytes", given(bytes=await fetched(url=url, policy=policy, limits=limits, sha256=sha256, maxBytes=max_bytes, timeoutMs=ms(timeout), maxRedirects=max_redirects), options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def javascript(
        cls,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> Session:
        """Opens a session that runs JavaScript source.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.
        """
        return await Session._open("WasmSandbox.javascript", given(options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def typescript(
        cls,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> Session:
        """Opens a session that runs TypeScript source: its types are taken out, not checked.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.
        """
        return await Session._open("WasmSandbox.typescript", given(options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def python(
        cls,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
    ) -> Session:
        """Opens a session that runs Python source, with its standard library.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.
        """
        return await Session._open("WasmSandbox.python", given(options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    @classmethod
    async def restore(
        cls,
        snapshot: bytes | bytearray | memoryview,
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        snapshot_key: SnapshotKey | None = None,
    ) -> Session:
        """Opens the session that a snapshot holds, under a policy and with functions of its own. It has to be of
        the very same language pack, and unchanged since.

        Args:
            policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
            limits: Limits that override those of the policy.
            host: Functions that the guest may call, by name.
            env: Environment variables, besides those of the policy.
            argv: Arguments, the program's name first where the guest expects one.
            files: Files of the in-memory tree by absolute path.
            packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
            config: Configuration of an Extism plug-in.
            instance_id: The name in audit events.
            on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
            on_audit: Receives audit events as they happen.
            snapshot_key: The key that the snapshot was made with; by default the installation's own.

        Raises:
            UsageError ``invalid_argument``, whose ``details.reason`` says which.
        """
        return await Session._open("WasmSandbox.restore", given(snapshot=snapshot, options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id, snapshotKey=snapshot_key)), {"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit})

    async def call(
        self,
        name: str,
        args: Sequence[Value] | None = None,
        *,
        timeout: float | None = None,
        output: OutputFormat | None = None,
    ) -> Any:
        """Calls an export, off the event loop.

        Args:
            timeout: A tighter limit on elapsed time.
            output: What an Extism plug-in's output is taken for; by default it follows the input.

        Raises:
            SandboxError of the family that fits; ``error.result`` has the output and usage until then.
        """
        return await self._invoke("WasmSandbox.call", given(name=name, args=args, options=given(timeoutMs=ms(timeout), output=output)))

    def prepare(self, name: str) -> Any:
        """Resolves and checks a numeric export once. What it returns is called on the caller's thread with all
        limits in force; it stays valid when the sandbox is reset.
        """
        return self._prepare(name)

    async def call_with_timeout(
        self,
        name: str,
        args: Sequence[Value],
        timeout: float,
        *,
        output: OutputFormat | None = None,
    ) -> Any:
        """Calls an export with a tighter limit on elapsed time.

        Args:
            output: What an Extism plug-in's output is taken for; by default it follows the input.
        """
        return await self._invoke("WasmSandbox.callWithTimeout", given(name=name, args=args, ms=ms(timeout), options=given(output=output)))

    async def call_batch(
        self,
        calls: Sequence[FunctionCall],
        *,
        timeout: float | None = None,
        output: OutputFormat | None = None,
    ) -> Any:
        """Several calls in one crossing; results in order. A failing one fails the batch, its ``details.index``
        says which.

        Args:
            timeout: A tighter limit on elapsed time.
            output: What an Extism plug-in's output is taken for; by default it follows the input.
        """
        return await self._invoke("WasmSandbox.callBatch", given(calls=calls, options=given(timeoutMs=ms(timeout), output=output)))

    async def call_with_audit(
        self,
        name: str,
        args: Sequence[Value] | None = None,
        *,
        timeout: float | None = None,
        output: OutputFormat | None = None,
    ) -> AuditResult:
        """Calls an export and tells every decision that was taken meanwhile.

        Args:
            timeout: A tighter limit on elapsed time.
            output: What an Extism plug-in's output is taken for; by default it follows the input.
        """
        return AuditResult._read(await self._invoke("WasmSandbox.callWithAudit", given(name=name, args=args, options=given(timeoutMs=ms(timeout), output=output))))

    def exports(self) -> list[ModuleExport]:
        """Names, kinds and types of what the module exports."""
        return [ModuleExport._read(one) for one in self._now("WasmSandbox.exports", {})]


class Session(Guest):
    """A session of a source language. When a limit, a trap or a cancel cuts a run off, its interpreter is lost
    and the session is ``closed`` until ``reset``; an exception of the guest leaves it as it is.
    """

    async def run(
        self,
        code: str,
        *,
        timeout: float | None = None,
        output: OutputFormat | None = None,
        inputs: Mapping[str, Value] | None = None,
        file: str | None = None,
        call: str | None = None,
        args: Sequence[Value] | None = None,
        stdin: str | bytes | bytearray | memoryview | None = None,
        argv: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        files: FileContents | None = None,
    ) -> RunResult:
        """Runs source text; the value is that of the last expression. Top-level ``await`` is allowed.

        Args:
            timeout: A tighter limit on elapsed time.
            output: What an Extism plug-in's output is taken for; by default it follows the input.
            inputs: Values visible to the code as global variables.
            file: Name of the source in stack traces.
            call: A function to call after the code, with its arguments.
            files: Files put into the in-memory tree before the run.

        Raises:
            SandboxError of the family that fits; ``error.result`` has the output and usage until then.
        """
        return RunResult._read(await self._invoke("Session.run", given(code=code, options=given(timeoutMs=ms(timeout), output=output, inputs=inputs, file=file, call=call, args=args, stdin=stdin, argv=argv, env=env, files=files))))

    async def snapshot(self, *, snapshot_key: SnapshotKey | None = None) -> bytes:
        """The session as bytes: its memory, globals and files, compressed and sealed with ``snapshot_key``, by
        default this installation's own. Not in it: packages, kv, what the policy grants, what is left of
        budgets. The session goes on.
        """
        return await self._invoke("Session.snapshot", given(options=given(snapshotKey=snapshot_key)))

    async def fork(self) -> Session:
        """A second session that begins where this one is, with the same policy, functions and options and budgets
        of its own. From then on neither sees the other.
        """
        return await self._fork("Session.fork", {})

    async def call(
        self,
        name: str,
        args: Sequence[Value] | None = None,
        *,
        timeout: float | None = None,
        output: OutputFormat | None = None,
    ) -> Any:
        """Calls a function that earlier code defined.

        Args:
            timeout: A tighter limit on elapsed time.
            output: What an Extism plug-in's output is taken for; by default it follows the input.

        Raises:
            UsageError ``not_found`` when there is none.
        """
        return await self._invoke("Session.call", given(name=name, args=args, options=given(timeoutMs=ms(timeout), output=output)))


async def doctor() -> DoctorReport:
    """Looks at this machine.

    Raises:
        UsageError ``unsupported`` where there is no native part.
    """
    return DoctorReport._read(await invoke(Side({}), None, "doctor", {}))


async def verify(source: Source, *, policy: PolicyInput | None = None) -> ModuleReport:
    """Looks at a module: imports, exports, limits asked for, capabilities needed, and why the policy would
    refuse it. Nothing is compiled or run.

    Args:
        policy: The policy that it is held against. Default: strict.

    Raises:
        UsageError ``not_found`` when there is no such file or address; ResourceLimitExceeded
            ``module_limit`` when it is too large to be read.
    """
    return ModuleReport._read(await invoke(Side({}), None, "verify", given(source=await fetched(source=source, policy=policy), options=given(policy=policy))))


async def execute(
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        timeout: float | None = None,
        output: OutputFormat | None = None,
        inputs: Mapping[str, Value] | None = None,
        file: str | None = None,
        call: str | None = None,
        args: Sequence[Value] | None = None,
        stdin: str | bytes | bytearray | memoryview | None = None,
        javascript: str | None = None,
        typescript: str | None = None,
        wasm: Source | None = None,
        python: str | None = None,
    ) -> ExecutionRecord:
    """``run`` for callers who want a record instead of an exception.

    Args:
        policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
        limits: Limits that override those of the policy.
        host: Functions that the guest may call, by name.
        files: Files of the in-memory tree by absolute path.
        packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
        config: Configuration of an Extism plug-in.
        instance_id: The name in audit events.
        on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
        on_audit: Receives audit events as they happen.
        timeout: A tighter limit on elapsed time.
        output: What an Extism plug-in's output is taken for; by default it follows the input.
        inputs: Values visible to the code as global variables.
        file: Name of the source in stack traces.
        call: A function to call after the code, with its arguments.
        javascript: JavaScript source; the value is that of the last expression.
        typescript: TypeScript source: its types are taken out, not checked, and the rest runs as JavaScript.
        wasm: A module: with `call` one of its functions, otherwise the WASI command that it is.
        python: Python source; the value is that of the last expression.

    Raises:
        UsageError when the call itself is wrong, and whatever fetching a module throws; every other failure
            is in the record.
    """
    return ExecutionRecord._read(await invoke(Side({"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit}), None, "execute", given(options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id, timeoutMs=ms(timeout), output=output, inputs=inputs, file=file, call=call, args=args, stdin=stdin, javascript=javascript, typescript=typescript, wasm=await fetched(source=wasm, policy=policy, limits=limits), python=python))))


async def run(
        *,
        policy: PolicyInput | None = None,
        limits: LimitOverrides | None = None,
        host: HostFunctions | None = None,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] | None = None,
        files: FileContents | None = None,
        packages: Sequence[Package] | None = None,
        config: Mapping[str, str] | None = None,
        instance_id: str | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_audit: Callable[[AuditEvent], object] | None = None,
        timeout: float | None = None,
        output: OutputFormat | None = None,
        inputs: Mapping[str, Value] | None = None,
        file: str | None = None,
        call: str | None = None,
        args: Sequence[Value] | None = None,
        stdin: str | bytes | bytearray | memoryview | None = None,
        javascript: str | None = None,
        typescript: str | None = None,
        wasm: Source | None = None,
        python: str | None = None,
    ) -> RunResult:
    """Runs untrusted code once, in a sandbox of its own, and gives back its value, output and usage.

    Args:
        policy: A preset's name, a policy document or a SecurityPolicy. Default: strict.
        limits: Limits that override those of the policy.
        host: Functions that the guest may call, by name.
        files: Files of the in-memory tree by absolute path.
        packages: What a session can import, read-only and offline: paths, archives or files of pure-Python packages (they lie in `/site-packages`) or plain-JavaScript ones (in `/node_modules`). Where there are any, that folder is theirs alone.
        config: Configuration of an Extism plug-in.
        instance_id: The name in audit events.
        on_stdout: Receive output as it comes. It counts against `outputBytes` and is kept in results all the same.
        on_audit: Receives audit events as they happen.
        timeout: A tighter limit on elapsed time.
        output: What an Extism plug-in's output is taken for; by default it follows the input.
        inputs: Values visible to the code as global variables.
        file: Name of the source in stack traces.
        call: A function to call after the code, with its arguments.
        javascript: JavaScript source; the value is that of the last expression.
        typescript: TypeScript source: its types are taken out, not checked, and the rest runs as JavaScript.
        wasm: A module: with `call` one of its functions, otherwise the WASI command that it is.
        python: Python source; the value is that of the last expression.

    Raises:
        SandboxError of the family that fits; ``error.result`` has the output and usage until then. A
            non-zero exit status is ``guest_exit``.
    """
    return RunResult._read(await invoke(Side({"host": host, "onStdout": on_stdout, "onStderr": on_stderr, "onAudit": on_audit}), None, "run", given(options=given(policy=policy, limits=limits, env=env, argv=argv, files=files, packages=paths(packages), config=config, instanceId=instance_id, timeoutMs=ms(timeout), output=output, inputs=inputs, file=file, call=call, args=args, stdin=stdin, javascript=javascript, typescript=typescript, wasm=await fetched(source=wasm, policy=policy, limits=limits), python=python))))
