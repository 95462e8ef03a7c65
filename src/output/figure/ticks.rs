//! Where the ticks of an axis stand and what is written at them.

use super::Scale;
use super::axis::{LEAST_END, SUBNORMAL};

/// A place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// The value there, inside the range of the axis.
    pub(super) value: f64,
    /// The number written there; `None` makes it a minor tick.
    pub(super) label: Option<String>,
}

/// Fewest labels that still define an axis.
const FEWEST: usize = 2;

/// Ticks of `range` (low first), in increasing order, with about `most` labels at the most.
///
/// There are always at least two labels, at most `max(most, 6)`, all different; but none where
/// numbers are too small, or too near to each other, to be told apart.
pub(super) fn ticks(scale: Scale, range: (f64, f64), most: usize) -> Vec<Tick> {
    let most = most.max(FEWEST);
    let mut ticks = match scale {
        Scale::Linear => linear(range, most),
        Scale::Log => logarithmic(range, most),
    };
    ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
    ticks
}

/// A decimal number: `digits` times ten to the `exponent`. Ticks are counted in such numbers, not
/// in sums of steps, so that a label never shows rounding noise.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: i64,
    exponent: i32,
}

impl Decimal {
    /// The nearest `f64`, correctly rounded.
    fn value(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .unwrap_or(0.0)
    }

    /// The number without an exponent, with exactly the decimals that `exponent` asks for.
    fn plain(self) -> String {
        let sign = if self.digits < 0 { "−" } else { "" };
        let digits = self.digits.unsigned_abs();
        let Ok(decimals) = usize::try_from(-self.exponent) else {
            let zeros = if digits == 0 {
                0
            } else {
                self.exponent.unsigned_abs() as usize
            };
            return format!("{sign}{digits}{:0>zeros$}", "");
        };
        if decimals == 0 {
            return format!("{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        format!("{sign}{whole}.{fraction}")
    }

    /// The number as `m×10ⁿ` with a given n.
    fn scientific(self, power: i32) -> String {
        if self.digits == 0 {
            return "0".to_owned();
        }
        let mantissa = Self {
            digits: self.digits,
            exponent: self.exponent - power,
        };
        format!("{}×10{}", mantissa.plain(), superscript(power))
    }
}

/// A whole number in small raised digits.
pub(super) fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number
        .to_string()
        .chars()
        .map(|c| {
            c.to_digit(10)
                .and_then(|d| DIGITS.get(d as usize).copied())
                .unwrap_or('⁻')
        })
        .collect()
}

/// A step of 1, 2 or 5 times a power of ten.
#[derive(Debug, Clone, Copy)]
struct Step {
    digit: i64,
    exponent: i32,
}

impl Step {
    fn size(self) -> f64 {
        Decimal {
            digits: self.digit,
            exponent: self.exponent,
        }
        .value()
    }

    fn coarser(self) -> Self {
        match self.digit {
            1 => Self { digit: 2, ..self },
            2 => Self { digit: 5, ..self },
            _ => Self {
                digit: 1,
                exponent: self.exponent + 1,
            },
        }
    }

    /// The step of the minor ticks: a fifth, or a quarter of a step of two.
    fn minor(self) -> Self {
        let (digit, down) = match self.digit {
            1 => (2, 1),
            2 => (5, 1),
            _ => (1, 0),
        };
        Self {
            digit,
            exponent: self.exponent - down,
        }
    }

