//! Which link functions are there, and what is known of one?

mod figure;
mod words;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use figure::figure;

use super::cost::{Cost, way};
use super::provenance::{provenance, signed};
use super::saved::drawn;
use super::schema::{LINK, LINKS, of_tables, with_schema};
use super::{Report, Study, Work};
use crate::error::Error;
use crate::expectation::{Way, hermite_coefficients, moment, slope_power};
use crate::link::{BuiltinLink, Link, Parity, builtin_links};
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::{PreTraining, Problem, Setup, read_link};
use crate::watch::Watch;

/// Coefficients shown.
pub const SHOWN: usize = 13;
/// Most coefficients that are computed: double precision knows no further ones.
pub const MOST_COEFFICIENTS: usize = 10_000;
/// Coefficients searched for the information exponent.
const SEARCHED: usize = 40;
/// Size against the norm below which a coefficient is 0.
const ZERO: f64 = 1e-12;

/// The first coefficients `a_k` of `sigma = sum_k a_k He_k`, as [`hermite_coefficients`] has them.
///
/// # Errors
/// A count below 0 or beyond [`MOST_COEFFICIENTS`].
pub fn hermite(link: &Link, count: i64) -> Result<Vec<f64>, Error> {
    let allowed = usize::try_from(count)
        .ok()
        .filter(|count| *count <= MOST_COEFFICIENTS);
    let refused = || {
        let why = format!(
            "= {count} is not allowed: from 0 to {MOST_COEFFICIENTS} Hermite coefficients are computed"
        );
        Error::refused("count", why)
    };
    Ok(hermite_coefficients(link, allowed.ok_or_else(refused)?))
}

/// The list of links, or the facts about one.
///
/// ```
/// use lorode::study::{Study, links::Links};
///
/// let links = Links { link: Some("he3".into()) };
/// let report = links.run(&lorode::watch::Cancel::default())?;
/// assert_eq!(report.facts.ok_or("one link")?.information_exponent, Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// A name or an expression in x; `None`: the list.
    pub link: Option<String>,
}

/// What is looked at.
pub struct LinksWork {
    link: Option<Link>,
    facts: OnceLock<LinksReport>,
}

/// The list, or one link.
#[derive(Clone, Debug)]
pub struct LinksReport {
    /// The facts about the one link asked for.
    pub facts: Option<LinkFacts>,
    /// How its averages are taken as a student of itself, and what that costs here, in words; `None` for the list, and for
    /// a link that jumps, which is a target only.
    pub averages: Option<String>,
}

/// What is known of a link.
#[derive(Clone, Debug)]
pub struct LinkFacts {
    /// The link.
    pub link: Link,
    /// `a_k` in `sigma = sum a_k He_k`.
    pub coefficients: Vec<f64>,
    /// `E[sigma]`.
    pub mean: f64,
    /// `E[sigma^2]`.
    pub norm2: f64,
    /// `E[sigma'^2]`.
    pub slope_power: f64,
    /// The lowest order above 0 whose coefficient does not vanish.
    pub information_exponent: Option<usize>,
    /// How its averages with itself are taken; `None` for a target only.
    pub way: Option<Way>,
}

impl LinkFacts {
    /// Computes them.
    pub fn of(link: &Link) -> Self {
        let coefficients = hermite_coefficients(link, SEARCHED);
        let norm2 = moment(link, |l, x| l.value(x).powi(2));
        // E[sigma He_k] / sqrt(k!) is what the norm bounds.
        let mut root_factorial = 1.0;
        let mut information_exponent = None;
        for (k, a) in coefficients.iter().enumerate().skip(1) {
            root_factorial *= (k as f64).sqrt();
            if (a * root_factorial).abs() > ZERO * norm2.sqrt() {
                information_exponent = Some(k);
                break;
            }
        }
        let model = || Model::matched(link.clone());
        Self {
            way: (!link.has_jump()).then(|| way(&model())),
            link: link.clone(),
            mean: coefficients[0],
            norm2,
            slope_power: slope_power(link),
            coefficients,
            information_exponent,
        }
    }

