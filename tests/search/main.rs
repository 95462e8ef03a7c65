//! The search phase and the law of its end.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking

mod exit_law;
mod search_reference;
