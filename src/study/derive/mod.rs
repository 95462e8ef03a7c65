//! The closed ODEs of a problem written out: formulas, or a program.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::nothing;
use super::provenance::{command_line, object, provenance};
use super::schema::{DERIVE, with_schema};
use crate::derivation::{
    Derivation, Document, FORMATS, Format, NetworkDerivation, Wanted, document,
};
use crate::error::Error;
use crate::model::Model;
use crate::output::Table;
use crate::problem::{Grid, ProblemOptions};
use crate::watch::Watch;

/// The name of the command.
const NAME: &str = "derive";

/// The format of those who do not ask for another.
pub const DEFAULT_FORMAT: &str = "text";

/// A derivation in one of the [`FORMATS`].
///
/// ```
/// use lorode::study::derive::Derive;
///
/// let mut derive = Derive::default();
/// derive.problem.link = vec!["he3".into()];
/// derive.format = "latex".into();
/// let derived = derive.run(&lorode::watch::Cancel::default())?;
/// assert!(derived.text.contains(r"\mu"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Derive {
    /// The problem: one pair of links; `mu` stays a variable, or takes one value.
    pub problem: ProblemOptions,
    /// Name of the format.
    pub format: String,
    /// Show the derivation in steps.
    pub explain: bool,
    /// Only closed forms: fail where there are none.
    pub exact: bool,
}

impl Default for Derive {
    fn default() -> Self {
        Self {
            problem: ProblemOptions::default(),
            format: DEFAULT_FORMAT.to_owned(),
            explain: false,
            exact: false,
        }
    }
}

/// A derivation and its text.
#[derive(Clone, Debug)]
pub struct Derived {
    /// What it says, before any format.
    pub document: Document,
    /// The derivation in the format asked for.
    pub text: String,
}

/// A format by its name.
///
/// # Errors
/// A sentence that lists the formats.
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
    /// Derives and writes.
    ///
    /// # Errors
    /// What is refused, a derivation that the format cannot hold, and one that `progress` has ended.
    pub fn run(&self, progress: &dyn Watch) -> Result<Derived, Error> {
        let format = named(&self.format).map_err(Error::Setting)?;
        if self.problem.is_network() {
            return self.network(format);
        }
        let model = self.problem.one_model(NAME)?;
        let mu = match self.problem.mu.as_ref().map(Grid::values) {
            None if self.problem.gap.is_none() => None,
            Some([mu]) => Some(*mu),
            _ => {
                let why = "derive keeps mu a variable, or takes one value of it, as in --mu=0.5; gap is not taken";
                return Err(Error::Setting(why.to_owned()));
            }
        };
        let derivation = Derivation::new(&self.problem, &model, mu, progress.cancel())?;
        if progress.cancelled() {
            return Err(nothing());
        }
        if self.exact && derivation.exact().is_none() {
            return Err(Error::Setting(no_closed_form(&model)));
        }
        let text = (format.write)(&derivation, &self.wanted())?;
        let document = document(&derivation, false);
        Ok(Derived { document, text })
    }

    /// The same of a network.
    fn network(&self, format: &Format) -> Result<Derived, Error> {
        let problem = self.problem.one_network(NAME)?;
        let derivation = NetworkDerivation::new(problem)?;
        if self.explain {
            let why = "explain is of one unit: leave it out for a network";
            return Err(Error::Setting(why.to_owned()));
        }
        if self.exact && !derivation.is_exact() {
            return Err(Error::Setting(no_closed_form(derivation.problem.model())));
        }
        let Some(write) = format.write_network else {
            let known = FORMATS
                .iter()
                .filter(|format| format.write_network.is_some());
            let known: Vec<&str> = known.map(|format| format.name).collect();
            return Err(Error::Setting(format!(
                "networks are not written as {}, but as {}",
                format.name,
                known.join(", ")
            )));
        };
        Ok(Derived {
            text: write(&derivation, &self.wanted())?,
            document: derivation.document(),
        })
    }

    fn wanted(&self) -> Wanted {
        let parameters = Value::Object(self.parameters());
        let command = command_line(NAME, &parameters);
        let mut table = Table::new(provenance(NAME, &parameters, None));
        for column in (DERIVE.columns)() {
            table = table.text(column.name, Vec::new());
        }
        Wanted {
            explain: self.explain,
            made: format!("{command} (lorode {})", env!("CARGO_PKG_VERSION")),
            metadata: with_schema(table, &DERIVE).metadata,
        }
    }

    /// The flags that repeat it.
    fn parameters(&self) -> Map<String, Value> {
        let mut all = object(&self.problem);
        if self.format != DEFAULT_FORMAT {
            all.insert("format".into(), json!(self.format));
        }
        for (flag, given) in [("explain", self.explain), ("exact", self.exact)] {
            if given {
                all.insert(flag.into(), json!(true));
            }
        }
        all
    }
}

fn no_closed_form(model: &Model) -> String {
    format!(
        "{} has no closed form (polynomials, erf(b x) and links that are polynomials on each side of 0 have): \
         leave out --exact for its Hermite series",
        model.label()
    )
}
