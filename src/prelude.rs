//! The names that a user types: `use lorode::prelude::*`.

pub use crate::error::Error;
pub use crate::link::Link;
pub use crate::model::Model;
pub use crate::observable::{ALIGNMENT, LOSS, M, Observable, Q, S, U};
pub use crate::output::{Figure, Style, Table};
pub use crate::problem::{
    Adapter, Dynamics, Grid, PreTraining, Problem, ProblemOptions, Setup, TimeUnit,
};
pub use crate::study::compare::{Compare, CompareData, CompareExits, Starts};
pub use crate::study::derive::Derive;
pub use crate::study::kernel::KernelAt;
pub use crate::study::links::Links;
pub use crate::study::optimum::OptimumOf;
pub use crate::study::phase::Phase;
pub use crate::study::read::Saved;
pub use crate::study::scaling::Scaling;
pub use crate::study::search::{Search, What};
pub use crate::study::simulate::{Simulate, Until};
pub use crate::study::solve::Solve;
pub use crate::study::train::Train;
pub use crate::study::{Picture, Precision, Report, Sampling, Study, Work};
pub use crate::watch::{Cancel, Watch};
