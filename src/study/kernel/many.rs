//! The averages at many pairs of overlaps at once.

use rayon::prelude::*;

use super::{other_variance, place, require_noise, unit};
use crate::error::Error;
use crate::expectation::Drift;
use crate::model::Model;
use crate::numeral::plain;
use crate::problem::check_student;
use crate::watch::Watch;

/// Points that are not worth a thread of their own.
const FEW: usize = 64;

/// The averages, one of each per pair of overlaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Averages {
    /// `alpha`.
    pub alpha: Vec<f64>,
    /// `beta`.
    pub beta: Vec<f64>,
    /// `N`, label noise included.
    pub noise_kernel: Vec<f64>,
    /// The population loss, label noise included.
    pub loss: Vec<f64>,
}

/// `alpha`, `beta`, the noise kernel and the loss of a model at the overlaps `(m[i], q[i])`, with a teacher whose
/// pre-activation has the variance `teacher_variance` (1 where there is none) and labels of variance `noise`: the values of [`KernelAt`](super::KernelAt), without their errors, on all cores.
///
/// ```
/// use lorode::model::Model;
/// use lorode::study::kernel::at_many;
///
/// let erf = Model::matched("erf".parse()?);
/// let cancel = lorode::watch::Cancel::default();
/// let alpha = |v: f64, m: f64, q: f64| 4.0 / std::f64::consts::PI / ((1.0 + 2.0 * v) * (1.0 + 2.0 * q) - 4.0 * m * m).sqrt();
/// let found = at_many(&erf, (&[0.0, 0.3], &[0.5, 0.7]), None, 0.0, &cancel)?;
/// assert!((found.alpha[1] - alpha(1.0, 0.3, 0.7)).abs() < 1e-15);
/// let found = at_many(&erf, (&[0.0, 0.3], &[0.5, 0.7]), Some(0.4), 0.0, &cancel)?;
/// assert!((found.alpha[1] - alpha(0.4, 0.3, 0.7)).abs() < 1e-15);
/// assert!(at_many(&erf, (&[0.9], &[0.5]), None, 0.0, &cancel).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A noise below 0, a variance that is not above 0, overlaps that no weights have, a student that jumps, averages that are not finite, and
/// [`Error::Unfinished`] when `progress` is cancelled.
pub fn at_many(
    model: &Model,
    (m, q): (&[f64], &[f64]),
    teacher_variance: Option<f64>,
    noise: f64,
    progress: &dyn Watch,
) -> Result<Averages, Error> {
    check_student(model)?;
    require_noise(noise)?;
    let variance = other_variance(teacher_variance)?;
    let (unit, deviation) = (unit(model, variance), variance.map_or(1.0, f64::sqrt));
    let kernel = unit.exact();
    let one = |(&m, &q): (&f64, &f64)| {
        if progress.cancelled() {
            return Err(Error::Unfinished("interrupted".to_owned()));
        }
        let (_, at) = place(m, q, variance)?;
        let Drift { alpha, beta, .. } = kernel.drift(&at);
        let (total, loss) = (
            kernel.noise(&at).total(noise),
            kernel.loss(&at) + 0.5 * noise,
        );
        let all = [alpha / deviation, beta, total, loss];
        if all.iter().all(|x| x.is_finite()) {
            return Ok(all);
        }
        let (m, q) = (plain(m), plain(q));
        Err(Error::Unfinished(format!(
            "an average of {} at m = {m}, q = {q} is not finite: the links grow too fast for double precision there",
            model.label()
        )))
    };
    let points = m.par_iter().zip(q).with_min_len(FEW).map(one);
    let rows: Vec<[f64; 4]> = points.collect::<Result<_, Error>>()?;
    let column = |i: usize| rows.iter().map(|row| row[i]).collect();
    Ok(Averages {
        alpha: column(0),
        beta: column(1),
        noise_kernel: column(2),
        loss: column(3),
    })
}
