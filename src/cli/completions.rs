//! `lorode completions`: what a shell needs to complete commands, flags and their values.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::Cli;
use super::emit::{Failed, print};
use crate::study::command_words::offered;

/// Print the completions of a shell, to be put where it looks for them
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let mut command = Cli::command().mut_subcommands(|one| one.mut_args(offered));
        let mut script = Vec::new();
        generate(self.shell, &mut command, "lorode", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}
