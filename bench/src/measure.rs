//! Numbers out of repeated work: rates, medians, percentiles, and how they are written.

use std::time::{Duration, Instant};

/// Runs the work for at least this long and says how long one took, in nanoseconds.
pub(crate) fn nanoseconds_each(at_least: Duration, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut times = 0.0_f64;
    while start.elapsed() < at_least {
        for _ in 0..64 {
            work();
        }
        times += 64.0;
    }
    start.elapsed().as_secs_f64() * 1e9 / times
}

/// The middle value.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value below which this share of the values lies.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index into a list of measurements, which is short and not negative"
)]
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len().saturating_sub(1)) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// A number with three figures that count, and thousands apart.
pub(crate) fn written(value: f64) -> String {
    if value >= 1000.0 {
        let digits = format!("{value:.0}");
        let mut out = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_edge_are_found() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];
        assert!((median(&values) - 3.0).abs() < f64::EPSILON);
        assert!((percentile(&values, 1.0) - 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(written(1_234_567.0), "1,234,567");
        assert_eq!(written(12.34), "12.3");
        assert_eq!(written(0.456), "0.46");
    }
}
