//! Formulas, and the programs written from them.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../support/mod.rs"]
mod support;

mod derivation_laws;
mod derivation_limits;
mod derive_programs;
mod network_programs;
mod program_cases;
