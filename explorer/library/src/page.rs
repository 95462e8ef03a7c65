//! What the page lends the library: a clock, and a look at work that is not finished.

use lorode::study::{Picture, Work};
use lorode::watch::Watch;

use crate::answer::{Form, of_report};
use crate::{ANSWER, lock};

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Seconds since some moment.
    safe fn clock() -> f64;
    /// Whether the page wants to see what is finished: 1 where it does.
    safe fn wants() -> u32;
    /// Tells the page that what is finished is in the answer.
    safe fn show();
}

/// Work that the page looks at while it goes on.
pub struct Looking<'a, W: Work> {
    pub work: &'a W,
    pub form: Form,
    pub picture: &'a Picture,
}

impl<W: Work> Watch for Looking<'_, W> {
    fn advance(&self, _units: u64) {
        if self.form != Form::Shown || wants() == 0 {
            return;
        }
        let part = self
            .work
            .report()
            .map(|report| of_report(&report, (self.form, self.picture), None));
        if let Some(Ok(part)) = part {
            *lock(&ANSWER) = part;
            show();
        }
    }

    fn clock(&self) -> Option<f64> {
        Some(clock())
    }
}
