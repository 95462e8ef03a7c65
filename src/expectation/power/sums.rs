//! Averages of sums of powers of two normals as sums of functions of their angle.

use std::sync::OnceLock;

use super::curve::Curve;
use crate::link::Power;

/// Sums of powers, ascending: `left |x|^p` below 0, `right |x|^p` above.
pub(super) type Powers = Vec<Power>;

/// What rounding leaves of a [`Curve`] and the powers beside it, in units of `f64::EPSILON`.
const ROUNDED: f64 = 40.0;

/// `E|x|^p`, `x ~ N(0,1)`, `p > -1`.
pub(super) fn moment(p: f64) -> f64 {
    (0.5 * p).exp2() * libm::tgamma(0.5 * (p + 1.0)) / std::f64::consts::PI.sqrt()
}

/// The same number.
#[inline]
pub(super) fn is(x: f64, y: f64) -> bool {
    (x - y).abs() <= 0.0
}

/// `x^p`, `x > 0`, at no cost where that is 1 or `x`.
#[inline]
pub(super) fn power(x: f64, p: f64) -> f64 {
    if is(x, 1.0) || is(p, 0.0) {
        1.0
    } else if is(p, 1.0) {
        x
    } else {
        x.powf(p)
    }
}

/// Of `f g`.
pub(super) fn product(f: &Powers, g: &Powers) -> Powers {
    let terms = f.iter().flat_map(|s| g.iter().map(move |t| (s, t)));
    let each = terms.map(|(s, t)| Power {
        power: s.power + t.power,
        left: s.left * t.left,
        right: s.right * t.right,
    });
    each.collect()
}

/// Of `f'`, without jumps.
pub(super) fn derivative(f: &Powers) -> Powers {
    let each = f.iter().filter(|t| t.power > 0.0).map(|t| Power {
        power: t.power - 1.0,
        left: -t.power * t.left,
        right: t.power * t.right,
    });
    each.collect()
}

impl Power {
    fn even(&self) -> f64 {
        0.5 * (self.right + self.left)
    }

    fn odd(&self) -> f64 {
        0.5 * (self.right - self.left)
    }
}

/// Where two normals stand: the correlation and the square of the sine.
#[derive(Clone, Copy)]
pub(super) struct Angle {
    pub(super) cosine: f64,
    pub(super) square: f64,
}

/// `E[f(sqrt(v) x)]`: `sum_p mean_p v^{p/2}`.
#[derive(Debug)]
pub(super) struct Mean(Vec<(f64, f64)>);

impl Mean {
    pub(super) fn new(f: &Powers) -> Self {
        let each = f.iter().map(|t| (t.power, moment(t.power) * t.even()));
        Self(each.filter(|(_, mean)| *mean != 0.0).collect())
    }

    pub(super) fn at(&self, root: f64) -> f64 {
        self.0.iter().map(|(p, mean)| mean * power(root, *p)).sum()
    }

    /// The derivative with respect to the variance.
    pub(super) fn growth(&self, root: f64) -> f64 {
        let each = self.0.iter().filter(|(p, _)| *p > 0.0);
        let terms = each.map(|(p, mean)| 0.5 * p * mean * power(root, p - 2.0));
        terms.sum()
    }

    pub(super) fn error(&self, root: f64) -> f64 {
        let size: f64 = self.0.iter().map(|(p, m)| m.abs() * power(root, *p)).sum();
        ROUNDED * f64::EPSILON * size
    }

    pub(super) fn growth_error(&self, root: f64) -> f64 {
        let each = self.0.iter();
        let size: f64 = each
            .map(|(p, m)| 0.5 * (p * m).abs() * power(root, p - 2.0))
            .sum();
        ROUNDED * f64::EPSILON * size
    }
}

/// `E[|x|^a |y|^b]`, or with the signs of both, as a function of the angle, and its derivative by the cosine.
#[derive(Debug)]
struct Term {
    powers: [f64; 2],
    odd: bool,
    weight: f64,
    value: OnceLock<Curve>,
    slope: OnceLock<Curve>,
}

/// `E[f(z1) g(z2)]` and its derivatives.
#[derive(Debug)]
pub(super) struct Product(Vec<Term>);

impl Product {
    pub(super) fn new(f: &Powers, g: &Powers) -> Self {
        let mut terms = Vec::new();
        for (s, t) in f.iter().flat_map(|s| g.iter().map(move |t| (s, t))) {
            let weights = [s.even() * t.even(), s.odd() * t.odd()];
            for (odd, weight) in [false, true].into_iter().zip(weights) {
                if weight != 0.0 {
                    terms.push(Term::new([s.power, t.power], odd, weight));
                }
            }
        }
        Self(terms)
    }

