# GENERATED from packages/sdk/src and core/schema by packages/codegen; run `npm run generate`.
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from .._errors import SandboxError, from_document

if TYPE_CHECKING:
    from .shared import SecurityPolicy

__all__ = ["AuditDocument", "AuditEvent", "AuditKind", "AuditLevel", "AuditOutcome", "AuditResult", "CapabilitiesDocument", "Clock", "ClockFrozen", "DoctorReport", "EnvironmentDocument", "ErrorCode", "ErrorDetails", "ErrorFamily", "ExecutionRecord", "FileContents", "FilesystemMode", "FilesystemRuleDocument", "FunctionCall", "HostFunction", "HostFunctions", "Isolation", "KvDocument", "KvStoreStats", "Language", "LimitOverrides", "Limits", "LimitsDocument", "ModuleExport", "ModuleImport", "ModuleReport", "ModuleReportDenied", "ModuleReportNeed", "ModuleReportRefusal", "NetworkRuleDocument", "OutputCallback", "OutputFormat", "OutputLimitAction", "PackStatus", "Package", "PackageFiles", "PolicyDocument", "PolicyInput", "PoolStats", "PreparedFunction", "Preset", "ProcessGrade", "Random", "RandomSeed", "ResourceStats", "RunResult", "SecretRuleDocument", "SnapshotKey", "Source", "StackClass", "Usage", "Value"]

ErrorCode: TypeAlias = Literal[
    "access_denied",
    "memory_limit",
    "cpu_timeout",
    "wall_timeout",
    "fuel_exhausted",
    "stack_overflow",
    "output_limit",
    "host_call_limit",
    "file_limit",
    "network_limit",
    "value_limit",
    "module_limit",
    "guest_trap",
    "guest_exit",
    "guest_exception",
    "host_function_failed",
    "component_error",
    "invalid_argument",
    "invalid_policy",
    "invalid_module",
    "not_found",
    "unsupported",
    "cancelled",
    "closed",
    "busy",
    "internal",
]
"""What went wrong; the same in every language."""

ErrorFamily: TypeAlias = Literal[
    "security",
    "resource",
    "execution",
    "usage",
    "lifecycle",
    "internal",
]
"""The six families; each but ``internal`` has a class of its own."""


AuditKind: TypeAlias = "Literal['access', 'limit', 'call']"
"""What kind of decision an event tells of."""

AuditOutcome: TypeAlias = "Literal['allowed', 'denied']"
"""How it was decided."""

Isolation: TypeAlias = "Literal['fresh', 'rewind']"
"""How runs are kept apart."""

Preset: TypeAlias = "Literal['strict', 'moderate', 'permissive']"
"""The base that a document's other keys override."""

ProcessGrade: TypeAlias = "Literal['shared', 'worker']"
"""Which process of the operating system runs the guest."""

AuditLevel: TypeAlias = "Literal['denials', 'decisions', 'all']"
"""How much the audit records."""

class ClockFrozen(TypedDict):
    """Stands still at this moment, written as RFC 3339 does, from 1970 to 2500."""

    frozen: str

Clock: TypeAlias = "Literal['real', 'coarse'] | ClockFrozen"
"""What the guest's clocks show."""

class RandomSeed(TypedDict):
    """The same sequence for the same seed."""

    seed: int

Random: TypeAlias = "Literal['secure'] | RandomSeed"
"""Where the guest's randomness comes from."""

OutputLimitAction: TypeAlias = "Literal['truncate', 'fail']"
"""What happens to output beyond ``outputBytes``."""

StackClass: TypeAlias = "Literal['256k', '1m', '4m']"
"""Native stack for wasm frames: a class, because the engine fixes it."""

FilesystemMode: TypeAlias = "Literal['ro', 'overlay', 'rw']"
"""What a guest may do below a mount."""


