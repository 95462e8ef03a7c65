//! The closed ODEs written out: kernels, equations, search phase and its limits as formulas.

mod average;
mod derive;
mod document;
mod escape;
mod explain;
mod format;
mod general;
mod kernel;
mod links;
mod numeric;
mod overlap_order;
mod pieces;
mod search;
mod sections;
mod sections_search;
mod start;
pub mod symbols;
mod system;
mod weights;

pub use derive::{DegenerateStart, Derivation, Kernels};
pub use document::{Block, Document, Equation, Math, Relation, Section};
pub use escape::Escape;
pub use format::{FORMATS, Format, FormatError, Wanted};
pub use general::HermiteSeries;
pub use kernel::{ExactKernel, at_overlaps};
pub use search::{Critical, Law, SearchFormulas, Value};
pub use sections::document;
pub use start::Expansion;
pub use system::{Rate, System, Terms, time};
pub use weights::Weights;
