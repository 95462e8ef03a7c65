//! The rules of the house, and the truth of its documents.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../running/mod.rs"]
mod running;

mod architecture;
mod circles;
mod gallery;
mod property_tests;
mod published_data;
mod readme;
mod source_text;