class PolicyDocument(TypedDict, total=False):
    """What untrusted code may do and use. Everything not granted is denied."""

    audit: AuditDocument
    """Which decisions are recorded."""
    capabilities: CapabilitiesDocument
    """What is granted."""
    isolation: Isolation
    """How runs are kept apart."""
    limits: LimitsDocument
    """What may be used."""
    preset: Preset
    """The base that all other keys override."""
    process: ProcessGrade
    """Which process of the operating system runs the guest."""
    version: int
    """Version of the document's format: 1."""


class AuditDocument(TypedDict, total=False):
    """Which decisions are recorded."""

    enabled: bool
    """Whether anything is recorded."""
    level: AuditLevel
    """How much is recorded."""


class CapabilitiesDocument(TypedDict, total=False):
    """What is granted."""

    clock: Clock
    """What the guest's clocks show."""
    environment: EnvironmentDocument
    """Environment variables that the guest sees."""
    filesystem: Sequence[FilesystemRuleDocument]
    """Host folders mounted into the guest's file tree."""
    hostFunctions: Sequence[str] | None
    """Host functions that the guest may call; None: every one that the host gives."""
    kv: KvDocument | None
    """Key-value store; None: none."""
    network: Sequence[NetworkRuleDocument]
    """A request must match one rule wholly; none: no network."""
    random: Random
    """Where the guest's randomness comes from."""
    secrets: Sequence[SecretRuleDocument]
    """Secrets that the host adds to requests; names only."""


class LimitsDocument(TypedDict, total=False):
    """What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call."""

    memoryBytes: int
    """Linear memories, tables, GC heap and the bytes that the host holds for the guest, together."""
    wallTimeMs: int | None
    """Elapsed time of a run or call, host calls and sleeping included; None: only CPU time counts."""
    cpuTimeMs: int | None
    """Time the guest itself computes; None: only elapsed time counts."""
    fuel: int | None
    """Wasm instructions, roughly; None: not metered (metering costs time)."""
    stack: StackClass | None
    """Native stack class; None: chosen by the kind of source."""
    tableElements: int
    """Elements of all tables together."""
    instances: int
    """Instances that one module or component may consist of."""
    memories: int
    """Linear memories, in all instances together."""
    tables: int
    """Tables, in all instances together."""
    outputBytes: int
    """Bytes of stdout and stderr together that are kept and passed on."""
    onOutputLimit: OutputLimitAction
    """What happens to output beyond ``outputBytes``."""
    valueBytes: int
    """Encoded size of one value that crosses the boundary, in either direction."""
    valueDepth: int
    """Nesting of one value that crosses the boundary."""
    hostCalls: int
    """Calls of host functions."""
    hostCallTimeMs: int | None
    """Elapsed time of one host function call; None: the run's own time is the only limit."""
    files: int
    """Files, directories and links in the in-memory tree."""
    fileBytes: int
    """Bytes of all in-memory files."""
    openFiles: int
    """Files and directories that are open at the same time."""
    httpRequests: int
    """Requests that the guest makes."""
    httpConcurrency: int
    """Requests that are under way at the same time."""
    httpRequestBytes: int
    """Bytes of one request's body."""
    httpResponseBytes: int
    """Bytes of one response's body."""
    randomBytes: int
    """Random bytes that the guest may draw."""
    moduleBytes: int
    """Size of a module that is loaded."""
    compileTimeMs: int
    """Elapsed time of compiling a module."""


class EnvironmentDocument(TypedDict, total=False):
    """Environment variables that the guest sees."""

    inherit: Sequence[str]
    """Names taken over from the host's environment."""
    variables: Mapping[str, str]
    """Variables with their values."""


class FilesystemRuleDocument(TypedDict, total=False):
    """A host folder in the guest's file tree."""

    guest: str
    """Absolute path that the guest sees."""
    host: str
    """Path on the host."""
    maxFileSize: int | None
    """Bytes of one file."""
    mode: FilesystemMode
    """What the guest may do there."""


