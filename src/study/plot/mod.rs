//! Saved results drawn again, alone or together.

mod columns;
mod cut;
mod label;
mod names;
mod spacing;
mod together;

pub use label::label;
use serde::{Deserialize, Serialize};
pub use spacing::{scale, spacing};

use crate::error::Error;
use crate::numeral::counted;
use crate::output::printable::shell_word;
use crate::output::{Column, Figure};
use crate::study::read::Saved;
use crate::study::saved::Drawing;
use crate::study::schema::{self, TableOf};
use crate::study::{
    compare, kernel, links, optimum, phase, scaling, search, simulate, solve, train,
};

/// Results that are drawn again: one as its study drew it, or by columns that are named, several in the same panels.
///
/// ```
/// use lorode::output::FileFormat;
/// use lorode::study::{Report, Study, plot::Plot, read::Saved, search::Search};
///
/// let mut search = Search::default();
/// (search.problem.link, search.problem.mu) = (vec!["he3".into()], Some("0.4:0.8:5".parse()?));
/// let report = search.run(&lorode::watch::Cancel::default())?;
/// let saved = Saved::read(report.json().to_string().as_bytes(), FileFormat::Json)?;
/// let mut plot = Plot::default();
/// plot.results.push(("search.json".to_owned(), saved));
/// assert_eq!(Some(plot.figure()?), report.figure());
/// plot.choice.y = vec!["curvature".to_owned()];
/// assert_eq!(plot.figure()?.panels[0].y.label, "curvature B");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// The results with the names of their files.
    pub results: Vec<(String, Saved)>,
    /// What of them is drawn.
    pub choice: Choice,
}

/// What is drawn of results; nothing chosen: what their studies draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Plot"))]
#[serde(deny_unknown_fields, default)]
pub struct Choice {
    /// Column along the horizontal axis [default: time, strength, or the first of numbers]
    #[cfg_attr(feature = "cli", arg(long, value_name = "COLUMN"))]
    pub x: Option<String>,
    /// Columns along vertical axes, a panel each [default: what the command draws]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "COLUMNS", value_delimiter = ',')
    )]
    pub y: Vec<String>,
    /// Only rows with these values of a column, a curve for each: angle=30, angle=0,30,60
    #[cfg_attr(feature = "cli", arg(long, value_name = "COLUMN=GRID"))]
    pub cut: Vec<String>,
    /// Name of a file in legends, once for each, in their order [default: what they differ in]
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub label: Vec<String>,
}

impl Plot {
    /// Reads the results to draw from files.
    ///
    /// # Errors
    /// A file that is not ours, or not whole.
    #[cfg(feature = "system")]
    pub fn open(files: &[std::path::PathBuf]) -> Result<Self, Error> {
        let mut plot = Self::default();
        for path in files {
            let saved = Saved::open(path).map_err(|error| Error::Setting(error.to_string()))?;
            plot.results.push((path.display().to_string(), saved));
        }
        Ok(plot)
    }

    /// The figure.
    ///
    /// # Errors
    /// No result; more or fewer labels than results; a column or value that is not there; results that have no
    /// panel in common, or times in different units.
    pub fn figure(&self) -> Result<Figure, Error> {
        let labels = self.labels()?;
        let mut figures = Vec::new();
        for (file, saved) in &self.results {
            figures.push(self.alone(file, saved)?);
        }
        if let ([_], []) = (&figures[..], &self.choice.label[..]) {
            return Ok(figures.remove(0));
        }
        let files = self.results.iter().map(|(file, _)| file.as_str());
        let drawn = together::together(files.zip(labels).zip(figures).collect())?;
        Ok(drawn.with_provenance(format!(
            "{}, lorode {}",
            self.command(),
            env!("CARGO_PKG_VERSION")
        )))
    }

