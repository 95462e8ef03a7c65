//! Exit times of theory and SGD at many strengths.

mod figure;
mod table;
mod words;

pub(crate) use figure::figure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Compare, NAME, starts_in_words};
use crate::comparison::{ExitCurve, ExitPoint, ExitVerdict, Starts, compare_exits};
use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::{Problem, ProblemError, ProblemOptions, go_on};
use crate::simulation::{Settings, Simulation, Until};
use crate::study::provenance::{Origin, require_rows};
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Study, Work, made};
use crate::sweep::constant_factor;
use crate::watch::{Finished, Watch};

/// Exit times of SGD held against the theory's, for one or several pairs of links over a grid of
/// strengths.
///
/// Without a number of steps a seed is given ten times the theory's exit time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompareExits(pub Compare);

/// Exit times that are being compared.
pub struct ExitsWork {
    settings: Compare,
    simulated: Settings,
    prepared: Vec<Prepared>,
    threshold: f64,
}

/// The problems of one link pair and what is found of them.
struct Prepared {
    model: Model,
    problems: Vec<(f64, Problem)>,
    time_factor: f64,
    points: Finished<ExitPoint>,
}

/// Exit times of several link pairs at several strengths.
#[derive(Clone, Debug)]
pub struct ExitsReport {
    /// The problems as they were given.
    pub options: ProblemOptions,
    /// One per pair of links; times in the unit asked for.
    pub curves: Vec<ExitCurve>,
    /// The answer.
    pub verdict: ExitVerdict,
    /// Where both started.
    pub starts: Starts,
    /// The search ends when `|alignment|` reaches this.
    pub threshold: f64,
    origin: Origin,
}

impl Study for CompareExits {
    const NAME: &'static str = NAME;
    type Work = ExitsWork;

    fn begin(&self) -> Result<ExitsWork, Error> {
        let asked = &self.0;
        asked.check()?;
        if asked.sampling.exact_loss {
            let why = "has no meaning over a grid of mu, where exit times are compared";
            return Err(Error::refused("exact-loss", why));
        }
        let options = &asked.problem;
        let grid = options.mu.as_ref();
        let grid = grid.ok_or_else(|| Error::refused("mu", "is needed, as in --mu=0.1:0.9:9"))?;
        let models = options.models(&[])?;
        let points = models.len() * grid.values().len();
        require_rows(points, NAME, &asked.parameters())?;
        let steps = asked.sampling.steps.unwrap_or(1);
        let simulated = asked.sampling.settings(steps, Until::Exit)?;
        let prepare = |model: Model| {
            let posed = |mu: &f64| {
                go_on()?;
                let problem = options.problem(&model, Some(*mu))?;
                Simulation::new(problem.clone(), simulated.clone())?;
                Ok((*mu, problem))
            };
            let problems = grid.values().iter().map(posed);
            let problems = problems.collect::<Result<Vec<_>, Error>>()?;
            Ok(Prepared {
                // Each student has its own factor with --hermite-time.
                time_factor: factor(options, &problems[0].1)?,
                points: Finished::new(problems.len()),
                problems,
                model,
            })
        };
        let prepared = models.into_iter().map(prepare);
        let prepared = prepared.collect::<Result<Vec<Prepared>, Error>>()?;
        let first = prepared.first().and_then(|p| p.problems.first());
        let (_, problem) =
            first.ok_or_else(|| Error::refused("link", "is needed, as in --link=erf"))?;
        Ok(ExitsWork {
            threshold: problem.threshold(),
            settings: asked.clone(),
            simulated,
            prepared,
        })
    }
}

/// The factor of all times: means and quantiles of steps are none of times where the step size changes.
fn factor(options: &ProblemOptions, problem: &Problem) -> Result<f64, ProblemError> {
    constant_factor(options, problem.scaling(), problem.model())
}

impl ExitsWork {
    /// Points there will be.
    fn points(&self) -> usize {
        self.prepared.iter().map(|p| p.points.len()).sum()
    }
}

impl Work for ExitsWork {
    type Report = ExitsReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        progress.begin("points", self.points() as u64);
        let settings = &self.settings;
        let rtol = settings.tolerances(progress.cancel())?.rtol;
        let asked = (settings.sampling.steps, settings.starts, rtol);
        for pair in &self.prepared {
            let (problems, points) = (&pair.problems, &pair.points);
            compare_exits(problems, &self.simulated, asked, progress, points)?;
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        self.prepared.iter().map(|p| p.model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<ExitsReport> {
        let curves = self.prepared.iter().filter_map(Prepared::curve);
        let curves: Vec<ExitCurve> = curves.collect();
        let done: usize = curves.iter().map(|curve| curve.points.len()).sum();
        let all = self.points();
        let why = (done < all).then(|| interrupted(done, all, "point"));
        (!curves.is_empty()).then(|| ExitsReport {
            options: self.settings.problem.clone(),
            verdict: ExitVerdict::of(&curves),
            curves,
            starts: self.settings.starts,
            threshold: self.threshold,
            origin: Origin::new(NAME, self.parameters(), why),
        })
    }

    fn missing(&self) -> Error {
        Error::Unfinished(interrupted(0, self.points(), "point"))
    }
}

impl Resumable for ExitsWork {
    /// Points of each pair of links, each with its number.
    type State = Vec<Vec<(usize, ExitPoint)>>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        let all: Self::State = self.prepared.iter().map(|p| p.points.all()).collect();
        all.iter().any(|points| !points.is_empty()).then_some(all)
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        for (pair, points) in self.prepared.iter().zip(state) {
            for (i, point) in points {
                pair.points.put(i, point);
            }
        }
        Ok(())
    }
}

impl Prepared {
    /// The points that are finished, times in the unit asked for.
    fn curve(&self) -> Option<ExitCurve> {
        let points = (0..self.points.len()).filter_map(|i| self.points.get(i).cloned());
        let curve = ExitCurve {
            teacher: self.model.teacher().name().to_owned(),
            student: self.model.student().name().to_owned(),
            points: points.collect(),
        };
        (!curve.points.is_empty()).then(|| curve.scaled(self.time_factor))
    }
}

impl Report for ExitsReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["starts"] = json!(starts_in_words(self.starts));
        json["verdict"] = json!(self.verdict.text);
        json["deviation"] = json!({ "exit_time": self.verdict.worst });
        json["curves"] = json!(self.curves);
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        self.curves.iter().flat_map(words::left_out).collect()
    }
}