class KvDocument(TypedDict, total=False):
    """A key-value store for the guest."""

    namespace: str
    """Which store: sandboxes with the same namespace share it."""
    maxBytes: int
    """Bytes of all keys and values."""
    maxKeys: int
    """Number of keys."""


class NetworkRuleDocument(TypedDict, total=False):
    """Which requests may go out."""

    domains: Sequence[str]
    """Host names; ``*.example.com`` stands for every name below it, ``*`` for every public one. International
    names
    in their ASCII form, addresses written out.
    """
    allowPrivate: bool
    """Whether loopback, private and link-local addresses may be dialled."""
    maxRequestSize: int | None
    """Bytes of a request's body; the smaller of this and the limit holds."""
    maxResponseSize: int | None
    """Bytes of a response's body; the smaller of this and the limit holds."""
    methods: Sequence[str] | None
    """Methods, in capitals; None: all."""
    ports: Sequence[int] | None
    """Ports; None: 443, and 80 too where http is allowed."""
    requireHttps: bool
    """Whether http is refused."""


class SecretRuleDocument(TypedDict, total=False):
    """A secret that the host adds to matching requests after the decision."""

    name: str
    """Name of the secret; its value comes from the host."""
    header: str
    """Header that carries it."""
    domains: Sequence[str]
    """Host names that may see it, as in network rules; ``*`` alone is refused."""
    format: str
    """The header's value; ``{}`` stands for the secret."""



class LimitOverrides(TypedDict, total=False):
    """Limits that override others, by their names in the policy document; None where it means "no limit"."""

    memoryBytes: int
    """Linear memories, tables, GC heap and the bytes that the host holds for the guest, together."""
    wallTimeMs: int | None
    """Elapsed time of a run or call, host calls and sleeping included; None: only CPU time counts."""
    cpuTimeMs: int | None
    """Time the guest itself computes; None: only elapsed time counts."""
    fuel: int | None
    """Wasm instructions, roughly; None: not metered (metering costs time)."""
    stack: StackClass | None
    """Native stack class; None: chosen by the kind of source."""
    tableElements: int
    """Elements of all tables together."""
    instances: int
    """Instances that one module or component may consist of."""
    memories: int
    """Linear memories, in all instances together."""
    tables: int
    """Tables, in all instances together."""
    outputBytes: int
    """Bytes of stdout and stderr together that are kept and passed on."""
    onOutputLimit: OutputLimitAction
    """What happens to output beyond ``outputBytes``."""
    valueBytes: int
    """Encoded size of one value that crosses the boundary, in either direction."""
    valueDepth: int
    """Nesting of one value that crosses the boundary."""
    hostCalls: int
    """Calls of host functions."""
    hostCallTimeMs: int | None
    """Elapsed time of one host function call; None: the run's own time is the only limit."""
    files: int
    """Files, directories and links in the in-memory tree."""
    fileBytes: int
    """Bytes of all in-memory files."""
    openFiles: int
    """Files and directories that are open at the same time."""
    httpRequests: int
    """Requests that the guest makes."""
    httpConcurrency: int
    """Requests that are under way at the same time."""
    httpRequestBytes: int
    """Bytes of one request's body."""
    httpResponseBytes: int
    """Bytes of one response's body."""
    randomBytes: int
    """Random bytes that the guest may draw."""
    moduleBytes: int
    """Size of a module that is loaded."""
    compileTimeMs: int
    """Elapsed time of compiling a module."""



class PackageFiles(TypedDict):
    """A package by its name and its files, each by its path in the package; text is written as UTF-8."""

    name: str
    files: FileContents


class _FunctionCall(TypedDict):
    function: str


class FunctionCall(_FunctionCall, total=False):
    """One call of a batch."""

    args: Sequence[Value] | None



ErrorDetails: TypeAlias = "Mapping[str, Any]"
"""Facts about an error that programs can read; which ones depends on the code."""

ResourceStats: TypeAlias = "Usage"
"""What all calls of a sandbox used together."""

