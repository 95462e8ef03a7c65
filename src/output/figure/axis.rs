//! Axes: their scale, their range, and the map between values and the canvas.

use serde::{Deserialize, Serialize};

use crate::output::OutputError;

/// How values are spaced along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; shows positive values only.
    Log,
}

impl Scale {
    /// The coordinate in which the axis is uniform: v/4, so that no difference of two overflows, or
    /// log10(v).
    pub(super) fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => 0.25 * value,
            Self::Log => value.log10(),
        }
    }

    /// The value at such a coordinate, or the nearest that a number can have on this scale.
    pub(super) fn backward(self, coordinate: f64) -> f64 {
        match self {
            Self::Linear => (4.0 * coordinate).clamp(-f64::MAX, f64::MAX),
            Self::Log => 10f64.powf(coordinate).clamp(LEAST, f64::MAX),
        }
    }

    /// Whether an axis from `low` to `high` has a length: more than `tiny` of the larger end, and
    /// more than rounding leaves of the smallest numbers; on a logarithmic one, more than a factor.
    pub(super) fn spans(self, (low, high): (f64, f64), tiny: f64) -> bool {
        let (a, b) = (self.forward(low), self.forward(high));
        match self {
            Self::Linear => b - a > tiny * a.abs().max(b.abs()) && b - a >= SUBNORMAL,
            Self::Log => b - a > tiny,
        }
    }

    /// Whether the axis has a place for the value at all.
    pub(super) fn shows(self, value: f64) -> bool {
        self == Self::Linear || value > 0.0
    }
}

/// The scale that shows the values best: logarithmic when all are positive and they span more than
/// two decades. Values that are not finite are ignored.
pub fn suggested_scale(values: impl Iterator<Item = f64>) -> Scale {
    scale_beyond(100.0, values)
}

/// As [`suggested_scale`], logarithmic beyond another ratio of the largest to the least: curves that are compared with
/// each other are told apart within one decade already.
pub fn scale_beyond(ratio: f64, values: impl Iterator<Item = f64>) -> Scale {
    match extent(values.filter(|value| value.is_finite())) {
        Some((low, high)) if low > 0.0 && high / low > ratio => Scale::Log,
        _ => Scale::Linear,
    }
}

/// One axis of a panel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// Text along the axis.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// The ends, in any order; `None` takes them from the data with a small margin.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// An axis that takes its range from the data.
    pub fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self {
            label: label.into(),
            scale,
            range: None,
        }
    }

    /// A linear axis that takes its range from the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self::new(label, Scale::Linear)
    }

    /// A logarithmic axis that takes its range from the data.
    pub fn log(label: impl Into<String>) -> Self {
        Self::new(label, Scale::Log)
    }

    /// This axis with fixed ends.
    #[must_use]
    pub fn with_range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// The ends to draw, low first: those asked for, else from the values the scale can show.
    /// `None` when neither exists.
    pub(super) fn resolve(
        &self,
        values: impl Iterator<Item = f64>,
    ) -> Result<Option<(f64, f64)>, OutputError> {
        if let Some((a, b)) = self.range {
            let (low, high) = (a.min(b), a.max(b));
            let is_drawable = a.is_finite()
                && b.is_finite()
                && self.scale.shows(low)
                && self.scale.spans((low, high), TINY);
            if !is_drawable {
                return Err(OutputError::InvalidRange {
                    label: self.label.clone(),
                    low: a,
                    high: b,
                });
            }
            return Ok(Some((low, high)));
        }
        let shown = values.filter(|value| value.is_finite() && self.scale.shows(*value));
        Ok(extent(shown).map(|ends| around(self.scale, ends)))
    }
}

/// Relative differences below this are rounding noise, not data.
pub(super) const TINY: f64 = 1e-10;
/// The smallest positive number.
const LEAST: f64 = f64::from_bits(1);
/// Numbers below this have few digits, or none: to a linear axis their differences are none.
pub(super) const SUBNORMAL: f64 = 1e-304;
/// A logarithmic axis that begins below that ends at least here, so that its powers of ten differ.
pub(super) const LEAST_END: f64 = 1e-294;
/// Margin on each side as a fraction of the span of the data.
const MARGIN: f64 = 0.04;
/// On a log axis the end moves to the next power of ten if that costs at most this fraction.
const SNAP: f64 = 0.07;

fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// The range of an axis that shows values between these, with a margin.
pub(super) fn around(scale: Scale, (low, high): (f64, f64)) -> (f64, f64) {
    match scale {
        Scale::Linear => padded_linear(low, high),
        Scale::Log => {
            let (low, high) = padded_log(low, high);
            let least = if low < SUBNORMAL { LEAST_END } else { 0.0 };
            (low, high.max(least))
        }
    }
}

/// The range, longer by a factor at its upper end.
pub(super) fn stretched(scale: Scale, (low, high): (f64, f64), factor: f64) -> (f64, f64) {
    let (a, b) = (scale.forward(low), scale.forward(high));
    (low, scale.backward(a + factor * (b - a)))
}

fn padded_linear(low: f64, high: f64) -> (f64, f64) {
    let scale = Scale::Linear;
    let (a, b) = (scale.forward(low), scale.forward(high));
    let room = if scale.spans((low, high), TINY) {
        MARGIN * (b - a)
    } else {
        // A constant: room for a tenth of the value on both sides, or one unit around zero.
        let size = a.abs().max(b.abs());
        if size > 100.0 * SUBNORMAL {
            0.1 * size
        } else {
            scale.forward(1.0)
        }
    };
    (scale.backward(a - room), scale.backward(b + room))
}

fn padded_log(low: f64, high: f64) -> (f64, f64) {
    let (a, b) = (low.log10(), high.log10());
    let span = b - a;
    if span <= TINY {
        return ((low / 2.0).max(LEAST), (high * 2.0).min(f64::MAX));
    }
    let snap = |end: f64, decade: f64| {
        if (end - decade).abs() <= SNAP * span {
            Some(decade)
        } else {
            None
        }
    };
    let bottom = snap(a, a.floor()).unwrap_or(a - MARGIN * span);
    let top = snap(b, b.ceil()).unwrap_or(b + MARGIN * span);
    (Scale::Log.backward(bottom), Scale::Log.backward(top))
}

/// The map between the values of an axis and a straight stretch of the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AxisMap {
    scale: Scale,
    /// Ends of the axis in the coordinate in which it is uniform.
    ends: (f64, f64),
    /// Where the ends lie on the canvas.
    canvas: (f64, f64),
}

impl AxisMap {
    /// The map that takes `range.0` to `canvas.0` and `range.1` to `canvas.1`.
    pub(super) fn new(scale: Scale, range: (f64, f64), canvas: (f64, f64)) -> Self {
        Self {
            scale,
            ends: (scale.forward(range.0), scale.forward(range.1)),
            canvas,
        }
    }

    /// Where the value lies on the canvas; `None` if the scale has no place for it.
    pub(super) fn to_canvas(self, value: f64) -> Option<f64> {
        // Far outside the frame only the direction matters, and infinities would spoil clipping.
        const FAR: f64 = 1e7;
        if !self.scale.shows(value) {
            return None;
        }
        let fraction = (self.scale.forward(value) - self.ends.0) / (self.ends.1 - self.ends.0);
        let place = self.canvas.0 + fraction * (self.canvas.1 - self.canvas.0);
        Some(place.clamp(-FAR, FAR))
    }

