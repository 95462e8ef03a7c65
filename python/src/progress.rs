//! What is seen of work that goes on in another thread, and the switch that ends it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lorode::watch::{Cancel, Watch};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Switches that were made and not thrown: each is a byte that is never given back.
static SWITCHES: Mutex<Vec<Cancel>> = Mutex::new(Vec::new());

/// Counters that the work moves and the caller reads.
pub struct Progress {
    stage: Mutex<Option<(String, u64)>>,
    done: AtomicU64,
    switch: Cancel,
    begun: Instant,
}

impl Progress {
    pub fn new() -> Self {
        let kept = SWITCHES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Self {
            stage: Mutex::new(None),
            done: AtomicU64::new(0),
            switch: match kept {
                Some(switch) => switch,
                None => Cancel::new(),
            },
            begun: Instant::now(),
        }
    }

    fn stage(&self) -> Option<(String, u64)> {
        self.stage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.switch.is_set() {
            let mut kept = SWITCHES.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(self.switch);
        }
    }
}

impl Watch for Progress {
    fn begin(&self, what: &str, length: u64) {
        self.done.store(0, Ordering::Relaxed);
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = Some((what.to_owned(), length));
    }

    fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
    }

    fn clock(&self) -> Option<f64> {
        Some(self.begun.elapsed().as_secs_f64())
    }

    fn cancel(&self) -> Cancel {
        self.switch
    }
}

/// A bar of tqdm, where it is asked for and installed.
pub struct Bar<'py> {
    tqdm: Option<Bound<'py, PyAny>>,
    shown: Option<(Bound<'py, PyAny>, String)>,
}

impl<'py> Bar<'py> {
    pub fn new(py: Python<'py>, asked: bool) -> Self {
        let tqdm = || py.import("tqdm.auto")?.getattr("tqdm");
        let tqdm = asked.then(tqdm).and_then(Result::ok);
        Self { tqdm, shown: None }
    }

    /// Shows how far the work has come.
    pub fn show(&mut self, progress: &Progress) -> PyResult<()> {
        let (Some(tqdm), Some((what, length))) = (&self.tqdm, progress.stage()) else {
            return Ok(());
        };
        let begun = self.shown.as_ref().is_some_and(|(_, shown)| *shown == what);
        if !begun {
            let tqdm = tqdm.clone();
            self.close()?;
            let options = PyDict::new(tqdm.py());
            options.set_item("desc", &what)?;
            options.set_item("total", (length > 0).then_some(length))?;
            self.shown = Some((tqdm.call((), Some(&options))?, what));
        }
        if let Some((bar, _)) = &self.shown {
            bar.setattr("n", progress.done.load(Ordering::Relaxed))?;
            bar.call_method0("refresh")?;
        }
        Ok(())
    }

    /// Leaves the bar as it stands.
    pub fn close(&mut self) -> PyResult<()> {
        match self.shown.take() {
            Some((bar, _)) => bar.call_method0("close").map(|_| ()),
            None => Ok(()),
        }
    }
}
