//! A row of cells whose value changes smoothly, from few that are solved.
//!
//! On a piece of a row the logarithm of the value is interpolated by a polynomial through the cells next to Chebyshev
//! points, in the number of the cell, which is even in the axis, its logarithm, or 1 - mu as the grid is. The points of
//! `2 n` intervals hold those of `n`, so that the new ones show how far the coarser polynomial is off; once that is no
//! more than the tolerance of the runs, the finer one, whose error is about the square of it, gives the cells in between.
//! A piece where that does not come about is halved; short ones are solved throughout. (Barycentric formula: Berrut and
//! Trefethen, SIAM Rev. 46:501, 2004.)

use super::cell::Cell;
use super::error::PhaseError;

/// Intervals between the first points of a piece.
const FIRST: usize = 8;
/// Cells of a piece that is solved throughout.
const SHORT: usize = 12;
/// Least distance of a piece's ends from the next point, in cells: with fewer than that most points near the ends are the
/// same cells, and the polynomial swings.
const CLOSEST: f64 = 0.3;

/// Cells in a row that can be solved one by one.
pub(super) trait Row {
    /// The cell at a place, solved if it has not been; `None` when the work was ended.
    fn solve(&mut self, place: usize) -> Result<Option<Cell>, PhaseError>;
    /// Takes a cell that is not solved, where there is none.
    fn put(&mut self, place: usize, cell: Cell) -> Result<(), PhaseError>;
}

/// Finds the cells from `first` to `last` to a relative tolerance; `false` when the work was ended.
pub(super) fn find(
    row: &mut dyn Row,
    (first, last): (usize, usize),
    tolerance: f64,
) -> Result<bool, PhaseError> {
    let mut pieces = vec![(first, last)];
    while let Some((low, high)) = pieces.pop() {
        let found = match high - low < SHORT {
            true => solved_throughout(row, (low, high))?,
            false => interpolated(row, (low, high), tolerance)?,
        };
        match found {
            Found::All => {}
            Found::Not => {
                let middle = usize::midpoint(low, high);
                pieces.extend([(middle, high), (low, middle)]);
            }
            Found::Ended => return Ok(false),
        }
    }
    Ok(true)
}

/// What became of a piece.
enum Found {
    All,
    Not,
    Ended,
}

fn solved_throughout(row: &mut dyn Row, (low, high): (usize, usize)) -> Result<Found, PhaseError> {
    for place in low..=high {
        if row.solve(place)?.is_none() {
            return Ok(Found::Ended);
        }
    }
    Ok(Found::All)
}

fn interpolated(
    row: &mut dyn Row,
    piece: (usize, usize),
    tolerance: f64,
) -> Result<Found, PhaseError> {
    let mut coarse: Option<Polynomial> = None;
    let mut intervals = FIRST;
    while (piece.1 - piece.0) as f64 * chebyshev(1, intervals) >= CLOSEST {
        let fine = match polynomial(row, &places(piece, intervals))? {
            Ok(fine) => fine,
            Err(found) => return Ok(found),
        };
        if coarse.is_some_and(|coarse| coarse.meets(&fine, tolerance)) {
            for place in piece.0..=piece.1 {
                row.put(place, fine.cell(place))?;
            }
            return Ok(Found::All);
        }
        coarse = Some(fine);
        intervals *= 2;
    }
    Ok(Found::Not)
}

/// The polynomial through the cells at some places, or what became of the piece.
fn polynomial(
    row: &mut dyn Row,
    places: &[usize],
) -> Result<Result<Polynomial, Found>, PhaseError> {
    let mut first: Option<Cell> = None;
    let mut points = Vec::with_capacity(places.len());
    for place in places {
        let Some(cell) = row.solve(*place)? else {
            return Ok(Err(Found::Ended));
        };
        let alike = cell.outcome == first.get_or_insert(cell).outcome;
        match cell.value {
            Some(value) if value > 0.0 && alike && !cell.near_miss => {
                points.push((*place as f64, value.ln()));
            }
            _ => return Ok(Err(Found::Not)),
        }
    }
    let through = first.map(|first| Polynomial::through(points, first));
    Ok(through.ok_or(Found::Not))
}

/// Where point `j` of so many intervals lies in a piece, from 0 to 1.
fn chebyshev(j: usize, intervals: usize) -> f64 {
    0.5 - 0.5 * (std::f64::consts::PI * j as f64 / intervals as f64).cos()
}

/// The cells next to the points, each once.
fn places((low, high): (usize, usize), intervals: usize) -> Vec<usize> {
    let length = (high - low) as f64;
    let place = |j| low + (length * chebyshev(j, intervals)).round() as usize;
    let mut all: Vec<usize> = (0..=intervals).map(place).collect();
    all.dedup();
    all
}

/// A polynomial through the logarithms of cells, and a cell like all of them.
struct Polynomial {
    points: Vec<(f64, f64)>,
    weights: Vec<f64>,
    like: Cell,
}

