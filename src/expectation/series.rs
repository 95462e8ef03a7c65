//! Any pair of links: Hermite series in the cosine `c = m / sqrt(q)`, with the tail bounded.
//!
//! With `h_k = He_k / sqrt(k!)` and coefficients `f_k = E[f(x) h_k(x)]`,
//! `E[f(lambda*) g(z)] = sum_k f_k g_k(q) c^k`, where `g_k(q) = E[g(sqrt(q) x) h_k(x)]`.
//! Where the series is too slow (both links have kinks and `|c|` is near 1), panel quadrature
//! takes over, point by point.

mod energy;
mod estimate;
mod pair;
mod projections;
mod recipe;
mod slice;
mod smooth;

use std::sync::OnceLock;

use energy::Energy;
pub(super) use pair::GeneralPair;
use projections::{Projections, keeps};
pub use recipe::{NoRecipe, SeriesRecipe};
use slice::{Kinks, dropped_tail, horner, last_block};
pub(super) use slice::{NoiseSlice, Slice};

use super::gaussian::dot;
use super::hermite::HermiteTable;
use super::prepared_link::Side;
use super::quadrature::{self, Averages};
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};
use crate::link::{Form, Link, Parity};

/// Most terms of a series.
const MAX_TERMS: usize = 768;
/// Terms between two looks at the tail; also the fewest that can be dropped.
const BLOCK: usize = 16;
/// Series shorter than this are not trusted to have shown all their large terms.
const MIN_TERMS: usize = 48;
/// Relative tail above which quadrature takes over.
const TAIL_TOLERANCE: f64 = 1e-13;

/// General kernel of two links.
#[derive(Debug)]
pub(super) struct SeriesKernel {
    pub(super) teacher: Side,
    pub(super) student: Side,
    /// `E[sigma* h_k]`, one more than [`MAX_TERMS`].
    coefficients: Vec<f64>,
    /// `E[sigma*^2 h_k]`.
    square_coefficients: Vec<f64>,
    /// `sqrt(E[sigma*^2])`.
    norm: f64,
    /// Root of the sum of squares of the `alpha` coefficients from k on; of the first, of all.
    tails: Vec<f64>,
    /// Of `sigma*'`, `sigma*` and `sigma*^2`.
    energies: [Energy; 3],
    min_terms: usize,
    /// The same on rules twice as fine, made when errors are asked for.
    finer: OnceLock<Box<SeriesKernel>>,
    aligned: AlignedKernel,
}

impl SeriesKernel {
    /// Computes the teacher's coefficients; the student's depend on `q` and come with a slice.
    pub(super) fn new(teacher: &Link, student: &Link) -> Self {
        Self::of(Side::new(teacher), Side::new(student))
    }

    fn of(teacher: Side, student: Side) -> Self {
        let sample = teacher.sample(1.0);
        let plain = sample.weighted(|i| sample.jets.value[i]);
        let square = sample.weighted(|i| sample.jets.value[i].powi(2));
        let mut coefficients = Vec::with_capacity(MAX_TERMS + 1);
        let mut square_coefficients = Vec::with_capacity(MAX_TERMS + 1);
        HermiteTable::new(&sample.rule.x).project(MAX_TERMS + 1, |_, h| {
            coefficients.push(dot(&plain, h));
            square_coefficients.push(dot(&square, h));
        });
        let symmetries = teacher.link.symmetries();
        for k in 0..=MAX_TERMS {
            // The slope's coefficient k - 1 is made of coefficient k, and so on.
            let orders = symmetries.iter().enumerate().filter(|(i, _)| *i <= k);
            if orders.clone().any(|(i, parity)| !keeps(*parity, k - i)) {
                coefficients[k] = 0.0;
            }
            if symmetries[0] != Parity::Neither && k % 2 == 1 {
                square_coefficients[k] = 0.0;
            }
        }
        let mut tails = vec![0.0; MAX_TERMS + 1];
        for k in (0..MAX_TERMS).rev() {
            let slope = ((k + 1) as f64).sqrt() * coefficients[k + 1];
            tails[k] = f64::hypot(tails[k + 1], slope);
        }
        // What the sum of squares has not seen at its end.
        let slopes = sample
            .weighted(|i| sample.jets.slope[i].powi(2))
            .iter()
            .sum::<f64>();
        if teacher.resolution.breaks().is_empty() {
            tails[0] = tails[0].max(slopes.sqrt());
        }
        let quartic = square.iter().zip(&sample.jets.value);
        let quartic = quartic.map(|(s, f)| s * f * f).sum::<f64>();
        let mut energies = [slopes, square_coefficients[0], quartic].map(Energy::new);
        for k in 0..MAX_TERMS {
            energies[0].add(((k + 1) as f64).sqrt() * coefficients[k + 1]);
            energies[1].add(coefficients[k]);
            energies[2].add(square_coefficients[k]);
        }
        let degree = [&teacher, &student].map(|side| match side.link.form() {
            Form::Polynomial(p) => p.len(),
            _ => 0,
        });
        Self {
            aligned: AlignedKernel::of_links(&teacher.link, &student.link),
            min_terms: MIN_TERMS.max(degree[0]).max(degree[1]).min(MAX_TERMS),
            norm: square_coefficients[0].max(0.0).sqrt(),
            teacher,
            student,
            coefficients,
            square_coefficients,
            tails,
            energies,
            finer: OnceLock::new(),
        }
    }

