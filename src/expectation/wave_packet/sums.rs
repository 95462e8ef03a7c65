//! Averages of products of two sums of wave packets.

use nalgebra::Complex;

use super::CANCELLING;
use super::mean::Weight;
use crate::expectation::Covariance;
use crate::link::{Envelope, PacketSum};

/// Below this product of covariance and speeds the two exponentials of a pair of waves nearly cancel where the
/// product of the means does.
const FAINT: f64 = 0.03;
/// Terms of the series in the covariance: `FAINT^TERMS / TERMS!` is rounding.
const TERMS: usize = 9;

/// A sum with the rounding errors of its terms, in units of `f64::EPSILON`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sized {
    pub(super) value: f64,
    pub(super) size: f64,
}

impl Sized {
    pub(super) fn plus(self, factor: f64, other: Self) -> Self {
        let value = factor.mul_add(other.value, self.value);
        Self {
            value,
            size: self.size + factor.abs() * (other.size + other.value.abs()),
        }
    }

    /// Whether the sum is of a size with its terms.
    pub(super) fn is_sharp(&self) -> bool {
        self.size <= CANCELLING * self.value.abs()
    }
}

/// The polynomials of a packet of the first and of one of the second sum.
type Factors = [Vec<Complex<f64>>; 2];

/// A pair of exponentials with `N` products of polynomials.
#[derive(Debug)]
struct Term<const N: usize> {
    envelopes: [Envelope; 2],
    half: f64,
    factors: [Factors; N],
}

/// `N` averages `<f, g>` of sums of packets that share their exponentials.
#[derive(Debug)]
pub(super) struct Pairs<const N: usize> {
    terms: Vec<Term<N>>,
}

impl<const N: usize> Pairs<N> {
    /// The sums `f` have the same exponentials one by one, and so have the `g`.
    pub(super) fn new(products: [(&PacketSum, &PacketSum); N]) -> Self {
        let (f, g) = products[0];
        let mut terms = Vec::new();
        for i in 0..f.0.len() {
            for j in 0..g.0.len() {
                let envelopes = [f.0[i].envelope, g.0[j].envelope];
                let waves = envelopes.iter().all(Envelope::is_wave);
                let factors = products.map(|(f, g)| [f.0[i].factor.clone(), g.0[j].factor.clone()]);
                if waves {
                    // Re A Re B = Re (A B + A conj B) / 2
                    let conjugate = |[a, b]: &Factors| {
                        [a.clone(), b.iter().map(Complex::conj).collect::<Vec<_>>()]
                    };
                    terms.push(Term {
                        envelopes: [envelopes[0], envelopes[1].conjugate()],
                        half: 0.5,
                        factors: factors.each_ref().map(conjugate),
                    });
                }
                terms.push(Term {
                    envelopes,
                    half: if waves { 0.5 } else { 1.0 },
                    factors,
                });
            }
        }
        Self { terms }
    }

    pub(super) fn values(&self, law: &Covariance) -> [f64; N] {
        let mut sums = [0.0; N];
        for term in &self.terms {
            let weight = Weight::new(&term.envelopes[0], &term.envelopes[1], law);
            for (sum, [p, r]) in sums.iter_mut().zip(&term.factors) {
                *sum += term.half * weight.mean(p, r).re;
            }
        }
        sums
    }

    /// The values with their rounding errors.
    pub(super) fn at(&self, law: &Covariance) -> [Sized; N] {
        let mut sums = [Sized::default(); N];
        for term in &self.terms {
            let weight = Weight::new(&term.envelopes[0], &term.envelopes[1], law);
            for (sum, [p, r]) in sums.iter_mut().zip(&term.factors) {
                sum.value += term.half * weight.mean(p, r).re;
                sum.size += term.half * weight.size(p, r);
            }
        }
        sums
    }
}

/// `<f, g>` at small covariance, as `sum_k c^k / k! E[f^(k)] E[g^(k)]`, where nothing cancels.
#[derive(Debug)]
pub(super) struct Series([Vec<PacketSum>; 2]);

impl Series {
    pub(super) fn new(f: &PacketSum, g: &PacketSum) -> Self {
        let next = |sum: &PacketSum| Some(sum.derivative());
        let derivatives = |sum: &PacketSum| {
            std::iter::successors(Some(sum.clone()), next)
                .take(TERMS)
                .collect()
        };
        Self([derivatives(f), derivatives(g)])
    }

    /// Whether the covariance is so small that the series has converged.
    pub(super) fn reaches(&self, law: &Covariance) -> bool {
        let [f, g] = &self.0;
        law.c.abs() * f[0].speed() * g[0].speed() <= FAINT
    }

    pub(super) fn value(&self, law: &Covariance) -> f64 {
        let [first, second] = [law.v1, law.v2].map(Covariance::alone);
        let [f, g] = &self.0;
        let mut weight = 1.0;
        let mut sum = 0.0;
        for (k, (f, g)) in f.iter().zip(g).enumerate() {
            sum += weight * alone(f, &first) * alone(g, &second);
            weight *= law.c / (k + 1) as f64;
        }
        sum
    }
}

/// `E[f]`.
fn alone(sum: &PacketSum, law: &Covariance) -> f64 {
    let one = [Complex::new(1.0, 0.0)];
    let flat = Envelope::FLAT;
    let mean = |p: &crate::link::Packet| {
        Weight::new(&p.envelope, &flat, law)
            .mean(&p.factor, &one)
            .re
    };
    sum.0.iter().map(mean).sum()
}