Language: TypeAlias = "Literal['javascript', 'typescript', 'python']"
"""A source language that this build runs."""

SnapshotKey: TypeAlias = "str | bytes | bytearray | memoryview"
"""A secret of your own that seals snapshots, to move sessions between machines and languages; text is
taken as UTF-8.
"""

Package: TypeAlias = "str | bytes | bytearray | memoryview | PackageFiles | PathLike[str]"
"""A pure-Python or plain-JavaScript package: the path of a wheel, of a tarball as ``npm pack`` makes it,
of a zip file or of a folder; the bytes of such an archive; or its files.
"""

PolicyInput: TypeAlias = "Preset | PolicyDocument | SecurityPolicy"
"""A policy wherever one is asked for: a preset's name, a document, or a checked policy."""

PreparedFunction: TypeAlias = "Callable[..., Any]"
"""A numeric export, resolved: numbers for i32, f32 and f64, bigints for i64; several results are an array."""

Source: TypeAlias = "str | bytes | bytearray | memoryview | PathLike[str]"
"""A module: the path of a file, an https or file URL, or its bytes."""

FileContents: TypeAlias = "Mapping[str, str | bytes | bytearray | memoryview]"
"""Files of a guest's in-memory tree by absolute path; text is written as UTF-8."""

HostFunction: TypeAlias = "Callable[..., Any]"
"""A function of the host that a guest may call by its name. It may return an awaitable; guests await it.

What it throws is raised in the guest as an exception with the error's name and message.
"""

HostFunctions: TypeAlias = "Mapping[str, HostFunction]"
"""Host functions by the names under which guests find them."""

OutputCallback: TypeAlias = "Callable[[bytes], object]"
"""Receives output as it comes, in the guest's own pieces, which may end in the middle of a character."""

OutputFormat: TypeAlias = "Literal['string', 'bytes', 'json']"
"""What an Extism plug-in's output is taken for; by default it follows the input."""

Value: TypeAlias = "Any"
"""A value that crosses the boundary exactly: None, booleans, numbers (NaN, infinities and -0 included),
bigints of any size, well-formed strings, bytes (``bytes``, ``ArrayBuffer``), ``Date``, arrays, ``Map``,
``Set`` (as a list), typed arrays (as a list) and plain objects. ``None`` crosses as None. Cyclic
values, functions, symbols and lone surrogates are refused with ``invalid_argument``, whose
``details.path`` names the place, such as ``$.a[3]``.
"""


@dataclass(frozen=True)
class ModuleReportRefusal:
    """Part of what comes back."""

    code: ErrorCode
    message: str
    details: dict[str, Any]

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleReportRefusal:
        return cls(
            code=data["code"],
            message=data["message"],
            details=data["details"],
        )


@dataclass(frozen=True)
class ModuleReportDenied:
    """Part of what comes back."""

    capability: str
    import_: str
    rule: str

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleReportDenied:
        return cls(
            capability=data["capability"],
            import_=data["import"],
            rule=data["rule"],
        )


@dataclass(frozen=True)
class ModuleReportNeed:
    """Part of what comes back."""

    module_bytes: int
    memories: int
    memory_bytes: int
    memory_maximum_bytes: int | None
    tables: int
    table_elements: int
    table_maximum_elements: int | None

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleReportNeed:
        return cls(
            module_bytes=data["moduleBytes"],
            memories=data["memories"],
            memory_bytes=data["memoryBytes"],
            memory_maximum_bytes=data["memoryMaximumBytes"],
            tables=data["tables"],
            table_elements=data["tableElements"],
            table_maximum_elements=data["tableMaximumElements"],
        )


@dataclass(frozen=True)
class KvStoreStats:
    """Part of what comes back."""

    keys: int
    bytes: int

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> KvStoreStats:
        return cls(
            keys=data["keys"],
            bytes=data["bytes"],
        )


