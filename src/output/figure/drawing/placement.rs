//! Looking for free space inside a frame.

use super::geometry::{Point, Rect};

/// Distance between the samples of a line.
const SPACING: f64 = 3.0;
/// A data point hides more than a bit of line.
const SPOT_WEIGHT: f64 = 2.0;
/// An edge of a band hides less.
const EDGE_WEIGHT: f64 = 0.4;
/// Cost of covering a unit of area of another box.
const BLOCK_WEIGHT: f64 = 10.0;

/// Cost of covering a unit of area that says something, but the same all over.
const AREA_WEIGHT: f64 = 1e-3;

/// What is already drawn.
#[derive(Debug, Default, Clone)]
pub(super) struct Ink {
    samples: Vec<(Point, f64)>,
    blocks: Vec<Rect>,
    areas: Vec<Rect>,
}

impl Ink {
    pub(super) fn add_line(&mut self, line: &[Point]) {
        self.add_weighed(line, 1.0);
    }

    /// The edge of a band, which is seen less than a line.
    pub(super) fn add_edge(&mut self, line: &[Point]) {
        self.add_weighed(line, EDGE_WEIGHT);
    }

    fn add_weighed(&mut self, line: &[Point], weight: f64) {
        for pair in line.windows(2) {
            let &[from, to] = pair else { continue };
            let steps = (from.distance(to) / SPACING).ceil().max(1.0) as usize;
            // A line made of many short segments weighs no more than one long segment.
            let weight = weight * from.distance(to) / SPACING / steps as f64;
            self.samples.extend(
                (0..steps).map(|k| (from.towards(to, (k as f64 + 0.5) / steps as f64), weight)),
            );
        }
    }

    pub(super) fn add_spot(&mut self, spot: Point) {
        self.samples.push((spot, SPOT_WEIGHT));
    }

    /// A box nothing else should cover.
    pub(super) fn add_block(&mut self, block: Rect) {
        self.blocks.push(block);
    }

    /// An area that should rather be seen than other empty space.
    pub(super) fn add_area(&mut self, area: Rect) {
        self.areas.push(area);
    }

    /// How much a box at this place would hide, in samples.
    pub(super) fn hidden_by(&self, rect: &Rect) -> f64 {
        let ink: f64 = self
            .samples
            .iter()
            .filter(|(point, _)| rect.contains(*point))
            .map(|(_, weight)| weight)
            .sum();
        let boxes: f64 = self.blocks.iter().map(|block| block.overlap(rect)).sum();
        let areas: f64 = self.areas.iter().map(|area| area.overlap(rect)).sum();
        ink + BLOCK_WEIGHT * boxes + AREA_WEIGHT * areas
    }
}
