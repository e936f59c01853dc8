//! Date-times as text: RFC 3339 both ways, and the moment of a frozen clock.
//!
//! Years beyond 0000 to 9999 are written as ECMAScript does, with a sign and six digits, so that every instant of
//! the type has a text that reads back. Day arithmetic is Howard Hinnant's (days from civil, era of 400 years).

use crate::{Clock, DateTime};

/// An instant since 1970, and the zone it was written in.
struct Moment {
    seconds: i64,
    nanos: i64,
    offset_minutes: i16,
}

impl DateTime {
    /// As RFC 3339, with microseconds where there are any, in its own zone (in UTC where that is no zone of a day).
    pub fn to_rfc3339(&self) -> String {
        let east = if (-1439..=1439).contains(&self.offset_minutes) { self.offset_minutes } else { 0 };
        let local = i128::from(self.micros) + i128::from(east) * 60_000_000;
        let (days, of_day) = (local.div_euclid(86_400_000_000), local.rem_euclid(86_400_000_000));
        let (year, month, day) = civil(days as i64);
        let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        let zone = match east {
            0 => "Z".to_owned(),
            _ => format!("{}{:02}:{:02}", if east < 0 { '-' } else { '+' }, east.abs() / 60, east.abs() % 60),
        };
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
    }

    /// Reads RFC 3339; finer than microseconds is cut off. `None` where it is no moment; leap seconds are none.
    pub fn from_rfc3339(text: &str) -> Option<DateTime> {
        let moment = read(text)?;
        let micros = i128::from(moment.seconds) * 1_000_000 + i128::from(moment.nanos / 1_000);
        Some(DateTime { micros: i64::try_from(micros).ok()?, offset_minutes: moment.offset_minutes })
    }
}

impl Clock {
    /// Nanoseconds since 1970-01-01T00:00:00Z at which a frozen clock stands. `None` for clocks that run, and for
    /// text that is no moment from 1970 to 2500, which `Policy::validate` refuses.
    pub fn frozen_ns(&self) -> Option<u64> {
        let Clock::Frozen(text) = self else { return None };
        let year = text.get(..4).and_then(number).filter(|year| (1970..=2500).contains(year));
        let moment = year.and_then(|_| read(text))?;
        u64::try_from(moment.seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(moment.nanos as u64)
    }
}

fn read(text: &str) -> Option<Moment> {
    let (year, rest) = match text.as_bytes().first()? {
        b'+' | b'-' => {
            let (digits, rest) = text[1..].split_at_checked(6)?;
            let year = number(digits)?;
            (if text.starts_with('-') { -year } else { year }, rest)
        }
        _ => text.split_at_checked(4).and_then(|(digits, rest)| Some((number(digits)?, rest)))?,
    };
    let (month, rest) = part(rest, '-')?;
    let (day, rest) = part(rest, '-')?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = part(rest, None)?;
    let (minute, rest) = part(rest, ':')?;
    let (second, rest) = part(rest, ':')?;
    let valid = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    let offset_minutes = offset(zone)?;
    let minutes = days_from_civil(year, month, day) * 1_440 + hour * 60 + minute - i64::from(offset_minutes);
    Some(Moment { seconds: minutes * 60 + second, nanos, offset_minutes })
}

/// Two digits after a separator, and what follows them.
fn part(text: &str, separator: impl Into<Option<char>>) -> Option<(i64, &str)> {
    let text = match separator.into() {
        Some(separator) => text.strip_prefix(separator)?,
        None => text,
    };
    let (digits, rest) = text.split_at_checked(2)?;
    Some((number(digits)?, rest))
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Nanoseconds of a fraction, which may be missing, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let (digits, rest) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |n, d| n * 10 + i64::from(d - b'0'));
    (!digits.is_empty()).then_some((nanos, rest))
}

/// Minutes east of UTC.
fn offset(zone: &str) -> Option<i16> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let rest = zone.strip_prefix(['+', '-'])?;
    let (hours, rest) = part(rest, None)?;
    let (minutes, rest) = part(rest, ':')?;
    let east = i16::try_from(hours * 60 + minutes).ok().filter(|_| hours < 24 && minutes < 60 && rest.is_empty())?;
    Some(if zone.starts_with('-') { -east } else { east })
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; years counted from March, so that the
/// leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_round_trip() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.000001Z",
            "1969-12-31T23:59:59Z",
            "2026-11-21T05:00:00+05:30",
            "0001-01-01T00:00:00-08:00",
            "+275760-09-13T00:00:00Z",
            "-000001-12-31T00:00:00Z",
        ] {
            assert_eq!(DateTime::from_rfc3339(text).unwrap().to_rfc3339(), text);
        }
        assert_eq!(DateTime::from_rfc3339("2000-03-01T00:00:00Z").unwrap().micros, 951_868_800_000_000);
    }

    #[test]
    fn every_instant_reads_back() {
        for micros in [i64::MIN, i64::MIN / 3, -1, 0, 1, i64::MAX / 7, i64::MAX] {
            for offset_minutes in [-1439, 0, 330, 1439] {
                let time = DateTime { micros, offset_minutes };
                assert_eq!(DateTime::from_rfc3339(&time.to_rfc3339()), Some(time), "{micros} {offset_minutes}");
            }
            let odd = DateTime { micros, offset_minutes: i16::MIN };
            assert_eq!(DateTime::from_rfc3339(&odd.to_rfc3339()).unwrap().micros, micros);
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00+25:00",
            "2024-1-1T0:0:0Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00Z ",
            "+2024-01-01T00:00:00Z",
            "99999999999-01-01T00:00:00Z",
            "٢٠٢٤-01-01T00:00:00Z",
            "2024-01-01T00:00:00+01:00x",
            "2024-01-01T+1:00:00Z",
        ] {
            assert!(DateTime::from_rfc3339(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_frozen_clock_counts_nanoseconds() {
        let at = |text: &str| Clock::Frozen(text.to_owned()).frozen_ns();
        assert_eq!(at("1970-01-01T00:00:00.000000001Z"), Some(1));
        assert_eq!(at("2026-01-01T01:00:00+01:00"), Some(1_767_225_600_000_000_000));
        assert_eq!(at("2500-12-31T23:59:59Z").map(|ns| ns / 1_000_000_000), Some(16_756_761_599));
        for text in [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2501-01-01T00:00:00Z",
            "+002026-01-01T00:00:00Z",
            "now",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
        assert_eq!(Clock::Real.frozen_ns(), None);
    }
}
