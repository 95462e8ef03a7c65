//! lorode as a Python package: the studies bound, and nothing computed here.

mod again;
mod arguments;
mod arrays;
mod drawing;
mod equations;
mod error;
mod fields;
mod history;
mod kernel;
mod link;
mod measured;
mod network;
mod problem;
mod progress;
mod result;
mod run;
mod runs;
mod saved;
mod sgd;
mod studies;
mod sweep;
mod trajectory;

use pyo3::prelude::*;

/// The extension module; `lorode/__init__.py` re-exports it.
#[pymodule]
mod _lorode {
    use super::*;

    #[pymodule_export]
    use super::drawing::{_scale, _spacing, Drawing, draw};
    #[pymodule_export]
    use super::equations::{Equations, derive};
    #[pymodule_export]
    use super::error::{IntegrationError, LorodeError};
    #[pymodule_export]
    use super::history::{History, HistoryOptimum, HistorySeeds, NetworkHistory, train};
    #[pymodule_export]
    use super::kernel::{Averages, kernel};
    #[pymodule_export]
    use super::link::Link;
    #[pymodule_export]
    use super::network::{Network, NetworkRun, Networks};
    #[pymodule_export]
    use super::problem::Problem;
    #[pymodule_export]
    use super::result::Result_;
    #[pymodule_export]
    use super::runs::Runs;
    #[pymodule_export]
    use super::saved::{Saved, load};
    #[pymodule_export]
    use super::sgd::{Comparison, Simulation};
    #[pymodule_export]
    use super::studies::{
        Diagram, GridText, Optimum, ScalingLaw, axis, grid, optimum, phase, scaling,
    };
    #[pymodule_export]
    use super::sweep::{SearchTimes, search};
    #[pymodule_export]
    use super::trajectory::{_run_again, Run};

    /// Runs the command line with these arguments (the first is the program's name); its exit code.
    #[pyfunction]
    fn command_line(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
        py.detach(|| lorode::cli::exit_code(arguments))
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