    /// The student's side at self-overlap `q > 0`: everything but the cosine.
    pub(super) fn slice(&self, q: f64) -> Slice {
        let scale = q.sqrt();
        let sample = self.student.sample(scale);
        let kinks = Kinks::new(self.student.link.breaks(), scale, &self.student.link);
        let mut projections = Projections::new(&self.student, &sample, &kinks, scale);
        let [values, slopes, bends] = projections.weighted.clone();
        let mut slice = Slice {
            product: Vec::new(),
            alpha: Vec::new(),
            beta: Vec::new(),
            own: if self.student.by_parts(scale) {
                // By parts, as the projections are.
                let bent = (0..sample.rule.x.len()).map(|i| slopes[i] * sample.rule.x[i]);
                dot(&bent.collect::<Vec<f64>>(), &sample.jets.value) / scale
            } else {
                dot(&values, &sample.jets.bend) + dot(&slopes, &sample.jets.slope) + kinks.own()
            },
            square: dot(&values, &sample.jets.value),
            worst_tail: 0.0,
            scale: 0.0,
            norms: f64::INFINITY,
            hidden: 0.0,
            central: self.central(scale),
        };
        let slope_norm = dot(&slopes, &sample.jets.slope);
        let mut energy = Energy::new(slope_norm);
        for k in 0..MAX_TERMS {
            let [g, g1, g2] = projections.next_order();
            energy.add(g1);
            let rise = ((k + 1) as f64).sqrt();
            slice.product.push(self.coefficients[k] * g);
            slice.alpha.push(rise * self.coefficients[k + 1] * g1);
            slice.beta.push(self.coefficients[k] * g2);
            let looked = k + 1;
            if looked % BLOCK == 0 && looked >= self.min_terms {
                // E[sigma* sigma''] is made of the same coefficients over the scale.
                slice.hidden = self.energies[0].hidden(&energy, looked) * (1.0 + 1.0 / scale);
                if self.negligible(&slice, looked, energy.missing()) {
                    break;
                }
            }
        }
        let sum = |v: &[f64]| v.iter().take(BLOCK).map(|t| t.abs()).sum::<f64>();
        slice.scale = sum(&slice.alpha) + sum(&slice.beta) + slice.own.abs();
        if kinks.x.is_empty() && !self.student.cusped {
            // Rounding of a coefficient is relative to these, whatever the sums come to.
            let bend_norm = dot(&bends, &sample.jets.bend).sqrt();
            slice.norms = self.tails[0] * slope_norm.sqrt() + self.norm * bend_norm;
            if slice.norms.is_finite() {
                slice.scale = slice.scale.max(slice.norms);
            }
        }
        slice.worst_tail = slice.tail(1.0);
        slice
    }

    /// Whether all terms beyond `terms` can be dropped: the last block is at rounding level and
    /// what Parseval leaves of both sides is small.
    fn negligible(&self, slice: &Slice, terms: usize, student_tail: f64) -> bool {
        let all = |v: &[f64]| v.iter().map(|t| t.abs()).sum::<f64>();
        let quiet = |v: &[f64]| last_block(v) <= 1e-16 * all(v);
        let teacher_tail = self.tails[terms] / self.tails[0].max(f64::MIN_POSITIVE);
        let hidden = slice.hidden <= 1e-16 * (all(&slice.alpha) + all(&slice.beta));
        quiet(&slice.alpha) && quiet(&slice.beta) && hidden && student_tail * teacher_tail < 1e-5
    }

    /// Noise averages at self-overlap `q`.
    pub(super) fn noise_slice(&self, q: f64) -> NoiseSlice {
        let sample = self.student.sample(q.sqrt());
        let power = |i: usize| sample.jets.slope[i].powi(2);
        let slope2 = sample.weighted(power);
        let cross = sample.weighted(|i| sample.jets.value[i] * power(i));
        let quartic = sample.weighted(|i| sample.jets.value[i].powi(2) * power(i));
        let mut series: Vec<f64> = Vec::new();
        let mut table = HermiteTable::new(&sample.rule.x);
        let (mut size, mut hidden) = (0.0, 0.0);
        let value = |i: usize| sample.jets.value[i];
        let squared = |f: &dyn Fn(usize) -> f64| sample.weighted(|i| f(i).powi(2)).iter().sum();
        let mut powers = Energy::new(squared(&power));
        let mut crossed = Energy::new(squared(&|i| value(i) * power(i)));
        // The square of the teacher has twice its degree.
        let fewest = (2 * self.min_terms).min(MAX_TERMS);
        for k in 0..MAX_TERMS {
            let [a, b] = [&slope2, &cross].map(|f| dot(f, table.values()));
            powers.add(a);
            crossed.add(b);
            let term = self.square_coefficients[k] * a - 2.0 * self.coefficients[k] * b;
            size += term.abs();
            series.push(term);
            table.advance();
            let looked = series.len();
            if looked < fewest || !looked.is_multiple_of(BLOCK) {
                continue;
            }
            hidden = self.energies[2].hidden(&powers, looked)
                + 2.0 * self.energies[1].hidden(&crossed, looked);
            if last_block(&series) <= 1e-16 * size && hidden <= 1e-16 * size {
                break;
            }
        }
        let quartic: f64 = quartic.iter().sum();
        let mut slice = NoiseSlice {
            scale: size + quartic,
            series,
            quartic,
            slope: slope2.iter().sum(),
            worst_tail: 0.0,
            hidden,
            central: self.central(q.sqrt()),
        };
        slice.worst_tail = slice.tail(1.0);
        slice
    }

