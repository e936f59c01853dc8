//! What each error code means and what to do about it, for the reference and for tools.

use crate::ErrorCode;

impl ErrorCode {
    /// What has happened.
    pub fn description(self) -> &'static str {
        match self {
            ErrorCode::AccessDenied => "The guest asked for something that the policy does not grant.",
            ErrorCode::MemoryLimit => {
                "Memories, tables, GC heap and what the host holds for the guest would have come to more than the policy allows."
            }
            ErrorCode::CpuTimeout => "The guest computed for longer than the policy allows.",
            ErrorCode::WallTimeout => "The run took longer than the policy or the caller allows, waiting included.",
            ErrorCode::FuelExhausted => "The guest executed more instructions than its fuel.",
            ErrorCode::StackOverflow => {
                "The guest's call stack was full, or the calling thread had too little stack left to begin."
            }
            ErrorCode::OutputLimit => {
                "The guest wrote more than outputBytes, and the policy says that such a run fails."
            }
            ErrorCode::HostCallLimit => {
                "The guest called host functions too often, drew too many random bytes, or a host function answered too late."
            }
            ErrorCode::FileLimit => "The guest made too many files, too large ones, or had too many open.",
            ErrorCode::NetworkLimit => "The guest made too many requests, or too large ones.",
            ErrorCode::ValueLimit => "A value on its way between host and guest was too large or nested too deeply.",
            ErrorCode::ModuleLimit => {
                "The module is too large, declares more than is compiled, or took too long to compile."
            }
            ErrorCode::GuestTrap => {
                "WebAssembly stopped the guest: a bad access, a division by zero, an `unreachable`."
            }
            ErrorCode::GuestExit => "The program ended with a status other than 0.",
            ErrorCode::GuestException => "The guest threw an exception that it did not catch.",
            ErrorCode::HostFunctionFailed => "A host function failed, and the guest did not handle it.",
            ErrorCode::ComponentError => "An exported function of a component returned its error case.",
            ErrorCode::InvalidArgument => {
                "An argument is of the wrong kind, out of range, or cannot cross the boundary."
            }
            ErrorCode::InvalidPolicy => "The policy document is not valid.",
            ErrorCode::InvalidModule => "The bytes are no WebAssembly module that can run here.",
            ErrorCode::NotFound => "There is no function, file or pack of that name.",
            ErrorCode::Unsupported => "This version cannot do what was asked.",
            ErrorCode::Cancelled => "The caller cancelled the run; the guest has stopped.",
            ErrorCode::Closed => "The sandbox was disposed of, or its session ended when a run was stopped.",
            ErrorCode::Busy => "The sandbox is running a call, or everything that runs at once is taken.",
            ErrorCode::Internal => {
                "A fault in this library or in a host function; the sandbox is closed, the process goes on."
            }
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            ErrorCode::AccessDenied => "If the guest should have it, add the rule that `details.rule` names.",
            ErrorCode::MemoryLimit | ErrorCode::CpuTimeout | ErrorCode::WallTimeout | ErrorCode::FuelExhausted => {
                "Give the guest less to do, or raise the limit that `details.field` names."
            }
            ErrorCode::StackOverflow => "Look for endless recursion; for deep programs raise `limits.stack`.",
            ErrorCode::OutputLimit
            | ErrorCode::HostCallLimit
            | ErrorCode::FileLimit
            | ErrorCode::NetworkLimit
            | ErrorCode::ValueLimit => "Raise the limit that `details.field` names, or have the guest use less.",
            ErrorCode::ModuleLimit => "Compile the module smaller, or raise the limit that `details.field` names.",
            ErrorCode::GuestTrap => {
                "It is a fault of the guest; `details.trap` says which and `details.backtrace` where."
            }
            ErrorCode::GuestExit => "`details.exitCode` is the program's own status; its stderr is in `result`.",
            ErrorCode::GuestException => "`details` has type, message and stack of the guest's exception.",
            ErrorCode::HostFunctionFailed => "`details.function` names it; the message is the host function's own.",
            ErrorCode::ComponentError => "`details.payload` is the error's value.",
            ErrorCode::InvalidArgument => "`details.path` names the value.",
            ErrorCode::InvalidPolicy => "`details.path` names the place in the document.",
            ErrorCode::InvalidModule => "Use `verify` to see what the module asks for.",
            ErrorCode::NotFound => "Look at `exports()`.",
            ErrorCode::Unsupported => "The message says what to use instead.",
            ErrorCode::Cancelled => "Nothing: it was asked for.",
            ErrorCode::Closed => "Open another sandbox; for a session, call `reset`.",
            ErrorCode::Busy => "Wait for the running call, use another sandbox, or try again later.",
            ErrorCode::Internal => "Please report it, with the message.",
        }
    }
}
