//! Gaussian averages: everything the closed ODEs need, as functions of two overlaps.
//!
//! With `(lambda*, z)` Gaussian of variances `1`, `q` and covariance `m`
//! (docs/theory.md, section 2):
//!
//! ```text
//! alpha(m,q) = E[sigma*'(lambda*) sigma'(z)]                                   = -dL/dm
//! beta(m,q)  = E[(sigma*(lambda*) - sigma(z)) sigma''(z)] - E[sigma'(z)^2]     = -2 dL/dq
//! N(m,q)     = E[(sigma*(lambda*) - sigma(z))^2 sigma'(z)^2] + Delta E[sigma'(z)^2]
//! L(m,q)     = E[(sigma*(lambda*) - sigma(z))^2]/2 + Delta/2
//! ```
//!
//! [`kernel`] picks the most exact route for a pair of links; [`flow_kernel`] the fastest one
//! that is still good to about 1e-12, for integrating.

mod aligned;
mod cells;
mod chart;
mod chebyshev_patch;
mod closed_pair;
mod corners;
mod covariance;
mod erf;
mod excess;
mod expansion;
mod four_point;
mod gaussian;
mod half_polynomial;
mod hermite;
mod interpolated;
mod lowest_loss;
mod mesh;
mod overlaps;
mod pair;
mod piecewise;
mod polynomial;
mod power;
mod prepared_link;
mod quadrature;
mod ranged_pair;
mod series;
mod symmetry;
mod truncated;
mod wave_packet;
mod way;
mod zeros;

use std::fmt;
use std::sync::Arc;

pub use aligned::{AlignedDrift, AlignedKernel};
pub use covariance::{Covariance, CovarianceError};
pub(crate) use excess::{NEAR_LOSS, excess_near};
pub(crate) use expansion::{Expansion, NEAR};
pub use four_point::{Ensemble, FourPoint, LatticeNoise, four_point};
pub use gaussian::moment;
pub use hermite::{hermite_coefficients, hermite_projections};
pub use lowest_loss::{BestLoss, best_loss};
pub use overlaps::{OverlapError, Overlaps};
pub use pair::{PairAverages, PairError, PairErrors, PairGradient};
pub use piecewise::Step;
pub use series::{NoRecipe, SeriesRecipe};
pub use way::Way;

use crate::link::{Form, Link};
use closed_pair::General;
use ranged_pair::Ranged;

/// The two averages that drive the flow: `-grad_w L = alpha omega* + beta w`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// `alpha = E[sigma*'(lambda*) sigma'(z)]`, any sign.
    pub alpha: f64,
    /// `beta = E[(sigma* - sigma) sigma''] - E[sigma'^2]`, any sign.
    pub beta: f64,
}

/// The noise kernel in two parts: `N = signal + Delta * slope`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// `E[(sigma*(lambda*) - sigma(z))^2 sigma'(z)^2] >= 0`.
    pub signal: f64,
    /// `E[sigma'(z)^2] >= 0`, what label noise of variance `Delta` multiplies.
    pub slope: f64,
}

impl Noise {
    /// `N = signal + Delta * slope` for label-noise variance `Delta >= 0`.
    pub fn total(self, label_noise: f64) -> f64 {
        self.signal + label_noise * self.slope
    }
}

/// Absolute errors to expect of every average of a [`Kernel`] at one point: truncation, resolution
/// and rounding together. Each is a bound in practice: `|value - truth| <= error`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KernelErrors {
    /// Of [`Drift::alpha`], >= 0.
    pub alpha: f64,
    /// Of [`Drift::beta`], >= 0.
    pub beta: f64,
    /// Of [`Noise::signal`], >= 0.
    pub signal: f64,
    /// Of [`Noise::slope`], >= 0.
    pub slope: f64,
    /// Of [`Kernel::loss`], >= 0.
    pub loss: f64,
}

impl KernelErrors {
    /// The larger of the errors of `alpha` and `beta`.
    pub fn drift(&self) -> f64 {
        larger(self.alpha, self.beta)
    }

    /// Error of [`Noise::total`] at label-noise variance `label_noise >= 0`.
    pub fn noise(&self, label_noise: f64) -> f64 {
        self.signal + label_noise * self.slope
    }
}

