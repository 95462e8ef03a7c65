//! Gaussian averages of pairs of links, against other routes, other programs and their own bounds.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../support/mod.rs"]
mod support;

mod aligned_averages;
mod cusps;
mod four_point;
mod generated_kernels;
mod kernel_errors;
mod kernel_hard;
mod kernel_reference;
mod kernel_routes;
mod narrow_features;
mod pair_averages;
mod polynomial_kernels;
mod tables;
