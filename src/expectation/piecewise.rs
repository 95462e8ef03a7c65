//! Gaussian averages of a piecewise polynomial, in closed form.
//!
//! On a piece `[a, b)` the moments of `xi ~ N(0,1)` follow from Stein's identity,
//!
//! ```text
//! I_0 = Phi(b) - Phi(a),   I_n = (n-1) I_{n-2} - b^{n-1} phi(b) + a^{n-1} phi(a)
//! ```
//!
//! so that `E[f(mean + s xi)]` costs two error functions a break instead of a quadrature.

mod spline;

pub(super) use spline::Spline;

use super::gaussian::density;
use crate::link::Link;

/// Highest degree of a piece; its square is averaged too.
const MAX_DEGREE: usize = 12;
const MOMENTS: usize = 2 * MAX_DEGREE + 1;

/// A function that is a polynomial between its breaks.
#[derive(Debug, Clone)]
pub(super) struct PiecewisePolynomial {
    /// Breaks, ascending.
    breaks: Vec<f64>,
    /// Monomial coefficients, one more piece than breaks.
    pieces: Vec<Vec<f64>>,
}

/// `sum_n powers[n] (y - at)^n` to the right of a break, nothing to its left.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The break.
    pub at: f64,
    /// Factors of the powers.
    pub powers: Vec<f64>,
}

/// Coefficients of `p(at + y)`, which are those of a polynomial in `y`.
fn shifted(polynomial: &[f64], at: f64) -> Vec<f64> {
    let mut made = polynomial.to_vec();
    for i in 0..made.len() {
        for k in (i..made.len().saturating_sub(1)).rev() {
            made[k] += at * made[k + 1];
        }
    }
    made
}

/// `E[f]`, `E[f^2]` and `E[f']` (away from jumps) of `f(mean + s xi)`.
#[derive(Default, Clone, Copy, Debug)]
pub(super) struct Smoothed {
    pub(super) value: f64,
    pub(super) square: f64,
    pub(super) slope: f64,
}

impl PiecewisePolynomial {
    /// `None` unless the link has breaks and is a polynomial of degree at most 12 between them.
    pub(super) fn of(link: &Link) -> Option<Self> {
        let breaks: Vec<f64> = link.breaks().iter().map(|b| b.at).collect();
        let pieces = (!breaks.is_empty()).then(|| link.polynomials())??;
        Some(Self { breaks, pieces })
    }

    /// The square of the function.
    pub(super) fn square(&self) -> Self {
        let square = |piece: &Vec<f64>| {
            let mut product = vec![0.0; (2 * piece.len()).saturating_sub(1).max(1)];
            for (i, a) in piece.iter().enumerate() {
                for (k, b) in piece.iter().enumerate() {
                    product[i + k] += a * b;
                }
            }
            product
        };
        Self {
            breaks: self.breaks.clone(),
            pieces: self.pieces.iter().map(square).collect(),
        }
    }

    /// The first piece, by its powers, and what every break adds to the right of it, by powers of the
    /// distance.
    pub(super) fn steps(&self) -> (Vec<f64>, Vec<Step>) {
        let step = |(at, pair): (&f64, &[Vec<f64>])| {
            let coefficient = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
            let degrees = 0..pair[0].len().max(pair[1].len());
            let gap = degrees.map(|k| coefficient(&pair[1], k) - coefficient(&pair[0], k));
            let mut powers = shifted(&gap.collect::<Vec<f64>>(), *at);
            while powers.len() > 1 && powers.last() == Some(&0.0) {
                powers.pop();
            }
            Step { at: *at, powers }
        };
        let steps = self.breaks.iter().zip(self.pieces.windows(2)).map(step);
        (self.pieces[0].clone(), steps.collect())
    }

    /// Averages of `f(mean + s xi)`, `s > 0`.
    pub(super) fn smoothed(&self, mean: f64, s: f64) -> Smoothed {
        let mut sum = Smoothed::default();
        let mut lower = End::infinite(f64::NEG_INFINITY);
        for (i, piece) in self.pieces.iter().enumerate() {
            let upper = match self.breaks.get(i) {
                Some(b) => End::at((b - mean) / s),
                None => End::infinite(f64::INFINITY),
            };
            add_piece(&mut sum, piece, mean, s, lower, upper);
            lower = upper;
        }
        sum
    }
}

