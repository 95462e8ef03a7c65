//! Axes: their scale, their range, and the map between values and the canvas.

use crate::output::OutputError;

/// How values are spaced along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; shows positive values only.
    Log,
}

impl Scale {
    /// The coordinate in which the axis is uniform: v or log10(v).
    pub(super) fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
        }
    }

    /// The value at such a coordinate.
    pub(super) fn backward(self, coordinate: f64) -> f64 {
        match self {
            Self::Linear => coordinate,
            Self::Log => 10f64.powf(coordinate),
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
    match extent(values.filter(|value| value.is_finite())) {
        Some((low, high)) if low > 0.0 && high / low > 100.0 => Scale::Log,
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
            let drawable =
                a.is_finite() && b.is_finite() && high - low > TINY * high.abs().max(low.abs());
            if !drawable || !self.scale.shows(low) {
                return Err(OutputError::InvalidRange {
                    label: self.label.clone(),
                    low: a,
                    high: b,
                });
            }
            return Ok(Some((low, high)));
        }
        let shown = values.filter(|value| value.is_finite() && self.scale.shows(*value));
        Ok(extent(shown).map(|(low, high)| match self.scale {
            Scale::Linear => padded_linear(low, high),
            Scale::Log => padded_log(low, high),
        }))
    }
}

/// Relative differences below this are rounding noise, not data.
const TINY: f64 = 1e-10;
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

fn padded_linear(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    let span = high - low;
    if span <= TINY * size || span <= 0.0 {
        // A constant: room for a tenth of the value on both sides, or one unit around zero.
        let room = if size > 0.0 { 0.1 * size } else { 1.0 };
        return (low - room, high + room);
    }
    (low - MARGIN * span, high + MARGIN * span)
}

fn padded_log(low: f64, high: f64) -> (f64, f64) {
    let (a, b) = (low.log10(), high.log10());
    let span = b - a;
    if span <= TINY {
        return (low / 2.0, high * 2.0);
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
    (10f64.powf(bottom), 10f64.powf(top))
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
        fn automatic_ranges_hold_the_data(a in 1e-9..1e9f64, b in 1e-9..1e9f64) {
            for scale in [Scale::Linear, Scale::Log] {
                let (low, high) = range(scale, &[a, b]).unwrap();
                let rounding = 1e-12 * a.max(b);
                prop_assert!(low <= a.min(b) + rounding && high >= a.max(b) - rounding && low < high);
            }
        }
    }
}