/// The larger of two numbers; NaN where one is.
fn larger(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// How a kernel is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Finite Hermite sums of two polynomials.
    Polynomial,
    /// Arcsine formulas of two error functions.
    Erf,
    /// Orthant moments of two links that are polynomials on each side of 0 (arc-cosine kernels).
    HalfPolynomial,
    /// Quadrant moments of two links that are polynomials between breaks.
    PiecewisePolynomial,
    /// Hypergeometric functions of two links that are sums of real powers of `|x|` on each side of 0.
    Powers,
    /// Gaussian averages of polynomials times Gaussians, exponentials and waves.
    WavePackets,
    /// Hermite series, its tail bounded.
    HermiteSeries,
    /// Panel quadrature split at the kinks, one variable conditioned on the other.
    Quadrature,
    /// Local Chebyshev interpolants of another route.
    Interpolated,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Route::Polynomial => "polynomial",
            Route::Erf => "erf",
            Route::HalfPolynomial => "half-polynomial",
            Route::PiecewisePolynomial => "piecewise-polynomial",
            Route::Powers => "powers",
            Route::WavePackets => "wave-packets",
            Route::HermiteSeries => "hermite-series",
            Route::Quadrature => "quadrature",
            Route::Interpolated => "interpolated",
        })
    }
}

/// The Gaussian averages of one teacher-student pair.
///
/// Arguments are [`Overlaps`] with `q > 0` and `m^2 <= q`; `m^2 = q` is included and exact.
pub trait Kernel: Send + Sync + fmt::Debug {
    /// How the values at `at` are computed.
    fn route(&self, at: &Overlaps) -> Route;
    /// `alpha` and `beta`.
    fn drift(&self, at: &Overlaps) -> Drift;
    /// The noise kernel `N`, in its two parts.
    fn noise(&self, at: &Overlaps) -> Noise;
    /// Population loss without label noise, `E[(sigma* - sigma)^2]/2`; add `Delta/2`.
    fn loss(&self, at: &Overlaps) -> f64;
    /// [`loss`](Kernel::loss) at one `q` and many cosines `m / sqrt(q)`; overridden where the work
    /// at one `q` can be shared.
    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        let at = |&c: &f64| self.loss(&Overlaps::from_cosine(c, q));
        cosines.iter().map(at).collect()
    }
    /// The averages along the target's direction, free of cancellation.
    fn aligned(&self) -> &AlignedKernel;
    /// Absolute errors to expect of all averages at `at`.
    fn errors(&self, at: &Overlaps) -> KernelErrors;
    /// The same as far as they are at hand where runs go, at the cost of an average or two: what resolution is worth
    /// may be left out, and so may those of the loss, and of the noise unless they are wanted.
    fn errors_at_hand(&self, at: &Overlaps, _noise: bool) -> KernelErrors {
        self.errors(at)
    }
}

/// The most exact kernel of a pair: closed form where there is one, else Hermite series with
/// quadrature where the series is too slow (target 1e-13 and 1e-10 relative).
pub fn kernel(teacher: &Link, student: &Link) -> Arc<dyn Kernel> {
    if let Some(closed) = closed_form(teacher, student, general_kernel) {
        return closed;
    }
    match truncated::PiecewiseKernel::new(teacher, student, general_kernel) {
        Some(pieces) => Arc::new(pieces),
        None => general_kernel(teacher, student),
    }
}

/// The kernel to integrate with: as [`kernel`] for short closed forms, else local interpolants of it,
/// built where a trajectory goes and shared by all threads.
pub fn flow_kernel(teacher: &Link, student: &Link) -> Arc<dyn Kernel> {
    if let Some(closed) = closed_form(teacher, student, general_flow_kernel) {
        return closed;
    }
    match truncated::PiecewiseKernel::new(teacher, student, general_flow_kernel) {
        Some(pieces) => Arc::new(truncated::PatchedKernel::new(pieces)),
        None => general_flow_kernel(teacher, student),
    }
}

/// Of any pair, as exact as it gets.
fn general_kernel(teacher: &Link, student: &Link) -> Arc<dyn Kernel> {
    Arc::new(series::SeriesKernel::new(teacher, student))
}

/// Of any pair, to integrate with.
fn general_flow_kernel(teacher: &Link, student: &Link) -> Arc<dyn Kernel> {
    let series = series::SeriesKernel::new(teacher, student);
    Arc::new(interpolated::InterpolatedKernel::new(series))
}

/// The pairs with a short closed form, `general` where it loses digits; a new one is one line here and one file.
fn closed_form(teacher: &Link, student: &Link, general: General) -> Option<Arc<dyn Kernel>> {
    match (teacher.form(), student.form()) {
        (Form::Polynomial(t), Form::Polynomial(s)) => {
            polynomial::PolynomialKernel::new(t, s).map(|k| Arc::new(k) as Arc<dyn Kernel>)
        }
        (
            Form::Erf {
                amplitude: a,
                scale: b,
            },
            Form::Erf { amplitude, scale },
        ) => Some(Arc::new(erf::ErfKernel::new(
            (*a, *b),
            (*amplitude, *scale),
        ))),
        (t, s) => half_polynomial::HalfPolynomialKernel::from_forms(t, s)
            .map(|k| Arc::new(k) as Arc<dyn Kernel>)
            .or_else(|| {
                wave_packet::PacketKernel::new(teacher, student, general)
                    .map(|k| Arc::new(k) as Arc<dyn Kernel>)
            })
            .or_else(|| {
                power::PowerKernel::new(teacher, student, general)
                    .map(|k| Arc::new(k) as Arc<dyn Kernel>)
            }),
    }
}

