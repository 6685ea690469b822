//! Interval constants, taken apart.

use dbwright_sql::ast;

use crate::compare;

/// A constant interval of one or more `N unit` parts, none negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Interval {
    pub(crate) months: i64,
    pub(crate) days: i64,
    pub(crate) seconds: i64,
}

impl Interval {
    /// Reads `interval '1 month'` or `'30 days'::interval`.
    pub(crate) fn of(node: &ast::Node) -> Option<Self> {
        let (inner, name) = compare::cast(node)?;
        if name != "interval" {
            return None;
        }
        Self::parse(compare::text(inner)?)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mut found = Self::default();
        while let Some(number) = words.next() {
            let number: i64 = number.parse().ok().filter(|number| (0..100_000).contains(number))?;
            match words.next()?.trim_end_matches('s') {
                "year" => found.months += 12 * number,
                "month" | "mon" => found.months += number,
                "week" => found.days += 7 * number,
                "day" => found.days += number,
                "hour" => found.seconds += 3600 * number,
                "minute" | "min" => found.seconds += 60 * number,
                "second" | "sec" => found.seconds += number,
                _ => return None,
            }
        }
        (found != Self::default()).then_some(found)
    }

    /// Seconds as the server compares intervals: a month is thirty days, a day 24 hours.
    pub(crate) const fn compared_seconds(self) -> i64 {
        (self.months * 30 + self.days) * 86_400 + self.seconds
    }

    /// Whether adding it depends on the calendar or the time zone.
    pub(crate) const fn is_pure_time(self) -> bool {
        self.months == 0 && self.days == 0
    }
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
