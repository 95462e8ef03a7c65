//! Polynomial pairs: finite Hermite sums in the overlaps, exact.
//!
//! With `He_n(sqrt(q) x) = sum_j n! / (2^j j! (n-2j)!) q^{(n-2j)/2} (q-1)^j He_{n-2j}(x)`,
//!
//! ```text
//! E[f(lambda*) g(z)] = sum_k m^k f_k sum_j g_{k+2j} (k+2j)! / (2^j j!) (q-1)^j
//! ```
//!
//! for `f = sum_k f_k He_k`, `g = sum_k g_k He_k`.

use super::{Drift, Kernel, Noise, Overlaps, Route};

/// A polynomial in `m` and `delta = q - 1`: `rows[k][j]` multiplies `m^k delta^j`.
#[derive(Debug, Clone)]
struct OverlapPolynomial {
    rows: Vec<Vec<f64>>,
}

impl OverlapPolynomial {
    /// `E[f(lambda*) g(z)]` of two Hermite expansions.
    fn pair(f: &[f64], g: &[f64]) -> Self {
        let rows = f
            .iter()
            .enumerate()
            .map(|(k, &fk)| {
                if fk == 0.0 || k >= g.len() {
                    return Vec::new();
                }
                let mut factor = fk * factorial(k);
                let mut row = Vec::new();
                for j in 0..=(g.len() - 1 - k) / 2 {
                    if j > 0 {
                        let n = (k + 2 * j) as f64;
                        factor *= n * (n - 1.0) / (2.0 * j as f64);
                    }
                    row.push(factor * g[k + 2 * j]);
                }
                row
            })
            .collect();
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

    fn add(mut self, other: &Self, factor: f64) -> Self {
        if self.rows.len() < other.rows.len() {
            self.rows.resize(other.rows.len(), Vec::new());
        }
        for (mine, theirs) in self.rows.iter_mut().zip(&other.rows) {
            if mine.len() < theirs.len() {
                mine.resize(theirs.len(), 0.0);
            }
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += factor * b;
            }
        }
        self.trimmed()
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

    fn is_finite(&self) -> bool {
        self.rows.iter().flatten().all(|c| c.is_finite())
    }
}

/// Exact kernel of two polynomials given by their Hermite coefficients.
#[derive(Debug)]
pub(super) struct PolynomialKernel {
    alpha: OverlapPolynomial,
    beta: OverlapPolynomial,
    loss: OverlapPolynomial,
    signal: OverlapPolynomial,
    slope: OverlapPolynomial,
}

impl PolynomialKernel {
    /// `None` when the coefficients of the noise kernel overflow double precision
    /// (degrees far above 30), where the general route takes over.
    pub(super) fn new(teacher: &[f64], student: &[f64]) -> Option<Self> {
        let one = [1.0];
        let pair = OverlapPolynomial::pair;
        let f = pair(teacher, student);
        let s = pair(&one, &product(student, student));
        let slope2 = {
            let d = derivative(student);
            product(&d, &d)
        };
        let loss = pair(&one, &[constant_of_square(teacher) / 2.0])
            .add(&s, 0.5)
            .add(&f, -1.0);
        let signal = pair(&product(teacher, teacher), &slope2)
            .add(&pair(teacher, &product(student, &slope2)), -2.0)
            .add(
                &pair(&one, &product(&product(student, student), &slope2)),
                1.0,
            );
        let beta = OverlapPolynomial { rows: Vec::new() }
            .add(&f.d_dq(), 2.0)
            .add(&s.d_dq(), -1.0);
        let made = Self {
            alpha: f.d_dm(),
            beta,
            loss,
            signal,
            slope: pair(&one, &slope2),
        };
        (made.signal.is_finite() && made.loss.is_finite()).then_some(made)
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
            beta: self.beta.at(at.m, delta),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let delta = at.q - 1.0;
        Noise {
            signal: self.signal.at(at.m, delta).max(0.0),
            slope: self.slope.at(at.m, delta).max(0.0),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        self.loss.at(at.m, at.q - 1.0).max(0.0)
    }

    fn error_estimate(&self, at: &Overlaps) -> f64 {
        let delta = at.q - 1.0;
        let size = self.alpha.magnitude(at.m, delta) + self.beta.magnitude(at.m, delta);
        4.0 * f64::EPSILON * size
    }
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|i| i as f64).product()
}

/// Coefficients of `f'`, from `He_n' = n He_{n-1}`.
fn derivative(f: &[f64]) -> Vec<f64> {
    let terms = f.iter().enumerate().skip(1);
    terms.map(|(k, c)| k as f64 * c).collect()
}

/// `E[f(xi)^2] = sum_k f_k^2 k!`.
fn constant_of_square(f: &[f64]) -> f64 {
    let terms = f.iter().enumerate();
    terms.map(|(k, c)| c * c * factorial(k)).sum()
}

/// Coefficients of `f g`, from `He_a He_b = sum_i C(a,i) C(b,i) i! He_{a+b-2i}`.
fn product(f: &[f64], g: &[f64]) -> Vec<f64> {
    if f.is_empty() || g.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0.0; f.len() + g.len() - 1];
    for (a, &fa) in f.iter().enumerate().filter(|(_, c)| **c != 0.0) {
        for (b, &gb) in g.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            let mut factor = fa * gb;
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