    /// Whether both links break somewhere, or are tables, whose knots show at orders beyond the last. The coefficients
    /// of both then fall like powers of k:
    /// no series converges near `m^2 = q`, where kinks meet, and quadrature does all the work.
    pub(super) fn kinks_meet(&self) -> bool {
        let seams = |side: &Side| !side.link.seams().is_empty();
        seams(&self.teacher) && seams(&self.student)
    }

    fn central(&self, scale: f64) -> bool {
        self.teacher.central(1.0) && self.student.central(scale)
    }

    /// All averages at a point by quadrature.
    pub(super) fn quadrature(&self, at: &Overlaps) -> Averages {
        quadrature::averages(&self.teacher, &self.student, at)
    }

    /// Loss at a point by quadrature.
    pub(super) fn quadrature_loss(&self, at: &Overlaps) -> f64 {
        self.loss_of(&self.quadrature(at))
    }

    /// `E[sigma*^2]`.
    pub(super) fn teacher_square(&self) -> f64 {
        self.square_coefficients[0]
    }

    /// Loss that belongs to some averages.
    pub(super) fn loss_of(&self, averages: &Averages) -> f64 {
        averages.loss(self.square_coefficients[0])
    }
}

impl SeriesKernel {
    /// Drift at a point of a slice, by whichever route converges.
    fn drift_in(&self, slice: &Slice, at: &Overlaps) -> Drift {
        let c = at.cosine();
        if slice.converged(c) {
            slice.drift(c)
        } else {
            self.quadrature(at).drift()
        }
    }

    /// `alpha`, `beta` and loss at a point of a slice, where the series converges.
    pub(super) fn series_flow(&self, slice: &Slice, at: &Overlaps) -> Option<[f64; 3]> {
        let c = at.cosine();
        slice.converged(c).then(|| {
            let Drift { alpha, beta } = slice.drift(c);
            [alpha, beta, self.loss_in(slice, at)]
        })
    }

    /// Noise signal and slope power at a point of a slice, where the series converges.
    pub(super) fn series_noise(&self, slice: &NoiseSlice, at: &Overlaps) -> Option<[f64; 2]> {
        let signal = slice.signal(at.cosine())?;
        Some([signal, slice.slope])
    }

    /// Loss at a point of a slice, by whichever route converges.
    fn loss_in(&self, slice: &Slice, at: &Overlaps) -> f64 {
        if !slice.square.is_finite() {
            return self.quadrature_loss(at);
        }
        let product = if slice.converged(at.cosine()) || self.is_small(slice, at.cosine()) {
            horner(&slice.product, at.cosine())
        } else {
            self.quadrature(at).product
        };
        floor(0.5 * (self.square_coefficients[0] + slice.square) - product)
    }

    /// Whether what the series of the product leaves out is small beside the loss of a student that gives
    /// nothing, by Cauchy and Schwarz.
    fn is_small(&self, slice: &Slice, c: f64) -> bool {
        let power = c.abs().powi(slice.product.len() as i32);
        let rest = power * self.norm * slice.square.sqrt();
        rest <= TAIL_TOLERANCE * (self.square_coefficients[0] + slice.square)
    }

    /// Noise kernel at a point of a slice, by whichever route converges.
    fn noise_in(&self, slice: &NoiseSlice, at: &Overlaps) -> Noise {
        match slice.signal(at.cosine()) {
            Some(signal) if slice.slope.is_finite() => Noise {
                signal,
                slope: slice.slope,
            },
            _ => self.quadrature(at).noise(),
        }
    }
}

impl Kernel for SeriesKernel {
    fn route(&self, at: &Overlaps) -> Route {
        if !self.kinks_meet() && self.slice(at.q).converged(at.cosine()) {
            Route::HermiteSeries
        } else {
            Route::Quadrature
        }
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        if self.kinks_meet() {
            return self.quadrature(at).drift();
        }
        self.drift_in(&self.slice(at.q), at)
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        if self.kinks_meet() {
            return self.quadrature(at).noise();
        }
        self.noise_in(&self.noise_slice(at.q), at)
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        if self.kinks_meet() {
            return self.quadrature_loss(at);
        }
        self.loss_in(&self.slice(at.q), at)
    }

    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        let slice = self.slice(q);
        let at = |&c: &f64| self.loss_in(&slice, &Overlaps::from_cosine(c, q));
        cosines.iter().map(at).collect()
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        self.all_errors(at)
    }
}
