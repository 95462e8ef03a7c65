//! The closed ODEs written out: kernels, equations, search phase and its limits as formulas.

mod average;
mod averaged_pieces;
mod derive;
mod document;
mod escape;
mod explain;
mod format;
mod hermite_series;
mod kernel;
mod links;
mod network;
mod overlap_order;
mod pretrained_weights;
mod search;
mod search_limits;
mod search_sections;
mod start;
pub mod symbols;
mod system;
mod system_sections;

pub use derive::{DegenerateStart, Derivation, Kernels};
pub use document::{Block, Document, Equation, Math, Relation, Section};
pub use escape::Escape;
pub use format::{FORMATS, Format, FormatError, Wanted};
pub use hermite_series::HermiteSeries;
pub use kernel::{ExactKernel, at_overlaps};
pub use network::NetworkDerivation;
pub use pretrained_weights::Weights;
pub use search::{Critical, Law, SearchFormulas, Value};
pub use start::Expansion;
pub use system::{Rate, System, Terms, time};
pub use system_sections::document;
