//! Averages in words.

use super::KernelReport;
use crate::numeral::plain;

pub(super) fn summary(of: &KernelReport) -> String {
    let errors = &of.errors;
    let teacher = match of.at.v1 {
        1.0 => String::new(),
        variance => format!(", teacher of variance {}", plain(variance)),
    };
    format!(
        "{} → {} at m = {}, q = {}{teacher}\n\
         alpha         {:.15e} ± {:.1e}\n\
         beta          {:.15e} ± {:.1e}\n\
         noise kernel  {:.15e} ± {:.1e}\n\
         loss          {:.15e} ± {:.1e}\n\
         method        {}\n",
        of.model.teacher().name(),
        of.model.student().name(),
        plain(of.at.c),
        plain(of.at.v2),
        of.drift.alpha,
        errors.alpha,
        of.drift.beta,
        errors.beta,
        of.noise_kernel,
        errors.noise(of.noise),
        of.loss,
        errors.loss,
        of.route
    )
}