impl Polynomial {
    /// Through at least two points, ascending.
    fn through(points: Vec<(f64, f64)>, like: Cell) -> Self {
        let (from, to) = (points[0].0, points[points.len() - 1].0);
        // In units of a quarter of the length the products neither overflow nor vanish.
        let scale = 4.0 / (to - from);
        let weight = |(i, (x, _)): (usize, &(f64, f64))| {
            let others = points.iter().enumerate().filter(|(j, _)| *j != i);
            let product: f64 = others.map(|(_, (other, _))| scale * (x - other)).product();
            product.recip()
        };
        let weights = points.iter().enumerate().map(weight).collect();
        Self {
            points,
            weights,
            like,
        }
    }

    fn at(&self, x: f64) -> f64 {
        let (mut above, mut below) = (0.0, 0.0);
        for ((point, value), weight) in self.points.iter().zip(&self.weights) {
            let distance = x - point;
            if distance.abs() <= 0.0 {
                return *value;
            }
            above += weight / distance * value;
            below += weight / distance;
        }
        above / below
    }

    /// Whether all points of a finer one are on it.
    fn meets(&self, fine: &Self, tolerance: f64) -> bool {
        let mut points = fine.points.iter();
        points.all(|(x, value)| (self.at(*x) - value).abs() <= tolerance)
    }

    fn cell(&self, place: usize) -> Cell {
        Cell {
            value: Some(self.at(place as f64).exp()),
            inferred: true,
            ..self.like
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::CellOutcome;
    use super::*;

    /// A row of a function of the place, of which some are beside a near miss.
    struct Made<F: Fn(usize) -> Option<f64>> {
        value: F,
        missed: fn(usize) -> bool,
        cells: Vec<Option<Cell>>,
    }

    impl<F: Fn(usize) -> Option<f64>> Row for Made<F> {
        fn solve(&mut self, place: usize) -> Result<Option<Cell>, PhaseError> {
            let value = (self.value)(place);
            let outcome = match value {
                Some(_) => CellOutcome::Exited,
                None => CellOutcome::Trapped,
            };
            let cell = Cell {
                near_miss: (self.missed)(place),
                ..Cell::new(value, outcome)
            };
            self.cells[place] = Some(cell);
            Ok(Some(cell))
        }

        fn put(&mut self, place: usize, cell: Cell) -> Result<(), PhaseError> {
            self.cells[place].get_or_insert(cell);
            Ok(())
        }
    }

    /// Cells that were solved, and the largest relative error of all.
    fn row(
        length: usize,
        value: impl Fn(usize) -> Option<f64>,
        missed: fn(usize) -> bool,
    ) -> (usize, f64) {
        let mut made = Made {
            value,
            missed,
            cells: vec![None; length],
        };
        assert!(find(&mut made, (0, length - 1), 1e-7).unwrap());
        let (mut solved, mut largest) = (0, 0.0_f64);
        for (place, cell) in made.cells.iter().enumerate() {
            let cell = cell.unwrap();
            solved += usize::from(!cell.inferred);
            assert_eq!(cell.value.is_some(), (made.value)(place).is_some());
            if let Some((found, right)) = cell.value.zip((made.value)(place)) {
                largest = largest.max((found / right - 1.0).abs());
            }
        }
        (solved, largest)
    }

    const NEVER: fn(usize) -> bool = |_| false;

    #[test]
    fn what_is_smooth_takes_few_cells() {
        // Analytic but for 1 - mu = 0, at a distance of a fiftieth of the row, as exit times are.
        let (solved, error) = row(512, |i| Some((522.0 - i as f64).powf(-1.2) * 3.0), NEVER);
        assert!(solved < 200, "{solved}");
        assert!(error < 1e-8, "{error}");
        let (solved, error) = row(512, |i| Some((0.01 * i as f64).sin().exp()), NEVER);
        assert_eq!(solved, 33);
        assert!(error < 1e-10, "{error}");
    }

    #[test]
    fn what_is_not_smooth_is_solved() {
        // A kink, a jump, a divergence, and a stretch without a value, each between two cells.
        let kink = |i: usize| Some(1.0 + (i as f64 - 200.3).abs());
        let jump = |i: usize| Some(if i < 77 { 1.0 } else { 1.0 + 1e-5 });
        let critical = |i: usize| Some((i as f64 - 300.4).abs().powi(-2));
        let trapped = |i: usize| (i > 100).then_some(9.0 - (i as f64 - 100.5).ln());
        for value in [
            &kink as &dyn Fn(usize) -> Option<f64>,
            &jump,
            &critical,
            &trapped,
        ] {
            let (solved, error) = row(512, value, NEVER);
            assert!(solved < 512, "{solved}");
            assert!(error < 1e-7, "{error}");
        }
    }

    #[test]
    fn nothing_is_interpolated_beside_a_near_miss() {
        // Two cells between the points of every piece, of another branch; cells around them nearly had it too.
        let value = |i: usize| Some(if i == 137 || i == 138 { 0.5 } else { 3.0 });
        let (solved, error) = row(512, value, |i| (100..170).contains(&i));
        assert!(error < 1e-12, "{error}");
        assert!((70..200).contains(&solved), "{solved}");
    }

    #[test]
    fn a_short_row_is_solved_throughout() {
        assert_eq!(row(12, |i| Some(i as f64 + 1.0), NEVER), (12, 0.0));
    }
}
