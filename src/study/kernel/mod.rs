//! What are the Gaussian averages of a pair of links at one pair of overlaps?

mod figure;
mod many;
mod table;
mod words;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use figure::figure;
pub use many::{Averages, at_many};

use super::provenance::provenance;
use super::saved::drawn;
use super::schema::of_tables;
use super::{Report, Study, Work};
use crate::error::Error;
use crate::expectation::{Covariance, Drift, KernelErrors, Overlaps, Route};
use crate::model::Model;
use crate::numeral::plain;
use crate::output::{Figure, Table};
use crate::problem::{ProblemError, ProblemOptions, check_student};
use crate::watch::Watch;

/// `alpha`, `beta`, the noise kernel and the loss at overlaps `m`, `q`, with a teacher whose pre-activation has variance
/// `teacher_variance`.
///
/// ```
/// use lorode::study::{Study, kernel::KernelAt};
///
/// let mut erf = KernelAt { teacher: "erf".into(), student: "erf".into(), m: 0.3, q: 0.7, ..KernelAt::default() };
/// let alpha = |variance: f64| {
///     4.0 / std::f64::consts::PI / ((1.0 + 2.0 * variance) * 2.4 - 4.0 * 0.09).sqrt()
/// };
/// let report = erf.run(&lorode::watch::Cancel::default())?;
/// assert!((report.drift.alpha - alpha(1.0)).abs() < 1e-14);
/// erf.teacher_variance = Some(0.25);
/// let report = erf.run(&lorode::watch::Cancel::default())?;
/// assert!((report.drift.alpha - alpha(0.25)).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct KernelAt {
    /// Link function of teacher and student, in their place
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "LINK",
            conflicts_with_all = ["teacher", "student"],
            required_unless_present = "teacher",
            allow_hyphen_values = true
        )
    )]
    #[serde(default)]
    pub link: Option<String>,
    /// Teacher's link function
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "LINK",
            requires = "student",
            default_value_t,
            hide_default_value = true,
            allow_hyphen_values = true
        )
    )]
    #[serde(default)]
    pub teacher: String,
    /// Student's link function, continuous
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "LINK",
            requires = "teacher",
            default_value_t,
            hide_default_value = true,
            allow_hyphen_values = true
        )
    )]
    #[serde(default)]
    pub student: String,
    /// Student-teacher overlap m
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "M", allow_hyphen_values = true)
    )]
    pub m: f64,
    /// Student self-overlap q > 0, at least m^2 over the teacher's variance
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "Q", allow_hyphen_values = true)
    )]
    pub q: f64,
    /// Variance of the teacher's pre-activation, above 0 (default 1)
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "V", allow_hyphen_values = true)
    )]
    #[serde(default)]
    pub teacher_variance: Option<f64>,
    /// Label-noise variance Delta, at least 0
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "D", default_value_t, allow_hyphen_values = true)
    )]
    #[serde(default)]
    pub noise: f64,
}

/// A point at which averages are taken.
pub struct KernelWork {
    model: Model,
    at: Covariance,
    /// The same averages with a teacher of variance 1, where `alpha` is `sqrt(v1)` times as large.
    unit: Model,
    overlaps: Overlaps,
    noise: f64,
    report: OnceLock<KernelReport>,
}

/// The averages, each with its absolute error.
#[derive(Clone, Debug)]
pub struct KernelReport {
    /// Teacher and student.
    pub model: Model,
    /// Where: the teacher's variance, `q`, and `m`.
    pub at: Covariance,
    /// Label-noise variance.
    pub noise: f64,
    /// `alpha` and `beta`.
    pub drift: Drift,
    /// `N`, label noise included.
    pub noise_kernel: f64,
    /// The population loss, label noise included.
    pub loss: f64,
    /// What each of them may be off by.
    pub errors: KernelErrors,
    /// How they were taken.
    pub route: Route,
}

impl Study for KernelAt {
    const NAME: &'static str = "kernel";
    type Work = KernelWork;

    fn begin(&self) -> Result<KernelWork, Error> {
        let model = self.model()?;
        check_student(&model)?;
        require_noise(self.noise)?;
        let variance = other_variance(self.teacher_variance)?;
        let (at, overlaps) = place(self.m, self.q, variance)?;
        let unit = unit(&model, variance);
        Ok(KernelWork {
            at,
            model,
            unit,
            overlaps,
            noise: self.noise,
            report: OnceLock::new(),
        })
    }
}

impl KernelAt {
    fn model(&self) -> Result<Model, Error> {
        if let Some(link) = &self.link
            && !(self.teacher.is_empty() && self.student.is_empty())
        {
            let (teacher, student) = (&self.teacher, &self.student);
            let why = format!(
                "= '{link}' is of both, and teacher = '{teacher}', student = '{student}' are given too: give one or the others"
            );
            return Err(Error::refused("link", why));
        }
        let [teacher, student] =
            [&self.teacher, &self.student].map(|own| self.link.as_ref().unwrap_or(own).clone());
        // One link for both is named as it was given.
        let options = match teacher == student {
            true => ProblemOptions {
                link: vec![teacher],
                ..ProblemOptions::default()
            },
            false => ProblemOptions {
                teacher: vec![teacher],
                student: vec![student],
                ..ProblemOptions::default()
            },
        };
        Ok(options.one_model(Self::NAME)?)
    }
}

