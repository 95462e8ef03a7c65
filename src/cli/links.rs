//! `lorode links`: the link functions, or all about one.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::json;

use super::emit::{Failed, Format, Report, provenance, writable_folder, write};
use crate::expectation::{hermite_coefficients, moment, slope_power};
use crate::link::{Link, Parity, builtin_links};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, Table};

/// Coefficients shown.
const SHOWN: usize = 13;
/// Coefficients searched for the information exponent.
const SEARCHED: usize = 40;
/// Size against the norm below which a coefficient is 0.
const ZERO: f64 = 1e-12;

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
        let Some(text) = &self.link else {
            return list().print(self.format);
        };
        let link = Link::parse(text);
        let link = &link.map_err(|error| Failed::Usage(format!("link: {error}")))?;
        let facts = Facts::of(link);
        let mut report = facts.report(link);
        let folder = match (&self.out, self.format) {
            (Some(path), _) => Some(path.clone()),
            (None, Format::Human) => Some(PathBuf::from("lorode-out")),
            (None, _) => None,
        };
        if let Some(folder) = folder {
            let folder = writable_folder(&folder)?;
            let figure = picture(link, &facts);
            let files = [
                write(&folder, "link.csv", &report.table.to_csv()?)?,
                write(&folder, "link.svg", figure.to_svg()?.as_bytes())?,
                write(&folder, "link.png", &figure.to_png()?)?,
            ];
            report.summary.push_str(&super::emit::written(&files));
        }
        report.print(self.format)
    }
}

fn list() -> Report {
    let links = builtin_links();
    let width = links.iter().map(|l| l.label().len()).max().unwrap_or(0);
    let mut summary = String::new();
    for link in links {
        let only = if link.targets_only {
            " (targets only)"
        } else {
            ""
        };
        let extra = if link.parameters.is_empty() {
            String::new()
        } else {
            format!("; {}", link.parameters)
        };
        let _infallible = writeln!(
            summary,
            "{:width$}  {}{extra}{only}",
            link.label(),
            link.about
        );
    }
    summary.push_str(
        "\nAny expression in x is a link too: he1 + 0.5*he3, square(relu), tanh(2*x), \
         x*sigmoid(x),\nmax(x, 0.1*x), exp(-x^2). `lorode links 'EXPRESSION'` describes it.\n",
    );
    let text = |f: &dyn Fn(&crate::link::BuiltinLink) -> String| links.iter().map(f).collect();
    let entries: Vec<_> = links
        .iter()
        .map(|l| {
            json!({
                "name": l.label(), "about": l.about, "parameters": l.parameters,
                "aliases": l.aliases, "targets_only": l.targets_only,
            })
        })
        .collect();
    let made = provenance("links", &json!({}));
    let mut json = made.clone();
    json["links"] = json!(entries);
    Report {
        summary,
        json,
        table: Table::new(made)
            .text("name", text(&|l| l.label()))
            .text("about", text(&|l| l.about.to_owned())),
    }
}

/// What is said of a link.
struct Facts {
    coefficients: Vec<f64>,
    mean: f64,
    norm2: f64,
    slope_power: f64,
    information_exponent: Option<usize>,
}

impl Facts {
    fn of(link: &Link) -> Self {
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
        Self {
            mean: coefficients[0],
            norm2,
            slope_power: slope_power(link),
            coefficients,
            information_exponent,
        }
    }

    fn report(&self, link: &Link) -> Report {
        let parity = match link.parity() {
            Parity::Even => "even",
            Parity::Odd => "odd",
            Parity::Neither => "neither",
        };
        let exponent = self.information_exponent;
        let mut summary = format!(
            "{link}\n\
             parity                {parity}\n\
             information exponent  {}\n\
             mean E[sigma]         {:.15}\n\
             norm E[sigma^2]       {:.15}\n\
             E[sigma'^2]           {:.15}\n",
            exponent.map_or(format!("none up to {}", SEARCHED - 1), |k| k.to_string()),
            self.mean,
            self.norm2,
            self.slope_power
        );
        for b in link.breaks() {
            let _infallible = writeln!(
                summary,
                "break                 x = {}, jump {}, slope jump {}",
                b.at, b.jump, b.slope_jump
            );
        }
        summary.push_str("\n k  a_k, sigma = sum a_k He_k\n");
        for (k, a) in self.coefficients.iter().take(SHOWN).enumerate() {
            let _infallible = writeln!(summary, "{k:2}  {a:+.15e}");
        }
        let breaks: Vec<_> = link
            .breaks()
            .iter()
            .map(|b| json!({"at": b.at, "jump": b.jump, "slope_jump": b.slope_jump}))
            .collect();
        let made = provenance("links", &json!({"link": link.name()}));
        let mut json = made.clone();
        json["link"] = json!(link.to_string());
        json["hermite_coefficients"] = json!(&self.coefficients[..SHOWN]);
        json["mean"] = json!(self.mean);
        json["norm"] = json!(self.norm2);
        json["information_exponent"] = json!(exponent);
        json["parity"] = json!(parity);
        json["breaks"] = json!(breaks);
        json["slope_power"] = json!(self.slope_power);
        let shown = self.coefficients.iter().take(SHOWN);
        Report {
            summary,
            json,
            table: Table::new(made)
                .whole("k", (0..SHOWN).map(|k| k as u64).collect())
                .numbers("hermite_coefficient", shown.map(|a| Some(*a)).collect()),
        }
    }
}

/// The link with its slope, and the weight of each Hermite order.
fn picture(link: &Link, facts: &Facts) -> Figure {
    const HALF: i32 = 200;
    let axis = |label: &str, scale| Axis {
        label: label.to_owned(),
        scale,
        range: None,
    };
    let xs = || (-HALF..=HALF).map(|i| 4.0 * f64::from(i) / f64::from(HALF));
    let values = xs().map(|x| (x, Some(link.value(x)))).collect();
    let slopes = xs().map(|x| (x, Some(link.derivative(x)))).collect();
    let kinks = link.breaks().iter().filter(|b| b.at.abs() < 4.0);
    let mut factorial = 1.0;
    let mut shares = Vec::new();
    for (k, a) in facts.coefficients.iter().enumerate().take(SHOWN + 8) {
        factorial *= (k as f64).max(1.0);
        let share = a * a * factorial / facts.norm2;
        shares.push((k as f64, (share > ZERO * ZERO).then_some(share)));
    }
    Figure {
        columns: 2,
        panels: vec![
            Panel {
                title: format!("(a) {link}"),
                x: axis("x", Scale::Linear),
                y: axis("σ(x), σ′(x)", Scale::Linear),
                curves: vec![
                    Curve::new("σ", values, CurveStyle::Line),
                    Curve::new("σ′", slopes, CurveStyle::Dashed),
                ],
                field: None,
                marks: kinks
                    .map(|b| Mark::Vertical {
                        at: b.at,
                        label: String::new(),
                        colour: None,
                    })
                    .collect(),
            },
            Panel {
                title: "(b) weight of each Hermite order".to_owned(),
                x: axis("order k", Scale::Linear),
                y: axis("share k! aₖ² / E[σ²]", Scale::Log),
                curves: vec![Curve::new("", shares, CurveStyle::Points)],
                field: None,
                marks: Vec::new(),
            },
        ],
        provenance: format!(
            "lorode links '{}', lorode {}",
            link.name(),
            env!("CARGO_PKG_VERSION")
        ),
    }
}
