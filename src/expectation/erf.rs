//! erf-erf pairs: `sigma(x) = A erf(b x)` on both sides (docs/theory.md, section 7).

use std::f64::consts::{FRAC_2_PI, PI};

use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};

/// Arcsine kernel of `A* erf(b* x)` against `A erf(b x)`.
#[derive(Debug)]
pub(super) struct ErfKernel {
    /// `A* A`.
    product: f64,
    /// `A`.
    amplitude: f64,
    /// `b* b`.
    cross: f64,
    /// `b*^2`, the variance of `b* lambda*`.
    teacher_variance: f64,
    /// `b^2`.
    scale2: f64,
    /// `A*`.
    teacher_amplitude: f64,
    aligned: AlignedKernel,
}

impl ErfKernel {
    /// From (amplitude, scale) of the teacher and of the student.
    pub(super) fn new(teacher: (f64, f64), student: (f64, f64)) -> Self {
        Self {
            product: teacher.0 * student.0,
            amplitude: student.0,
            cross: teacher.1 * student.1,
            teacher_variance: teacher.1 * teacher.1,
            scale2: student.1 * student.1,
            teacher_amplitude: teacher.0,
            aligned: AlignedKernel::of_erfs(teacher, student),
        }
    }

    /// `E[erf(x) erf(y)]` for covariance `c` and variances `vx`, `vy`.
    fn product_mean(c: f64, vx: f64, vy: f64) -> f64 {
        FRAC_2_PI
            * (2.0 * c / ((1.0 + 2.0 * vx) * (1.0 + 2.0 * vy)).sqrt())
                .clamp(-1.0, 1.0)
                .asin()
    }

    /// `alpha` and the two parts of `-beta`: `-E[sigma* sigma'']` and what the student does alone.
    fn parts(&self, at: &Overlaps) -> [f64; 3] {
        let (vx, vy) = (self.teacher_variance, self.scale2 * at.q);
        // (1+2vx)(1+2vy) - 4 cov^2, written with the residual so that nothing cancels.
        let root = (1.0 + 2.0 * (vx + vy) + 4.0 * vx * self.scale2 * at.residual).sqrt();
        let alpha = self.product * self.cross * (4.0 / PI) / root;
        let squeeze = 2.0 * self.scale2 / (1.0 + 2.0 * vy);
        let pair = alpha * at.m * squeeze;
        let own = self.amplitude.powi(2) * FRAC_2_PI * squeeze / (1.0 + 4.0 * vy).sqrt();
        [alpha, pair, own]
    }

    /// [`product_mean`](Self::product_mean) with what rounding of the arcsine's argument does to it.
    fn product_size(c: f64, vx: f64, vy: f64) -> f64 {
        let sine = (2.0 * c / ((1.0 + 2.0 * vx) * (1.0 + 2.0 * vy)).sqrt()).abs();
        // Near 1 the arcsine moves by the root of what its argument moves by, at most.
        let cosine = (1.0 - sine * sine).max(f64::EPSILON).sqrt();
        FRAC_2_PI * (sine.min(1.0).asin() + sine / cosine)
    }

    /// Sum of the sizes of the terms of [`square_gap`](Self::square_gap).
    fn square_gap_size(&self, c: f64, v_teacher: f64, v: f64) -> f64 {
        let (vt, vs) = (self.teacher_variance * v_teacher, self.scale2 * v);
        self.teacher_amplitude.powi(2) * Self::product_size(vt, vt, vt)
            + 2.0 * self.product.abs() * Self::product_size(self.cross * c, vt, vs)
            + self.amplitude.powi(2) * Self::product_size(vs, vs, vs)
    }

    /// `E[(sigma* - sigma)^2]` for the Gaussian of variances `v_teacher` (of lambda*), `v` (of z)
    /// and covariance `c`.
    fn square_gap(&self, c: f64, v_teacher: f64, v: f64) -> f64 {
        let (vt, vs) = (self.teacher_variance * v_teacher, self.scale2 * v);
        let tt = Self::product_mean(vt, vt, vt);
        let ss = Self::product_mean(vs, vs, vs);
        let ts = Self::product_mean(self.cross * c, vt, vs);
        floor(
            self.teacher_amplitude.powi(2) * tt - 2.0 * self.product * ts
                + self.amplitude.powi(2) * ss,
        )
    }
}

impl Kernel for ErfKernel {
    fn route(&self, _: &Overlaps) -> Route {
        Route::Erf
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let [alpha, pair, own] = self.parts(at);
        Drift {
            alpha,
            beta: -pair - own,
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        // sigma'^2 is a Gaussian: it tilts the measure to another one of known covariance.
        let stretch = 1.0 + 4.0 * self.scale2 * at.q;
        let slope = self.amplitude.powi(2) * self.scale2 * (4.0 / PI) / stretch.sqrt();
        let v_teacher = 1.0 - 4.0 * self.scale2 * at.m * at.m / stretch;
        Noise {
            signal: slope * self.square_gap(at.m / stretch, v_teacher, at.q / stretch),
            slope,
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        0.5 * self.square_gap(at.m, 1.0, at.q)
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        // The parts of beta may cancel; each is a product of a dozen rounded factors.
        const FACTORS: f64 = 8.0 * f64::EPSILON;
        let [alpha, pair, own] = self.parts(at).map(f64::abs);
        let stretch = 1.0 + 4.0 * self.scale2 * at.q;
        let v_teacher = 1.0 - 4.0 * self.scale2 * at.m * at.m / stretch;
        let slope = self.amplitude.powi(2) * self.scale2 * (4.0 / PI) / stretch.sqrt();
        KernelErrors {
            alpha: FACTORS * alpha,
            beta: FACTORS * (pair + own),
            signal: FACTORS
                * slope
                * self.square_gap_size(at.m / stretch, v_teacher, at.q / stretch),
            slope: FACTORS * slope,
            loss: 0.5 * FACTORS * self.square_gap_size(at.m, 1.0, at.q),
        }
    }
}
