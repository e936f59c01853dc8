//! package.json: what the resolution of modules reads of it. The order of conditions counts, so maps keep theirs.
//!
//! Knows no files. What it reads is the guest's: the reader bounds nesting, and other kinds than expected are nothing.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The fields that count.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Description {
    pub(super) kind: Option<String>,
    pub(super) main: Option<String>,
    pub(super) module: Option<String>,
    pub(super) exports: Option<Target>,
    pub(super) imports: Option<Target>,
}

/// A value of `exports` or `imports`.
#[derive(Debug, PartialEq)]
pub(super) enum Target {
    Path(String),
    List(Vec<Target>),
    Map(Vec<(String, Target)>),
    Nothing,
}

impl Target {
    /// The path for a specifier, `.` or `./x` in `exports` and `#x` in `imports`.
    pub(super) fn find(&self, specifier: &str, conditions: &[&str]) -> Option<String> {
        let by_path = |map: &&Vec<(String, Target)>| map.iter().any(|(key, _)| key.starts_with(['.', '#']));
        let Some(map) = (if let Target::Map(map) = self { Some(map) } else { None }).filter(by_path) else {
            return (specifier == ".").then(|| self.chosen("", conditions)).flatten();
        };
        if let Some((_, target)) = map.iter().find(|(key, _)| key == specifier && !specifier.contains('*')) {
            return target.chosen("", conditions);
        }
        let matching = map.iter().filter_map(|(key, target)| {
            let (head, tail) = key.split_once('*')?;
            let star = specifier.strip_prefix(head)?.strip_suffix(tail).filter(|star| !star.is_empty())?;
            Some((head.len(), star, target))
        });
        let (_, star, target) = matching.max_by_key(|(length, ..)| *length)?;
        target.chosen(star, conditions)
    }

    /// The first that holds, in the order of the file.
    fn chosen(&self, star: &str, conditions: &[&str]) -> Option<String> {
        match self {
            Target::Path(path) => Some(path.replace('*', star)),
            Target::List(list) => list.iter().find_map(|one| one.chosen(star, conditions)),
            Target::Map(map) => {
                let holds = |key: &str| key == "default" || conditions.contains(&key);
                map.iter().filter(|(key, _)| holds(key)).find_map(|(_, one)| one.chosen(star, conditions))
            }
            Target::Nothing => None,
        }
    }
}

struct Targets;

impl<'de> Visitor<'de> for Targets {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Target, E> {
        Ok(Target::Path(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_unit<E>(self) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Target, A::Error> {
        let mut list = Vec::new();
        while let Some(one) = seq.next_element()? {
            list.push(one);
        }
        Ok(Target::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Target, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Target::Map(entries))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Target, D::Error> {
        from.deserialize_any(Targets)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Description;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Description, A::Error> {
        let mut all = Description::default();
        let text = |target| if let Target::Path(text) = target { Some(text) } else { None };
        let given = |target: Target| (target != Target::Nothing).then_some(target);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => all.kind = text(map.next_value()?),
                "main" => all.main = text(map.next_value()?),
                "module" => all.module = text(map.next_value()?),
                "exports" => all.exports = given(map.next_value()?),
                "imports" => all.imports = given(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(all)
    }
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Description, D::Error> {
        from.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(text: &str) -> Target {
        serde_json::from_str(text).unwrap()
    }

    const IMPORT: [&str; 2] = ["node", "import"];
    const REQUIRE: [&str; 2] = ["node", "require"];

    #[test]
    fn exports_are_chosen_as_node_does() {
        let exports = exports(
            r#"{
                ".": { "types": "./a.d.ts", "require": "./a.cjs", "import": { "default": "./a.mjs" } },
                "./x/*": "./lib/*.js",
                "./x/y/*": [{ "browser": "./no.js" }, "./deep/*.js"],
                "./secret": null,
                "./odd": 1
            }"#,
        );
        assert_eq!(exports.find(".", &IMPORT).as_deref(), Some("./a.mjs"));
        assert_eq!(exports.find(".", &REQUIRE).as_deref(), Some("./a.cjs"));
        assert_eq!(exports.find("./x/b", &IMPORT).as_deref(), Some("./lib/b.js"));
        assert_eq!(exports.find("./x/y/z", &REQUIRE).as_deref(), Some("./deep/z.js"));
        assert_eq!(exports.find("./secret", &IMPORT), None);
        assert_eq!(exports.find("./odd", &IMPORT), None);
    }

    #[test]
    fn the_first_condition_that_holds_is_meant() {
        let only = exports(r#""./only.js""#);
        assert_eq!(only.find(".", &IMPORT).as_deref(), Some("./only.js"));
        assert_eq!(only.find("./x", &IMPORT), None);
        assert_eq!(exports(r#"{ "require": "./a.cjs" }"#).find(".", &IMPORT), None);
        let default_first = exports(r#"{ "default": "./d.js", "import": "./i.js" }"#);
        assert_eq!(default_first.find(".", &IMPORT).as_deref(), Some("./d.js"));
        let nested = exports(r#"{ "node": { "deno": "./no.js" }, "import": "./i.js", "require": "./r.js" }"#);
        assert_eq!(nested.find(".", &IMPORT).as_deref(), Some("./i.js"));
        assert_eq!(nested.find(".", &REQUIRE).as_deref(), Some("./r.js"));
    }

    #[test]
    fn imports_have_names_with_a_hash() {
        let imports = exports(r##"{ "#dep": { "import": "./e.js", "default": "dep" }, "#in/*": "./in/*.js" }"##);
        assert_eq!(imports.find("#dep", &REQUIRE).as_deref(), Some("dep"));
        assert_eq!(imports.find("#in/x", &IMPORT).as_deref(), Some("./in/x.js"));
        assert_eq!(imports.find("#none", &IMPORT), None);
    }

    #[test]
    fn other_kinds_than_expected_are_nothing() {
        let odd: Description =
            serde_json::from_str(r#"{ "type": 1, "main": null, "exports": null, "x": {} }"#).unwrap();
        assert_eq!(odd, Description::default());
        assert!(serde_json::from_str::<Description>("[]").is_err());
    }
}
