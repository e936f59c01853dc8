//! The moment at which a frozen clock stands: RFC 3339 text to nanoseconds since 1970.

/// `None` for text that is no such moment, or lies before 1970 or after 2500.
pub(super) fn parse(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = (digits(date, 0, 4)?, digits(date, 5, 2)?, digits(date, 8, 2)?);
    if date.as_bytes()[4] != b'-' || date.as_bytes()[7] != b'-' || !(1970..=2500).contains(&year) {
        return None;
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = (digits(time, 0, 2)?, digits(time, 3, 2)?, digits(time, 6, 2)?);
    if time.as_bytes()[2] != b':' || time.as_bytes()[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    let seconds =
        (days_since_1970(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset(zone)?;
    u64::try_from(seconds)
        .ok()?
        .checked_mul(1_000_000_000)?
        .checked_add(nanos)
}

/// `len` decimal digits at `at`.
fn digits(text: &str, at: usize, len: usize) -> Option<i64> {
    let part = text.get(at..at + len)?;
    part.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| part.parse().ok())?
}

/// Nanoseconds of a fraction, which may be missing, and what follows it.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let len = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(len);
    let nanos = digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |n, d| n * 10 + u64::from(d - b'0'));
    (len > 0).then_some((nanos, rest))
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" || zone == "z" {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = (digits(rest, 0, 2)?, digits(rest, 3, 2)?);
    (rest.len() == 5 && rest.as_bytes()[2] == b':' && hours < 24 && minutes < 60)
        .then_some(sign * (hours * 3600 + minutes * 60))
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 = (1970..year).map(|y| 365 + i64::from(leap(y))).sum();
    let months: i64 = (1..month).map(|m| days_in(year, m)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn moments() {
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2026-01-01T00:00:00Z"), Some(1_767_225_600_000_000_000));
        assert_eq!(
            parse("2024-02-29t12:30:15.25+01:00"),
            Some(1_709_206_215_250_000_000)
        );
        assert_eq!(
            parse("2024-02-29T12:30:15.1234567891-00:30"),
            Some(1_709_211_615_123_456_789)
        );
        assert_eq!(parse("2500-12-31T23:59:59Z"), Some(16_756_761_599_000_000_000));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "2026",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00+01:00",
            "1969-12-31T23:59:59Z",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zz",
            "2026/01/01T00:00:00Z",
            "2026-01-0é00:00:00Z",
            "2026-01-01T00:00:00+01:000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