impl PiecewisePolynomial {
    /// Sizes of the terms that [`smoothed`](Self::smoothed) adds up, of which rounding takes its
    /// share: nothing here cancels.
    pub(super) fn magnitude(&self, mean: f64, s: f64) -> Smoothed {
        let mut sum = Smoothed::default();
        let mut lower = End::infinite(f64::NEG_INFINITY);
        for (i, piece) in self.pieces.iter().enumerate() {
            let upper = match self.breaks.get(i) {
                Some(b) => End::at((b - mean) / s),
                None => End::infinite(f64::INFINITY),
            };
            let n = (2 * piece.len()).saturating_sub(1);
            let moments = moment_sizes(n, mean.abs() / s, lower, upper);
            let shifted = shifted_sizes(piece, mean.abs(), s);
            for (i, c) in shifted.iter().enumerate() {
                sum.value += c * moments[i];
                for (k, d) in shifted.iter().enumerate() {
                    sum.square += c * d * moments[i + k];
                }
                if i > 0 {
                    sum.slope += i as f64 * c * moments[i - 1] / s;
                }
            }
            lower = upper;
        }
        sum
    }
}

/// Sizes of what makes up the moments of a piece, with what rounding of its ends does to them:
/// an end is `(b - mean) / s`, a difference of numbers of size `offset = |mean| / s`.
fn moment_sizes(n: usize, offset: f64, lower: End, upper: End) -> Vec<f64> {
    let ends = [lower, upper];
    let inside = lower.x < 0.0 && upper.x >= 0.0;
    let mut sizes: Vec<f64> = Vec::with_capacity(n);
    for k in 0..n {
        let mut size = match k {
            0 if inside => 1.0,
            0 => lower.tail.max(upper.tail),
            1 => 0.0,
            _ => (k - 1) as f64 * sizes[k - 2],
        };
        for end in ends.iter().filter(|end| end.density > 0.0) {
            let (x, order) = (end.x.abs(), k as i32);
            if k > 0 {
                size += end.boundary(order - 1).abs();
            }
            size += x.powi(order) * end.density * (x + 2.0 * offset);
        }
        sizes.push(size);
    }
    sizes
}

/// Sizes of the coefficients of `xi^k` in `f(mean + s xi)`.
fn shifted_sizes(piece: &[f64], mean: f64, s: f64) -> Vec<f64> {
    let mut shifted: Vec<f64> = piece.iter().map(|c| c.abs()).collect();
    for i in 0..piece.len() {
        for k in (i..piece.len() - 1).rev() {
            shifted[k] += mean * shifted[k + 1];
        }
    }
    let mut power = 1.0;
    for c in &mut shifted {
        *c *= power;
        power *= s;
    }
    shifted
}

/// One end of a piece with what its moments need.
#[derive(Clone, Copy)]
struct End {
    x: f64,
    density: f64,
    /// `Phi(-|x|)`: the difference of two of these on one side keeps its digits.
    tail: f64,
}

impl End {
    fn at(x: f64) -> Self {
        Self {
            x,
            density: density(x),
            tail: 0.5 * libm::erfc(x.abs() * std::f64::consts::FRAC_1_SQRT_2),
        }
    }

    fn infinite(x: f64) -> Self {
        Self {
            x,
            density: 0.0,
            tail: 0.0,
        }
    }

    /// `x^n phi(x)`, 0 at infinity.
    fn boundary(self, n: i32) -> f64 {
        if self.density == 0.0 {
            0.0
        } else {
            self.x.powi(n) * self.density
        }
    }
}

