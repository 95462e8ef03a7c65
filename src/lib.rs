//! Closed ODEs for LoRA fine-tuning of single-index models.
//!
//! The modules follow the data:
//!
//! ```text
//! problem, link -> expectation -> dynamics -> integrator -> output
//! ```

pub mod dynamics;
pub mod expectation;
pub mod integrator;
pub mod link;
pub mod output;
pub mod problem;
