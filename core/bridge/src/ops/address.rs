//! Web addresses: telling them from paths, reading them, following a redirect's, and showing them without secrets.
//!
//! It reads less than clients do (hosts of letters and digits, no control characters) and writes a backslash and the
//! like as `%5C`, so that no client reads what was judged here as the address of another place. No file is touched.

use std::fmt;

/// An address, split but not judged.
#[derive(Debug)]
pub(super) struct Address {
    /// In lower case.
    pub(super) scheme: String,
    /// Credentials, host and port; empty for an address such as `data:x`.
    authority: String,
    path: String,
    /// With its question mark; empty where there is none.
    query: String,
}

/// The scheme of an address and what follows its `://`; none for a path. A scheme of one letter is a drive.
pub(super) fn schemed(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = split_scheme(text)?;
    rest.strip_prefix("//").filter(|_| scheme.len() > 1).map(|rest| (scheme, rest))
}

impl Address {
    /// None for what is no address, or one of https without a host.
    pub(super) fn read(text: &str) -> Option<Address> {
        let (scheme, rest) = split_scheme(text).filter(|_| !text.contains(char::is_control))?;
        let (rest, query) = split_query(rest);
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let address = Address {
            scheme: scheme.to_ascii_lowercase(),
            authority: authority.to_owned(),
            path: encoded(&without_dots(path)),
            query: encoded(query),
        };
        (!address.is_https() || address.has_host()).then_some(address)
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Where a redirect leads from here.
    pub(super) fn follow(&self, location: &str) -> Option<Address> {
        let here = |path: &str| Address::read(&format!("{}://{}{path}", self.scheme, self.authority));
        if split_scheme(location).is_some() {
            return Address::read(location);
        }
        let (path, query) = split_query(location);
        let folder = self.path.rfind('/').map_or("/", |end| &self.path[..=end]);
        match path {
            _ if path.starts_with("//") => Address::read(&format!("{}:{location}", self.scheme)),
            _ if path.starts_with('/') => here(location),
            "" if query.is_empty() => here(&format!("{}{}", self.path, self.query)),
            "" => here(&format!("{}{query}", self.path)),
            _ => here(&format!("{folder}{location}")),
        }
    }

    /// Whether a name or a password stands before its host.
    pub(super) fn has_credentials(&self) -> bool {
        self.authority.contains('@')
    }

    /// Whether there is a host that every client reads alike, and no port or one that is a number.
    fn has_host(&self) -> bool {
        let place = self.place();
        let (host, port) = match place.strip_prefix('[') {
            Some(v6) => match v6.split_once(']') {
                Some((host, port)) if host.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c)) => (host, port),
                _ => return false,
            },
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        let named = place.starts_with('[') || host.chars().all(|c| c.is_alphanumeric() || "-._".contains(c));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
        !host.is_empty() && named && (port.is_empty() || port.strip_prefix(':').is_some_and(digits))
    }

    /// For people and logs: credentials and the query may be secrets.
    pub(super) fn shown(&self) -> String {
        match self.authority.as_str() {
            "" => format!("{}:", self.scheme),
            _ => format!("{}://{}{}", self.scheme, self.place(), self.path),
        }
    }

    fn place(&self) -> &str {
        self.authority.rsplit('@').next().unwrap_or_default()
    }
}

/// The address itself.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}{}", self.scheme, self.authority, self.path, self.query)
    }
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let known = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (known && scheme.starts_with(|first: char| first.is_ascii_alphabetic())).then_some((scheme, rest))
}

/// What stands before a query, and the query. The fragment is the client's own business, and there is none.
fn split_query(text: &str) -> (&str, &str) {
    let text = text.split('#').next().unwrap_or_default();
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// An absolute path, with `.` and `..` carried out.
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        match part {
            "." | ".." => {
                if part == ".." {
                    kept.pop();
                }
                if parts.peek().is_none() {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

/// What not every client sends as it is, as `%20`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if !br#""<>\^`{|}"#.contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Address {
        Address::read(text).unwrap_or_else(|| panic!("{text} should be read"))
    }

    #[test]
    fn addresses_are_told_from_paths() {
        for text in ["https://a", "FILE:///a", "git+ssh://a", "a1-b.c://"] {
            assert!(schemed(text).is_some(), "{text}");
        }
        for text in
            ["", "a.wasm", "c://a", "C:\\a", "/a://b", "./a://b", "1a://b", "a b://c", "://a", "https:/a", "é://a"]
        {
            assert!(schemed(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_clients_could_read_otherwise_is_written_out() {
        for (text, known) in [
            ("https://a.example", "https://a.example/"),
            ("HTTPS://a.example?b=/../c#d", "https://a.example/?b=/../c"),
            ("https://a.example/b/./c/../d/..", "https://a.example/b/"),
            ("https://a.example/../../b", "https://a.example/b"),
            ("https://a.example/ü \\b?\"ü", "https://a.example/%C3%BC%20%5Cb?%22%C3%BC"),
            ("https://a.example/%2e%2E/%zz", "https://a.example/%2e%2E/%zz"),
        ] {
            assert_eq!(read(text).to_string(), known, "{text}");
        }
        for text in [
            "",
            "a",
            "//a",
            "https",
            "https:a",
            "https:/a",
            "https://",
            "https://a\n.example",
            "https://a/\t",
            "https://a/\u{85}",
        ] {
            assert!(Address::read(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn redirects_lead_from_where_they_stand() {
        let here = read("https://a.example:444/b/c?d=1");
        for (location, there) in [
            ("", "https://a.example:444/b/c?d=1"),
            ("#e", "https://a.example:444/b/c?d=1"),
            ("?e", "https://a.example:444/b/c?e"),
            ("e", "https://a.example:444/b/e"),
            ("../e?f:g", "https://a.example:444/e?f:g"),
            ("../../../../e", "https://a.example:444/e"),
            ("/e//f", "https://a.example:444/e//f"),
            ("//b.example/e", "https://b.example/e"),
            ("https://c.example", "https://c.example/"),
            ("\\\\c.example/e", "https://a.example:444/b/%5C%5Cc.example/e"),
            ("http://c.example/", "http://c.example/"),
        ] {
            let followed = here.follow(location).unwrap_or_else(|| panic!("{location} leads somewhere"));
            assert_eq!(followed.to_string(), there, "{location}");
        }
        assert!(here.follow("/a\r\nb").is_none());
        assert_eq!(here.follow("javascript:alert(1)").map(|there| there.shown()), Some("javascript:".into()));
    }

    #[test]
    fn hosts_are_plain() {
        for text in ["a", "a.example:443", "bücher.example", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]:1", "u:p@a"] {
            assert!(Address::read(&format!("https://{text}/x")).is_some(), "{text}");
        }
        for text in [
            "",
            ":1",
            "a:",
            "a:b",
            "a:+1",
            "a:65536",
            "a b",
            "a\\b",
            "a%2fb",
            "[]",
            "[::1",
            "[::1]1",
            "[::1%25a]",
            "a／b",
            "u@",
            "a|b",
        ] {
            assert!(Address::read(&format!("https://{text}/x")).is_none(), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let address = read("https://user:pass@a.example:1/b?key=secret#more");
        assert!(address.has_credentials());
        assert_eq!(address.shown(), "https://a.example:1/b");
        assert_eq!(read("https://a@b@c.example/").shown(), "https://c.example/");
        assert_eq!(read("data:text/plain,secret").shown(), "data:");
    }
}
