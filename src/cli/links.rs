//! `lorode links`: the link functions, or all about one.

use super::answer::{answer, print};
use super::emit::Failed;
use super::options::OutputOptions;
use crate::study::links;

/// List the link functions, or describe one: Hermite coefficients, information exponent, kinks
#[derive(Debug, clap::Args)]
pub(super) struct Links {
    /// A name or an expression in x
    #[arg(allow_hyphen_values = true)]
    link: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
}

impl Links {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = links::Links {
            link: self.link.clone(),
        };
        if study.link.is_some() {
            return answer(&study, &self.output);
        }
        if self.output.asks_for_files() {
            return Err(Failed::usage("files and figures are of one link: name it"));
        }
        print(&study, self.output.format)
    }
}
