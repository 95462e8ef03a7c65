//! `lorode man`: the manual as roff, of the program and of each command.

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use super::Cli;
use super::emit::{Failed, print};

/// Print the manual page of lorode or of one of its commands, for `man -l -`
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// A command [default: the program]
    command: Option<String>,
}

impl Man {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let mut program = Cli::command();
        program.build();
        let page = match &self.command {
            None => program,
            Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
                Failed::usage(format!("there is no command '{name}' (see lorode --help)"))
            })?,
        };
        let mut text = Vec::new();
        Page::new(page).render(&mut text).map_err(Failed::failure)?;
        print(&String::from_utf8_lossy(&text))
    }
}
