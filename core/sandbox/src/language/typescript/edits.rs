//! Changes of the source text that keep every line where it is, and columns where they can be kept.
//!
//! A blanked stretch becomes spaces, its line breaks stay. Changes may stand inside a stretch that is blanked as a
//! whole; they go with it.

/// Changes, in any order.
#[derive(Debug, Default)]
pub(super) struct Edits {
    list: Vec<Edit>,
}

#[derive(Debug)]
struct Edit {
    start: usize,
    end: usize,
    /// Stands before what is left of the stretch; takes the room of as many of its columns as it can.
    text: String,
}

impl Edits {
    /// Blanks a stretch.
    pub(super) fn blank(&mut self, start: usize, end: usize) {
        self.replace(start, end, String::new());
    }

    /// Puts `text` at the beginning of a stretch and blanks the rest.
    pub(super) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        let text = text.into();
        if start < end || !text.is_empty() {
            self.list.push(Edit { start, end, text });
        }
    }

    /// Puts text between two characters. What is inserted at one place stands in the order of insertion.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at, at, text);
    }

    /// The changed text.
    pub(super) fn apply(mut self, source: &str) -> String {
        // Of two that begin at one place the insertion comes first, then the longer stretch, which covers the other.
        self.list.sort_by_key(|edit| (edit.start, edit.end != edit.start, std::cmp::Reverse(edit.end)));
        let mut out = String::with_capacity(source.len() + 64);
        let mut at = 0;
        for edit in self.list {
            if edit.start < at {
                continue;
            }
            out.push_str(source.get(at..edit.start).unwrap_or_default());
            out.push_str(&edit.text);
            let mut covered = edit.text.encode_utf16().count();
            for c in source.get(edit.start..edit.end).unwrap_or_default().chars() {
                if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                    out.push(c);
                    covered = 0;
                    continue;
                }
                for _ in 0..c.len_utf16() {
                    if covered > 0 {
                        covered -= 1;
                    } else {
                        out.push(' ');
                    }
                }
            }
            at = edit.end;
        }
        out.push_str(source.get(at..).unwrap_or_default());
        out
    }
}
