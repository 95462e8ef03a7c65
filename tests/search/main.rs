//! The search phase and the law of its end.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../support/mod.rs"]
mod support;

mod exit_law;
mod exit_law_of_sgd;
mod linear_runs;
mod near_one;
mod network_reference;
mod published_curves;
mod search_reference;
