//! Polynomial pairs: finite Hermite sums in the overlaps, exact.
//!
//! With `He_n(sqrt(q) x) = sum_j n! / (2^j j! (n-2j)!) q^{(n-2j)/2} (q-1)^j He_{n-2j}(x)`,
//!
//! ```text
//! E[f(lambda*) g(z)] = sum_k m^k f_k sum_j g_{k+2j} (k+2j)! / (2^j j!) (q-1)^j
//! ```
//!
//! for `f = sum_k f_k He_k`, `g = sum_k g_k He_k`. Averages of one link alone, and the noise
//! kernel, are Gauss-Hermite sums of positive terms where these sums would cancel.

mod pair;
mod rule;

pub(super) use pair::{PolynomialPair, Smoothed};
use rule::GaussHermiteRule;

use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};
use crate::link::Form;

/// A polynomial in `m` and `delta = q - 1`: `rows[k][j]` multiplies `m^k delta^j`.
#[derive(Debug, Clone)]
struct OverlapPolynomial {
    rows: Vec<Vec<f64>>,
}

impl OverlapPolynomial {
    /// `E[f(lambda*) g(z)]` of two Hermite expansions.
    fn pair(f: &[f64], g: &[f64]) -> Self {
        let smoothed = Smoothed::new(g).rows;
        let times = |(fk, row): (&f64, Vec<f64>)| row.iter().map(|c| fk * c).collect();
        let rows = f.iter().zip(smoothed).map(times).collect();
        Self { rows }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        for row in &mut self.rows {
            while row.last() == Some(&0.0) {
                row.pop();
            }
        }
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
        }
        self
    }

    fn times(mut self, factor: f64) -> Self {
        for c in self.rows.iter_mut().flatten() {
            *c *= factor;
        }
        self
    }

    fn d_dm(&self) -> Self {
        let rows = self.rows.iter().enumerate().skip(1);
        Self {
            rows: rows
                .map(|(k, row)| row.iter().map(|c| k as f64 * c).collect())
                .collect(),
        }
    }

    fn d_dq(&self) -> Self {
        let derive = |row: &Vec<f64>| {
            let terms = row.iter().enumerate().skip(1);
            terms.map(|(j, c)| j as f64 * c).collect()
        };
        Self {
            rows: self.rows.iter().map(derive).collect(),
        }
        .trimmed()
    }

    fn at(&self, m: f64, delta: f64) -> f64 {
        let mut sum = 0.0;
        for row in self.rows.iter().rev() {
            let inner = row.iter().rev().fold(0.0, |acc, c| acc * delta + c);
            sum = sum * m + inner;
        }
        sum
    }

    /// Sum of the absolute values of the terms: what rounding errors are proportional to.
    fn magnitude(&self, m: f64, delta: f64) -> f64 {
        let mut sum = 0.0;
        for row in self.rows.iter().rev() {
            let inner = row
                .iter()
                .rev()
                .fold(0.0, |acc, c| acc * delta.abs() + c.abs());
            sum = sum * m.abs() + inner;
        }
        sum
    }
}

/// Highest student degree whose own averages are written in powers of `q - 1`; above, their
/// alternating sums lose digits for `q < 1` and Gauss-Hermite sums, exact too, take over.
const SERIES_DEGREE: usize = 6;
/// Highest degree: the nodes and weights that its noise kernel needs are still exact.
pub(super) const MAX_DEGREE: usize = 30;

/// The student's own averages `E[sigma^2]` and `E[sigma sigma''] + E[sigma'^2]`.
#[derive(Debug)]
enum Own {
    Series {
        square: OverlapPolynomial,
        bend: OverlapPolynomial,
    },
    Nodes(GaussHermiteRule),
}

/// Exact kernel of two polynomials given by their Hermite coefficients.
#[derive(Debug)]
pub(super) struct PolynomialKernel {
    teacher: Vec<f64>,
    student: Vec<f64>,
    alpha: OverlapPolynomial,
    /// `E[sigma* sigma'']`.
    pull: OverlapPolynomial,
    product: OverlapPolynomial,
    own: Own,
    teacher_square: f64,
    /// Nodes in `z` and in `lambda*` given `z`, exact for the noise kernel.
    outer: GaussHermiteRule,
    inner: GaussHermiteRule,
    aligned: AlignedKernel,
}

