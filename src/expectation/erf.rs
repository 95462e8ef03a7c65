//! erf-erf pairs: `sigma(x) = A erf(b x)` on both sides (docs/theory.md, section 7).

use std::f64::consts::{FRAC_2_PI, PI};

use super::{
    AlignedKernel, Covariance, Drift, Kernel, KernelErrors, Noise, Overlaps, PairAverages,
    PairErrors, PairGradient, Route, floor,
};

/// Rounding errors of a product of a dozen factors, relative to it.
const FACTORS: f64 = 8.0 * f64::EPSILON;

/// Averages of `A1 erf(b1 z1)` with `A2 erf(b2 z2)`:
///
/// ```text
/// F = A1 A2 (2/pi) atan(2 b1 b2 c / r),   r^2 = (1 + 2 b1^2 v1)(1 + 2 b2^2 v2) - 4 b1^2 b2^2 c^2
/// dF/dc = A1 A2 b1 b2 (4/pi) / r,         dF/dv2 = -c b2^2 / (1 + 2 b2^2 v2) dF/dc
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct ErfPair {
    /// `A1 A2`.
    amplitude: f64,
    /// `b1 b2`.
    cross: f64,
    /// `b1^2`, `b2^2`.
    squares: [f64; 2],
}

impl ErfPair {
    /// From (amplitude, scale) of both.
    pub(super) fn new(first: (f64, f64), second: (f64, f64)) -> Self {
        Self {
            amplitude: first.0 * second.0,
            cross: first.1 * second.1,
            squares: [first.1 * first.1, second.1 * second.1],
        }
    }

    /// `r`, written with the determinant so that nothing cancels.
    #[inline]
    fn root(&self, at: &Covariance) -> f64 {
        let [first, second] = self.squares;
        let variances = first * at.v1 + second * at.v2;
        (1.0 + 2.0 * variances + 4.0 * first * second * at.determinant).sqrt()
    }

    #[inline]
    fn mean(&self, at: &Covariance) -> f64 {
        self.amplitude * FRAC_2_PI * (2.0 * self.cross * at.c / self.root(at)).atan()
    }

    /// Of a link with itself, at `v1 = v2 = c`.
    #[inline]
    fn alone(&self, variance: f64) -> f64 {
        let scaled = self.cross * variance;
        self.amplitude * FRAC_2_PI * (2.0 * scaled / (1.0 + 4.0 * scaled).sqrt()).atan()
    }

    #[inline]
    fn slopes(&self, at: &Covariance) -> PairGradient {
        let c = self.amplitude * self.cross * (4.0 / PI) / self.root(at);
        let [first, second] = self.squares;
        PairGradient {
            c,
            v1: -c * at.c * (first / (1.0 + 2.0 * first * at.v1)),
            v2: -c * at.c * (second / (1.0 + 2.0 * second * at.v2)),
        }
    }
}

impl PairAverages for ErfPair {
    fn route(&self, _: &Covariance) -> Route {
        Route::Erf
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.mean(at)
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        self.slopes(at)
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let PairGradient { c, v1, v2 } = self.slopes(at);
        // The arctangent moves by no more than its argument does, relative to each.
        PairErrors {
            value: 2.0 * FACTORS * self.mean(at).abs(),
            gradient: PairGradient {
                c: FACTORS * c.abs(),
                v1: FACTORS * v1.abs(),
                v2: FACTORS * v2.abs(),
            },
        }
    }
}

/// Arcsine kernel of `A* erf(b* x)` against `A erf(b x)`.
#[derive(Debug)]
pub(super) struct ErfKernel {
    pair: ErfPair,
    /// The teacher with itself.
    teacher: ErfPair,
    /// The student with itself.
    student: ErfPair,
    aligned: AlignedKernel,
}

/// What `sigma'^2`, a Gaussian, makes of the law of `lambda*` and `z`.
struct Tilted {
    law: Covariance,
    /// `E[sigma'^2]`.
    weight: f64,
}

impl ErfKernel {
    /// From (amplitude, scale) of the teacher and of the student.
    pub(super) fn new(teacher: (f64, f64), student: (f64, f64)) -> Self {
        Self {
            pair: ErfPair::new(teacher, student),
            teacher: ErfPair::new(teacher, teacher),
            student: ErfPair::new(student, student),
            aligned: AlignedKernel::of_erfs(teacher, student),
        }
    }

    /// `E[sigma sigma''] + E[sigma'^2]`.
    fn own(&self, q: f64) -> f64 {
        let v = self.student.cross * q;
        let squeeze = 2.0 * self.student.cross / (1.0 + 2.0 * v);
        self.student.amplitude * FRAC_2_PI * squeeze / (1.0 + 4.0 * v).sqrt()
    }

    #[inline]
    fn tilted(&self, at: &Overlaps) -> Tilted {
        let steep = 4.0 * self.student.cross;
        let stretch = 1.0 + steep * at.q;
        let shrink = 1.0 / stretch;
        Tilted {
            law: Covariance {
                v1: (1.0 + steep * at.residual) * shrink,
                v2: at.q * shrink,
                c: at.m * shrink,
                determinant: at.residual * shrink,
            },
            weight: self.student.amplitude * self.student.cross * (4.0 / PI) / stretch.sqrt(),
        }
    }

    /// `E[(sigma* - sigma)^2]`.
    #[inline]
    fn square_gap(&self, at: &Covariance) -> f64 {
        let (teacher, student) = (self.teacher.alone(at.v1), self.student.alone(at.v2));
        floor(teacher - 2.0 * self.pair.mean(at) + student)
    }

    /// Sum of the sizes of the terms of [`square_gap`](Self::square_gap), each with what its argument does to it.
    fn square_gap_size(&self, at: &Covariance) -> f64 {
        let (teacher, student) = (self.teacher.alone(at.v1), self.student.alone(at.v2));
        2.0 * (teacher + 2.0 * self.pair.mean(at).abs() + student)
    }
}

impl Kernel for ErfKernel {
    fn route(&self, _: &Overlaps) -> Route {
        Route::Erf
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let PairGradient { c, v2, .. } = self.pair.slopes(&at.into());
        Drift {
            alpha: c,
            beta: 2.0 * v2 - self.own(at.q),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let Tilted { law, weight } = self.tilted(at);
        Noise {
            signal: weight * self.square_gap(&law),
            slope: weight,
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        0.5 * self.square_gap(&at.into())
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let Tilted { law, weight } = self.tilted(at);
        KernelErrors {
            signal: FACTORS * weight * self.square_gap_size(&law),
            slope: FACTORS * weight,
            loss: 0.5 * FACTORS * self.square_gap_size(&at.into()),
            ..self.errors_at_hand(at, false)
        }
    }

    fn errors_at_hand(&self, at: &Overlaps, noise: bool) -> KernelErrors {
        if noise {
            return self.errors(at);
        }
        let PairGradient { c, v2, .. } = self.pair.slopes(&at.into());
        // The parts of beta may cancel.
        KernelErrors {
            alpha: FACTORS * c.abs(),
            beta: FACTORS * (2.0 * v2.abs() + self.own(at.q)),
            ..KernelErrors::default()
        }
    }
}
