//! Functions of polynomial pieces that join smoothly: splines through tables, fits of samples.
//!
//! A piece is a Chebyshev series in its local variable `t` in `[-1, 1]`; outside the first and the
//! last edge the function goes on along straight lines.

use std::fmt;
use std::sync::Arc;

use super::builtin::LinkFunction;
use super::expression::Expr;

/// Polynomial pieces between edges, and what their derivatives are made of.
#[derive(Clone)]
pub(super) struct Interpolant {
    /// Names the content: equal for equal content.
    name: Arc<str>,
    /// How often it has been differentiated.
    order: usize,
    /// Ends of the pieces, ascending, one more than pieces.
    edges: Arc<[f64]>,
    /// Chebyshev coefficients of each piece.
    pieces: Vec<Vec<f64>>,
    /// Value and slope of the lines outside, at the first and the last edge.
    lines: [(f64, f64); 2],
}

impl Interpolant {
    /// Of at least one piece; the lines outside have the value and the slope of its ends.
    pub(super) fn new(name: &str, edges: Vec<f64>, pieces: Vec<Vec<f64>>) -> Self {
        let mut made = Self {
            name: name.into(),
            order: 0,
            edges: edges.into(),
            pieces,
            lines: [(0.0, 0.0); 2],
        };
        let slopes = made.differentiated();
        let [low, high] = made.ends();
        made.lines = [low, high].map(|at| (made.inside(at), slopes.inside(at)));
        made
    }

    /// The first and the last edge.
    pub(super) fn ends(&self) -> [f64; 2] {
        let [first, last] = [self.edges.first(), self.edges.last()];
        [first, last].map(|at| at.copied().unwrap_or(0.0))
    }

    /// The piece at a point between the ends, its middle and half its width.
    fn piece(&self, g: f64) -> (usize, f64, f64) {
        let after = self.edges.partition_point(|edge| *edge <= g);
        let i = after.clamp(1, self.pieces.len()) - 1;
        let (low, high) = (self.edges[i], self.edges[i + 1]);
        (i, 0.5 * (low + high), 0.5 * (high - low))
    }

    fn inside(&self, g: f64) -> f64 {
        let (i, middle, half) = self.piece(g);
        series(&self.pieces[i], (g - middle) / half)
    }

    /// The line on the side of a point that is not between the ends.
    fn line(&self, g: f64) -> Option<(f64, (f64, f64))> {
        let [low, high] = self.ends();
        if g < low {
            Some((g - low, self.lines[0]))
        } else {
            (g > high).then_some((g - high, self.lines[1]))
        }
    }

    fn differentiated(&self) -> Self {
        let widths = self.edges.windows(2).map(|pair| 0.5 * (pair[1] - pair[0]));
        let pieces = self.pieces.iter().zip(widths);
        Self {
            order: self.order + 1,
            pieces: pieces.map(|(c, half)| slope(c, half)).collect(),
            lines: self.lines.map(|(_, slope)| (slope, 0.0)),
            ..self.clone()
        }
    }
}

impl fmt::Debug for Interpolant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, "'".repeat(self.order))
    }
}

impl LinkFunction for Interpolant {
    fn value(&self, g: f64) -> f64 {
        match self.line(g) {
            // A flat line is flat at infinity as well.
            Some((distance, (value, slope))) if slope != 0.0 => value + slope * distance,
            Some((_, (value, _))) => value,
            None => self.inside(g),
        }
    }

    /// The piece of a point mostly holds the next one as well.
    fn apply(&self, input: &[f64], output: &mut [f64]) {
        let (mut held, mut range) = ((0, 0.0, 1.0), [f64::INFINITY; 2]);
        for (y, &g) in output.iter_mut().zip(input) {
            let near = g >= range[0] && g < range[1];
            if !near {
                let [low, high] = self.ends();
                if !(g >= low && g < high) {
                    *y = self.value(g);
                    continue;
                }
                held = self.piece(g);
                range = [self.edges[held.0], self.edges[held.0 + 1]];
            }
            let (i, middle, half) = held;
            *y = series(&self.pieces[i], (g - middle) / half);
        }
    }