fn add_piece(sum: &mut Smoothed, piece: &[f64], mean: f64, s: f64, lower: End, upper: End) {
    let n = piece.len();
    if n == 0 {
        return;
    }
    let mut moments = [0.0; MOMENTS];
    moments[0] = match (lower.x < 0.0, upper.x < 0.0) {
        (true, true) => upper.tail - lower.tail,
        (false, false) => lower.tail - upper.tail,
        _ => 1.0 - lower.tail - upper.tail,
    };
    for k in 1..2 * n - 1 {
        let below = if k >= 2 {
            (k - 1) as f64 * moments[k - 2]
        } else {
            0.0
        };
        let order = k as i32 - 1;
        moments[k] = below - upper.boundary(order) + lower.boundary(order);
    }
    // Taylor shift: f(mean + s xi) = sum_k shifted[k] xi^k.
    let mut shifted = [0.0; MAX_DEGREE + 1];
    shifted[..n].copy_from_slice(piece);
    for i in 0..n {
        for k in (i..n - 1).rev() {
            shifted[k] += mean * shifted[k + 1];
        }
    }
    let mut power = 1.0;
    for c in &mut shifted[..n] {
        *c *= power;
        power *= s;
    }
    for i in 0..n {
        sum.value += shifted[i] * moments[i];
        if i > 0 {
            sum.slope += i as f64 * shifted[i] * moments[i - 1] / s;
        }
        for k in 0..n {
            sum.square += shifted[i] * shifted[k] * moments[i + k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::gaussian::Rule;

    #[test]
    fn closed_averages_equal_quadrature() {
        for text in [
            "relu",
            "sign",
            "abs(x)",
            "relu(x-0.5)",
            "max(-1, min(1, x))",
            "square(relu)",
            "x*relu(x-1) - relu(x+0.5)^3",
        ] {
            let link: Link = text.parse().unwrap();
            let pieces = PiecewisePolynomial::of(&link).unwrap();
            for (mean, s) in [(0.3, 0.7), (-1.4, 0.2), (2.0, 1.0), (0.0, 0.05)] {
                let mut cuts: Vec<f64> = link.breaks().iter().map(|b| (b.at - mean) / s).collect();
                cuts.retain(|x| x.abs() < 12.0);
                cuts.extend([-12.0, 12.0]);
                cuts.sort_by(f64::total_cmp);
                let rule = Rule::panels(&cuts, 0.5, 1);
                let average = |f: &dyn Fn(f64) -> f64| rule.mean(|x| f(mean + s * x));
                let closed = pieces.smoothed(mean, s);
                let gap = (closed.value - average(&|x| link.value(x))).abs()
                    + (closed.square - average(&|x| link.value(x).powi(2))).abs()
                    + (closed.slope - average(&|x| link.derivative(x))).abs();
                let size = 1.0 + closed.square;
                assert!(gap < 1e-13 * size, "{text} at {mean}, {s}: {gap:e}");
            }
        }
    }

    #[test]
    fn steps_add_up_to_the_function() {
        for text in [
            "relu",
            "sign",
            "max(-1, min(1, x))",
            "square(relu) - x",
            "abs(x - 1.5)",
        ] {
            let link: Link = text.parse().unwrap();
            let pieces = PiecewisePolynomial::of(&link).unwrap();
            for (pieces, power) in [(pieces.square(), 2), (pieces, 1)] {
                let (first, steps) = pieces.steps();
                for x in [-3.1, -0.7, 0.2, 1.1, 2.9] {
                    let at = |p: &[f64], x: f64| p.iter().rev().fold(0.0, |sum, c| sum * x + c);
                    let right = steps.iter().filter(|s| x > s.at);
                    let sum = at(&first, x) + right.map(|s| at(&s.powers, x - s.at)).sum::<f64>();
                    assert!(
                        (sum - link.value(x).powi(power)).abs() < 1e-13,
                        "{text} at {x}"
                    );
                }
            }
        }
    }

    #[test]
    fn curved_links_are_not_piecewise_polynomials() {
        for text in ["tanh", "max(x, 0.1*x) + 0.2*sin(x)", "he3"] {
            assert!(
                PiecewisePolynomial::of(&text.parse().unwrap()).is_none(),
                "{text}"
            );
        }
    }
}
