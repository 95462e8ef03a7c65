//! Any pair at any variances, made fast: patches at fixed variances of the first argument, and interpolation between these.
//!
//! With `z1 = sqrt(v1) x` the averages are those of the link `f(sqrt(v1) x)` beside `g`, at the correlation and `v2`, and
//! analytic in `log v1`: the law of `z1` is one family of scales. An octave of variances has Chebyshev points, both ends
//! among them, each with the [patches](InterpolatedKernel) of its link, made where runs go. Where breaks of both links
//! meet away from 0 the averages are not smooth in the variance; the last Chebyshev coefficients show that, and
//! averages are taken point by point there.

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::{InterpolatedKernel, RANGE};
use crate::expectation::gaussian::moment;
use crate::expectation::series::{GeneralPair, SeriesKernel};
use crate::expectation::zeros::Zeros;
use crate::expectation::{
    Covariance, Drift, Kernel, PairAverages, PairErrors, PairGradient, Route,
};
use crate::link::Link;
use crate::watch::asked_to_end;

/// Steps between the Chebyshev points of an octave, seen from the middle of which no singular point of a family of scales
/// is nearer than `i pi / 2`: good to `(4.5 + 4.6)^-13 = 3e-13`.
const STEPS: usize = 12;
/// What the last two coefficients may be of the largest value.
const UNSETTLED: f64 = 2e-11;

/// Octaves from that of the least variance.
fn octaves() -> (f64, usize) {
    let [low, high] = RANGE.map(f64::log2);
    (low, (high - low) as usize)
}

/// Where between the points a variance is: the first point of its octave, and the weight of each point there.
struct Between {
    first: usize,
    parts: [f64; STEPS + 1],
    /// Where the variance is that of a point.
    only: Option<usize>,
}

impl Between {
    /// `None` outside all octaves.
    fn of(variance: f64) -> Option<Self> {
        let (low, count) = octaves();
        let place = variance.log2() - low;
        let octave = place.floor();
        if !(octave >= 0.0 && octave < count as f64) {
            return None;
        }
        let x = 2.0 * (place - octave) - 1.0;
        let mut parts = [0.0; STEPS + 1];
        let only = (0..=STEPS).find(|k| (x - point(*k)).abs() < f64::EPSILON);
        match only {
            Some(k) => parts[k] = 1.0,
            None => {
                for (k, part) in parts.iter_mut().enumerate() {
                    *part = weight(k) / (x - point(k));
                }
                let sum: f64 = parts.iter().sum();
                parts.iter_mut().for_each(|part| *part /= sum);
            }
        }
        Some(Self {
            first: octave as usize * STEPS,
            parts,
            only,
        })
    }

    /// The interpolant of what `at` gives at each point; `None` where its last coefficients are not small beside the largest
    /// value or `size`, what these are differences of.
    fn values<const F: usize>(
        &self,
        size: f64,
        mut at: impl FnMut(usize) -> Option<[f64; F]>,
    ) -> Option<[f64; F]> {
        if let Some(k) = self.only {
            return at(self.first + k);
        }
        let (mut sums, mut last) = ([0.0; F], [[0.0; 2]; F]);
        let mut largest = size;
        for (k, part) in self.parts.iter().enumerate() {
            let values = at(self.first + k)?;
            for f in 0..F {
                sums[f] += part * values[f];
                last[f][0] += weight(k) * values[f];
                last[f][1] += weight(k) * point(k) * values[f];
                largest = largest.max(values[f].abs());
            }
        }
        let allowed = UNSETTLED * largest * STEPS as f64;
        let settled = last.iter().flatten().all(|c| c.abs() <= allowed);
        settled.then_some(sums)
    }
}

/// Points ascend; the ends are exact, since neighbouring octaves share them.
fn point(k: usize) -> f64 {
    if 2 * k == STEPS {
        return 0.0;
    }
    -(PI * k as f64 / STEPS as f64).cos()
}

/// Of a point in the barycentric form, and in the last coefficients.
fn weight(k: usize) -> f64 {
    let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    if k == 0 || k == STEPS {
        0.5 * sign
    } else {
        sign
    }
}

/// Something at every point.
#[derive(Debug)]
struct Points<T>(Vec<OnceLock<T>>);

impl<T> Points<T> {
    fn none() -> Self {
        let count = octaves().1 * STEPS + 1;
        Self((0..count).map(|_| OnceLock::new()).collect())
    }

    /// Made where it is not known, for the link stretched by the root of the variance there.
    fn get(&self, number: usize, link: &Link, make: impl FnOnce(Link) -> T) -> Option<&T> {
        let slot = self.0.get(number)?;
        Some(slot.get_or_init(|| {
            let octave = (number / STEPS) as f64;
            let inside = 0.5 * (1.0 + point(number % STEPS));
            make(link.stretched((0.5 * (octaves().0 + octave + inside)).exp2()))
        }))
    }
}

/// `E[f^2]`, `v E[f'^2]` and `v E[f f'']` of a link alone, `v` being the variance of its argument.
#[derive(Debug)]
struct Alone {
    link: Link,
    points: Points<[f64; 3]>,
}

impl Alone {
    fn new(link: &Link) -> Self {
        Self {
            link: link.clone(),
            points: Points::none(),
        }
    }

    fn at_point(&self, number: usize) -> Option<[f64; 3]> {
        let made = self.points.get(number, &self.link, |link| {
            let square = moment(&link, |f, x| f.value(x).powi(2));
            let slope = moment(&link, |f, x| f.derivative(x).powi(2));
            // By parts, kinks included: E[x f f'] = E[f'^2] + E[f f''].
            let both = moment(&link, |f, x| x * f.value(x) * f.derivative(x));
            [square, slope, both - slope]
        });
        let finite = made?.iter().all(|v| v.is_finite());
        finite.then_some(*made?)
    }

