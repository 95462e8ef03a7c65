//! The front: a command works in a thread of its own while this one waits for its end or for a signal. A signal asks the
//! work to end; work that does not within [`GRACE`] is left behind, and what it had finished is kept without it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::failed::Failed;
use super::progress;
pub(super) use super::switch::cancel;

/// For an orderly end after a signal.
const GRACE: Duration = Duration::from_millis(100);
/// For a keeper to come to its writing.
const KEEPING: Duration = Duration::from_secs(5);
/// Stack of a command's thread: that of a main thread, for nested expressions.
const STACK: usize = 8 << 20;

/// Keeps what is finished, when the work itself can not be waited for; says how it ended.
type Keeper = Box<dyn FnOnce() -> Result<(), Failed> + Send>;
/// What a thread came to, or its panic.
type End = thread::Result<Result<(), Failed>>;

/// Where a command is.
enum Stage {
    /// At work; a signal leaves it behind after the grace.
    Computing(Option<Keeper>),
    /// Writing files, each whole or not at all: waited for.
    Writing,
    /// Printing, perhaps to somebody who does not read; all files are written. Until then it has a grace of its own.
    Printing(Instant),
    Ended(End),
}

struct State {
    stage: Stage,
    /// The one thread whose results count; others that were left behind write nothing more.
    owner: Option<ThreadId>,
    signalled: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    stage: Stage::Computing(None),
    owner: None,
    signalled: false,
});
static CHANGED: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a command. The first SIGINT or SIGTERM asks it to end, the second ends the program.
pub(super) fn attend(
    work: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Result<(), Failed> {
    // Without a handler a signal ends the program at once, which is all that is lost.
    let _unavailable = ctrlc::set_handler(|| {
        cancel().set();
        let mut state = lock();
        if state.signalled {
            // The second time the user means it.
            std::process::exit(1);
        }
        state.signalled = true;
        CHANGED.notify_all();
    });
    let mut state = start(lock(), work)?;
    let mut deadline = None;
    loop {
        let patience = match &state.stage {
            Stage::Ended(_) => break,
            Stage::Writing => None,
            _ if !state.signalled => None,
            Stage::Printing(grace) if Instant::now() < *grace => Some(GRACE),
            Stage::Computing(_) | Stage::Printing(_) => {
                let until = *deadline.get_or_insert_with(|| Instant::now() + GRACE);
                Some(until.saturating_duration_since(Instant::now()))
            }
        };
        match patience {
            None => {
                let woken = CHANGED.wait_timeout(state, progress::LINE);
                let (next, waited) = woken.unwrap_or_else(PoisonError::into_inner);
                state = next;
                if waited.timed_out() {
                    // Not under the lock: standard error may be slow.
                    drop(state);
                    progress::line();
                    state = lock();
                }
            }
            Some(Duration::ZERO) => {
                let keeper = leave_behind(&mut state);
                state = start(state, keeper)?;
                deadline = Some(Instant::now() + KEEPING);
            }
            Some(left) => {
                let woken = CHANGED.wait_timeout(state, left);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
    match std::mem::replace(&mut state.stage, Stage::Computing(None)) {
        Stage::Ended(Ok(result)) => result,
        Stage::Ended(Err(panic)) => {
            drop(state);
            resume_unwind(panic)
        }
        _ => Err(nothing_kept()),
    }
}

/// What is to be done in place of work that is left behind.
fn leave_behind(state: &mut State) -> Keeper {
    match std::mem::replace(&mut state.stage, Stage::Computing(None)) {
        Stage::Computing(Some(keeper)) => keeper,
        Stage::Printing(_) => Box::new(|| Err(Failed::failure("interrupted while printing"))),
        _ => Box::new(|| Err(nothing_kept())),
    }
}

pub(super) fn nothing_kept() -> Failed {
    Failed::failure("interrupted before anything was finished")
}

/// Starts a thread that owns the results from here on.
fn start(
    mut state: MutexGuard<'static, State>,
    work: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Result<MutexGuard<'static, State>, Failed> {
    let run = move || {
        // Its ownership is set before this lock is free.
        drop(lock());
        let end = catch_unwind(AssertUnwindSafe(work));
        let mut state = owned();
        state.stage = Stage::Ended(end);
        CHANGED.notify_all();
    };
    let spawned = thread::Builder::new().stack_size(STACK).spawn(run);
    let thread =
        spawned.map_err(|error| Failed::Failure(format!("a thread cannot be started: {error}")))?;
    state.owner = Some(thread.thread().id());
    Ok(state)
}

/// The state, for the thread that owns the results; one that was left behind ends here.
fn owned() -> MutexGuard<'static, State> {
    let state = lock();
    let own = thread::current().id();
    if state.owner.is_none_or(|owner| owner == own) {
        return state;
    }
    drop(state);
    loop {
        thread::park();
    }
}

/// Has what is finished kept by `keeper`, should a signal come and the work not end by itself.
pub(super) fn keep(keeper: impl FnOnce() -> Result<(), Failed> + Send + 'static) {
    let mut state = owned();
    if let Stage::Computing(old) = &mut state.stage {
        *old = Some(Box::new(keeper));
    }
}

/// From here on files are written.
pub(super) fn writing() {
    owned().stage = Stage::Writing;
}

/// From here on results are printed; all files are there.
pub(super) fn printing() {
    owned().stage = Stage::Printing(Instant::now() + GRACE);
}
