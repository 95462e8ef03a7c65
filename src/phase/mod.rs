//! Phase diagrams: one value of a fine-tuning problem over a grid of its parameters.
//!
//! A [`PhaseMap`] is a problem, up to three axes and a value. Its cells are independent; they are
//! computed in units, on all cores or on many machines, into [`Cells`] in memory or in a file that
//! survives being killed, and read back in the order of the map.

mod axis;
mod boundary;
mod cell;
mod cells;
mod diagram;
mod error;
mod network;
mod optimum;
#[cfg(feature = "system")]
mod parts;
mod precision;
mod pretraining;
mod refine;
mod row;
mod run;
mod sgd;
#[cfg(feature = "system")]
mod store;
mod units;
mod value;

pub use axis::{AXES, Axis, AxisKind};
pub use boundary::{Boundary, BoundaryKind, boundaries};
pub use cell::{Cell, CellOutcome, OUTCOMES};
pub use cells::{Cells, MemoryCells};
pub use diagram::PhaseMap;
pub use error::PhaseError;
pub use optimum::{FineTuned, Optimum, OptimumGoal, Timed, Trial, Trials, find_optimum};
#[cfg(feature = "system")]
pub use parts::Parts;
pub use pretraining::{PreTrainingCost, PreTrainingKind};
pub use refine::Refinement;
pub use run::{Unwritten, compute, read_cells};
#[cfg(feature = "system")]
pub use store::{CellFile, Faults};
pub use value::{VALUES, Value, value};
