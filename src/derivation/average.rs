//! Gaussian averages of products of pieces, exactly, by Stein's identity.
//!
//! For `(lambda, z)` Gaussian of variances 1, `q` and covariance `m`, `r = q - m^2`. A factor
//! `exp(-c1 lambda^2 - c2 z^2)` turns the measure into another Gaussian one, of weight `D^(-1/2)`:
//!
//! ```text
//! D = 1 + 2 c1 + 2 c2 q + 4 c1 c2 r
//! variances (1 + 2 c2 r)/D and (q + 2 c1 r)/D, covariance m/D
//! ```
//!
//! Stein's identity, `E[z f] = q E[df/dz] + m E[df/dlambda]`, lowers the powers until only steps and
//! error functions are left, whose averages are arc functions of the correlation.

use std::collections::HashMap;

use super::averaged_pieces::{Piece, Pieces, erf_slope, moment};
use super::symbols::{M, PHI, Q, R, var};
use crate::algebra::{Exponent, Expr, Function, factorial};

/// Averages of pieces of a teacher (`lambda`) and a student (`z`).
pub(super) struct Averager {
    /// `b` of `erf(b lambda)` and of `erf(b z)`.
    scales: [Expr; 2],
    known: HashMap<(Piece, Piece), Option<Expr>>,
}

/// Weight, variances and covariance of a tilted Gaussian, all over `weight`.
struct Tilted {
    weight: Expr,
    variances: [Expr; 2],
}

impl Averager {
    pub(super) fn new(teacher: &Pieces, student: &Pieces) -> Self {
        Self {
            scales: [teacher.scale.clone(), student.scale.clone()],
            known: HashMap::new(),
        }
    }

    /// `E[f(lambda) g(z)]`, deltas included; `None` where no closed form is known.
    pub(super) fn pair(&mut self, f: &Pieces, g: &Pieces) -> Option<Expr> {
        let mut total = Expr::zero();
        for (a, p) in &f.terms {
            for (b, c) in &g.terms {
                total = total + &(p * c) * &self.mean(*a, *b)?;
            }
        }
        for (b, c) in g.terms.iter().filter(|_| !f.delta.is_zero()) {
            total = total + &(&f.delta * c) * &self.given_zero(0, *b)?;
        }
        for (a, p) in f.terms.iter().filter(|_| !g.delta.is_zero()) {
            total = total + &(&g.delta * p) * &self.given_zero(1, *a)?;
        }
        Some(total)
    }

    /// `E[g(z)]`, deltas included.
    pub(super) fn single(&mut self, g: &Pieces) -> Option<Expr> {
        let mut total = Expr::zero();
        for (b, c) in &g.terms {
            total = total + c * &self.mean(Piece::default(), *b)?;
        }
        Some(total + &g.delta * &density_at_zero(&var(Q)))
    }

    fn tilted(&self, pair: [Piece; 2]) -> Tilted {
        let [c1, c2] = [0, 1].map(|i| {
            let twice = Expr::int(2 * pair[i].tilt as i64);
            &twice * &(&self.scales[i] * &self.scales[i])
        });
        let (q, r) = (var(Q), residual());
        Tilted {
            weight: Expr::one() + c1.clone() + &c2 * &q + &(&c1 * &c2) * &r,
            variances: [Expr::one() + &c2 * &r, q + &c1 * &r],
        }
    }

    /// `E[a(lambda) b(z)]`.
    fn mean(&mut self, a: Piece, b: Piece) -> Option<Expr> {
        if let Some(known) = self.known.get(&(a, b)) {
            return known.clone();
        }
        let value = self.reduced([a, b]);
        self.known.insert((a, b), value.clone());
        value
    }