@dataclass(frozen=True)
class AuditEvent:
    """One decision."""

    time: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    sandbox: str
    """The sandbox's instance id."""
    kind: AuditKind
    """What kind of decision it was."""
    capability: str
    """Capability that was asked for: ``network_access``, ``filesystem_access``, ``environment_access``,
    ``host_function``; or the limit's field.
    """
    target: str
    """What it was asked for: a host name, a path, a function's name."""
    rule: str
    """The rule that decided, as a path into the policy."""
    outcome: AuditOutcome
    """How it was decided."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> AuditEvent:
        return cls(
            time=data["time"],
            sandbox=data["sandbox"],
            kind=data["kind"],
            capability=data["capability"],
            target=data["target"],
            rule=data["rule"],
            outcome=data["outcome"],
        )


@dataclass(frozen=True)
class Usage:
    """What was used. Whole milliseconds are rounded up, so that any work shows; exact microseconds stand
    beside them.
    """

    wall_time_ms: int
    """Elapsed milliseconds, host calls and sleeping included."""
    wall_time_us: int
    """Elapsed microseconds."""
    cpu_time_ms: int
    """Milliseconds that the guest itself computed."""
    cpu_time_us: int
    """Microseconds that the guest itself computed."""
    peak_memory_bytes: int
    """The most that memories, tables and host-held bytes came to together."""
    fuel_consumed: int | None
    """Null when fuel is not metered."""
    function_calls: int
    """Calls of the guest's functions by the host."""
    host_calls: int
    """Calls of host functions by the guest."""
    network_requests: int
    """Requests that the guest made."""
    filesystem_ops: int
    """Operations on files and directories."""
    output_bytes: int
    """Bytes that the guest wrote to stdout and stderr, dropped ones included."""
    audit_dropped: int
    """Audit events that the bounded buffer had to drop."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> Usage:
        return cls(
            wall_time_ms=data["wallTimeMs"],
            wall_time_us=data["wallTimeUs"],
            cpu_time_ms=data["cpuTimeMs"],
            cpu_time_us=data["cpuTimeUs"],
            peak_memory_bytes=data["peakMemoryBytes"],
            fuel_consumed=data["fuelConsumed"],
            function_calls=data["functionCalls"],
            host_calls=data["hostCalls"],
            network_requests=data["networkRequests"],
            filesystem_ops=data["filesystemOps"],
            output_bytes=data["outputBytes"],
            audit_dropped=data["auditDropped"],
        )


@dataclass(frozen=True)
class Limits:
    """What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call."""

    memory_bytes: int
    """Linear memories, tables, GC heap and the bytes that the host holds for the guest, together."""
    wall_time_ms: int | None
    """Elapsed time of a run or call, host calls and sleeping included; None: only CPU time counts."""
    cpu_time_ms: int | None
    """Time the guest itself computes; None: only elapsed time counts."""
    fuel: int | None
    """Wasm instructions, roughly; None: not metered (metering costs time)."""
    stack: StackClass | None
    """Native stack class; None: chosen by the kind of source."""
    table_elements: int
    """Elements of all tables together."""
    instances: int
    """Instances that one module or component may consist of."""
    memories: int
    """Linear memories, in all instances together."""
    tables: int
    """Tables, in all instances together."""
    output_bytes: int
    """Bytes of stdout and stderr together that are kept and passed on."""
    on_output_limit: OutputLimitAction
    """What happens to output beyond ``outputBytes``."""
    value_bytes: int
    """Encoded size of one value that crosses the boundary, in either direction."""
    value_depth: int
    """Nesting of one value that crosses the boundary."""
    host_calls: int
    """Calls of host functions."""
    host_call_time_ms: int | None
    """Elapsed time of one host function call; None: the run's own time is the only limit."""
    files: int
    """Files, directories and links in the in-memory tree."""
    file_bytes: int
    """Bytes of all in-memory files."""
    open_files: int
    """Files and directories that are open at the same time."""
    http_requests: int
    """Requests that the guest makes."""
    http_concurrency: int
    """Requests that are under way at the same time."""
    http_request_bytes: int
    """Bytes of one request's body."""
    http_response_bytes: int
    """Bytes of one response's body."""
    random_bytes: int
    """Random bytes that the guest may draw."""
    module_bytes: int
    """Size of a module that is loaded."""
    compile_time_ms: int
    """Elapsed time of compiling a module."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> Limits:
        return cls(
            memory_bytes=data["memoryBytes"],
            wall_time_ms=data["wallTimeMs"],
            cpu_time_ms=data["cpuTimeMs"],
            fuel=data["fuel"],
            stack=data["stack"],
            table_elements=data["tableElements"],
            instances=data["instances"],
            memories=data["memories"],
            tables=data["tables"],
            output_bytes=data["outputBytes"],
            on_output_limit=data["onOutputLimit"],
            value_bytes=data["valueBytes"],
            value_depth=data["valueDepth"],
            host_calls=data["hostCalls"],
            host_call_time_ms=data["hostCallTimeMs"],
            files=data["files"],
            file_bytes=data["fileBytes"],
            open_files=data["openFiles"],
            http_requests=data["httpRequests"],
            http_concurrency=data["httpConcurrency"],
            http_request_bytes=data["httpRequestBytes"],
            http_response_bytes=data["httpResponseBytes"],
            random_bytes=data["randomBytes"],
            module_bytes=data["moduleBytes"],
            compile_time_ms=data["compileTimeMs"],
        )


@dataclass(frozen=True)
class AuditResult:
    """The outcome of an audited call."""

    output: Any
    """What the function returned."""
    violations: list[AuditEvent]
    """Events whose outcome was a denial."""
    events: list[AuditEvent]
    """Every decision, in order."""
    stats: Usage
    """What the call used."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> AuditResult:
        return cls(
            output=data["output"],
            violations=[AuditEvent._read(one) for one in data["violations"]],
            events=[AuditEvent._read(one) for one in data["events"]],
            stats=Usage._read(data["stats"]),
        )


