//! How long does fine-tuning search, against the strength of pre-training?

mod figure;
mod kept;
mod network;
mod table;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::provenance::{Origin, object, require_rows};
use super::schema::of_tables;
use super::words::{digits_at, failed_of, interrupted, word};
use super::{Precision, Report, Resumable, Shared, Study, Work, made};
use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::phase::Axis;
use crate::problem::{Grid, ProblemOptions};
use crate::shard::Shard;
use crate::sweep::{Along, Asked, KeptPoint, SearchCurve, SearchResults, SearchSweep};
use crate::trajectory::Until;
use crate::watch::Watch;

pub(crate) use figure::redrawn;
pub(crate) use network::redrawn as network_redrawn;
pub use network::{SearchNetwork, SearchNetworkReport, SearchNetworkWork};

/// Links of the main job.
const DEFAULT_LINKS: [&str; 7] = ["linear", "erf", "relu", "sigmoid", "he2", "he3", "he5"];
/// Strengths of the main job.
const DEFAULT_STRENGTHS: &str = "0.005:0.995:200";

/// Search time `tau` and exit times for one or several pairs of links over a grid of strengths.
///
/// Without links those of the main job, without strengths 200 of them from 0.005 to 0.995.
///
/// ```
/// use lorode::study::{Report, Study, search::Search};
///
/// let mut search = Search::default();
/// search.problem.link = vec!["erf".into(), "relu".into()];
/// search.problem.mu = Some("0.1:0.9:5".parse()?);
/// let report = search.run(&lorode::watch::Cancel::default())?;
/// assert!((report.curves[0].points[4].tau.ok_or("it grows")? - 3434.007727580).abs() < 1e-8);
/// assert!(report.figure().ok_or("a figure")?.to_svg()?.starts_with("<svg"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// The problems; `mu` may be a grid, and one more number, with a curve for each of its values.
    pub problem: ProblemOptions,
    /// The same as `KEY=GRID`, as in `angle=0:60:4`, where the key may be a letter in the links.
    pub also: Option<String>,
    /// What is wanted; empty: all. The search phase alone integrates nothing.
    pub what: Vec<What>,
    /// How to integrate.
    pub precision: Precision,
}

/// What a search can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The search phase: `A`, `B`, `tau`.
    Tau,
    /// The search phase and exit times, at which runs end: sooner than with their law and outcomes.
    Exit,
    /// Exit times with their law, and outcomes of the runs, beside the search phase.
    #[cfg_attr(feature = "cli", value(name = "exit_time"))]
    ExitTime,
}

/// A sweep, and what it has found.
pub struct SearchWork {
    settings: Search,
    sweep: SearchSweep,
    results: SearchResults,
}

/// Search and exit times, curve by curve.
#[derive(Clone, Debug)]
pub struct SearchReport {
    /// The problems, with the defaults filled in.
    pub options: ProblemOptions,
    /// One per pair of links and value of the further number; times in the unit asked for.
    pub curves: Vec<SearchCurve>,
    origin: Origin,
    points: usize,
}

impl Search {
    /// How far runs are integrated, if they are.
    fn runs(&self) -> Option<Until> {
        let asks = |what| self.what.contains(&what);
        match self.what.is_empty() || asks(What::ExitTime) {
            true => Some(Until::Outcome),
            false => asks(What::Exit).then_some(Until::Exit),
        }
    }

    /// What was given, in the order of the flags.
    fn parameters(&self) -> Value {
        let mut parameters = object(&self.problem);
        if let Some(also) = &self.also {
            parameters.insert("also".into(), json!(also));
        }
        if !self.what.is_empty() {
            let words: Vec<String> = self.what.iter().map(word).collect();
            parameters.insert("what".into(), json!(words.join(",")));
        }
        parameters.extend(self.precision.parameters());
        parameters.into()
    }
}

impl Study for Search {
    const NAME: &'static str = "search";
    type Work = SearchWork;

    fn begin(&self) -> Result<SearchWork, Error> {
        let options = with_defaults(self.problem.clone())?;
        let strengths = strengths(&options);
        let curves = curves(&options, self.also.as_deref())?;
        let points = curves.len() * strengths.len();
        require_rows(points, Self::NAME, &object(&options).into())?;
        let sweep = SearchSweep::new(curves, strengths, self.runs())?;
        self.precision.tolerances(Default::default())?;
        Ok(SearchWork {
            results: sweep.results(),
            sweep,
            settings: Self {
                problem: options,
                also: self.also.clone(),
                what: self.what.clone(),
                precision: self.precision.clone(),
            },
        })
    }
}

impl Work for SearchWork {
    type Report = SearchReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        self.sweep.run(&tolerances, progress, &self.results);
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        self.sweep.models()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<SearchReport> {
        let (done, all) = (self.results.count(), self.sweep.len());
        if done == 0 {
            return None;
        }
        let why = (!self.results.is_complete()).then(|| interrupted(done, all, "point"));
        Some(SearchReport {
            options: self.settings.problem.clone(),
            curves: self.sweep.curves(&self.results),
            origin: Origin::new(Search::NAME, self.parameters(), why),
            points: all,
        })
    }
}

