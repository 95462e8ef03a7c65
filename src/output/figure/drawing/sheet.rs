//! The cells of a figure, and the room that legends below them take.

use super::place::{CELL, LegendPlace};

/// Panels of any width are so high where no height is asked for.
const LEAST_HEIGHT: f64 = 170.0;
const MOST_HEIGHT: f64 = 320.0;

/// The cells of a figure.
pub(super) struct Sheet {
    pub(super) columns: usize,
    /// Width and height of each.
    pub(super) cell: (f64, f64),
    /// Where rows begin, and the last ends.
    pub(super) tops: Vec<f64>,
}

impl Sheet {
    /// Of a width, and of a height in all if one is asked for.
    pub(super) fn new((columns, rows): (usize, usize), width: f64, height: Option<f64>) -> Self {
        let wide = width / columns as f64;
        let natural = (wide * CELL.1 / CELL.0).clamp(LEAST_HEIGHT, MOST_HEIGHT);
        let high = height.map_or(natural, |height| height / rows as f64);
        Self {
            columns,
            cell: (wide, high),
            tops: (0..=rows).map(|row| high * row as f64).collect(),
        }
    }

    /// Where the legend below a panel may stand: up to the next of its row, and from the first cell on if it is the first.
    pub(super) fn room_below(&self, legends: &[LegendPlace], index: usize) -> Option<(f64, f64)> {
        let below = |place: &LegendPlace| matches!(place, LegendPlace::Below { .. });
        let is_taken = |other: &usize| legends.get(*other).is_some_and(below);
        let (column, first) = (index % self.columns, index - index % self.columns);
        let from = (first..index).find(is_taken).map_or(0, |_| column);
        let next = (index + 1..first + self.columns).find(is_taken);
        let to = next.map_or(self.columns, |other| other - first);
        let ends = (self.cell.0 * from as f64, self.cell.0 * to as f64);
        below(&legends[index]).then_some(ends)
    }

    /// Moves rows down below the legends under others; in a fixed height, cells get lower.
    pub(super) fn make_room(&mut self, legends: &[LegendPlace], fixed: bool) {
        let below = |legend: &LegendPlace| match legend {
            LegendPlace::Below { height, .. } => *height,
            _ => 0.0,
        };
        let rows = legends.chunks(self.columns);
        let heights: Vec<f64> = rows
            .map(|row| row.iter().map(below).fold(0.0, f64::max).ceil())
            .collect();
        if fixed {
            self.cell.1 -= heights.iter().sum::<f64>() / heights.len().max(1) as f64;
        }
        for (row, height) in heights.into_iter().enumerate() {
            self.tops[row + 1] = self.tops[row] + self.cell.1 + height;
        }
    }
}