@dataclass(frozen=True)
class DoctorReport:
    """What this machine gives the sandbox, and what it lacks."""

    version: str
    platform: str
    engine: str
    allocation: str
    """``pooling``, or ``on-demand`` with the reason."""
    allocation_reason: str | None
    disk_cache: bool
    disk_cache_problem: str | None
    packs: list[PackStatus]
    cores: int

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> DoctorReport:
        return cls(
            version=data["version"],
            platform=data["platform"],
            engine=data["engine"],
            allocation=data["allocation"],
            allocation_reason=data["allocationReason"],
            disk_cache=data["diskCache"],
            disk_cache_problem=data["diskCacheProblem"],
            packs=[PackStatus._read(one) for one in data["packs"]],
            cores=data["cores"],
        )


@dataclass(frozen=True)
class PackStatus:
    """One source language's interpreter."""

    language: str
    available: bool
    digest: str | None
    problem: str | None

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> PackStatus:
        return cls(
            language=data["language"],
            available=data["available"],
            digest=data["digest"],
            problem=data["problem"],
        )


@dataclass(frozen=True)
class ModuleExport:
    """One export of a loaded module."""

    name: str
    kind: Literal["function", "memory", "table", "global", "tag"]
    params: list[str]
    """Types of a function's parameters, such as ``i32``."""
    results: list[str]
    """Types of a function's results, or of a global."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleExport:
        return cls(
            name=data["name"],
            kind=data["kind"],
            params=data["params"],
            results=data["results"],
        )


@dataclass(frozen=True)
class ModuleImport:
    """One import of a module, and what becomes of it."""

    module: str
    name: str
    kind: Literal["function", "memory", "table", "global", "tag"]
    params: list[str]
    """Types of a function's parameters and results."""
    results: list[str]
    status: Literal["provided", "denied", "host", "unknown"]
    """``provided``; ``denied`` (there, but refused when called); ``host`` (a function of this name must be
    given); ``unknown``.
    """
    reason: str | None
    """Why it is not simply provided."""
    rule: str | None
    """The part of the policy that would allow it."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleImport:
        return cls(
            module=data["module"],
            name=data["name"],
            kind=data["kind"],
            params=data["params"],
            results=data["results"],
            status=data["status"],
            reason=data.get("reason"),
            rule=data.get("rule"),
        )


@dataclass(frozen=True)
class ModuleReport:
    """What a module is and needs, and why a policy would refuse it."""

    allowed: bool
    """Whether it would load under the policy, given the host functions that it imports."""
    kind: Literal["numeric", "command", "reactor", "extism"] | None
    """How it is called; None when it is no module."""
    imports: list[ModuleImport]
    exports: list[ModuleExport]
    needs: ModuleReportNeed
    """What it begins with, and how far it would grow by its own word (None: without end)."""
    capabilities: list[str]
    """Capabilities that it mentions, granted or not: ``network_access``, ``host_function``."""
    denied: list[ModuleReportDenied]
    """Capabilities that it mentions and the policy does not grant: it loads, and is refused when it uses them."""
    refusals: list[ModuleReportRefusal]
    """Why it would not load."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ModuleReport:
        return cls(
            allowed=data["allowed"],
            kind=data["kind"],
            imports=[ModuleImport._read(one) for one in data["imports"]],
            exports=[ModuleExport._read(one) for one in data["exports"]],
            needs=ModuleReportNeed._read(data["needs"]),
            capabilities=data["capabilities"],
            denied=[ModuleReportDenied._read(one) for one in data["denied"]],
            refusals=[ModuleReportRefusal._read(one) for one in data["refusals"]],
        )


