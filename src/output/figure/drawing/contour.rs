//! Contour lines by marching squares.

use super::Scale;
use super::geometry::Point;

/// No crossing.
const NONE: usize = usize::MAX;

/// Numbers on a grid in the coordinate in which their scale is uniform; NaN where there is none.
pub(super) struct Grid {
    columns: usize,
    rows: usize,
    values: Vec<f64>,
    scale: Scale,
}

impl Grid {
    /// Row by row, `columns` to a row.
    pub(super) fn new(columns: usize, values: &[Option<f64>], scale: Scale) -> Self {
        let scaled = |value: &Option<f64>| {
            value
                .filter(|value| scale.shows(*value))
                .map_or(f64::NAN, |value| scale.forward(value))
        };
        Self {
            columns,
            rows: values.len().checked_div(columns).unwrap_or(0),
            values: values.iter().map(scaled).collect(),
            scale,
        }
    }

    /// The lines along which the values reach `level`, in units of the grid: (i, j) is the centre of
    /// the cell in column i and row j. Closed lines end where they begin.
    pub(super) fn lines(&self, level: f64) -> Vec<Vec<Point>> {
        if !self.scale.shows(level) || self.columns < 2 || self.rows < 2 {
            return Vec::new();
        }
        let level = self.scale.forward(level);
        let mut crossings = Crossings::new(2 * self.columns * self.rows);
        for j in 0..self.rows - 1 {
            for i in 0..self.columns - 1 {
                self.cross(&mut crossings, level, j * self.columns + i);
            }
        }
        crossings
            .chains()
            .into_iter()
            .map(|chain| {
                chain
                    .into_iter()
                    .map(|edge| self.point(edge, level))
                    .collect()
            })
            .collect()
    }

    /// Join the sides of the square above `corner` that the level crosses.
    fn cross(&self, crossings: &mut Crossings, level: f64, corner: usize) {
        let above = corner + self.columns;
        let corners = [corner, corner + 1, above + 1, above].map(|k| self.values[k]);
        let high = corners.map(|value| value >= level);
        if high == [high[0]; 4] || corners.iter().any(|value| value.is_nan()) {
            return;
        }
        // Bottom, right, top, left: between corners k and k + 1.
        let sides = [2 * corner, 2 * (corner + 1) + 1, 2 * above, 2 * corner + 1];
        let crossed: Vec<usize> = (0..4).filter(|k| high[*k] != high[(k + 1) % 4]).collect();
        if let [a, b] = crossed[..] {
            crossings.join(sides[a], sides[b]);
            return;
        }
        // A saddle: the mean decides which opposite corners are connected through the middle.
        let middle = corners.iter().sum::<f64>() / 4.0 >= level;
        if middle == high[0] {
            crossings.join(sides[0], sides[1]);
            crossings.join(sides[2], sides[3]);
        } else {
            crossings.join(sides[3], sides[0]);
            crossings.join(sides[1], sides[2]);
        }
    }

    /// Where the level crosses an edge: edge 2k leads from cell k to the right, 2k + 1 upwards.
    fn point(&self, edge: usize, level: f64) -> Point {
        let from = edge / 2;
        let upwards = edge % 2 == 1;
        let to = from + if upwards { self.columns } else { 1 };
        let (a, b) = (self.values[from], self.values[to]);
        let t = ((level - a) / (b - a)).clamp(0.0, 1.0);
        let (i, j) = ((from % self.columns) as f64, (from / self.columns) as f64);
        if upwards {
            Point::new(i, j + t)
        } else {
            Point::new(i + t, j)
        }
    }
}

/// Which crossed edges are neighbours on a line; an edge lies between two squares, so there are at
/// most two.
struct Crossings {
    neighbours: Vec<[usize; 2]>,
    /// Edges in the order in which they were found, some twice.
    edges: Vec<usize>,
}

impl Crossings {
    fn new(edges: usize) -> Self {
        Self {
            neighbours: vec![[NONE; 2]; edges],
            edges: Vec::new(),
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        for (from, to) in [(a, b), (b, a)] {
            let [first, second] = &mut self.neighbours[from];
            *(if *first == NONE { first } else { second }) = to;
        }
        self.edges.extend([a, b]);
    }

    /// Open lines from end to end, then closed ones.
    fn chains(mut self) -> Vec<Vec<usize>> {
        let edges = std::mem::take(&mut self.edges);
        let mut chains = Vec::new();
        for ends_only in [true, false] {
            for edge in &edges {
                let [first, second] = self.neighbours[*edge];
                if first != NONE && (!ends_only || second == NONE) {
                    chains.push(self.follow(*edge));
                }
            }
        }
        chains
    }

    /// The line that begins at an edge; what is taken is forgotten.
    fn follow(&mut self, start: usize) -> Vec<usize> {
        let mut chain = vec![start];
        let (mut before, mut here) = (NONE, start);
        loop {
            let [first, second] = std::mem::replace(&mut self.neighbours[here], [NONE; 2]);
            let next = if first == before { second } else { first };
            if next == NONE {
                return chain;
            }
            chain.push(next);
            if next == start {
                return chain;
            }
            (before, here) = (here, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x² + y² on [-1, 1]², 41 x 41 points.
    fn bowl() -> Vec<Option<f64>> {
        let at = |k: usize| k as f64 / 20.0 - 1.0;
        (0..41 * 41)
            .map(|k| Some(at(k % 41).powi(2) + at(k / 41).powi(2)))
            .collect()
    }

    fn radius(point: Point) -> f64 {
        (point.x - 20.0).hypot(point.y - 20.0) / 20.0
    }

    #[test]
    fn a_circle_is_one_closed_line_of_its_radius() {
        let lines = Grid::new(41, &bowl(), Scale::Linear).lines(0.49);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        assert!(lines[0].len() > 80);
        assert!(lines[0].iter().all(|p| (radius(*p) - 0.7).abs() < 1e-3));
        // The centre itself has no logarithm and interrupts nothing this far out.
        let lines = Grid::new(41, &bowl(), Scale::Log).lines(0.49);
        assert!(lines[0].iter().all(|p| (radius(*p) - 0.7).abs() < 1e-3));
    }

    #[test]
    fn missing_cells_and_borders_interrupt_lines() {
        let mut values = bowl();
        values[20 * 41 + 34] = None;
        let lines = Grid::new(41, &values, Scale::Linear).lines(0.49);
        assert_eq!(lines.len(), 1);
        assert_ne!(lines[0].first(), lines[0].last());
        let lines = Grid::new(41, &bowl(), Scale::Linear).lines(1.5);
        assert_eq!(lines.len(), 4, "one arc in each corner");
    }

    #[test]
    fn saddles_and_plateaus_end() {
        let values = [1.0, 0.0, 0.0, 1.0].map(Some);
        assert_eq!(Grid::new(2, &values, Scale::Linear).lines(0.5).len(), 2);
        let flat = vec![Some(1.0); 9];
        assert!(Grid::new(3, &flat, Scale::Linear).lines(1.0).is_empty());
        assert!(Grid::new(1, &flat, Scale::Linear).lines(0.5).is_empty());
        assert!(Grid::new(0, &[], Scale::Linear).lines(0.5).is_empty());
    }
}
