//! Web addresses: telling them from paths, reading them, following a redirect's, and showing them without secrets.
//!
//! They are read as browsers read them and written out in full, in ASCII, so that no client can take what was judged here
//! for the address of another place. No file is touched.

use std::fmt;
use url::Url;

/// An address, read but not judged.
#[derive(Debug)]
pub(super) struct Address(Url);

/// The scheme of an address and what follows its `://`; none for a path. A scheme of one letter is a drive.
pub(super) fn schemed(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let known = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (known && scheme.len() > 1 && scheme.starts_with(|first: char| first.is_ascii_alphabetic()))
        .then_some((scheme, rest))
}

impl Address {
    /// None for what is no address, and for what only a lenient reader takes for one.
    pub(super) fn read(text: &str) -> Option<Address> {
        let address = Address(Url::parse(plain(text)?).ok()?);
        let strict = schemed(text).is_some_and(|(_, rest)| !rest.starts_with('/'));
        (!address.is_https() || strict).then_some(address)
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme() == "https"
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Where a redirect leads from here.
    pub(super) fn follow(&self, location: &str) -> Option<Address> {
        self.0.join(plain(location)?).ok().map(Address)
    }

    /// Whether a name or a password stands before its host.
    pub(super) fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }

    /// For people and logs: credentials and the query may be secrets.
    pub(super) fn shown(&self) -> String {
        if self.0.cannot_be_a_base() {
            return format!("{}:", self.scheme());
        }
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}{}", self.scheme(), self.0.path())
    }
}

/// Some readers leave control characters out, and take a backslash for a slash.
fn plain(text: &str) -> Option<&str> {
    (!text.contains(|c: char| c.is_control() || c == '\\')).then_some(text)
}

/// The address itself. The fragment is the client's own business, and there is none.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().split('#').next().unwrap_or_default())
    }
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
            ("https://a.example/ü b?\"ü", "https://a.example/%C3%BC%20b?%22%C3%BC"),
            ("https://a.example/b/%2e%2E/%zz", "https://a.example/%zz"),
            ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example/"),
            ("https://0x7f.1/", "https://127.0.0.1/"),
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
            "https://a\\b/",
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
            ("http://c.example/", "http://c.example/"),
        ] {
            let followed = here.follow(location).unwrap_or_else(|| panic!("{location} leads somewhere"));
            assert_eq!(followed.to_string(), there, "{location}");
        }
        for nowhere in ["/a\r\nb", "\\\\c.example/e", "/\\c.example/e", "https://", "//"] {
            assert!(here.follow(nowhere).is_none(), "{nowhere:?}");
        }
        assert_eq!(here.follow("javascript:alert(1)").map(|there| there.shown()), Some("javascript:".into()));
    }

    #[test]
    fn hosts_are_plain() {
        for text in
            ["a", "a.example:443", "bücher.example", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]:1", "u:p@a", "a:"]
        {
            assert!(Address::read(&format!("https://{text}/x")).is_some(), "{text}");
        }
        for text in [
            "",
            ":1",
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
        assert!(!read("https://a.example/@b").has_credentials());
        assert_eq!(read("data:text/plain,secret").shown(), "data:");
    }
}
