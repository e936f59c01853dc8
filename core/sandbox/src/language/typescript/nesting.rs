//! How deep a parser can recurse on a source, found without parsing it.
//!
//! The figure is never too low: every bracket that opens is a level until its own kind of end, and every other mark
//! or word that can stand before a nested part is one until its statement ends. Where a slash may begin a regular
//! expression or be a division, nothing after it counts as an end any more.

/// Brackets within each other. The parser reads the inside of an arrow function's possible parameters twice a level.
const BRACKETS: usize = 256;
/// All levels together.
const LEVELS: usize = 16_000;
/// Bytes that may be read again because of brackets around them; about half a second.
const READ_AGAIN: usize = 64 << 20;

/// The deepest point of a source.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    brackets: usize,
    levels: usize,
    /// Where a limit was passed first.
    excess: Option<usize>,
}

/// Inside a bracket: levels since it was opened.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Of the statement under way.
    run: usize,
    /// What a comma does not end: an open `<`.
    angles: usize,
    /// What a semicolon does not end: chains of `else`.
    chain: usize,
    /// It is a template's `${`.
    template: bool,
    /// It is the parenthesis of `if`, `while`, `for` or `with`: a regular expression may follow it.
    heads: bool,
}

/// What stood last, for telling a division from a regular expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A value: a slash divides.
    Value,
    /// An operator or nothing: a slash begins a regular expression.
    Operator,
    /// It cannot be told without parsing.
    Unclear,
}

impl Nesting {
    pub(super) fn of(source: &[u8]) -> Nesting {
        let mut scan = Scan {
            source,
            at: 0,
            open: vec![Level::default()],
            outside: 0,
            last: Last::Operator,
            head: false,
            property: false,
            doubtful: false,
            broken: false,
            doubled: false,
            found: Nesting::default(),
        };
        if source.starts_with(b"#!") {
            scan.line();
        }
        scan.run();
        scan.found
    }

    /// An upper bound of the parser's recursion.
    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// Where the source becomes deeper than is allowed.
    pub(super) fn excess(&self, bytes: usize) -> Option<usize> {
        let again = self.brackets.saturating_mul(bytes) > READ_AGAIN && self.brackets > 8;
        self.excess.or(again.then_some(0))
    }
}

struct Scan<'s> {
    source: &'s [u8],
    at: usize,
    open: Vec<Level>,
    /// Levels of all open brackets but the innermost.
    outside: usize,
    last: Last,
    /// The last word was `if`, `while`, `for` or `with`.
    head: bool,
    /// The last mark was a dot: the word after it is a name.
    property: bool,
    doubtful: bool,
    /// A line ended since the last mark or word.
    broken: bool,
    /// The last mark was the first half of a `++` or `--` after a value.
    doubled: bool,
    found: Nesting,
}