impl PolynomialKernel {
    /// `None` for degrees above 30, where the general route takes over.
    pub(super) fn new(teacher: &[f64], student: &[f64]) -> Option<Self> {
        let degree = |f: &[f64]| f.len().saturating_sub(1);
        let (t, s) = (degree(teacher), degree(student));
        if t.max(s) > MAX_DEGREE {
            return None;
        }
        let [f, g] = [teacher, student].map(|p| Form::Polynomial(p.to_vec()));
        let aligned = AlignedKernel::of_forms(&f, &g)?;
        let product = OverlapPolynomial::pair(teacher, student);
        let own = if s <= SERIES_DEGREE {
            let square = OverlapPolynomial::pair(&[1.0], &self_product(student));
            Own::Series {
                bend: square.d_dq(),
                square,
            }
        } else {
            Own::Nodes(GaussHermiteRule::new(s + 1))
        };
        Some(Self {
            teacher: teacher.to_vec(),
            student: student.to_vec(),
            alpha: product.d_dm(),
            pull: product.d_dq().times(2.0),
            own,
            product,
            teacher_square: constant_of_square(teacher),
            // Degree in z: sigma'^2 times the larger of sigma*^2 and sigma^2.
            outer: GaussHermiteRule::new(s + t.max(s)),
            inner: GaussHermiteRule::new(t + 1),
            aligned,
        })
    }

    /// `E[sigma^2]` and `E[sigma sigma''] + E[sigma'^2]` at self-overlap `q`.
    fn own(&self, q: f64) -> (f64, f64) {
        match &self.own {
            Own::Series { square, bend } => (square.at(0.0, q - 1.0), bend.at(0.0, q - 1.0)),
            Own::Nodes(rule) => {
                let r = q.sqrt();
                rule.sum(|x| {
                    let j = jet(&self.student, r * x);
                    (j.value * j.value, j.value * j.bend + j.slope * j.slope)
                })
            }
        }
    }
}

impl Kernel for PolynomialKernel {
    fn route(&self, _: &Overlaps) -> Route {
        Route::Polynomial
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let delta = at.q - 1.0;
        Drift {
            alpha: self.alpha.at(at.m, delta),
            beta: self.pull.at(at.m, delta) - self.own(at.q).1,
        }
    }

    /// A sum of squares with positive weights: no digit cancels, even at the perfect fit.
    fn noise(&self, at: &Overlaps) -> Noise {
        let (r, c, s) = (at.q.sqrt(), at.cosine(), at.sine());
        let (signal, slope) = self.outer.sum(|x| {
            let student = jet(&self.student, r * x);
            let power = student.slope * student.slope;
            let (gap2, _) = self.inner.sum(|y| {
                let gap = jet(&self.teacher, c * x + s * y).value - student.value;
                (gap * gap, 0.0)
            });
            (gap2 * power, power)
        });
        Noise { signal, slope }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        let own = 0.5 * (self.teacher_square + self.own(at.q).0);
        floor(own - self.product.at(at.m, at.q - 1.0))
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let delta = at.q - 1.0;
        let (square, bend) = self.own_sizes(at.q);
        // A term has as many rounded factors as the degree is high.
        let factors = 2 + self.teacher.len().max(self.student.len());
        let unit = factors as f64 * f64::EPSILON;
        let product = self.product.magnitude(at.m, delta);
        let (signal, slope) = self.noise_sizes(at);
        KernelErrors {
            alpha: unit * self.alpha.magnitude(at.m, delta),
            beta: unit * (self.pull.magnitude(at.m, delta) + bend),
            signal: unit * signal,
            slope: unit * slope,
            loss: unit * (0.5 * (self.teacher_square + square) + product),
        }
    }
}

