//! Bars as inline SVG: no style attributes, so that the page's policy can forbid them.

/// A bar that fills `share` (0 to 1) of its track. Something is never drawn as nothing.
pub(super) fn bar(share: f64, class: &str) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let width = if share > 0.0 { (share * 100.0).max(0.8) } else { 0.0 };
    format!(
        "<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" height=\"100%\" rx=\"4\"/><rect class=\"{class}\" width=\"{width:.1}%\" height=\"100%\" rx=\"4\"/></svg>"
    )
}

/// A logarithmic axis over whole decades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LogAxis {
    low: i32,
    high: i32,
}

impl LogAxis {
    /// The axis that holds all positive `values` with half a decade to spare below the smallest,
    /// so that its bar is seen.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        #[expect(clippy::cast_possible_truncation, reason = "the exponent of a double is below 400")]
        let decade = |value: f64| value as i32;
        (high > 0.0).then(|| {
            let low = decade((low.log10() - 0.3).floor());
            Self { low, high: decade(high.log10().ceil()).max(low + 1) }
        })
    }

    /// Where `value` stands, 0 to 1.
    pub(super) fn position(self, value: f64) -> f64 {
        if value <= 0.0 {
            return 0.0;
        }
        ((value.log10() - f64::from(self.low)) / f64::from(self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The decades on it: value and position. At most six, evenly chosen.
    pub(super) fn decades(self) -> Vec<(f64, f64)> {
        let step = usize::try_from((self.high - self.low) / 6 + 1).unwrap_or(1);
        (self.low..=self.high)
            .step_by(step)
            .map(|exponent| (10_f64.powi(exponent), f64::from(exponent - self.low) / f64::from(self.high - self.low)))
            .collect()
    }
}

#[cfg(test)]
#[path = "bars_tests.rs"]
mod tests;
