//! The place of one panel on the canvas, and the sizes that all its parts keep to.

use super::Scale;
use super::axis::AxisMap;
use super::font::Font;
use super::geometry::{Point, Rect};
use super::ticks::Tick;

/// Size of a panel with its labels, where no other is asked for.
pub(super) const CELL: (f64, f64) = (350.0, 300.0);
/// Font sizes, in canvas units; a unit is 0.72 points in print.
pub(super) const LABEL_SIZE: f64 = 12.0;
pub(super) const TICK_SIZE: f64 = 10.5;
/// Free space at the border of a cell.
pub(super) const EDGE: f64 = 5.0;
/// From the frame to the numbers.
pub(super) const TICK_GAP: f64 = 5.0;
/// Between the numbers and the axis label.
pub(super) const LABEL_GAP: f64 = 6.0;

/// Where the legend of a panel stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum LegendPlace {
    /// Where it hides least of what is in the frame.
    Inside,
    /// In a corner of the frame: whether on its right, whether at its bottom.
    Corner(bool, bool),
    Nowhere,
    /// To the right of the frame, where it takes this width.
    Right(f64),
    /// Below the cell, between these ends, which may be those of its row; where it takes this height.
    Below {
        ends: (f64, f64),
        height: f64,
    },
}

/// One panel on the canvas.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) cell: Rect,
    pub(super) frame: Rect,
    pub(super) x: AxisMap,
    pub(super) y: AxisMap,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    pub(super) legend: LegendPlace,
}

impl Place {
    /// Where a pair of values lies; `None` if an axis cannot show it.
    pub(super) fn point(&self, x: f64, y: f64) -> Option<Point> {
        Some(Point::new(self.x.to_canvas(x)?, self.y.to_canvas(y)?))
    }
}

/// How many numbers a vertical axis carries without looking full.
pub(super) fn most_on_height(scale: Scale, height: f64) -> usize {
    let spacing = match scale {
        Scale::Linear => 34.0,
        Scale::Log => 22.0,
    };
    (height / spacing) as usize
}

/// Width of the widest number.
pub(super) fn widest(ticks: &[Tick], font: &Font) -> f64 {
    let labels = ticks.iter().filter_map(|tick| tick.label.as_ref());
    labels
        .map(|label| font.width(label, TICK_SIZE))
        .fold(0.0, f64::max)
}