    #[inline]
    pub(super) fn value(&self, angle: &Angle, roots: [f64; 2]) -> f64 {
        let each = self.0.iter();
        each.map(|term| term.scale(roots) * term.value(angle)).sum()
    }

    /// Derivatives by the covariance, and twice those by the variances in `wanted`.
    #[inline]
    pub(super) fn gradient<const N: usize>(
        &self,
        angle: &Angle,
        roots: [f64; 2],
        wanted: [usize; N],
    ) -> (f64, [f64; N]) {
        let (mut slope, mut growth) = (0.0, [0.0; N]);
        for term in &self.0 {
            let scale = term.scale(roots);
            let [value, turn] = [term.value(angle), term.slope(angle)];
            slope += scale / (roots[0] * roots[1]) * turn;
            for (sum, i) in growth.iter_mut().zip(wanted) {
                let grown = term.powers[i] * value - angle.cosine * turn;
                *sum += scale / (roots[i] * roots[i]) * grown;
            }
        }
        (slope, growth)
    }

    pub(super) fn error(&self, roots: [f64; 2]) -> f64 {
        let sizes = self.0.iter().map(|t| t.scale(roots) * t.values().size());
        ROUNDED * f64::EPSILON * sizes.sum::<f64>()
    }

    /// Of what [`gradient`](Self::gradient) gives.
    pub(super) fn gradient_errors<const N: usize>(
        &self,
        roots: [f64; 2],
        wanted: [usize; N],
    ) -> (f64, [f64; N]) {
        let (mut slope, mut growth) = (0.0, [0.0; N]);
        for term in &self.0 {
            let scale = ROUNDED * f64::EPSILON * term.scale(roots);
            slope += scale / (roots[0] * roots[1]) * term.slopes().size();
            for (sum, i) in growth.iter_mut().zip(wanted) {
                let size = term.powers[i] * term.values().size() + term.slopes().size();
                *sum += scale / (roots[i] * roots[i]) * size;
            }
        }
        (slope, growth)
    }
}

impl Term {
    fn new(powers: [f64; 2], odd: bool, weight: f64) -> Self {
        Self {
            powers,
            odd,
            weight,
            value: OnceLock::new(),
            slope: OnceLock::new(),
        }
    }

    /// `E[|x|^a |y|^b] = mu_a mu_b F(-a/2, -b/2; 1/2; c^2)`, and with the signs of both
    /// `c mu_{a+1} mu_{b+1} F((1-a)/2, (1-b)/2; 3/2; c^2)`, without that `c`; `mu_p = E|x|^p`.
    fn values(&self) -> &Curve {
        self.value.get_or_init(|| {
            let ([a, b], limit) = (
                self.powers,
                self.weight * moment(self.powers[0] + self.powers[1]),
            );
            if self.odd {
                let factor = self.weight * moment(a + 1.0) * moment(b + 1.0);
                Curve::new([0.5 - 0.5 * a, 0.5 - 0.5 * b, 1.5], factor, limit)
            } else {
                let factor = self.weight * moment(a) * moment(b);
                Curve::new([-0.5 * a, -0.5 * b, 0.5], factor, limit)
            }
        })
    }

    /// Its derivative by the cosine, where the value is even without that cosine.
    fn slopes(&self) -> &Curve {
        self.slope.get_or_init(|| {
            let [a, b] = self.powers;
            let limit = || self.weight * a * b * moment(a + b - 2.0);
            if self.odd {
                let factor = self.weight * moment(a + 1.0) * moment(b + 1.0);
                // A series of one term is itself at 1.
                let limit = if is(a, 1.0) || is(b, 1.0) {
                    factor
                } else {
                    limit()
                };
                Curve::new([0.5 - 0.5 * a, 0.5 - 0.5 * b, 0.5], factor, limit)
            } else {
                let factor = self.weight * a * b * moment(a) * moment(b);
                let limit = if factor == 0.0 { 0.0 } else { limit() };
                Curve::new([1.0 - 0.5 * a, 1.0 - 0.5 * b, 1.5], factor, limit)
            }
        })
    }

    #[inline]
    fn scale(&self, roots: [f64; 2]) -> f64 {
        power(roots[0], self.powers[0]) * power(roots[1], self.powers[1])
    }

    #[inline]
    fn value(&self, angle: &Angle) -> f64 {
        let value = self.values().at(angle.square);
        if self.odd {
            angle.cosine * value
        } else {
            value
        }
    }

    #[inline]
    fn slope(&self, angle: &Angle) -> f64 {
        let slope = self.slopes().at(angle.square);
        if self.odd {
            slope
        } else {
            angle.cosine * slope
        }
    }
}
