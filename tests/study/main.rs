//! What the library answers without the command.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod cancellation;
mod figures;
mod momentum;
mod network_step_sizes;
mod optimum_of_history;
mod saved;
mod scaling_fit;
mod stage_step_sizes;
mod step_sizes;
mod train;
mod train_examples;
mod train_network;
mod train_sgd;
