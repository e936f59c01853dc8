//! What a policy may say that this version does not enforce: it is refused by name, never ignored.

use crate::{Error, ErrorCode, Isolation, Policy, ProcessGrade};

impl Policy {
    /// The error of the first explicit rule that cannot be enforced. What the preset itself grants is no error:
    /// it is denied when a guest uses it.
    pub fn unsupported(&self) -> Option<Error> {
        let preset = Policy::of(self.preset);
        let (mine, base) = (&self.capabilities, &preset.capabilities);
        let field = match () {
            () if mine.network != base.network => "$.capabilities.network",
            () if mine.secrets != base.secrets => "$.capabilities.secrets",
            () if mine.filesystem != base.filesystem => "$.capabilities.filesystem",
            () if mine.kv != base.kv => "$.capabilities.kv",
            () if self.isolation != Isolation::Fresh => "$.isolation",
            () if self.process != ProcessGrade::Shared => "$.process",
            () => return None,
        };
        let why = format_args!("{field} asks for something that this version does not enforce yet; leave it out of the policy");
        Some(Error::new(ErrorCode::Unsupported, why).with("field", field))
    }
}
