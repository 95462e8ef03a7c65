//! One-pass SGD, and against it the theory.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking

mod simulation_laws;
mod simulation_methods;