    fn derivative(&self, g: &Expr) -> Expr {
        if self.pieces.iter().all(|c| c.len() == 1) && self.lines.iter().all(|l| l.1 == 0.0) {
            return Expr::number(0.0);
        }
        Expr::call(Arc::new(self.differentiated()), g.clone())
    }

    /// That of the piece at `g`, continued; edges are [`knots`](Self::knots), at which nobody looks
    /// across.
    fn spread(&self, g: f64, radius: f64) -> f64 {
        if let Some((_, (_, slope))) = self.line(g) {
            return slope.abs() * radius;
        }
        let (i, middle, half) = self.piece(g);
        let (t, mut step) = ((g - middle) / half, 1.0);
        let mut derivative = self.pieces[i].clone();
        let mut sum = 0.0;
        // Taylor: at most |p^(j)(t)| s^j / j! each.
        for j in 1..self.pieces[i].len() {
            derivative = slope(&derivative, 1.0);
            step *= radius / half / j as f64;
            sum += series(&derivative, t).abs() * step;
        }
        sum
    }

    fn knots(&self) -> &[f64] {
        &self.edges
    }

    fn degree(&self) -> Option<usize> {
        self.pieces.iter().map(|c| c.len().saturating_sub(1)).max()
    }
}

/// `sum_k c[k] T_k(t)`, by Clenshaw's recurrence.
pub(super) fn series(c: &[f64], t: f64) -> f64 {
    let (mut here, mut before) = (0.0, 0.0);
    for c in c.iter().skip(1).rev() {
        (here, before) = (2.0 * t * here + (c - before), here);
    }
    c.first().map_or(0.0, |c| t * here + (c - before))
}

/// The coefficients of the derivative over a piece of half-width `half`; at least one.
pub(super) fn slope(c: &[f64], half: f64) -> Vec<f64> {
    let n = c.len();
    let mut out = vec![0.0; n.max(2) - 1];
    for k in (1..n).rev() {
        let above = out.get(k + 1).copied().unwrap_or(0.0);
        out[k - 1] = above + 2.0 * k as f64 * c[k] / half;
    }
    out[0] *= 0.5;
    out
}

/// A name for content: FNV-1a of the bits of its numbers (64-bit, offset and prime as its authors
/// give them, www.isthe.com/chongo/tech/comp/fnv).
pub(super) fn checksum(numbers: impl Iterator<Item = f64>) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = numbers.flat_map(f64::to_le_bytes);
    let hash = bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t^4` is `(3 T_0 + 4 T_2 + T_4) / 8`: values and all derivatives on a piece that is not `[-1, 1]`.
    #[test]
    fn a_power_has_its_derivatives() {
        let quartic = vec![3.0 / 8.0, 0.0, 0.5, 0.0, 0.125];
        let made = Interpolant::new("t^4", vec![1.0, 5.0], vec![quartic]);
        let x = 4.1;
        let t: f64 = (x - 3.0) / 2.0;
        let mut expr = Expr::call(Arc::new(made.clone()), Expr::x());
        for expected in [
            t.powi(4),
            2.0 * t.powi(3),
            3.0 * t.powi(2),
            3.0 * t,
            1.5,
            0.0,
        ] {
            let found = super::super::compiled::Tape::compile(&expr).value(x);
            // A few operations on numbers of size 3.
            assert!((found - expected).abs() < 4e-15, "{found} {expected}");
            expr = super::super::differentiate::derivative(&expr);
        }
        // |w^4 - t^4| is largest in the direction of t, where Taylor's terms all add up.
        let expected = (t + 0.25).powi(4) - t.powi(4);
        assert!((made.spread(x, 0.5) - expected).abs() < 1e-14);
        // The lines outside have the slopes 4 t^3 / 2 of the ends.
        assert_eq!((made.value(6.0), made.value(-1.0)), (3.0, 5.0));
        assert!(made.value(f64::NAN).is_nan());
    }

    #[test]
    fn checksums_are_those_of_fnv() {
        // The authors' value for no bytes; eight zero bytes multiply by the prime eight times.
        assert_eq!(checksum(std::iter::empty()), "cbf29ce484222325");
        assert_ne!(checksum([0.0].into_iter()), checksum([-0.0].into_iter()));
    }
}