/// Refuses a variance of the labels' noise that is none.
fn require_noise(noise: f64) -> Result<(), ProblemError> {
    if noise >= 0.0 && noise.is_finite() {
        return Ok(());
    }
    Err(ProblemError::Range {
        argument: "noise",
        value: noise,
        allowed: "the label-noise variance is a finite number >= 0",
    })
}

/// The teacher's variance where it is not 1.
///
/// # Errors
/// One that is not a finite number above 0.
fn other_variance(variance: Option<f64>) -> Result<Option<f64>, ProblemError> {
    let Some(value) = variance.filter(|v| (v - 1.0).abs() > 0.0 || v.is_nan()) else {
        return Ok(None);
    };
    if value > 0.0 && value.is_finite() {
        return Ok(Some(value));
    }
    Err(ProblemError::Range {
        argument: "teacher-variance",
        value,
        allowed: "the variance of the teacher's pre-activation is a finite number > 0",
    })
}

/// The pair whose teacher has variance 1 and which has the same averages but `alpha`: that is `sqrt(variance)` times as large.
fn unit(model: &Model, variance: Option<f64>) -> Model {
    match variance {
        Some(variance) => Model::new(
            model.teacher().stretched(variance.sqrt()),
            model.student().clone(),
        ),
        None => model.clone(),
    }
}

/// Where, and the overlaps with the teacher's pre-activation rescaled to variance 1.
fn place(m: f64, q: f64, variance: Option<f64>) -> Result<(Covariance, Overlaps), Error> {
    let Some(variance) = variance else {
        let overlaps = Overlaps::new(m, q)?;
        return Ok((Covariance::from(&overlaps), overlaps));
    };
    Overlaps::new(0.0, q)?;
    let at = Covariance::new(variance, q, m).map_err(|_| {
        let why = format!(
            "= {} is not allowed with q = {} and teacher-variance = {}: need m^2 <= teacher-variance * q, that is |m| <= {}",
            plain(m),
            plain(q),
            plain(variance),
            plain(variance.sqrt() * q.sqrt())
        );
        Error::refused("m", why)
    })?;
    Ok((at, at.overlaps()))
}

impl KernelWork {
    fn finite(&self, values: &[f64]) -> Result<(), Error> {
        let Some(bad) = values.iter().find(|v| !v.is_finite()) else {
            return Ok(());
        };
        Err(Error::Unfinished(format!(
            "an average of {} -> {} at m = {}, q = {} is {bad}: the links grow too fast for \
             double precision there, or bend in too many places to be integrated; try a smaller \
             q or a smoother link",
            self.model.teacher().name(),
            self.model.student().name(),
            plain(self.at.c),
            plain(self.at.v2)
        )))
    }
}

impl Work for KernelWork {
    type Report = KernelReport;

    fn advance(&self, _progress: &dyn Watch) -> Result<(), Error> {
        let (kernel, at, noise) = (self.unit.exact(), &self.overlaps, self.noise);
        let deviation = self.at.v1.sqrt();
        let mut drift = kernel.drift(at);
        drift.alpha /= deviation;
        let noise_kernel = kernel.noise(at).total(noise);
        let loss = kernel.loss(at) + 0.5 * noise;
        let route = kernel.route(at);
        self.finite(&[drift.alpha, drift.beta, noise_kernel, loss])?;
        let mut errors = kernel.errors(at);
        errors.alpha /= deviation;
        self.finite(&[errors.drift(), errors.noise(noise), errors.loss])?;
        self.report.get_or_init(|| KernelReport {
            model: self.model.clone(),
            at: self.at,
            noise,
            drift,
            noise_kernel,
            loss,
            errors,
            route,
        });
        Ok(())
    }

    fn parameters(&self) -> Value {
        parameters(&self.model, &self.at, self.noise)
    }

    fn report(&self) -> Option<KernelReport> {
        self.report.get().cloned()
    }
}

/// The flags that repeat it.
fn parameters(model: &Model, at: &Covariance, noise: f64) -> Value {
    let (teacher, student) = (model.teacher().name(), model.student().name());
    let mut parameters = json!({
        "teacher": teacher, "student": student, "m": at.c, "q": at.v2, "noise": noise,
    });
    if (at.v1 - 1.0).abs() > 0.0 {
        parameters["teacher-variance"] = json!(at.v1);
    }
    parameters
}

impl KernelReport {
    fn made(&self) -> Value {
        provenance(
            KernelAt::NAME,
            &parameters(&self.model, &self.at, self.noise),
            None,
        )
    }
}

impl Report for KernelReport {
    fn json(&self) -> Value {
        let errors = &self.errors;
        let mut json = json!({
            "alpha": self.drift.alpha, "beta": self.drift.beta,
            "noise_kernel": self.noise_kernel, "loss": self.loss,
            "error_estimate": errors.drift(), "method": self.route.to_string(),
            "alpha_error": errors.alpha, "beta_error": errors.beta,
            "noise_kernel_error": errors.noise(self.noise), "loss_error": errors.loss,
            "teacher_variance": self.at.v1,
        });
        if let (Some(json), Some(made)) = (json.as_object_mut(), self.made().as_object()) {
            json.extend(made.clone());
        }
        json["schema"] = of_tables(self.table(), Vec::new());
        json
    }

    fn table(&self) -> Table {
        table::table(self, self.made())
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }
}
