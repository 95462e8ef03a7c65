//! Runs a study while Python waits: the one file that knows threads.
//!
//! The work is done on threads of a pool, without the interpreter's lock; the calling thread wakes ten times a second for signals and progress.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use lorode::prelude::Report;
use lorode::{Error, prelude::Study, prelude::Work};
use pyo3::PyClass;
use pyo3::exceptions::PyRuntimeError;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{failed, raised, refused_of};
use crate::progress::{Bar, Progress};
use crate::result::Result_;

/// Between two looks at signals.
const LOOK: Duration = Duration::from_millis(100);
/// Work that ends within this time is waited for awake: to be woken costs as much as a tenth of a short run.
const AWAKE: Duration = Duration::from_millis(1);

/// How a study is to be run.
#[derive(Clone, Copy, Default)]
pub struct How {
    /// A bar of tqdm.
    pub progress: bool,
    /// On how many threads; `None`: one per core.
    pub threads: Option<isize>,
}

/// The result of a study, or the exception that it ends in; a failure carries what was finished before.
pub fn result<S, C>(
    py: Python<'_>,
    study: S,
    how: How,
    own: impl FnOnce(Arc<<S::Work as Work>::Report>) -> C,
) -> PyResult<Py<C>>
where
    S: Study + Send + 'static,
    <S::Work as Work>::Report: Report + Send + Sync + 'static,
    C: PyClass<BaseType = Result_>,
    PyClassInitializer<C>: From<(C, Result_)>,
{
    let (ended, interrupt) = elsewhere(py, how, move |progress| study.run(progress))?;
    let report = match (ended, &interrupt) {
        (Ok(report), _) => Arc::new(report),
        (Err(_), Some(interrupt)) => return Err(interrupt.clone_ref(py)),
        (Err(error), None) => return Err(raised(&error)),
    };
    let base = Result_::new(py, report.clone());
    let result = Py::new(py, (own(Arc::clone(&report)), base))?;
    match report.incomplete().filter(|_| interrupt.is_none()) {
        Some(why) => Err(failed(&why, Some(result.into_any()))),
        None => Ok(result),
    }
}

/// Other work of the library, which has no parts.
pub fn compute<T: Send + 'static>(
    py: Python<'_>,
    how: How,
    work: impl FnOnce(&Progress) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    match elsewhere(py, how, work)? {
        (_, Some(interrupt)) => Err(interrupt),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(raised(&error)),
    }
}

/// Does work on another thread; what it came to, and the exception that a signal raised.
fn elsewhere<T: Send + 'static>(
    py: Python<'_>,
    how: How,
    work: impl FnOnce(&Progress) -> Result<T, Error> + Send + 'static,
) -> PyResult<(Result<T, Error>, Option<PyErr>)> {
    let progress = Arc::new(Progress::new());
    let (sender, receiver) = channel();
    let watched = Arc::clone(&progress);
    let job = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| work(&watched)));
        // The caller waits for it.
        let _received = sender.send(ended);
    };
    pool(how.threads)?.spawn(job);
    let mut bar = Bar::new(py, how.progress);
    let mut interrupt = None;
    let (receiver, begun) = (Mutex::new(receiver), Instant::now());
    let ended = loop {
        match py.detach(|| wait(&receiver, begun)) {
            Ok(ended) => break ended,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the work ended without a result"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let seen = py.check_signals().and_then(|()| bar.show(&progress));
        if let (Err(error), None) = (seen, &interrupt) {
            lorode::watch::Watch::cancel(&*progress).set();
            interrupt = Some(error);
        }
    };
    bar.show(&progress)?;
    bar.close()?;
    match ended {
        Ok(result) => Ok((result, interrupt)),
        Err(panic) => Err(PanicException::new_err(words(&*panic))),
    }
}

type End<T> = std::thread::Result<Result<T, Error>>;

/// The end of work that was begun then, or none yet.
fn wait<T>(receiver: &Mutex<Receiver<End<T>>>, begun: Instant) -> Result<End<T>, RecvTimeoutError> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    while begun.elapsed() < AWAKE {
        match receiver.try_recv() {
            Err(TryRecvError::Empty) => yield_now(),
            ended => return ended.map_err(|_| RecvTimeoutError::Disconnected),
        }
    }
    receiver.recv_timeout(LOOK)
}

/// Pools by the process that made them and their number of threads.
type Pools = Vec<(u32, Option<isize>, &'static ThreadPool)>;

/// The pool of so many threads. A process that was forked has none of its parent's threads, so it makes its own.
fn pool(threads: Option<isize>) -> PyResult<&'static ThreadPool> {
    static POOLS: Mutex<Pools> = Mutex::new(Vec::new());
    if let Some(given) = threads.filter(|n| *n < 1) {
        let text = format!("threads={given} is not allowed: at least 1, or None for all cores");
        return Err(refused_of(Some("threads"), text));
    }
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    let known = pools
        .iter()
        .find(|(p, n, _)| (*p, *n) == (process, threads));
    if let Some((_, _, pool)) = known {
        return Ok(pool);
    }
    let made = ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, isize::unsigned_abs))
        .build();
    let made = made.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    // Kept as long as the process: threads that wait cost nothing.
    let made: &'static ThreadPool = Box::leak(Box::new(made));
    pools.push((process, threads, made));
    Ok(made)
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the library panicked").to_owned()
}