    fn reduced(&mut self, pair: [Piece; 2]) -> Option<Expr> {
        let bare = |p: &Piece| !p.step && p.erf == 0;
        if pair.iter().all(bare) {
            return Some(self.powers(pair));
        }
        // The side without a function first: it only feeds derivatives to the other one.
        let order = if bare(&pair[1]) { [1, 0] } else { [0, 1] };
        for side in order {
            if pair[side].power > 0 {
                return self.stein(pair, side);
            }
        }
        self.functions(pair)
    }

    /// `E[lambda^i z^j]`: all pairings.
    fn powers(&self, pair: [Piece; 2]) -> Expr {
        let Tilted { weight, variances } = self.tilted(pair);
        let [i, j] = pair.map(|p| p.power);
        let mut total = Expr::zero();
        for k in (0..=i.min(j)).filter(|k| (i - k) % 2 == 0 && (j - k) % 2 == 0) {
            let ways = factorial(i) / (factorial(k) * factorial(i - k)) * factorial(j)
                / factorial(j - k)
                * moment(i - k)
                * moment(j - k);
            let own = |v: &Expr, n: usize| v.power(whole((n - k) / 2));
            let product = own(&variances[0], i) * own(&variances[1], j) * var(M).power(whole(k));
            total = total + Expr::number(ways) * product;
        }
        let pairs = Exponent::new(-((i + j) as i64), 2) - Exponent::new(1, 2);
        total * weight.power(pairs)
    }

    /// One power less on a side, by Stein's identity.
    fn stein(&mut self, pair: [Piece; 2], side: usize) -> Option<Expr> {
        let Tilted { weight, variances } = self.tilted(pair);
        let mut lower = pair;
        lower[side].power -= 1;
        let own = self.slope(lower, side)?;
        let other = self.slope(lower, 1 - side)?;
        let total = &variances[side] * &own + var(M) * other;
        Some(total * weight.recip())
    }

    /// The average with one side differentiated, its tilt apart.
    fn slope(&mut self, pair: [Piece; 2], side: usize) -> Option<Expr> {
        let piece = pair[side];
        let with = |new: Piece| {
            let mut changed = pair;
            changed[side] = new;
            changed
        };
        let mut total = Expr::zero();
        if piece.power > 0 {
            let power = piece.power - 1;
            let [a, b] = with(Piece { power, ..piece });
            total = Expr::int(piece.power as i64) * self.mean(a, b)?;
        } else if piece.step && piece.erf == 0 {
            total = self.given_zero(side, pair[1 - side])?;
        }
        if piece.erf > 0 {
            let inner = Piece {
                erf: piece.erf - 1,
                tilt: piece.tilt + 1,
                ..piece
            };
            let [a, b] = with(inner);
            let factor = Expr::int(piece.erf as i64) * erf_slope(&self.scales[side]);
            total = total + factor * self.mean(a, b)?;
        }
        Some(total)
    }

    /// `E[delta(x) other]`, `x` the variable of `side`: its density at 0 times the average of the
    /// other variable, then of variance `r` over that of `x`.
    fn given_zero(&mut self, side: usize, other: Piece) -> Option<Expr> {
        let (variance, rest) = match side {
            0 => (Expr::one(), var(R)),
            _ => (var(Q), var(R) * var(Q).recip()),
        };
        let scale = self.scales[1 - side].clone();
        Some(density_at_zero(&variance) * alone(other, &scale, &rest)?)
    }