    fn at(&self, variance: f64) -> Option<[f64; 3]> {
        Between::of(variance)?.values(0.0, |number| self.at_point(number))
    }
}

/// Averages of any two links for integrating, at most one of which jumps.
#[derive(Debug)]
pub(in crate::expectation) struct InterpolatedPair {
    general: GeneralPair,
    zeros: Zeros,
    first: Alone,
    /// Where it is not the first.
    second: Option<Alone>,
    kernels: Points<Box<InterpolatedKernel>>,
    /// With the two exchanged, where they differ.
    swapped: OnceLock<Box<Self>>,
}

impl InterpolatedPair {
    pub(in crate::expectation) fn new(first: &Link, second: &Link) -> Self {
        Self {
            general: GeneralPair::new(first, second),
            zeros: Zeros::of(first, second),
            first: Alone::new(first),
            second: (first != second).then(|| Alone::new(second)),
            kernels: Points::none(),
            swapped: OnceLock::new(),
        }
    }

    fn second(&self) -> &Alone {
        self.second.as_ref().unwrap_or(&self.first)
    }

    fn kernel(&self, number: usize) -> Option<&InterpolatedKernel> {
        let made = self.kernels.get(number, &self.first.link, |link| {
            let exact = SeriesKernel::new(&link, &self.second().link);
            Box::new(InterpolatedKernel::new(exact))
        });
        made.map(Box::as_ref)
    }

    fn swapped(&self) -> &Self {
        match &self.second {
            None => self,
            Some(second) => self
                .swapped
                .get_or_init(|| Box::new(Self::new(&second.link, &self.first.link))),
        }
    }

    /// Whether the two are one number.
    fn is_alone(&self, at: &Covariance) -> bool {
        self.second.is_none()
            && at.determinant <= 0.0
            && at.v1.to_bits() == at.v2.to_bits()
            && at.c > 0.0
    }

    /// `E[f' g']` and `E[f g'']`.
    fn slopes(&self, at: &Covariance) -> Option<[f64; 2]> {
        let overlaps = at.overlaps();
        let [_, slope, bend] = self.second().at(at.v2)?;
        let [alpha, beta] = Between::of(at.v1)?.values(0.0, |number| {
            let Drift { alpha, beta } = self.kernel(number)?.drift(&overlaps);
            Some([alpha, beta])
        })?;
        Some([alpha / at.v1.sqrt(), beta + (slope + bend) / at.v2])
    }

    /// The derivatives, that in the first variance as it is given.
    fn gradient_with(&self, at: &Covariance, v1: impl FnOnce() -> Option<f64>) -> PairGradient {
        if let Some((_, gradient)) = self.general.shared(at) {
            return gradient;
        }
        let found = match self.is_alone(at) {
            true => self.first.at(at.v1).map(|[_, slope, bend]| PairGradient {
                c: slope / at.v1,
                v1: 0.5 * bend / at.v1,
                v2: 0.5 * bend / at.v1,
            }),
            false => self.slopes(at).and_then(|[c, pull]| {
                let v2 = 0.5 * pull;
                v1().map(|v1| PairGradient { c, v1, v2 })
            }),
        };
        match found {
            Some(gradient) => self.zeros.gradient(at, gradient),
            None if asked_to_end() => PairGradient {
                c: f64::NAN,
                v1: f64::NAN,
                v2: f64::NAN,
            },
            None => self.general.gradient(at),
        }
    }

    /// `F`.
    fn product(&self, at: &Covariance) -> Option<f64> {
        let overlaps = at.overlaps();
        let [square, ..] = self.second().at(at.v2)?;
        let [product] = Between::of(at.v1)?.values(square, |number| {
            let [own, ..] = self.first.at_point(number)?;
            Some([0.5 * (own + square) - self.kernel(number)?.loss(&overlaps)])
        })?;
        Some(product)
    }
}

impl PairAverages for InterpolatedPair {
    fn route(&self, at: &Covariance) -> Route {
        match self.general.shared(at).is_some() || self.slopes(at).is_none() {
            true => self.general.route(at),
            false => Route::Interpolated,
        }
    }

    fn value(&self, at: &Covariance) -> f64 {
        if let Some((value, _)) = self.general.shared(at) {
            return value;
        }
        let found = match self.is_alone(at) {
            true => self.first.at(at.v1).map(|[square, ..]| square),
            false => self.product(at),
        };
        match found {
            Some(value) => self.zeros.value(at, value),
            None if asked_to_end() => f64::NAN,
            None => self.general.value(at),
        }
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        self.gradient_with(at, || {
            if self.first.link.has_jump() {
                // Jumps have a slope that the averages of a student leave out.
                return Some(self.general.gradient(at).v1);
            }
            let [_, swapped] = self.swapped().slopes(&at.swapped())?;
            Some(0.5 * swapped)
        })
    }

    fn student_gradients(&self, at: &[Covariance], out: &mut [PairGradient]) {
        for (at, out) in at.iter().zip(out) {
            *out = self.gradient_with(at, || Some(0.0));
        }
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let mut errors = self.general.errors(at);
        if self.general.shared(at).is_none() {
            // What patches and the interpolation between them leave, of the largest value on a panel.
            let PairGradient { c, v1, v2 } = self.gradient(at);
            let slopes = c.abs() + v1.abs() + v2.abs();
            errors.value += UNSETTLED * (self.value(at).abs() + slopes);
            for error in [
                &mut errors.gradient.c,
                &mut errors.gradient.v1,
                &mut errors.gradient.v2,
            ] {
                *error += UNSETTLED * (1.0 + slopes);
            }
        }
        errors
    }
}
