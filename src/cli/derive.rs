//! `lorode derive`: the closed ODEs written out.

use serde_json::{Map, Value, json};

use super::emit::{Failed, command_line, data, print};
use super::problem_file::{ProblemArguments, object};
use crate::derivation::{Derivation, FORMATS, Format, Wanted};
use crate::model::Model;
use crate::problem::Grid;

/// Write down the closed ODEs, their kernels and the search phase as formulas or as a program
#[derive(Debug, clap::Args)]
pub(super) struct Derive {
    #[command(flatten)]
    problem: ProblemArguments,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = FORMATS[0].name, value_parser = named,
        help_heading = "Output")]
    format: &'static Format,
    /// Show the derivation in steps
    #[arg(long, help_heading = "Output")]
    explain: bool,
    /// Only closed forms: fail where there are none
    #[arg(long, help_heading = "Output")]
    exact: bool,
}

fn named(name: &str) -> Result<&'static Format, String> {
    let found = FORMATS.iter().find(|format| format.name == name);
    found.ok_or_else(|| {
        let all: Vec<String> = FORMATS
            .iter()
            .map(|f| format!("{} ({})", f.name, f.about))
            .collect();
        format!("no such format; the formats are {}", all.join(", "))
    })
}

impl Derive {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.options()?;
        let mut pairs = options.models(&[]).map_err(Failed::usage)?;
        let (Some(pair), true) = (pairs.pop(), pairs.is_empty()) else {
            return Err(Failed::usage(
                "derive takes one link pair: give one --link, or one --teacher and --student",
            ));
        };
        let mu = match options.mu.as_ref().map(Grid::values) {
            None => None,
            Some([mu]) => Some(*mu),
            Some(_) => {
                return Err(Failed::usage(
                    "derive keeps mu a variable, or takes one value, as in --mu 0.5",
                ));
            }
        };
        let derivation = Derivation::new(&options, &pair, mu).map_err(Failed::usage)?;
        if self.exact && derivation.exact().is_none() {
            return Err(Failed::usage(no_closed_form(&pair)));
        }
        let wanted = Wanted {
            explain: self.explain,
            made: self.made(object(&options)?),
        };
        let text = (self.format.write)(&derivation, &wanted).map_err(Failed::failure)?;
        match self.format.name == FORMATS[0].name {
            true => print(&text),
            false => data(print(&text)),
        }
    }

    /// The command that repeats this output.
    fn made(&self, mut parameters: Map<String, Value>) -> String {
        if self.format.name != FORMATS[0].name {
            parameters.insert("format".into(), json!(self.format.name));
        }
        for (flag, given) in [("explain", self.explain), ("exact", self.exact)] {
            if given {
                parameters.insert(flag.into(), json!(true));
            }
        }
        let command = command_line("derive", &Value::Object(parameters));
        format!("{command} (lorode {})", env!("CARGO_PKG_VERSION"))
    }
}

fn no_closed_form(pair: &Model) -> String {
    format!(
        "{} has no closed form (polynomials, erf(b x) and links that are polynomials on each side of 0 have): \
         leave out --exact for its Hermite series",
        pair.label()
    )
}