impl Scan<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while self.at < self.source.len() && self.found.excess.is_none() {
            let byte = self.byte(0);
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\r' | b'\n' => {
                    self.at += 1;
                    self.broken = true;
                }
                b'/' if self.byte(1) == b'/' && !self.doubtful => self.line(),
                b'/' if self.byte(1) == b'*' && !self.doubtful => self.comment(),
                b'/' => self.slash(),
                b'"' | b'\'' => self.quoted(byte),
                b'`' => {
                    self.at += 1;
                    self.level();
                    self.template();
                }
                b'(' | b'[' | b'{' => self.opened(),
                b')' | b']' | b'}' => self.closed(byte),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | b'#' | b'\\' | 0x80.. => self.word(),
                _ => self.mark(byte),
            }
        }
    }

    fn top(&mut self) -> &mut Level {
        if self.open.is_empty() {
            self.open.push(Level::default());
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn level(&mut self) {
        self.top().run += 1;
        self.measure();
    }

    fn measure(&mut self) {
        let levels = self.outside + self.top().run;
        self.found.levels = self.found.levels.max(levels);
        self.found.brackets = self.found.brackets.max(self.open.len() - 1);
        if levels > LEVELS || self.open.len() > BRACKETS {
            self.found.excess.get_or_insert(self.at);
        }
    }

    fn line(&mut self) {
        while self.at < self.source.len() && !matches!(self.byte(0), b'\n' | b'\r') {
            // The two line separators of Unicode end a comment too; what follows is then counted as code.
            if self.source[self.at..].starts_with(b"\xe2\x80\xa8")
                || self.source[self.at..].starts_with(b"\xe2\x80\xa9")
            {
                break;
            }
            self.at += 1;
        }
    }

    fn comment(&mut self) {
        let rest = &self.source[self.at + 2..];
        let end = rest.windows(2).position(|pair| pair == b"*/");
        self.broken |= rest[..end.unwrap_or(rest.len())].contains(&b'\n');
        self.at = end.map_or(self.source.len(), |end| self.at + 2 + end + 2);
    }

    fn slash(&mut self) {
        match self.last {
            Last::Operator if !self.doubtful => self.regular_expression(),
            Last::Unclear => {
                self.doubtful = true;
                self.mark(b'/');
            }
            _ => self.mark(b'/'),
        }
    }

    fn regular_expression(&mut self) {
        let (mut at, mut class) = (self.at + 1, false);
        loop {
            match self.source.get(at) {
                // It does not end on its line, so it was none, or it is an error; neither may hide what follows.
                None | Some(b'\n' | b'\r') => {
                    self.doubtful = true;
                    return self.mark(b'/');
                }
                Some(b'\\') => at += 1,
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => break,
                _ => {}
            }
            at += 1;
        }
        self.at = at + 1;
        self.last = Last::Value;
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        self.last = Last::Value;
        if self.doubtful {
            return;
        }
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => self.at += 1,
                b'\n' | b'\r' => {
                    self.doubtful = true;
                    return;
                }
                byte if byte == quote => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The text of a template up to its end or the next `${`.
    fn template(&mut self) {
        self.last = Last::Value;
        if self.doubtful {
            return;
        }
        while self.at < self.source.len() {
            match self.byte(0) {
                b'\\' => self.at += 1,
                b'`' => {
                    self.at += 1;
                    return;
                }
                b'$' if self.byte(1) == b'{' => {
                    self.at += 1;
                    self.opened();
                    self.top().template = true;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn opened(&mut self) {
        self.level();
        let run = self.top().run;
        self.outside += run;
        let heads = std::mem::take(&mut self.head);
        self.open.push(Level { heads, ..Level::default() });
        self.measure();
        self.at += 1;
        self.property = false;
        self.last = Last::Operator;
    }

    fn closed(&mut self, byte: u8) {
        self.at += 1;
        self.property = false;
        if self.doubtful {
            return;
        }
        if self.open.len() == 1 {
            self.last = Last::Unclear;
            return;
        }
        let inner = self.open.pop().unwrap_or_default();
        self.outside -= self.top().run;
        self.last = match byte {
            b')' if inner.heads => Last::Operator,
            b'}' => Last::Unclear,
            _ => Last::Value,
        };
        if inner.template && byte == b'}' {
            self.template();
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let number = self.byte(0).is_ascii_digit();
        loop {
            match self.byte(0) {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | b'#' | b'\\' | 0x80.. => self.at += 1,
                // The point of a number, which is no operator.
                b'.' if number => self.at += 1,
                _ => break,
            }
        }
        self.broken = false;
        let named = std::mem::take(&mut self.property);
        let word = &self.source[start..self.at];
        self.head = !named && (matches!(word, b"if" | b"while" | b"for" | b"with") || (self.head && word == b"await"));
        // A word that was escaped can be a keyword's name, but no keyword.
        let prefix = matches!(
            word,
            b"if"
                | b"else"
                | b"do"
                | b"while"
                | b"for"
                | b"with"
                | b"return"
                | b"throw"
                | b"typeof"
                | b"void"
                | b"delete"
                | b"new"
                | b"await"
                | b"yield"
                | b"in"
                | b"of"
                | b"instanceof"
                | b"as"
                | b"satisfies"
                | b"extends"
                | b"keyof"
                | b"unique"
                | b"readonly"
                | b"infer"
                | b"is"
                | b"asserts"
                | b"case"
                | b"function"
                | b"class"
                | b"async"
                | b"abstract"
                | b"import"
                | b"export"
                | b"default"
                | b"try"
                | b"namespace"
                | b"module"
                | b"declare"
        );
        if !prefix {
            self.last = Last::Value;
            return;
        }
        self.level();
        if word == b"else" {
            let top = self.top();
            top.chain = top.run;
        }
        self.last = match word {
            _ if named => Last::Value,
            b"await" | b"yield" | b"of" | b"as" | b"satisfies" | b"is" | b"infer" | b"keyof" | b"unique"
            | b"readonly" | b"asserts" | b"async" | b"abstract" | b"namespace" | b"module" | b"declare" => {
                Last::Unclear
            }
            _ => Last::Operator,
        };
    }

    fn mark(&mut self, byte: u8) {
        self.at += 1;
        self.property = byte == b'.' && self.byte(0) != b'.';
        self.head = false;
        let doubtful = self.doubtful;
        let top = self.top();
        match byte {
            b';' if !doubtful => {
                top.run = top.chain;
                top.angles = top.chain;
            }
            b',' if !doubtful => top.run = top.angles.max(top.chain),
            b'<' => {
                top.run += 1;
                top.angles = top.run;
            }
            _ => top.run += 1,
        }
        self.measure();
        let before = self.at.checked_sub(2).and_then(|at| self.source.get(at)).copied().unwrap_or(0);
        let after_value = self.last == Last::Value && !std::mem::take(&mut self.broken);
        self.last = match byte {
            // After a value on the same line these belong to it: `i++`, `x!`.
            b'+' | b'-' if before == byte && self.doubled => Last::Value,
            b'!' if after_value => Last::Value,
            b'>' if before != b'=' => Last::Unclear,
            _ => Last::Operator,
        };
        self.doubled = after_value && matches!(byte, b'+' | b'-') && self.byte(0) == byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(source: &str) -> usize {
        Nesting::of(source.as_bytes()).levels()
    }

    #[test]
    fn ordinary_programs_are_shallow() {
        let program = "const a = { b: [1, 2, 3], c: (x) => x + 1 };\nif (a.b.length > 2) { f(a); } else { g(); }\n";
        assert!(levels(&program.repeat(1000)) < 5_000, "{}", levels(&program.repeat(1000)));
        let data = format!("const all = [{}];", "{ a: 1, b: 'x' },".repeat(10_000));
        assert!(levels(&data) < 50, "{}", levels(&data));
    }

    #[test]
    fn brackets_in_texts_are_no_brackets() {
        assert!(levels("f('((((', \"[[[[\", `{{{{`, /[(]((((/, 1) // ((((\n /* (((( */") < 12);
    }

    #[test]
    fn ends_in_doubtful_places_do_not_count() {
        let hostile = "}/\"/;".to_owned() + &"(".repeat(5_000);
        assert!(Nesting::of(hostile.as_bytes()).excess(hostile.len()).is_some());
        let hostile = "(/)/,".repeat(300);
        assert!(Nesting::of(hostile.as_bytes()).excess(hostile.len()).is_some());
        let hostile = "x = y\n++\n/[`]/.z;".to_owned() + &"(".repeat(5_000);
        assert!(Nesting::of(hostile.as_bytes()).excess(hostile.len()).is_some());
    }

    #[test]
    fn divisions_and_expressions_are_told_apart() {
        let program = "let a = i++ / 2 / x! / 1. / (3) / b[0]; if (a) /[(\"]/.test(s); l.map((x) => /[`(]/.test(x));\n";
        assert!(levels(&program.repeat(1000)) < 60, "{}", levels(&program.repeat(1000)));
    }

    #[test]
    fn what_nests_without_brackets_counts() {
        for part in ["a=>", "!", "a?b:", "typeof ", "if(a);else ", "a:", "A<", "x=", "new ", "a+", "`${"] {
            assert!(levels(&part.repeat(200)) >= 200, "{part}");
        }
    }
}