    /// Averages of steps and error functions alone.
    fn functions(&self, pair: [Piece; 2]) -> Option<Expr> {
        let Tilted { weight, variances } = self.tilted(pair);
        let norm = weight.power(Exponent::new(-1, 2));
        let kind = pair.map(|p| (p.step, p.erf));
        let over_pi = |n: i64, e: Expr| Expr::ratio(n, 1) * Expr::pi().recip() * e;
        // D + 2 b^2 times the variance over D: what an error function adds to its argument.
        let wide = |side: usize| {
            let square = &self.scales[side] * &self.scales[side];
            weight.clone() + Expr::int(2) * square * variances[side].clone()
        };
        let arcsin = |e: Expr| Expr::call(Function::ArcSin, e);
        let value = match kind {
            [(true, 0), (false, 0)] | [(false, 0), (true, 0)] => Expr::ratio(1, 2),
            // An error function alone is odd.
            [(false, e), (false, 0)] | [(false, 0), (false, e)] if e % 2 == 1 => Expr::zero(),
            [(true, 0), (true, 0)] if pair.iter().all(|p| p.tilt == 0) => {
                Expr::ratio(1, 2) * over_pi(1, var(PHI))
            }
            [(false, 1), (false, 1)] => {
                let root = (wide(0) * wide(1)).power(Exponent::new(-1, 2));
                let product = &self.scales[0] * &self.scales[1];
                over_pi(2, arcsin(Expr::int(2) * product * var(M) * root))
            }
            [(false, 2), (step, 0)] | [(step, 0), (false, 2)] => {
                let side = usize::from(pair[1].erf == 2);
                let squared = square_mean(&self.scales[side], &variances[side], &wide(side));
                // By symmetry a step of the other variable halves it.
                if step {
                    Expr::ratio(1, 2) * squared
                } else {
                    squared
                }
            }
            [(false, 1), (true, 0)] | [(true, 0), (false, 1)] => {
                let side = usize::from(pair[1].erf == 1);
                let root = (wide(side) * variances[1 - side].clone()).power(Exponent::new(-1, 2));
                let argument = Expr::int(2).sqrt() * &self.scales[side] * var(M) * root;
                over_pi(1, arcsin(argument))
            }
            _ => return None,
        };
        Some(norm * value)
    }
}

/// `E[erf(b x)^2]`, of variance `v/w`; `wide = w + 2 b^2 v`.
fn square_mean(scale: &Expr, variance: &Expr, wide: &Expr) -> Expr {
    let argument = Expr::int(2) * scale * scale * variance * wide.recip();
    Expr::ratio(2, 1) * Expr::pi().recip() * Expr::call(Function::ArcSin, argument.together())
}

/// `E[piece(x)]` of one variable of variance `v`.
fn alone(piece: Piece, scale: &Expr, v: &Expr) -> Option<Expr> {
    let tilt = Expr::int(2 * piece.tilt as i64) * scale * scale;
    let weight = (Expr::one() + tilt * v).together();
    let variance = (v * &weight.recip()).together();
    let norm = weight.power(Exponent::new(-1, 2));
    let n = piece.power;
    let root = variance.power(Exponent::new(n as i64, 2));
    let value = match (piece.step, piece.erf) {
        (false, 0) => Expr::number(moment(n)) * root,
        (true, 0) if n.is_multiple_of(2) => Expr::ratio(1, 2) * Expr::number(moment(n)) * root,
        (true, 0) => {
            // E[x^n; x > 0] = (n-1)!! / sqrt(2 pi) for odd n.
            let double = (2..n).step_by(2).map(|k| Expr::int(k as i64));
            double.product::<Expr>() * density_at_zero(&Expr::one()) * root
        }
        (false, e) if (e + n) % 2 == 1 => Expr::zero(),
        (step, 2) if n == 0 => {
            let wide = Expr::one() + Expr::int(2) * scale * scale * &variance;
            let squared = square_mean(scale, &variance, &wide);
            if step {
                Expr::ratio(1, 2) * squared
            } else {
                squared
            }
        }
        _ => return None,
    };
    Some(norm * value)
}

/// `1 / sqrt(2 pi v)`.
fn density_at_zero(variance: &Expr) -> Expr {
    (Expr::int(2) * Expr::pi() * variance).power(Exponent::new(-1, 2))
}

/// `q - m^2`.
fn residual() -> Expr {
    var(Q) - var(M) * var(M)
}

fn whole(n: usize) -> Exponent {
    Exponent::from_integer(n as i64)
}
