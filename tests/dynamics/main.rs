//! The closed systems, and what solves them.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../support/mod.rs"]
mod support;

mod across_the_target;
mod closed_systems;
mod heavy_ball;
mod network_laws;
mod network_map;
mod network_reference;
mod network_rest;
mod network_systems;
mod small_losses;
mod solver_endings;
mod solver_problems;
mod solver_reference;
mod solver_values;
mod vanishing_gradients;