impl SearchReport {
    /// The figure with a line at one strength, for a reader who looks at the run there.
    pub fn figure_at(&self, mu: f64) -> Figure {
        figure::at_strength(self.drawn(), &self.curves, mu)
    }

    fn drawn(&self) -> Figure {
        let caption = self.origin.caption();
        figure::figure(&self.options, caption, &self.curves)
    }
}

impl Resumable for SearchWork {
    type State = Vec<KeptPoint>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Vec<KeptPoint>> {
        Some(self.results.kept()).filter(|kept| !kept.is_empty())
    }

    fn resume(&mut self, state: Vec<KeptPoint>) -> Result<(), Error> {
        self.results.take_up(state);
        Ok(())
    }
}

impl Shared for SearchWork {
    const ITEMS: &'static str = "point";

    fn settings(&self) -> Value {
        json!(self.settings)
    }

    fn advance_part(&self, shard: Shard, progress: &dyn Watch) -> Result<(), Error> {
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        self.sweep
            .run_part(shard, &tolerances, progress, &self.results);
        Ok(())
    }

    fn progress(&self, shard: Shard) -> (usize, usize) {
        let own = (0..self.sweep.len()).filter(|point| shard.holds(*point));
        let finished = own.clone().filter(|point| self.results.has(*point));
        (finished.count(), own.count())
    }
}

impl Report for SearchReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["curves"] = json!(self.curves);
        json
    }

    fn table(&self) -> Table {
        let made = self.origin.made();
        table::table(&self.curves, made)
    }

    fn figure(&self) -> Option<Figure> {
        Some(self.drawn())
    }

    fn summary(&self) -> String {
        words::summary(
            &self.options,
            &self.curves,
            digits_at(&self.origin.parameters, 6),
        )
    }

    fn warnings(&self) -> Vec<String> {
        self.curves.iter().filter_map(words::warning).collect()
    }

    fn failures(&self) -> Vec<String> {
        words::failures(&self.curves)
    }

    fn failed(&self) -> Option<String> {
        let failed = self.failures().len();
        failed_of(failed, self.points, "point")
    }
}

/// Fills in the links and strengths of the main job where none are given.
pub(crate) fn with_defaults(mut options: ProblemOptions) -> Result<ProblemOptions, Error> {
    if options.link.is_empty() && options.teacher.is_empty() && options.student.is_empty() {
        options.link = DEFAULT_LINKS.map(str::to_owned).to_vec();
    }
    let adapter = options.adapter.unwrap_or_default();
    let has_strength = options.rho.is_none()
        && options.kappa.is_none()
        && options.gap.is_none()
        && adapter.facts().no_pretraining.is_none();
    if options.mu.is_none() && has_strength {
        if options.angle.is_some() || options.mixture {
            // An angle without a strength is more likely a mistake than a wish for the default.
            options.pretraining(None)?;
        }
        options.mu = Some(DEFAULT_STRENGTHS.parse::<Grid>()?);
    }
    Ok(options)
}

/// The curves asked for: pair by pair, for each value of the further number.
pub(crate) fn curves(options: &ProblemOptions, also: Option<&str>) -> Result<Vec<Asked>, Error> {
    let one = |options: &ProblemOptions, also: Option<Along>| -> Result<Vec<Asked>, Error> {
        let asked = |model| Asked {
            options: options.clone(),
            model,
            also: also.clone(),
        };
        Ok(options.models(&[])?.into_iter().map(asked).collect())
    };
    let Some(axis) = second(options, also)? else {
        return one(options, None);
    };
    let (key, is_whole) = (axis.name(), axis.is_whole());
    let mut by_value = Vec::new();
    for &value in axis.values() {
        let key = key.to_owned();
        let also = Along {
            key,
            value,
            is_whole,
        };
        by_value.push(one(&axis.with_value(options, value), Some(also))?.into_iter());
    }
    // All curves of a pair of links together.
    let mut all = Vec::new();
    while let Some(curves) = by_value
        .iter_mut()
        .map(Iterator::next)
        .collect::<Option<Vec<_>>>()
    {
        all.extend(curves);
    }
    Ok(all)
}

/// The number beside mu that has a grid.
pub(crate) fn second(options: &ProblemOptions, also: Option<&str>) -> Result<Option<Axis>, Error> {
    let mut all = Axis::beside_mu(options)?;
    if let Some(also) = also {
        let axis: Axis = also.parse()?;
        let key = axis.name();
        if key == "mu" {
            let why = "is a grid of one number beside mu, which has a grid of its own: --mu=GRID";
            return Err(Error::refused("also", why));
        }
        if axis.is_fixed(options) {
            let why = format!("is given twice, as {key} and in also: leave one out");
            return Err(Error::refused(key, why));
        }
        all.push(axis);
    }
    if let [first, second, ..] = &all[..] {
        return Err(Error::Setting(format!(
            "{} and {} are both grids: beside mu one number may have a grid; for more axes see `lorode phase`",
            first.name(),
            second.name()
        )));
    }
    Ok(all.pop())
}

/// The strengths asked for; `[None]` when the pre-training has none.
pub(crate) fn strengths(options: &ProblemOptions) -> Vec<Option<f64>> {
    match &options.mu {
        Some(grid) => grid.values().iter().copied().map(Some).collect(),
        None => vec![None],
    }
}
