//! The command as a user runs it.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails by panicking
#![allow(clippy::too_many_lines, reason = "a list of cases is one test")]

#[path = "../running/mod.rs"]
mod running;
#[path = "../support/mod.rs"]
mod support;

mod all_options;
mod checkpoints_cli;
mod cli_contract;
mod cli_errors;
mod cli_failures;
mod cli_numbers;
mod compare_cli;
mod compare_data_cli;
mod derive_cli;
mod explore_cli;
mod files_cli;
mod fuzz_regressions;
mod generated_lines;
mod generated_problems;
mod interrupts_cli;
mod kernel_cli;
mod limits_cli;
mod map_parts_cli;
mod network_cli;
mod network_noise;
mod network_plateaus;
mod network_starts;
mod network_studies;
mod network_table;
mod optimum_cli;
mod parts_cli;
mod phase_cli;
mod phase_rows;
mod phase_warnings;
mod plot_cli;
mod plot_legends;
mod problem_files;
mod replacing_cli;
mod said;
mod saved_files;
mod scaling_cli;
mod search_cli;
mod shown_digits;
mod simulate_cli;
mod solve_cli;
mod tables_cli;
mod train_cli;
mod wanted_cli;
mod written;
mod written_formats;