@dataclass(frozen=True)
class PoolStats:
    """What a pool has."""

    size: int
    """Open ones, lent or not, and those being opened."""
    idle: int
    """Those that wait to be lent."""
    lent: int
    """Those that somebody has."""
    waiting: int
    """Callers that wait for one."""
    opened: int
    """How many were opened since the pool was made."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> PoolStats:
        return cls(
            size=data["size"],
            idle=data["idle"],
            lent=data["lent"],
            waiting=data["waiting"],
            opened=data["opened"],
        )


@dataclass(frozen=True)
class RunResult:
    """The outcome of one run or call."""

    value: Any
    """The last expression's value, or what the called function returned."""
    stdout: str
    """What the guest wrote, as text; malformed UTF-8 shows as U+FFFD."""
    stderr: str
    stdout_bytes: bytes
    """The same, byte for byte."""
    stderr_bytes: bytes
    truncated: bool
    """Whether output was dropped because of ``outputBytes``."""
    exit_code: int | None
    """Exit status of a WASI command; None for anything else."""
    files: dict[str, bytes]
    """Files that the guest made or changed, by absolute path."""
    usage: Usage
    """Time, memory and calls that it took."""

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> RunResult:
        return cls(
            value=data["value"],
            stdout=data["stdout"],
            stderr=data["stderr"],
            stdout_bytes=data["stdoutBytes"],
            stderr_bytes=data["stderrBytes"],
            truncated=data["truncated"],
            exit_code=data["exitCode"],
            files=data["files"],
            usage=Usage._read(data["usage"]),
        )


@dataclass(frozen=True)
class ExecutionRecord:
    """A run told as a record."""

    success: bool
    value: Any | None
    """The value; None when it failed."""
    output: str
    """What the guest wrote to standard output."""
    error: SandboxError | None
    """What went wrong; None when nothing did."""
    usage: Usage

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> ExecutionRecord:
        return cls(
            success=data["success"],
            value=data["value"],
            output=data["output"],
            error=None if data["error"] is None else from_document(data["error"]),
            usage=Usage._read(data["usage"]),
        )
