//! `lorode links`: the link functions, or all about one.

use std::path::PathBuf;

use super::answer::{answer, print};
use super::emit::{Failed, Format};
use super::options::OutputOptions;
use crate::study::links;

/// List the link functions, or describe one: Hermite coefficients, information exponent, kinks
#[derive(Debug, clap::Args)]
pub(super) struct Links {
    /// A name or an expression in x
    #[arg(allow_hyphen_values = true)]
    link: Option<String>,
    /// Directory for the picture and the data of one link [default: lorode-out; with --format
    /// other than human, none]
    #[arg(long, value_name = "DIR", requires = "link")]
    out: Option<PathBuf>,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Links {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = links::Links {
            link: self.link.clone(),
        };
        if study.link.is_none() {
            return print(&study, self.format);
        }
        let output = OutputOptions {
            out: self.out.clone(),
            format: self.format,
        };
        answer(&study, &output)
    }
}
