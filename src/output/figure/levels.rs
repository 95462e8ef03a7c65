//! Round levels of contour lines, and how a number is written on one.

use super::Scale;
use super::axis::TINY;
use super::ticks::{superscript, ticks};

/// Levels looked for.
const ABOUT: usize = 6;

/// About five round levels between the least and the greatest value: multiples of 1, 2 or 5 times a
/// power of ten; on a logarithmic scale powers of ten, or 1, 2 and 5 times them within two decades.
///
/// Values that are not finite, or that the scale cannot show, are ignored. Constants have no levels.
pub fn suggested_levels(values: impl IntoIterator<Item = f64>, scale: Scale) -> Vec<f64> {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite() && scale.shows(*value))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (value.min(low), value.max(high))
        });
    // Also when there is no value at all.
    if low > high || !scale.spans((low, high), TINY) {
        return Vec::new();
    }
    ticks(scale, (low, high), ABOUT)
        .into_iter()
        .filter(|tick| tick.label.is_some() && tick.value > low && tick.value < high)
        .map(|tick| tick.value)
        .collect()
}

/// The levels as text, to four digits. Powers of ten on a logarithmic scale are all written as such
/// if one of them needs it.
pub(super) fn numbers(levels: &[f64], scale: Scale) -> Vec<String> {
    let needs_power = |level: &f64| !(1e-3..1e4).contains(&level.abs());
    let powers = scale == Scale::Log && levels.iter().any(needs_power);
    levels.iter().map(|level| number(*level, powers)).collect()
}

fn number(value: f64, powers: bool) -> String {
    let rounded = format!("{value:.3e}");
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    let short = |text: &str| -> String {
        let trimmed = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        };
        trimmed.replace('-', "−")
    };
    if value == 0.0 {
        return "0".to_owned();
    }
    let mantissa = short(mantissa);
    if (-3..4).contains(&power) && !(powers && mantissa == "1") {
        let decimals = usize::try_from(3 - power).unwrap_or(0);
        return short(&format!("{value:.decimals$}"));
    }
    match mantissa.as_str() {
        "1" => format!("10{}", superscript(power)),
        "−1" => format!("−10{}", superscript(power)),
        mantissa => format!("{mantissa}×10{}", superscript(power)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_inside() {
        let levels = |values: &[f64], scale| suggested_levels(values.iter().copied(), scale);
        assert_eq!(levels(&[0.0, 1.0], Scale::Linear), [0.2, 0.4, 0.6, 0.8]);
        assert_eq!(
            levels(&[0.3, f64::NAN, -1.0, 4e4], Scale::Log),
            [1.0, 10.0, 100.0, 1e3, 1e4]
        );
        assert_eq!(levels(&[0.8, 12.0], Scale::Log), [1.0, 2.0, 5.0, 10.0]);
        assert!(levels(&[2.0, 2.0], Scale::Linear).is_empty());
        assert!(levels(&[], Scale::Log).is_empty());
        let many = levels(&[1e-30, 1e30], Scale::Log).len();
        assert!((3..=7).contains(&many), "{many}");
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.1 + 0.2, "0.3"),
            (0.0, "0"),
            (-2.5, "−2.5"),
            (100.0, "100"),
            (9999.96, "10⁴"),
            (1e5, "10⁵"),
            (-1e-4, "−10⁻⁴"),
            (2e-7, "2×10⁻⁷"),
            (0.001, "0.001"),
            (1234.0, "1234"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value, false), text);
        }
        assert_eq!(
            numbers(&[1.0, 100.0, 250.0, 1e4], Scale::Log),
            ["10⁰", "10²", "250", "10⁴"]
        );
        assert_eq!(numbers(&[1.0, 100.0], Scale::Log), ["1", "100"]);
    }
}
