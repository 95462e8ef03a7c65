//! One-pass SGD, and against it the theory.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

mod history_laws;
mod network_histories;
mod network_history_laws;
mod network_laws;
mod network_map;
mod network_of_one;
mod network_runs;
mod network_theory;
mod simulation_laws;
mod simulation_methods;
