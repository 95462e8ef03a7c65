//! The command line: parse, validate, work, emit. Each command is one file and one word here.

mod answer;
mod check;
mod compare;
mod completions;
mod derive;
mod emit;
mod explore;
mod failed;
mod front;
mod kernel;
mod links;
mod man;
mod map_answer;
mod merge;
mod optimum;
mod options;
mod phase;
mod plot;
mod problem_file;
mod progress;
mod scaling;
mod search;
mod simulate;
mod solve;
mod switch;
mod train;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use emit::Failed;

/// Closed ODEs for LoRA fine-tuning of single-index models
///
/// How long does fine-tuning search, as a function of how strongly the model was pre-trained?
#[derive(Debug, Parser)]
#[command(name = "lorode", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The parser's enum of commands, and who runs each.
macro_rules! commands {
    ($($name:ident($arguments:ty)),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        enum Command {$( $name($arguments), )*}

        fn run_command(command: &Command) -> Result<(), Failed> {
            progress::begin();
            match command {$( Command::$name(command) => command.run(), )*}
        }
    };
}

commands! {
    Search(search::Search), Solve(solve::Solve), Simulate(simulate::Simulate), Compare(compare::Compare),
    Train(train::Train), Phase(Box<phase::Phase>), Merge(merge::Merge), Optimum(optimum::OptimumOf),
    Derive(derive::Derive), Scaling(scaling::Scaling), Kernel(kernel::KernelAt), Links(links::Links),
    Explore(explore::Explore), Plot(plot::PlotOf), Check(check::Check), Completions(completions::Completions), Man(man::Man),
}

/// Runs the program: 0 done, 1 failure, 2 usage.
pub fn run() -> ExitCode {
    ExitCode::from(exit_code(std::env::args_os()))
}

/// Runs the program with these arguments, its name the first of them.
pub fn exit_code(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match front::attend(move || run_command(&cli.command)) {
        Ok(()) | Err(Failed::ClosedPipe) => 0,
        Err(failed) => {
            emit::message(&format!("lorode: {failed}"));
            failed.exit_code()
        }
    }
}

/// Prints clap's help, or its complaint as one line; its own `exit` would panic on a closed pipe.
fn usage(error: &clap::Error) -> u8 {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let program = Cli::command();
        let names = program.get_subcommands().map(clap::Command::get_name);
        let names: Vec<&str> = names.collect();
        let (last, others) = names.split_last().unwrap_or((&"", &[]));
        let others = others.join(", ");
        emit::message(&format!(
            "lorode: give a command: {others} or {last} (see --help)"
        ));
        return 2;
    }
    if error.use_stderr() {
        emit::message(&format!("lorode: {}", one_line(&error.to_string())));
        return 2;
    }
    match error.print() {
        Ok(()) => 0,
        Err(io) if io.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(_) => 1,
    }
}

/// What is wrong, without clap's usage block.
fn one_line(text: &str) -> String {
    let end = text.find("\n\nUsage:").or(text.find("\n\nFor more"));
    let body = text[..end.unwrap_or(text.len())].trim_start_matches("error: ");
    format!("{} (see --help)", crate::output::printable::joined(body))
}
