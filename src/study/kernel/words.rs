//! Averages in words.

use super::KernelReport;
use crate::numeral::plain;

pub(super) fn summary(of: &KernelReport) -> String {
    let errors = &of.errors;
    format!(
        "{} → {} at m = {}, q = {}\n\
         alpha         {:.15e} ± {:.1e}\n\
         beta          {:.15e} ± {:.1e}\n\
         noise kernel  {:.15e} ± {:.1e}\n\
         loss          {:.15e} ± {:.1e}\n\
         method        {}\n",
        of.model.teacher().name(),
        of.model.student().name(),
        plain(of.at.m),
        plain(of.at.q),
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