    /// The command that draws it: of one result as its study drew it, that of the study.
    pub fn command(&self) -> String {
        if let ([(_, saved)], []) = (&self.results[..], &self.choice.label[..])
            && self.drawing_of_its_study(saved).is_some()
        {
            return saved.command.clone();
        }
        let mut line = "lorode plot".to_owned();
        let mut word = |text: &str| {
            line.push(' ');
            line.push_str(&shell_word(text.as_ref()));
        };
        self.results.iter().for_each(|(file, _)| word(file));
        let y = Some(self.choice.y.join(",")).filter(|all| !all.is_empty());
        let flags = [("--x", self.choice.x.as_ref()), ("--y", y.as_ref())];
        let lists = [("--cut", &self.choice.cut), ("--label", &self.choice.label)];
        let lists = lists
            .into_iter()
            .flat_map(|(flag, all)| all.iter().map(move |one| (flag, Some(one))));
        for (flag, value) in flags.into_iter().chain(lists) {
            if let Some(value) = value {
                word(flag);
                word(value);
            }
        }
        line
    }

    /// How its study draws a result, where it can and no columns are asked for.
    fn drawing_of_its_study(&self, saved: &Saved) -> Option<Drawing> {
        let choice = &self.choice;
        if choice.x.is_some() || !choice.y.is_empty() || !choice.cut.is_empty() {
            return None;
        }
        let table = saved.tables.first()?.0.as_str();
        let found = DRAWINGS.iter().find(|(of, _)| of.name == table);
        found.map(|(_, drawing)| *drawing)
    }

    fn labels(&self) -> Result<Vec<String>, Error> {
        let (results, labels) = (self.results.len(), self.choice.label.len());
        if results == 0 {
            return Err(Error::Setting(
                "give at least one saved result to draw, as in lorode-out/search.json".to_owned(),
            ));
        }
        if labels == 0 {
            return Ok(names::of(&self.results));
        }
        if labels != results {
            return Err(Error::Setting(format!(
                "{} for {}: give one --label for each file, in their order",
                counted(labels, "label"),
                counted(results, "result")
            )));
        }
        Ok(self.choice.label.clone())
    }

    /// The figure of one of the results.
    fn alone(&self, file: &str, saved: &Saved) -> Result<Figure, Error> {
        if let Some(draw) = self.drawing_of_its_study(saved) {
            return draw(saved);
        }
        let caption = format!("{}, lorode {}", self.command(), env!("CARGO_PKG_VERSION"));
        let drawn = columns::Asked {
            file,
            saved,
            x: self.choice.x.as_deref(),
            y: &self.choice.y,
            cuts: &cut::Cut::all(&self.choice.cut)?,
        };
        Ok(drawn.figure()?.with_provenance(caption))
    }
}

/// How each study draws what is saved of its tables.
static DRAWINGS: [(&TableOf, Drawing); 22] = [
    (&schema::SOLVE, solve::redrawn),
    (&schema::SOLVE_STRENGTHS, solve::strengths_figure),
    (&schema::SOLVE_NETWORK, solve::network_redrawn),
    (&schema::SOLVE_NETWORKS, solve::networks_figure),
    (&schema::TRAIN, train::figure),
    (&schema::TRAIN_SGD, train::sgd_figure),
    (&schema::TRAIN_NETWORK, train::network_figure),
    (&schema::TRAIN_NETWORK_SGD, train::network_sgd_figure),
    (&schema::SEARCH, search::redrawn),
    (&schema::SEARCH_NETWORK, search::network_redrawn),
    (&schema::SIMULATE, simulate::redrawn),
    (&schema::SIMULATE_NETWORK, simulate::network_figure),
    (&schema::COMPARE, compare::figure),
    (&schema::COMPARE_NETWORK, compare::network_figure),
    (&schema::EXITS, compare::exits_figure),
    (&schema::PHASE, phase::redrawn),
    (&schema::OPTIMUM, optimum::figure),
    (&schema::OPTIMUM_OF_HISTORY, optimum::history_figure),
    (&schema::OPTIMUM_OF_NETWORK_HISTORY, optimum::history_figure),
    (&schema::SCALING, scaling::figure),
    (&schema::LINK, links::figure),
    (&schema::KERNEL, kernel::figure),
];

/// Whether a column holds numbers.
fn is_number(column: &Column) -> bool {
    matches!(column, Column::Numbers { .. } | Column::Whole { .. })
}
