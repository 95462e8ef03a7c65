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
//! all of these -> study -> cli
//! ```
//!
//! A user names a study, gives it a problem, runs it, and reads its report: in numbers, as a table, as a
//! figure, in words. What fails is an [`Error`]. The names are in the [`prelude`]; six uses:
//!
//! The search time `tau` over the strength `mu` of pre-training, for two links, with a figure:
//! ```
//! # #[cfg(feature = "figures")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use lorode::prelude::*;
//!
//! let mut search = Search::default();
//! search.problem.link = vec!["erf".into(), "relu".into()];
//! search.problem.mu = Some("0.1:0.9:5".parse()?);
//! search.what = vec![What::Tau];
//! let report = search.run(&Cancel::default())?;
//! let taus: Vec<Option<f64>> = report.curves[0].points.iter().map(|point| point.tau).collect();
//! assert!((taus[4].ok_or("A is not 0")? - 3434.007727580022).abs() < 1e-8);
//! let svg = report.figure().ok_or("nothing to draw")?.to_svg()?;
//! assert!(svg.starts_with("<svg") && svg.contains("relu"));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "figures"))]
//! # fn main() {}
//! ```
//!
//! One run, with its arrays:
//! ```
//! use lorode::prelude::*;
//!
//! let mut solve = Solve::default();
//! solve.problem.link = vec!["erf".into()];
//! solve.problem.mu = Some("0.5".parse()?);
//! let run = solve.run(&Cancel::default())?;
//! let (t, [alignment, loss]) = (&run.trajectory.t, [&ALIGNMENT, &LOSS].map(|x| run.trajectory.of(x)));
//! assert!(t.len() == loss.len() && alignment.last() > Some(&Some(0.99)));
//! let exit = run.ended.and_then(|ended| ended.run.exit_time).ok_or("it leaves")?;
//! assert!((exit - 126.3054530513).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! 64 seeds of SGD:
//! ```
//! use lorode::prelude::*;
//!
//! let mut sgd = Simulate::default();
//! sgd.problem.link = vec!["erf".into()];
//! sgd.problem.mu = Some("0.5".parse()?);
//! (sgd.problem.dim, sgd.problem.batch, sgd.problem.lr) = (Some(100.0.into()), Some(100.0.into()), Some(0.2.into()));
//! sgd.sampling.steps = Some(1000);
//! let report = sgd.run(&Cancel::default())?;
//! assert_eq!(report.ensemble.runs.len(), 64);
//! assert!(report.exits().iter().flatten().count() > 60);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Theory against SGD, with the verdict:
//! ```
//! use lorode::prelude::*;
//!
//! let mut compare = Compare::default();
//! compare.problem.link = vec!["erf".into()];
//! compare.problem.mu = Some("0.5".parse()?);
//! (compare.problem.dim, compare.problem.batch) = (Some(1000.0.into()), Some(100.0.into()));
//! compare.problem.lr = Some(0.2.into());
//! let report = compare.run(&Cancel::default())?;
//! assert!(report.compared.verdict.follows, "{}", report.compared.verdict.text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A phase map in memory, whose progress ends it:
//! ```
//! use lorode::prelude::*;
//!
//! struct FirstCell(Cancel);
//! impl Watch for FirstCell {
//!     fn advance(&self, _cells: u64) { self.0.set() }
//!     fn cancel(&self) -> Cancel { self.0 }
//! }
//! let mut map = Phase { x: "mu=0.1:0.9:9".into(), y: Some("angle=0:60:7".into()), ..Phase::default() };
//! (map.problem.link, map.value) = (vec!["erf".into()], "tau".into());
//! let report = map.run(&FirstCell(Cancel::new()))?;
//! assert!(report.incomplete().is_some() && (1..63).contains(&report.done));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The gradient `A(mu)` at the start of the search, in LaTeX:
//! ```
//! use lorode::prelude::*;
//!
//! let mut derive = Derive::default();
//! derive.problem.link = vec!["he3".into()];
//! let derived = derive.run(&Cancel::default())?;
//! let gradient = derived.document.latex("gradient").ok_or("LoRA has one")?;
//! assert!(gradient.ends_with(r"9 \mu (1 - \mu) (5 \mu^{3} + 5 \mu^{2} + \mu - 1)"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// What only the command line uses is not dead where there is none.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]
#![cfg_attr(
    test,
    allow(clippy::too_many_lines, reason = "a list of cases is one test")
)]

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
pub mod observable;
pub mod output;
pub mod phase;
pub mod prelude;
pub mod problem;
mod root;
pub mod scaling;
pub mod search;
pub mod shard;
pub mod simulation;
pub mod stages;
pub mod storage;
pub mod study;
pub mod sweep;
pub mod trajectory;
pub mod watch;

pub use error::Error;

#[cfg(test)]
#[path = "../tests/support/cases.rs"]
mod cases;
