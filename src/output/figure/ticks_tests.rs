//! Ticks of any range.

use super::ticks::*;
use super::*;
use proptest::prelude::*;

fn labels(scale: Scale, range: (f64, f64), most: usize) -> Vec<String> {
    ticks(scale, range, most)
        .into_iter()
        .filter_map(|tick| tick.label)
        .collect()
}

#[test]
fn labels_have_no_noise() {
    assert_eq!(
        labels(Scale::Linear, (-0.04, 1.04), 6),
        ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    );
    assert_eq!(labels(Scale::Linear, (-3.0, 3.0), 4), ["−2", "0", "2"]);
    assert_eq!(
        labels(Scale::Linear, (0.0, 4.2e6), 5),
        ["0", "1×10⁶", "2×10⁶", "3×10⁶", "4×10⁶"]
    );
    assert_eq!(
        labels(Scale::Linear, (0.0, 2.5e-5), 3),
        ["0", "1×10⁻⁵", "2×10⁻⁵"]
    );
    assert_eq!(
        labels(Scale::Log, (1e-3, 1e3), 10),
        ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²", "10³"]
    );
    assert_eq!(
        labels(Scale::Log, (1e-12, 1e6), 5),
        ["10⁻¹⁰", "10⁻⁵", "10⁰", "10⁵"]
    );
    assert_eq!(
        labels(Scale::Log, (0.3, 12.0), 8),
        ["0.5", "1", "2", "5", "10"]
    );
    assert_eq!(
        labels(Scale::Log, (3e-7, 4e-6), 8),
        ["5×10⁻⁷", "10⁻⁶", "2×10⁻⁶"]
    );
    assert_eq!(
        labels(Scale::Log, (3.1, 3.4), 5),
        ["3.1", "3.2", "3.3", "3.4"]
    );
}

#[test]
fn minor_ticks_fill_the_decades() {
    let minor = ticks(Scale::Log, (1.0, 100.0), 8)
        .into_iter()
        .filter(|tick| tick.label.is_none())
        .count();
    assert_eq!(minor, 16);
}

fn check(scale: Scale, range: (f64, f64), most: usize) -> Result<(), TestCaseError> {
    let all = ticks(scale, range, most);
    prop_assert!(all.windows(2).all(|pair| pair[0].value < pair[1].value));
    prop_assert!(
        all.iter()
            .all(|tick| tick.value >= range.0 && tick.value <= range.1)
    );
    let labels: Vec<_> = all.iter().filter_map(|tick| tick.label.as_ref()).collect();
    prop_assert!((2..=12).contains(&labels.len()), "{range:?} {labels:?}");
    let different: std::collections::BTreeSet<_> = labels.iter().collect();
    prop_assert_eq!(different.len(), labels.len());
    Ok(())
}

#[test]
fn the_ends_of_the_numbers_have_labels() {
    const MAX: f64 = f64::MAX;
    assert_eq!(
        labels(Scale::Linear, (-MAX, MAX), 6),
        ["−1×10³⁰⁸", "0", "1×10³⁰⁸"]
    );
    assert_eq!(labels(Scale::Linear, (0.0, 5e-300), 3).len(), 3);
    assert_eq!(
        labels(Scale::Log, (5e-324, MAX), 8),
        [
            "10⁻³⁰⁰",
            "10⁻²⁰⁰",
            "10⁻¹⁰⁰",
            "10⁰",
            "10¹⁰⁰",
            "10²⁰⁰",
            "10³⁰⁰"
        ]
    );
    assert!(labels(Scale::Linear, (0.0, 5e-324), 6).is_empty());
    assert!(labels(Scale::Log, (5e-324, 1e-323), 6).is_empty());
}

proptest! {
    #![proptest_config(crate::cases::cases(2000))]
    #[test]
    fn linear_ticks(low in -1e3..1e3f64, power in -6.0..12.0f64, most in 2usize..=12) {
        check(Scale::Linear, (low, low + 10f64.powf(power)), most)?;
    }

    #[test]
    fn log_ticks(low in -300.0..200.0f64, decades in 0.001..1.0f64, stretch in 0u32..3, most in 2usize..=12) {
        let high = low + decades * 10f64.powi(stretch as i32);
        check(Scale::Log, (10f64.powf(low), 10f64.powf(high)), most)?;
    }
}
