//! `lorode kernel`: the Gaussian averages at one pair of overlaps.

use serde_json::json;

use super::emit::{Failed, Format, Report, provenance};
use crate::expectation::{Drift, Overlaps, kernel};
use crate::link::Link;
use crate::numeral::plain;
use crate::output::{Column, Table};

/// alpha, beta, noise kernel and loss at given overlaps m, q, with an error estimate
#[derive(Debug, clap::Args)]
pub(super) struct KernelAt {
    /// Link function of teacher and student
    #[arg(long, value_name = "LINK", conflicts_with_all = ["teacher", "student"], required_unless_present = "teacher", allow_hyphen_values = true)]
    link: Option<String>,
    /// Teacher's link function
    #[arg(
        long,
        value_name = "LINK",
        requires = "student",
        allow_hyphen_values = true
    )]
    teacher: Option<String>,
    /// Student's link function
    #[arg(
        long,
        value_name = "LINK",
        requires = "teacher",
        allow_hyphen_values = true
    )]
    student: Option<String>,
    /// Student-teacher overlap m
    #[arg(long, value_name = "M", allow_hyphen_values = true)]
    m: f64,
    /// Student self-overlap q > 0, at least m^2
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    q: f64,
    /// Label-noise variance Delta
    #[arg(
        long,
        value_name = "D",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    noise: f64,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl KernelAt {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let one = |own: &Option<String>| own.clone().or_else(|| self.link.clone());
        let (Some(teacher), Some(student)) = (one(&self.teacher), one(&self.student)) else {
            return Err(Failed::usage("give --link, or --teacher with --student"));
        };
        let read = |argument: &str, text: &str| {
            Link::parse(text).map_err(|error| Failed::Usage(format!("{argument}: {error}")))
        };
        let given =
            |name: &'static str, own: &Option<String>| own.as_ref().map_or("link", |_| name);
        let teacher = read(given("teacher", &self.teacher), &teacher)?;
        let student = read(given("student", &self.student), &student)?;
        if let Some(jump) = student.breaks().iter().find(|b| b.jump != 0.0) {
            return Err(Failed::Usage(format!(
                "student link '{}' jumps at x = {}: a student needs a continuous link",
                student.name(),
                plain(jump.at)
            )));
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err(Failed::Usage(format!(
                "noise = {} is not allowed: the label-noise variance is a finite number >= 0",
                plain(self.noise)
            )));
        }
        let at = Overlaps::new(self.m, self.q).map_err(Failed::usage)?;
        self.report(&teacher, &student, &at)?.print(self.format)
    }

    fn report(&self, teacher: &Link, student: &Link, at: &Overlaps) -> Result<Report, Failed> {
        let kernel = kernel(teacher, student);
        let Drift { alpha, beta } = kernel.drift(at);
        let noise_kernel = kernel.noise(at).total(self.noise);
        let loss = kernel.loss(at) + 0.5 * self.noise;
        let method = kernel.route(at).to_string();
        let refused = |bad: f64| {
            Failed::Failure(format!(
                "an average of {} -> {} at m = {}, q = {} is {bad}: the links grow too fast for \
                 double precision there, or bend in too many places to be integrated; try a smaller \
                 q or a smoother link",
                teacher.name(),
                student.name(),
                plain(self.m),
                plain(self.q)
            ))
        };
        let finite = |values: &[f64]| match values.iter().find(|v| !v.is_finite()) {
            Some(bad) => Err(refused(*bad)),
            None => Ok(()),
        };
        finite(&[alpha, beta, noise_kernel, loss])?;
        let errors = kernel.errors(at);
        let [error, noise_error] = [errors.drift(), errors.noise(self.noise)];
        finite(&[error, noise_error, errors.loss])?;
        let parameters = json!({
            "teacher": teacher.name(), "student": student.name(),
            "m": self.m, "q": self.q, "noise": self.noise,
        });
        let mut json = json!({
            "alpha": alpha, "beta": beta, "noise_kernel": noise_kernel, "loss": loss,
            "error_estimate": error, "method": method,
            "alpha_error": errors.alpha, "beta_error": errors.beta,
            "noise_kernel_error": noise_error, "loss_error": errors.loss,
        });
        let made = provenance("kernel", &parameters);
        if let (Some(json), Some(made)) = (json.as_object_mut(), made.as_object()) {
            json.extend(made.clone());
        }
        let summary = format!(
            "{} → {} at m = {}, q = {}\n\
             alpha         {alpha:.15e} ± {:.1e}\n\
             beta          {beta:.15e} ± {:.1e}\n\
             noise kernel  {noise_kernel:.15e} ± {noise_error:.1e}\n\
             loss          {loss:.15e} ± {:.1e}\n\
             method        {method}\n",
            teacher.name(),
            student.name(),
            plain(self.m),
            plain(self.q),
            errors.alpha,
            errors.beta,
            errors.loss
        );
        let number = |name: &str, value: f64| Column::Numbers {
            name: name.to_owned(),
            values: vec![Some(value)],
        };
        let text = |name: &str, value: &str| Column::Text {
            name: name.to_owned(),
            values: vec![value.to_owned()],
        };
        let columns = vec![
            text("teacher", teacher.name()),
            text("student", student.name()),
            number("m", self.m),
            number("q", self.q),
            number("noise", self.noise),
            number("alpha", alpha),
            number("beta", beta),
            number("noise_kernel", noise_kernel),
            number("loss", loss),
            number("error_estimate", error),
            number("alpha_error", errors.alpha),
            number("beta_error", errors.beta),
            number("noise_kernel_error", noise_error),
            number("loss_error", errors.loss),
            text("method", &method),
            text("version", env!("CARGO_PKG_VERSION")),
        ];
        Ok(Report {
            summary,
            json,
            table: Table {
                columns,
                metadata: made,
            },
        })
    }
}