    /// The multiples inside the range, allowing for rounding at its ends.
    fn multiples(self, (low, high): (f64, f64)) -> Vec<Decimal> {
        const ROUNDING: f64 = 1e-6;
        let size = self.size();
        // Ranges are wide compared with the spacing of f64, so these fit an i64.
        let (first, last) = (
            (low / size - ROUNDING).ceil() as i64,
            (high / size + ROUNDING).floor() as i64,
        );
        (first..=last)
            .map(|k| Decimal {
                digits: k * self.digit,
                exponent: self.exponent,
            })
            .collect()
    }
}

/// The narrowest range, as a fraction of its ends, whose steps are far above their rounding.
pub(super) const NARROWEST: f64 = 1e-13;

fn linear(range: (f64, f64), most: usize) -> Vec<Tick> {
    if !Scale::Linear.spans(range, NARROWEST) {
        return Vec::new();
    }
    let (step, places) = linear_step(range, most);
    let labels = linear_labels(&places);
    let minor = step
        .minor()
        .multiples(range)
        .into_iter()
        .map(Decimal::value);
    let major: Vec<f64> = places.iter().map(|place| place.value()).collect();
    let mut ticks: Vec<Tick> = minor
        .filter(|value| {
            major
                .iter()
                .all(|other| (value - other).abs() > 0.01 * step.size())
        })
        .map(|value| Tick { value, label: None })
        .collect();
    ticks.extend(major.iter().zip(labels).map(|(value, label)| Tick {
        value: *value,
        label: Some(label),
    }));
    for tick in &mut ticks {
        tick.value = tick.value.clamp(range.0, range.1);
    }
    ticks
}

/// The finest step with at most `most` multiples in the range, or a finer one if that has only one.
fn linear_step(range: (f64, f64), most: usize) -> (Step, Vec<Decimal>) {
    let exponent = (range.1 - range.0).min(f64::MAX).log10().floor() as i32 - 2;
    let mut step = Step { digit: 1, exponent };
    let mut finer = (step, Vec::new());
    loop {
        // At a hundredth of the span there are at least a hundred multiples, and every coarser step
        // halves them or more, an infinite one to none: the loop ends.
        let places = step.multiples(range);
        if places.len() < FEWEST {
            return finer;
        }
        if places.len() <= most {
            return (step, places);
        }
        finer = (step, places);
        step = step.coarser();
    }
}

fn linear_labels(places: &[Decimal]) -> Vec<String> {
    let largest = places
        .iter()
        .map(|place| place.value().abs())
        .fold(0.0, f64::max);
    if (1e-3..1e5).contains(&largest) {
        return places.iter().map(|place| place.plain()).collect();
    }
    let power = largest.log10().floor() as i32;
    places.iter().map(|place| place.scientific(power)).collect()
}

fn logarithmic(range: (f64, f64), most: usize) -> Vec<Tick> {
    if range.0 < SUBNORMAL && range.1 < LEAST_END {
        return Vec::new();
    }
    let decades = range.1.log10() - range.0.log10();
    if decades < 2.0 {
        within_two_decades(range, most)
    } else {
        many_decades(range, most)
    }
}

/// All numbers d·10ⁿ in the range with d from `digits`.
fn decimals_in(
    range: (f64, f64),
    digits: std::ops::RangeInclusive<i64>,
) -> impl Iterator<Item = Decimal> {
    const ROUNDING: f64 = 1e-9;
    let first = range.0.log10().floor() as i32;
    let last = range.1.log10().ceil() as i32;
    (first..=last)
        .flat_map(move |exponent| {
            digits
                .clone()
                .map(move |digits| Decimal { digits, exponent })
        })
        .filter(move |place| {
            let value = place.value();
            value.is_finite()
                && value >= range.0 * (1.0 - ROUNDING)
                && value <= range.1 * (1.0 + ROUNDING)
        })
}

fn within_two_decades(range: (f64, f64), most: usize) -> Vec<Tick> {
    const LABELLED: [&[i64]; 4] = [&[1, 2, 5], &[1, 3], &[1], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
    let count = |digits: &[i64]| {
        decimals_in(range, 1..=9)
            .filter(|place| digits.contains(&place.digits))
            .count()
    };
    let Some(labelled) = LABELLED
        .into_iter()
        .find(|digits| (FEWEST..=most).contains(&count(digits)))
    else {
        // Less than about a factor of two: the axis is nearly linear.
        return linear(range, most)
            .into_iter()
            .filter(|tick| tick.value > 0.0)
            .collect();
    };
    let plain = (1e-3..=1e4).contains(&range.0) && range.1 <= 1.01e4;
    let label = |place: Decimal| match (plain, place.digits) {
        (true, _) => place.plain(),
        (false, 1) => format!("10{}", superscript(place.exponent)),
        (false, _) => place.scientific(place.exponent),
    };
    decimals_in(range, 1..=9)
        .map(|place| Tick {
            value: place.value().clamp(range.0, range.1),
            label: labelled.contains(&place.digits).then(|| label(place)),
        })
        .collect()
}

fn many_decades(range: (f64, f64), most: usize) -> Vec<Tick> {
    const STRIDES: [i32; 8] = [1, 2, 3, 5, 10, 20, 50, 100];
    let powers: Vec<i32> = decimals_in(range, 1..=1)
        .map(|place| place.exponent)
        .collect();
    let count = |stride: i32| powers.iter().filter(|power| *power % stride == 0).count();
    let fitting = STRIDES
        .into_iter()
        .find(|stride| count(*stride) <= most)
        .unwrap_or(200);
    let stride = if count(fitting) >= FEWEST {
        fitting
    } else {
        STRIDES
            .into_iter()
            .filter(|stride| count(*stride) >= FEWEST)
            .max()
            .unwrap_or(1)
    };
    // Minor ticks fill the decades, or mark the powers between two labels.
    let minor = if stride == 1 { 1..=9 } else { 1..=1 };
    decimals_in(range, minor)
        .map(|place| {
            let labelled = place.digits == 1 && place.exponent % stride == 0;
            Tick {
                value: place.value().clamp(range.0, range.1),
                label: labelled.then(|| format!("10{}", superscript(place.exponent))),
            }
        })
        .collect()
}
