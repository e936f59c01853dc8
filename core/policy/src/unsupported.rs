//! What a policy may say that this version does not enforce: it is refused by name, never ignored.

use crate::{Error, ErrorCode, Policy, ProcessGrade};

impl Policy {
    /// The error of the first explicit rule that cannot be enforced. What the preset itself grants is no error:
    /// it is denied when a guest uses it. A policy that grants less than its preset is none either.
    pub fn unsupported(&self) -> Option<Error> {
        let preset = Policy::of(self.preset).capabilities;
        let mine = &self.capabilities;
        let (field, instead) = match () {
            () if mine.network.iter().any(|rule| !preset.network.contains(rule)) => (
                "$.capabilities.network",
                "leave the rule out and give the guest a host function that makes the request",
            ),
            () if mine.secrets.iter().any(|rule| !preset.secrets.contains(rule)) => (
                "$.capabilities.secrets",
                "leave the rule out and give the guest a host function that makes the request",
            ),
            () if mine.filesystem.iter().any(|rule| !preset.filesystem.contains(rule)) => {
                ("$.capabilities.filesystem", "leave the rule out and hand files over with the run (`files`)")
            }
            () if self.process != ProcessGrade::Shared => {
                ("$.process", "leave it out: guests then run in the caller's process")
            }
            () => return None,
        };
        let why = format_args!("{field}: this version does not enforce it yet, and ignores no rule; {instead}");
        Some(Error::new(ErrorCode::Unsupported, why).with("field", field))
    }

    /// The error of the first rule that only source languages can use.
    pub fn unsupported_by_modules(&self) -> Option<Error> {
        let field = "$.capabilities.kv";
        self.capabilities.kv.as_ref().map(|_| {
            let why = format_args!(
                "{field}: a key-value store is for Python, JavaScript and TypeScript; give a module host functions that read and write"
            );
            Error::new(ErrorCode::Unsupported, why).with("field", field)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(document: &str) -> Option<String> {
        let error = Policy::from_json(document).unwrap().unsupported()?;
        assert_eq!(error.code, ErrorCode::Unsupported);
        Some(error.details["field"].as_str().unwrap().to_owned())
    }

    #[test]
    fn explicit_rules_are_named() {
        let cases = [
            (r#"{"capabilities":{"network":[{"domains":["a.example.com"]}]}}"#, "$.capabilities.network"),
            (
                r#"{"preset":"permissive","capabilities":{"network":[{"domains":["*"],"requireHttps":false},{"domains":["a.example.com"]}]}}"#,
                "$.capabilities.network",
            ),
            (
                r#"{"capabilities":{"secrets":[{"name":"K","header":"x-key","domains":["a.example.com"]}]}}"#,
                "$.capabilities.secrets",
            ),
            (r#"{"capabilities":{"filesystem":[{"guest":"/d","host":"d"}]}}"#, "$.capabilities.filesystem"),
            (r#"{"process":"worker"}"#, "$.process"),
        ];
        for (document, at) in cases {
            assert_eq!(field(document).as_deref(), Some(at), "{document}");
        }
    }

    #[test]
    fn what_is_enforced_or_granted_by_the_preset_is_no_error() {
        for document in [
            r#""strict""#,
            r#""moderate""#,
            r#""permissive""#,
            r#"{"preset":"permissive","capabilities":{"network":[]}}"#,
            r#"{"limits":{"fuel":5},"capabilities":{"clock":{"frozen":"2026-01-01T00:00:00Z"},"random":{"seed":1},"environment":{"variables":{"A":"b"},"inherit":["LANG"]},"hostFunctions":["f"]},"audit":{"level":"all"}}"#,
        ] {
            assert_eq!(field(document), None, "{document}");
        }
        assert!(Policy::permissive().intersect(&Policy::strict()).unsupported().is_none());
    }
}
