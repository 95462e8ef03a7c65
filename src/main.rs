//! The `lorode` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lorode::cli::run()
}
