# GENERATED from packages/sdk/src and core/schema by packages/codegen; run `npm run generate`.
from __future__ import annotations

from .._errors import SandboxError, register

__all__ = ["ExecutionError", "LifecycleError", "ResourceLimitExceeded", "ResourceTimeout", "SandboxError", "SecurityViolation", "UsageError"]


class SecurityViolation(SandboxError):
    """The guest asked for something that the policy does not grant: ``access_denied``."""



class ResourceLimitExceeded(SandboxError):
    """A limit of the policy was reached; ``details`` has ``{field, limit, used}``."""



class ExecutionError(SandboxError):
    """The guest itself failed: a trap, an exception, a non-zero exit, a host function that threw."""



class UsageError(SandboxError):
    """The caller made a mistake: a wrong argument, policy or module, or something that is not there."""



class LifecycleError(SandboxError):
    """The call did not take place or was ended: ``cancelled``, ``closed``, ``busy``."""



class ResourceTimeout(ResourceLimitExceeded, TimeoutError):
    """A limit on time was reached; it is caught as a ``TimeoutError`` as well."""


register(
    {
        "access_denied": SecurityViolation,
        "memory_limit": ResourceLimitExceeded,
        "cpu_timeout": ResourceTimeout,
        "wall_timeout": ResourceTimeout,
        "fuel_exhausted": ResourceLimitExceeded,
        "stack_overflow": ResourceLimitExceeded,
        "output_limit": ResourceLimitExceeded,
        "host_call_limit": ResourceLimitExceeded,
        "file_limit": ResourceLimitExceeded,
        "network_limit": ResourceLimitExceeded,
        "value_limit": ResourceLimitExceeded,
        "module_limit": ResourceLimitExceeded,
        "guest_trap": ExecutionError,
        "guest_exit": ExecutionError,
        "guest_exception": ExecutionError,
        "host_function_failed": ExecutionError,
        "component_error": ExecutionError,
        "invalid_argument": UsageError,
        "invalid_policy": UsageError,
        "invalid_module": UsageError,
        "not_found": UsageError,
        "unsupported": UsageError,
        "cancelled": LifecycleError,
        "closed": LifecycleError,
        "busy": LifecycleError,
    },
    {
        "access_denied": "security",
        "memory_limit": "resource",
        "cpu_timeout": "resource",
        "wall_timeout": "resource",
        "fuel_exhausted": "resource",
        "stack_overflow": "resource",
        "output_limit": "resource",
        "host_call_limit": "resource",
        "file_limit": "resource",
        "network_limit": "resource",
        "value_limit": "resource",
        "module_limit": "resource",
        "guest_trap": "execution",
        "guest_exit": "execution",
        "guest_exception": "execution",
        "host_function_failed": "execution",
        "component_error": "execution",
        "invalid_argument": "usage",
        "invalid_policy": "usage",
        "invalid_module": "usage",
        "not_found": "usage",
        "unsupported": "usage",
        "cancelled": "lifecycle",
        "closed": "lifecycle",
        "busy": "lifecycle",
        "internal": "internal",
    },
)
