//! Ctrl-C and progress: what a long run shows and how it is ended early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::emit::message;

/// Set by Ctrl-C; long loops look at it and keep what is finished.
pub(super) fn flag() -> &'static AtomicBool {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let inner = Arc::clone(&flag);
        // Without a handler Ctrl-C ends the program at once, which is all that is lost.
        let _unavailable = ctrlc::set_handler(move || {
            if inner.swap(true, Ordering::Relaxed) {
                // The second time the user means it.
                std::process::exit(130);
            }
        });
        flag
    })
}

/// Name of the variable that holds a run: `LORODE_HOLD=n` has it wait for Ctrl-C once `n` of the
/// units of its progress (steps, cells, points, runs) are done. A test that breaks a run off does
/// so at a state, whatever the speed of the machine.
const HOLD: &str = "LORODE_HOLD";
/// A run that is held looks for Ctrl-C this often.
const LOOK: Duration = Duration::from_millis(5);

/// How far a long run is.
pub(super) struct Progress {
    bar: ProgressBar,
    hold: Option<u64>,
    said: Once,
}

impl Progress {
    /// More units are done. Waits here for Ctrl-C when the run is to be held.
    pub(super) fn inc(&self, units: u64) {
        self.bar.inc(units);
        let done = self.bar.position();
        if self.hold.is_none_or(|hold| done < hold) {
            return;
        }
        self.said
            .call_once(|| message(&format!("lorode: held at {done}, as {HOLD} asks")));
        while !flag().load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
    }

    /// Whether the run will be held: then it keeps all it has after every piece of work, since it
    /// may be killed where it waits.
    pub(super) fn is_held(&self) -> bool {
        self.hold.is_some()
    }

    /// Takes the bar away.
    pub(super) fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar on standard error; indicatif hides it when that is no terminal.
pub(super) fn progress(length: u64, of: &str) -> Progress {
    let bar = ProgressBar::new(length);
    let template = format!("{{bar:40}} {{human_pos}}/{{human_len}} {of}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let hold = std::env::var(HOLD).ok();
    Progress {
        bar,
        hold: hold.and_then(|units| units.parse().ok()),
        said: Once::new(),
    }
}