    fn parity(&self) -> &'static str {
        match self.link.parity() {
            Parity::Even => "even",
            Parity::Odd => "odd",
            Parity::Neither => "neither",
        }
    }

    fn json(&self) -> Value {
        let breaks = self.link.breaks().iter();
        let breaks: Vec<_> = breaks
            .map(|b| json!({"at": b.at, "jump": b.jump, "slope_jump": b.slope_jump}))
            .collect();
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["link"] = json!(self.link.to_string());
        json["hermite_coefficients"] = json!(&self.coefficients[..SHOWN]);
        json["mean"] = json!(self.mean);
        json["norm"] = json!(self.norm2);
        json["information_exponent"] = json!(self.information_exponent);
        json["parity"] = json!(self.parity());
        json["averages"] = json!(self.way.map(|way| way.to_string()));
        json["breaks"] = json!(breaks);
        json["slope_power"] = json!(self.slope_power);
        json
    }

    fn made(&self) -> Value {
        provenance(Links::NAME, &parameters(Some(&self.link)), None)
    }

    fn table(&self) -> Table {
        let shown = self.coefficients.iter().take(SHOWN);
        let table = Table::new(self.made())
            .whole("k", (0..SHOWN).map(|k| k as u64))
            .numbers("hermite_coefficient", shown.map(|a| Some(*a)).collect());
        with_schema(signed(table), &LINK)
    }
}

impl Study for Links {
    const NAME: &'static str = "links";
    const FILES: &'static str = "link";
    type Work = LinksWork;

    fn begin(&self) -> Result<LinksWork, Error> {
        let read = |text: &String| read_link("link", text);
        Ok(LinksWork {
            link: self.link.as_ref().map(read).transpose()?,
            facts: OnceLock::new(),
        })
    }
}

impl Work for LinksWork {
    type Report = LinksReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let student = self.link.as_ref().filter(|link| !link.has_jump());
        let cost = student.map(|link| cost(link, progress)).transpose()?;
        self.facts.get_or_init(|| LinksReport {
            facts: self.link.as_ref().map(LinkFacts::of),
            averages: cost.map(|cost| cost.to_string()),
        });
        Ok(())
    }

    fn parameters(&self) -> Value {
        parameters(self.link.as_ref())
    }

    fn report(&self) -> Option<LinksReport> {
        self.facts.get().cloned()
    }
}

/// The flags that repeat it.
fn parameters(link: Option<&Link>) -> Value {
    match link {
        Some(link) => json!({ "link": link.name() }),
        None => json!({}),
    }
}

/// Of a student pre-trained to half strength on a target with the same link.
fn cost(link: &Link, progress: &dyn Watch) -> Result<Cost, Error> {
    let pretraining = PreTraining::aligned(0.5)?;
    let problem = Problem::new(Setup::new(Model::matched(link.clone()), pretraining))?;
    Ok(Cost::of(&problem, progress))
}

impl Report for LinksReport {
    fn json(&self) -> Value {
        if let Some(facts) = &self.facts {
            return facts.json();
        }
        let entry = |l: &BuiltinLink| {
            json!({
                "name": l.label(), "about": l.about, "parameters": l.parameters,
                "aliases": l.aliases, "targets_only": l.targets_only,
            })
        };
        let mut json = provenance(Links::NAME, &parameters(None), None);
        json["schema"] = of_tables(self.table(), Vec::new());
        json["links"] = builtin_links().iter().map(entry).collect();
        json
    }

    fn table(&self) -> Table {
        if let Some(facts) = &self.facts {
            return facts.table();
        }
        let text = |f: &dyn Fn(&BuiltinLink) -> String| builtin_links().iter().map(f).collect();
        let table = Table::new(provenance(Links::NAME, &parameters(None), None))
            .text("name", text(&|l| l.label()))
            .text("about", text(&|l| l.about.to_owned()));
        with_schema(signed(table), &LINKS)
    }

    fn figure(&self) -> Option<Figure> {
        self.facts.as_ref().and_then(|_| drawn(self, figure))
    }

    fn summary(&self) -> String {
        match &self.facts {
            Some(facts) => words::facts(facts, self.averages.as_deref()),
            None => words::list(),
        }
    }
}
