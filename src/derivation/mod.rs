//! The closed ODEs written out: kernels, equations, search phase and its limits as formulas.

mod average;
mod kernel;
mod pieces;
pub mod symbols;

pub use kernel::{ExactKernel, at_overlaps};
