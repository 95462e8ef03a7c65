//! Figures made of panels with curves and heat maps: what is shown, and with the feature `figures`
//! how it is drawn to SVG and PNG.
//!
//! `axis` finds the ranges, `ticks` the numbers along them, `levels` those of contour lines; a
//! `field` are the colours below the curves.

mod axis;
mod cell_field;
#[cfg(feature = "figures")]
mod drawing;
mod levels;
mod measure;
mod style;
mod ticks;
#[cfg(feature = "figures")]
mod worded;

pub use axis::{Axis, Scale, scale_beyond, suggested_scale};
pub use cell_field::{Categories, Field, HeatMap};
pub use levels::suggested_levels;
pub use measure::{Length, LengthError, Rgb, RgbError};
pub use style::{LegendSpot, PRESETS, PanelStyle, Preset, Style, Titles};

/// Colours of the palette that differ.
pub const PALETTE: usize = 8;
/// Index of black among them, which stands out from all others.
pub const BLACK: usize = 6;

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CurveStyle {
    /// A solid line; in a panel with more than four of them, and none dashed or dotted on purpose, each gets
    /// a dash pattern of its own, so that they differ in grey too.
    #[default]
    Line,
    /// A dashed line.
    Dashed,
    /// A dotted line.
    Dotted,
    /// Markers without a line.
    Points,
    /// Markers joined by a thin line.
    LineAndPoints,
}

/// A sequence of points with a label.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Text in the legend; an empty label leaves the curve out of it.
    pub label: String,
    /// (x, y) in drawing order; a missing y, or a non-positive coordinate on a log axis, breaks the
    /// line into pieces.
    pub points: Vec<(f64, Option<f64>)>,
    /// Line, markers or both.
    pub style: CurveStyle,
    /// Index in the palette of [`PALETTE`] colours (taken modulo its length); `None` takes the next one,
    /// counted over the curves of the panel.
    pub colour: Option<usize>,
    /// Place from 0 to 1 on the sequential scale of colours, for curves that have an order; wins over `colour`.
    pub shade: Option<f64>,
    /// The two ends (low, high) of each point's error bar, as values of y, not as distances.
    pub error_bars: Option<Vec<(f64, f64)>>,
    /// A shaded band from low to high, as values of y at each point.
    pub band: Option<Vec<(f64, f64)>>,
}

impl Curve {
    /// A curve with the next colour of the palette, without error bars and band.
    pub fn new(
        label: impl Into<String>,
        points: Vec<(f64, Option<f64>)>,
        style: CurveStyle,
    ) -> Self {
        Self {
            label: label.into(),
            points,
            style,
            ..Self::default()
        }
    }

    /// This curve in a fixed colour of the palette.
    #[must_use]
    pub fn with_colour(mut self, colour: usize) -> Self {
        self.colour = Some(colour);
        self
    }

    /// This curve in a colour of the sequential scale; see [`Curve::shade`].
    #[must_use]
    pub fn with_shade(mut self, place: f64) -> Self {
        self.shade = Some(place);
        self
    }

    /// This curve with error bars; see [`Curve::error_bars`].
    #[must_use]
    pub fn with_error_bars(mut self, ends: Vec<(f64, f64)>) -> Self {
        self.error_bars = Some(ends);
        self
    }

    /// This curve with a shaded band; see [`Curve::band`].
    #[must_use]
    pub fn with_band(mut self, band: Vec<(f64, f64)>) -> Self {
        self.band = Some(band);
        self
    }
}

/// A thin dashed line across the panel with a small label; automatic ranges are widened to show it.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// At a value of x.
    Vertical {
        /// Where.
        at: f64,
        /// Small text beside the line, may be empty.
        label: String,
        /// Index in the palette, `None` for grey.
        colour: Option<usize>,
    },
    /// At a value of y.
    Horizontal {
        /// Where.
        at: f64,
        /// Small text beside the line, may be empty.
        label: String,
        /// Index in the palette, `None` for grey.
        colour: Option<usize>,
    },
}

/// A stretch of x with a small label at its top, lightly shaded below all else where that is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stretch {
    /// Where it begins.
    pub from: f64,
    /// Where it ends, at least `from`.
    pub to: f64,
    /// Small text in its middle, may be empty.
    pub label: String,
    /// Whether it is shaded.
    pub shaded: bool,
}

/// One frame with its curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Small text above the frame, may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Colours below the curves.
    pub field: Option<Field>,
    /// The curves, first drawn first.
    pub curves: Vec<Curve>,
    /// Lines across the panel.
    pub marks: Vec<Mark>,
    /// Stretches of x; they do not widen the range.
    pub stretches: Vec<Stretch>,
}

impl Panel {
    /// An empty panel.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            title: title.into(),
            x,
            y,
            field: None,
            curves: Vec::new(),
            marks: Vec::new(),
            stretches: Vec::new(),
        }
    }

    /// This panel with colours below its curves.
    #[must_use]
    pub fn with_field(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }

    /// This panel with a curve more.
    #[must_use]
    pub fn with_curve(mut self, curve: Curve) -> Self {
        self.curves.push(curve);
        self
    }

    /// This panel with a mark more.
    #[must_use]
    pub fn with_mark(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }
}

/// Panels in rows.
///
/// A panel takes 3.5 x 3 inches, in every format, and PNG has 300 dots per inch, where its style says nothing else. The line of provenance adds a
/// strip at the bottom, and so does a legend too long for its place beside or inside a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels per row; 0 counts as 1.
    pub columns: usize,
    /// How the figure was made: a small grey line at the bottom right, may be empty.
    pub provenance: String,
    /// How it looks.
    pub style: Style,
}

impl Mark {
    /// A line up at a value of x, in a colour of the palette or grey.
    pub fn vertical(at: f64, label: impl Into<String>, colour: Option<usize>) -> Self {
        let label = label.into();
        Self::Vertical { at, label, colour }
    }

    /// A line across at a value of y, in a colour of the palette or grey.
    pub fn horizontal(at: f64, label: impl Into<String>, colour: Option<usize>) -> Self {
        let label = label.into();
        Self::Horizontal { at, label, colour }
    }
}

impl Figure {
    /// A figure without provenance.
    pub fn new(panels: Vec<Panel>, columns: usize) -> Self {
        Self {
            panels,
            columns,
            provenance: String::new(),
            style: Style::default(),
        }
    }

    /// This figure in a style.
    #[must_use]
    pub fn with_style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// This figure with a line saying how it was made.
    #[must_use]
    pub fn with_provenance(mut self, provenance: impl Into<String>) -> Self {
        self.provenance = provenance.into();
        self
    }
}

#[cfg(test)]
mod ticks_tests;
