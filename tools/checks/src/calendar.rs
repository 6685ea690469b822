//! Dates of PostgreSQL's major versions.

/// Last minor release of each major, as published by the project's versioning policy
/// (the table was read in 2026; a version that is not in it is newer than the table).
const END_OF_LIFE: &[(i32, i32, i32, i32)] = &[
    (10, 2022, 11, 10),
    (11, 2023, 11, 9),
    (12, 2024, 11, 21),
    (13, 2025, 11, 13),
    (14, 2026, 11, 12),
    (15, 2027, 11, 11),
    (16, 2028, 11, 9),
    (17, 2029, 11, 8),
    (18, 2030, 11, 14),
];

/// A major's last day of support: its date as text and in seconds since 1970.
pub(crate) fn end_of_life(major: i32) -> Option<(String, i64)> {
    END_OF_LIFE
        .iter()
        .find(|(known, ..)| *known == major)
        .map(|(_, year, month, day)| (format!("{year:04}-{month:02}-{day:02}"), unix_seconds(*year, *month, *day)))
}

/// Midnight UTC of the day that a printed date or timestamp begins with: `2026-02-01 00:00:00+00`.
pub(crate) fn day(text: &str) -> Option<i64> {
    let date = text.split([' ', 'T']).next()?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (year.parse::<i32>().ok()?, month.parse().ok()?, day.parse().ok()?);
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && (1..=9999).contains(&year);
    (parts.next().is_none() && plausible).then(|| unix_seconds(year, month, day))
}

/// Midnight UTC of a date (days from civil, Howard Hinnant's algorithm).
fn unix_seconds(year: i32, month: i32, day: i32) -> i64 {
    let year = i64::from(if month <= 2 { year - 1 } else { year });
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * 86_400
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