impl PolynomialKernel {
    /// Sizes of the terms of [`own`](Self::own).
    fn own_sizes(&self, q: f64) -> (f64, f64) {
        match &self.own {
            Own::Series { square, bend } => {
                let delta = q - 1.0;
                (square.magnitude(0.0, delta), bend.magnitude(0.0, delta))
            }
            Own::Nodes(rule) => {
                let r = q.sqrt();
                let size = rule.sum(|x| {
                    let j = jet_sizes(&self.student, r * x);
                    (j.value * j.value, j.value * j.bend + j.slope * j.slope)
                });
                // The recurrence of He_k loses about a bit for every order.
                let orders = self.student.len() as f64;
                (orders * size.0, orders * size.1)
            }
        }
    }

    /// Sizes of what [`noise`](Kernel::noise) adds up: the gap is off by rounding of both links and
    /// of their arguments.
    fn noise_sizes(&self, at: &Overlaps) -> (f64, f64) {
        let (r, c, s) = (at.q.sqrt(), at.cosine(), at.sine());
        self.outer.sum(|x| {
            let z = r * x;
            let (student, sizes) = (jet(&self.student, z), jet_sizes(&self.student, z));
            let off = sizes.value + (z * student.slope).abs();
            let power = student.slope * student.slope;
            let bent = student.slope.abs() * (sizes.slope + (z * student.bend).abs());
            let (signal, _) = self.inner.sum(|y| {
                let argument = c * x + s * y;
                let teacher = jet(&self.teacher, argument);
                let gap = (teacher.value - student.value).abs();
                let size = jet_sizes(&self.teacher, argument).value
                    + ((c * x).abs() + (s * y).abs()) * teacher.slope.abs();
                (2.0 * gap * (gap * bent + (size + off) * power), 0.0)
            });
            (signal, 2.0 * bent)
        })
    }
}

/// Value and two derivatives of a Hermite expansion.
struct Jet {
    value: f64,
    slope: f64,
    bend: f64,
}

/// [`jet`] with every term replaced by its size.
fn jet_sizes(f: &[f64], x: f64) -> Jet {
    let mut sum = Jet {
        value: 0.0,
        slope: 0.0,
        bend: 0.0,
    };
    for k in (0..f.len()).filter(|k| f[*k] != 0.0) {
        let mut term = vec![0.0; k + 1];
        term[k] = f[k];
        let term = jet(&term, x);
        sum.value += term.value.abs();
        sum.slope += term.slope.abs();
        sum.bend += term.bend.abs();
    }
    sum
}

/// `sum_k f_k He_k` with derivatives, by `He_{k+1} = x He_k - k He_{k-1}` and `He_k' = k He_{k-1}`.
fn jet(f: &[f64], x: f64) -> Jet {
    let mut sum = Jet {
        value: 0.0,
        slope: 0.0,
        bend: 0.0,
    };
    let (mut two_before, mut before, mut current) = (0.0, 0.0, 1.0);
    for (k, c) in f.iter().enumerate() {
        let order = k as f64;
        sum.value += c * current;
        sum.slope += c * order * before;
        sum.bend += c * order * (order - 1.0) * two_before;
        (two_before, before, current) = (before, current, x * current - order * before);
    }
    sum
}

pub(super) fn factorial(n: usize) -> f64 {
    (1..=n).map(|i| i as f64).product()
}

/// `E[f(xi)^2] = sum_k f_k^2 k!`.
fn constant_of_square(f: &[f64]) -> f64 {
    let terms = f.iter().enumerate();
    terms.map(|(k, c)| c * c * factorial(k)).sum()
}

/// Coefficients of `f^2`, from `He_a He_b = sum_i C(a,i) C(b,i) i! He_{a+b-2i}`.
fn self_product(f: &[f64]) -> Vec<f64> {
    if f.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0.0; 2 * f.len() - 1];
    for (a, &fa) in f.iter().enumerate().filter(|(_, c)| **c != 0.0) {
        for (b, &fb) in f.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            let mut factor = fa * fb;
            for i in 0..=a.min(b) {
                if i > 0 {
                    factor *= ((a + 1 - i) * (b + 1 - i)) as f64 / i as f64;
                }
                out[a + b - 2 * i] += factor;
            }
        }
    }
    out
}
