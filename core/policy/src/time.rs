//! Date-times as text: RFC 3339 both ways.

use crate::DateTime;

impl DateTime {
    /// As RFC 3339, with microseconds where there are any, in its own zone.
    pub fn to_rfc3339(&self) -> String {
        let local = i128::from(self.micros) + i128::from(self.offset_minutes) * 60_000_000;
        let (days, of_day) = (local.div_euclid(86_400_000_000), local.rem_euclid(86_400_000_000));
        let (year, month, day) = civil(days as i64);
        let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        let zone = match self.offset_minutes {
            0 => "Z".to_owned(),
            east => format!("{}{:02}:{:02}", if east < 0 { '-' } else { '+' }, east.abs() / 60, east.abs() % 60),
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
    }

    /// Reads RFC 3339; finer than microseconds is cut off. `None` where it is no moment.
    pub fn from_rfc3339(text: &str) -> Option<DateTime> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.rsplitn(3, '-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (day, month, year): (i64, i64, i64) = (day.parse().ok()?, month.parse().ok()?, year.parse().ok()?);
        let zone_at = rest.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = rest.split_at(zone_at);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut clock = clock.split(':').map(|part| part.parse::<i64>().ok());
        let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
        let valid = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !valid || clock.next().is_some() || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
            return None;
        }
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
        let offset_minutes = offset(zone)?;
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - i64::from(offset_minutes) * 60;
        Some(DateTime { micros: seconds.checked_mul(1_000_000)?.checked_add(micros)?, offset_minutes })
    }
}

fn offset(zone: &str) -> Option<i16> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let east = (0..24).contains(&hours).then_some(hours * 60 + minutes).filter(|_| (0..60).contains(&minutes))?;
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
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59.000001Z", "1969-12-31T23:59:59Z", "2026-11-21T05:00:00+05:30", "0001-01-01T00:00:00-08:00"] {
            assert_eq!(DateTime::from_rfc3339(text).unwrap().to_rfc3339(), text);
        }
        assert_eq!(DateTime::from_rfc3339("2000-03-01T00:00:00Z").unwrap().micros, 951_868_800_000_000);
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+25:00"] {
            assert!(DateTime::from_rfc3339(text).is_none(), "{text}");
        }
    }
}