/// The averages of a pair: in closed form where there is one, else by Hermite series and quadrature, with the first
/// argument rescaled to variance 1.
///
/// ```
/// use lorode::expectation::{Covariance, pair_averages};
///
/// let erf = "erf".parse()?;
/// let pair = pair_averages(&erf, &erf)?;
/// let at = Covariance::new(0.8, 1.5, -0.3)?;
/// let exact = std::f64::consts::FRAC_2_PI * (-0.6 / (2.6_f64 * 4.0).sqrt()).asin();
/// assert!((pair.value(&at) - exact).abs() < 1e-15);
/// assert!(pair.gradient(&at).c > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PairError`] when both links jump.
pub fn pair_averages(first: &Link, second: &Link) -> Result<Arc<dyn PairAverages>, PairError> {
    let general = || series::GeneralPair::new(first, second);
    Ok(allowed_pair(first, second)?.unwrap_or_else(|| Arc::new(general())))
}

/// The averages to integrate with: as [`pair_averages`] for closed forms, else local interpolants of them, built where a
/// trajectory goes and shared by all threads.
///
/// # Errors
/// [`PairError`] when both links jump.
pub fn flow_pair_averages(first: &Link, second: &Link) -> Result<Arc<dyn PairAverages>, PairError> {
    let interpolated = || interpolated::InterpolatedPair::new(first, second);
    Ok(allowed_pair(first, second)?.unwrap_or_else(|| Arc::new(interpolated())))
}

/// The closed form of a pair that has one; an error where both links jump.
fn allowed_pair(first: &Link, second: &Link) -> Result<Option<Arc<dyn PairAverages>>, PairError> {
    let jump = |link: &Link| link.breaks().iter().find(|b| b.jump != 0.0).map(|b| b.at);
    if let (Some(at), Some(other)) = (jump(first), jump(second)) {
        return Err(PairError::Jumps {
            first: first.name().to_owned(),
            at,
            second: second.name().to_owned(),
            other,
        });
    }
    Ok(closed_pair(first, second))
}

/// `E[f(z1) g(z2)]`, whatever jumps: the value alone of [`pair_averages`].
pub fn mean_product(first: &Link, second: &Link, at: &Covariance) -> f64 {
    match closed_pair(first, second) {
        Some(closed) => closed.value(at),
        None => series::GeneralPair::new(first, second).value(at),
    }
}

/// The pairs with a closed form; a new one is one line here and one file.
fn closed_pair(first: &Link, second: &Link) -> Option<Arc<dyn PairAverages>> {
    let scaled = |form: &Form| match form {
        Form::Erf { amplitude, scale } => Some((*amplitude, *scale)),
        _ => None,
    };
    if let (Some(a), Some(b)) = (scaled(first.form()), scaled(second.form())) {
        return Some(Arc::new(erf::ErfPair::new(a, b)));
    }
    if let Some(pair) = polynomial::PolynomialPair::new(first.form(), second.form()) {
        return Some(Arc::new(pair));
    }
    if let Some(pair) = half_polynomial::HalfPolynomialPair::new(first.form(), second.form()) {
        return Some(Arc::new(pair));
    }
    if let Some(pair) = wave_packet::PacketPair::new(first, second) {
        return Some(Arc::new(Ranged::new(pair, first, second)));
    }
    if let Some(pair) = power::PowerPair::new(first, second) {
        return Some(Arc::new(pair));
    }
    let pair = truncated::PiecewisePair::new(first, second)?;
    Some(Arc::new(Ranged::new(pair, first, second)))
}

/// At least 0, where rounding left a little less; NaN stays NaN, which `f64::max` would hide.
fn floor(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// `E[sigma(xi)^2]`, `xi ~ N(0,1)`: the power of a target without label noise.
pub fn mean_square(link: &Link) -> f64 {
    match closed_pair(link, link) {
        Some(closed) => closed.value(&Covariance::alone(1.0)),
        None => moment(link, |link, x| link.value(x).powi(2)),
    }
}

/// `E[sigma'(xi)^2]`, `xi ~ N(0,1)`: the paper's time unit (`k k!` for He_k).
pub fn slope_power(link: &Link) -> f64 {
    let steep = power::steep_slope_power(link);
    steep.unwrap_or_else(|| moment(link, |link, x| link.derivative(x).powi(2)))
}
