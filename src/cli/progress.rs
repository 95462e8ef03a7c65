//! Progress of long work: a bar on a terminal, a line now and then in a log.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{FormattedDuration, HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use super::failed::message;
use super::switch;
use crate::study::estimate::Stage;
use crate::watch::{Cancel, Watch};

/// Between two lines in a log.
pub(super) const LINE: Duration = Duration::from_secs(30);
/// Between two pictures of a bar that nothing moves.
const TICK: Duration = Duration::from_millis(200);

/// Name of the variable that holds a run: `LORODE_HOLD=n` has it wait for Ctrl-C once `n` of the
/// units of its progress (steps, cells, points, runs) are done, with 0 before it begins; with `n!` it
/// waits for ever, as a computation does that never looks. A test that breaks a run off does so at a state, whatever the
/// speed of the machine.
const HOLD: &str = "LORODE_HOLD";
/// A run that is held looks for Ctrl-C this often.
const LOOK: Duration = Duration::from_millis(5);

/// Where a run is held.
#[derive(Clone, Copy)]
struct Hold {
    at: u64,
    for_ever: bool,
}

impl Hold {
    fn asked() -> Option<Self> {
        let text = std::env::var(HOLD).ok()?;
        let units = text.trim_end_matches('!');
        Some(Self {
            at: units.parse().ok()?,
            for_ever: units != text,
        })
    }

    /// Waits here for Ctrl-C when so much is done.
    fn wait(self, done: u64) {
        static SAID: Once = Once::new();
        if done < self.at {
            return;
        }
        SAID.call_once(|| message(&format!("lorode: held at {done}, as {HOLD} asks")));
        while self.for_ever || !switch::cancel().is_set() {
            std::thread::sleep(LOOK);
        }
    }
}

/// Waits for Ctrl-C when a command is to be held before it begins.
pub(super) fn begin() {
    if let Some(hold) = Hold::asked().filter(|hold| hold.at == 0) {
        hold.wait(0);
    }
}

/// What is shown at present.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);
/// Units of it that an earlier run had done.
static RECALLED: AtomicU64 = AtomicU64::new(0);

/// How long it will go on, where that can be told.
fn left(done: u64, all: Option<u64>, elapsed: Duration) -> String {
    let stage = Stage {
        done,
        recalled: RECALLED.load(Ordering::Relaxed),
        all: all.unwrap_or_default(),
        seconds: elapsed.as_secs_f64(),
    };
    let said = |left| {
        let left = HumanDuration(Duration::from_secs_f64(left));
        format!(", about {left} left")
    };
    stage.left().map_or_else(String::new, said)
}

/// Shows what a computation is at, and hands it the switch of the front.
pub(super) struct Progress {
    /// Hidden, by the library, when standard error is no terminal.
    bar: ProgressBar,
    begun: Instant,
    hold: Option<Hold>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        Self {
            bar,
            begun: Instant::now(),
            hold: Hold::asked(),
        }
    }

    /// Whether the run will be held: then it keeps all it has after every piece of work, since it
    /// may be killed where it waits.
    pub(super) fn is_held(&self) -> bool {
        self.hold.is_some()
    }

    /// Whether somebody waits for it.
    pub(super) fn is_watched(&self) -> bool {
        stderr().is_terminal()
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Watch for Progress {
    fn begin(&self, what: &str, length: u64) {
        let template = match length {
            0 => "{spinner} {msg}: {human_pos}, {elapsed}",
            _ => "{bar:40} {human_pos}/{human_len} {msg}{left}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let told = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _infallible = out.write_str(&left(state.pos(), state.len(), state.elapsed()));
            };
            self.bar.set_style(style.with_key("left", told));
        }
        RECALLED.store(0, Ordering::Relaxed);
        self.bar.reset();
        self.bar.set_length(length);
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(TICK);
    }

    fn advance(&self, units: u64) {
        self.bar.inc(units);
        if let Some(hold) = self.hold {
            hold.wait(self.bar.position());
        }
    }

    fn recall(&self, units: u64) {
        RECALLED.fetch_add(units, Ordering::Relaxed);
        self.advance(units);
    }

    fn message(&self, line: &str) {
        if stderr().is_terminal() {
            self.bar.println(line);
        } else {
            message(line);
        }
    }

    fn clock(&self) -> Option<f64> {
        Some(self.begun.elapsed().as_secs_f64())
    }

    fn cancel(&self) -> Cancel {
        switch::cancel()
    }
}

/// One more line in a log; on a terminal there is a bar.
pub(super) fn line() {
    if stderr().is_terminal() {
        return;
    }
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    message(&match shown {
        Some(bar) => {
            let (done, elapsed) = (bar.position(), FormattedDuration(bar.elapsed()));
            let what = bar.message();
            let left = left(done, bar.length(), bar.elapsed());
            match bar.length() {
                Some(all) if all > 0 => {
                    format!("lorode: {done} of {all} {what} in {elapsed}{left}")
                }
                _ => format!("lorode: {what}: {done} done, {elapsed} so far"),
            }
        }
        None => "lorode: at work".to_owned(),
    });
}
