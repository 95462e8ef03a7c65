//! What fills a panel below its curves: numbers or words on a grid of cells.

use super::Scale;
use super::axis::SUBNORMAL;

/// What fills a panel below its curves.
///
/// The axes of the panel then end exactly at the outer edges of the cells, unless they have a range
/// of their own.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// Numbers as colours, with a colour bar.
    HeatMap(HeatMap),
    /// Words as colours, with a legend.
    Categories(Categories),
}

/// Numbers on a grid, drawn as colours with a colour bar to the right of the frame.
///
/// Cells without a value are hatched in grey on white, never coloured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMap {
    /// Centres of the cells along x, ascending, evenly spaced on the scale of the panel's x axis
    /// (equal ratios if that is logarithmic).
    pub x: Vec<f64>,
    /// Centres of the cells along y, likewise.
    pub y: Vec<f64>,
    /// `values[j * x.len() + i]` belongs to `x[i]` and `y[j]`. `None`: not finished, hatched.
    pub values: Vec<Option<f64>>,
    /// Text beside the colour bar: symbol and unit.
    pub label: String,
    /// Linear or logarithmic colours. Logarithmic ones show positive values only: zero and negative
    /// values are hatched like `None`.
    pub scale: Scale,
    /// The value at which a two-sided colour map turns from blue over white to orange (1 for ratios,
    /// 0 for signed values); `None` takes a one-sided map, from dark blue to yellow.
    pub centre: Option<f64>,
    /// Levels at which thin contour lines are drawn, each with its number where there is room;
    /// see [`suggested_levels`](super::suggested_levels).
    pub contours: Vec<f64>,
}

impl HeatMap {
    /// A one-sided map without contour lines; see the fields for the order of `values`.
    pub fn new(
        x: Vec<f64>,
        y: Vec<f64>,
        values: Vec<Option<f64>>,
        label: impl Into<String>,
        scale: Scale,
    ) -> Self {
        Self {
            x,
            y,
            values,
            label: label.into(),
            scale,
            centre: None,
            contours: Vec::new(),
        }
    }

    /// This map with two-sided colours; see [`HeatMap::centre`].
    #[must_use]
    pub fn with_centre(mut self, centre: f64) -> Self {
        self.centre = Some(centre);
        self
    }

    /// This map with contour lines.
    #[must_use]
    pub fn with_contours(mut self, levels: Vec<f64>) -> Self {
        self.contours = levels;
        self
    }

    /// The values that have a colour.
    pub(super) fn shown(&self) -> impl Iterator<Item = f64> {
        let scale = self.scale;
        self.values
            .iter()
            .filter_map(|value| *value)
            .filter(move |value| scale.shows(*value))
    }
}

/// Words on a grid, drawn as light tints of the palette with a legend.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Categories {
    /// Centres of the cells along x, as in [`HeatMap::x`].
    pub x: Vec<f64>,
    /// Centres of the cells along y, likewise.
    pub y: Vec<f64>,
    /// Index into `names`, in the order of [`HeatMap::values`]. `None`: not finished, hatched, and
    /// named "unfinished" in the legend.
    pub values: Vec<Option<usize>>,
    /// The words; name k takes colour k of the palette (eight differ). The legend has those that
    /// occur.
    pub names: Vec<String>,
}

impl Categories {
    /// A map of words; see the fields for the order of `values`.
    pub fn new(
        x: Vec<f64>,
        y: Vec<f64>,
        values: Vec<Option<usize>>,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            x,
            y,
            values,
            names: names.into_iter().map(Into::into).collect(),
        }
    }
}

impl Field {
    /// Centres of the cells along x and along y.
    pub(super) fn centres(&self) -> (&[f64], &[f64]) {
        match self {
            Self::HeatMap(map) => (&map.x, &map.y),
            Self::Categories(map) => (&map.x, &map.y),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let (x, y) = self.centres();
        x.is_empty() || y.is_empty()
    }
}

/// The outer edges of cells with these centres: half a spacing beyond the first and the last one, on
/// the scale of the axis. A lone cell reaches half its value (or half a unit), or a factor of two, to
/// both sides.
pub(super) fn edges(centres: &[f64], scale: Scale) -> Option<(f64, f64)> {
    let (first, last) = (*centres.first()?, *centres.last()?);
    let (a, b) = (scale.forward(first), scale.forward(last));
    let half = match (centres.len(), scale) {
        (1, Scale::Log) => std::f64::consts::LOG10_2,
        (1, Scale::Linear) if a.abs() < SUBNORMAL => scale.forward(0.5),
        (1, Scale::Linear) => 0.5 * a.abs(),
        (cells, _) => 0.5 * (b - a) / (cells - 1) as f64,
    };
    Some((scale.backward(a - half), scale.backward(b + half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<(f64, f64)>, expected: (f64, f64)) {
        let (low, high) = found.unwrap();
        assert!(
            (low / expected.0 - 1.0).abs() < 1e-12 && (high / expected.1 - 1.0).abs() < 1e-12,
            "{low} {high}"
        );
    }

    #[test]
    fn edges_lie_half_a_spacing_outside() {
        near(edges(&[1.0, 2.0, 3.0], Scale::Linear), (0.5, 3.5));
        near(
            edges(&[1.0, 10.0, 100.0], Scale::Log),
            (0.1f64.sqrt(), 1e5f64.sqrt()),
        );
        near(edges(&[4.0], Scale::Log), (2.0, 8.0));
        near(edges(&[-4.0], Scale::Linear), (-6.0, -2.0));
        assert_eq!(edges(&[0.0], Scale::Linear), Some((-0.5, 0.5)));
        assert_eq!(edges(&[], Scale::Linear), None);
    }
}