    /// The end of the stretch that belongs to the low end of the axis.
    pub(super) fn start(self) -> f64 {
        self.canvas.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of every size, with its neighbours, and the ends.
    fn any_finite() -> impl Strategy<Value = f64> {
        use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
        prop_oneof![
            4 => NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
            1 => prop::sample::select(vec![
                0.0, 5e-324, 1e-323, 2.2e-308, 1e-300, -1e-300, 1.0, 1.0 + f64::EPSILON, -1.0,
                1e15, 1e15 + 0.125, 1e300, 9e307, f64::MAX, -f64::MAX,
            ]),
        ]
    }

    fn range(scale: Scale, values: &[f64]) -> Option<(f64, f64)> {
        Axis::new("a", scale)
            .resolve(values.iter().copied())
            .unwrap()
    }

    #[test]
    fn constants_get_a_range_around_them() {
        assert_eq!(range(Scale::Linear, &[0.0, 0.0]), Some((-1.0, 1.0)));
        let (low, high) = range(Scale::Linear, &[0.5, 0.5 + 1e-14]).unwrap();
        assert!(low < 0.46 && high > 0.54);
        assert_eq!(range(Scale::Log, &[4.0]), Some((2.0, 8.0)));
        assert_eq!(range(Scale::Log, &[0.0, -1.0]), None);
    }

    #[test]
    fn log_ends_snap_to_powers_of_ten_nearby() {
        let (low, high) = range(Scale::Log, &[-3.0, 1.3e-3, 5e4]).unwrap();
        assert!(
            (low / 1e-3 - 1.0).abs() < 1e-12 && (high / 1e5 - 1.0).abs() < 1e-12,
            "{low} {high}"
        );
    }

    #[test]
    fn impossible_ranges_are_refused() {
        for (low, high) in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (1.0, 1.0),
            (f64::NAN, 1.0),
            (1.0, f64::INFINITY),
        ] {
            let axis = Axis::log("τ").with_range(low, high);
            assert!(matches!(
                axis.resolve(std::iter::empty()),
                Err(OutputError::InvalidRange { .. })
            ));
        }
    }

    #[test]
    fn the_scale_follows_the_span() {
        assert_eq!(suggested_scale([1.0, 99.0].into_iter()), Scale::Linear);
        assert_eq!(suggested_scale([1.0, 101.0].into_iter()), Scale::Log);
        for (high, scale) in [(9.0, Scale::Linear), (11.0, Scale::Log)] {
            assert_eq!(scale_beyond(10.0, [1.0, high].into_iter()), scale);
        }
        assert_eq!(suggested_scale([0.0, 1e9].into_iter()), Scale::Linear);
        assert_eq!(suggested_scale(std::iter::empty()), Scale::Linear);
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn the_map_hits_its_ends_and_keeps_order(low in -1e6..1e6f64, span in 1e-3..1e6f64, t in 0.0..1.0f64) {
            let map = AxisMap::new(Scale::Linear, (low, low + span), (10.0, 110.0));
            let place = map.to_canvas(low + t * span).unwrap();
            prop_assert!((place - (10.0 + 100.0 * t)).abs() < 1e-3);
        }

        #[test]
        fn any_finite_values_have_a_range(a in any_finite(), b in any_finite(), c in any_finite()) {
            for scale in [Scale::Linear, Scale::Log] {
                let shown = [a, b, c].into_iter().filter(|value| scale.shows(*value));
                let (Some((low, high)), Some((least, most))) =
                    (range(scale, &[a, b, c]), extent(shown)) else { continue };
                prop_assert!(low.is_finite() && high.is_finite() && scale.spans((low, high), 0.0));
                // To the rounding of a power of ten.
                let room = |end: f64| 1e-12 * end.abs();
                prop_assert!(low <= least + room(least) && high >= most - room(most));
                for value in [a, b, c].into_iter().filter(|value| scale.shows(*value)) {
                    let place = AxisMap::new(scale, (low, high), (0.0, 100.0)).to_canvas(value);
                    prop_assert!((-1e-6..=100.000_001).contains(&place.unwrap()), "{place:?}");
                }
            }
        }

        #[test]
        fn automatic_ranges_hold_the_data(a in 1e-9..1e9f64, b in 1e-9..1e9f64) {
            for scale in [Scale::Linear, Scale::Log] {
                let (low, high) = range(scale, &[a, b]).unwrap();
                let rounding = 1e-12 * a.max(b);
                prop_assert!(low <= a.min(b) + rounding && high >= a.max(b) - rounding && low < high);
            }
        }
    }
}
