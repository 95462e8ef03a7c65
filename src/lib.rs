//! Closed ODEs for LoRA fine-tuning of single-index models: how long does fine-tuning search, as
//! a function of how strongly the model was pre-trained?
//!
//! The modules follow the data:
//!
//! ```text
//! link -> expectation -> model -> problem -> dynamics -> search, trajectory -> sweep -> output
//! search, trajectory -> phase, scaling
//! algebra;  problem, expectation, search -> derivation -> scaling
//! problem -> simulation;  trajectory, simulation -> comparison
//! storage -> phase, simulation, output
//! ```
//!
//! ```
//! use lorode::model::Model;
//! use lorode::problem::{PreTraining, Problem, Setup};
//! use lorode::search::SearchPhase;
//!
//! let erf = Model::matched("erf".parse()?);
//! let problem = Problem::new(Setup::new(erf, PreTraining::aligned(0.9)?))?;
//! let phase = SearchPhase::of(&problem).ok_or("a LoRA adapter")?;
//! assert!((phase.tau.ok_or("A is not 0")? - 3434.007727580022).abs() < 1e-8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// What only the command line uses is not dead where there is none.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

pub mod algebra;
#[cfg(feature = "cli")]
pub mod cli;
pub mod comparison;
pub mod derivation;
pub mod dynamics;
mod error;
pub mod expectation;
pub mod integrator;
pub mod link;
pub mod model;
pub mod numeral;
pub mod output;
pub mod phase;
pub mod problem;
pub mod scaling;
pub mod search;
pub mod simulation;
pub mod storage;
pub mod study;
pub mod sweep;
pub mod trajectory;
pub mod watch;

pub use error::Error;

#[cfg(test)]
#[path = "../tests/support/cases.rs"]
mod cases;
