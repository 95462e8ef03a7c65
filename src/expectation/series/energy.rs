//! What a series has not shown of a function: features finer than its last order, as the waves of `sin(20 x)` at variance
//! 4, have small coefficients at first, and large ones later.

/// Part of a square that may be rounding of its parts.
const ROUNDING: f64 = 1e-13;
/// How much more than the last octave of orders what follows may be where coefficients fall like powers of the order: those
/// of a slope with cusps fall slowest.
const EXPECTED: f64 = 30.0;

/// Squares of the coefficients of a function against the square of the function.
#[derive(Debug)]
pub(super) struct Energy {
    all: f64,
    sum: f64,
    squares: Vec<f64>,
}

impl Energy {
    /// Of a function `f` with `E[f^2] = all`, no coefficient known.
    pub(super) fn new(all: f64) -> Self {
        Self {
            all,
            sum: 0.0,
            squares: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, coefficient: f64) {
        let square = coefficient * coefficient;
        self.sum += square;
        self.squares.push(square);
    }

    /// Root of the part of the square that is not known.
    pub(super) fn missing(&self) -> f64 {
        ((self.all - self.sum).max(0.0) / self.all).sqrt()
    }

    /// Square of what the first `n` coefficients leave, to rounding, and of the last octave of these.
    fn after(&self, n: usize) -> (f64, f64) {
        let squares = self.squares.get(..n).unwrap_or(&self.squares);
        let left = self.all - squares.iter().sum::<f64>();
        let last_octave = squares[squares.len() / 2..].iter().sum();
        let is_seen = left > ROUNDING * self.all;
        (if is_seen { left } else { 0.0 }, last_octave)
    }

    /// Bound, by Cauchy and Schwarz, of the terms after `n` at cosine 1 where one of the two has more there than its last terms
    /// let expect; 0 where these tell. What is below rounding is at most the last octave.
    pub(super) fn hidden(&self, other: &Self, n: usize) -> f64 {
        let both = [self, other].map(|energy| energy.after(n));
        if both.iter().all(|(left, last)| *left <= EXPECTED * last) {
            return 0.0;
        }
        let rest = both.map(|(left, last)| left.max(last));
        (rest[0] * rest[1]).sqrt()
    }
}
