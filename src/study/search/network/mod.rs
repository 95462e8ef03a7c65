//! Growth rates of a network's search phase, and its exit, against the strength of pre-training.

mod figure;
mod table;
mod words;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Search, curves, strengths};
use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::ProblemOptions;
use crate::shard::Shard;
use crate::study::provenance::{Origin, object, require_rows};
use crate::study::schema::of_tables;
use crate::study::words::{digits_at, failed_of, interrupted};
use crate::study::{Report, Resumable, Shared, Study, Work, made};
use crate::sweep::{NetworkCurve, NetworkPoint, NetworkSweep};
use crate::watch::{Finished, Watch};

pub(crate) use figure::redrawn;

/// The search of networks: settings as those of one unit. The strengths multiply the pre-trained weights; without any
/// there is one point.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SearchNetwork(pub Search);

/// A sweep over networks, and what it has found.
pub struct SearchNetworkWork {
    settings: Search,
    sweep: NetworkSweep,
    results: Finished<NetworkPoint>,
}

/// Growth rates and exit times, curve by curve.
#[derive(Clone, Debug)]
pub struct SearchNetworkReport {
    /// The problems.
    pub options: ProblemOptions,
    /// One per pair of links and value of the further number; times in the unit asked for.
    pub curves: Vec<NetworkCurve>,
    origin: Origin,
    points: usize,
}

impl Study for SearchNetwork {
    const NAME: &'static str = Search::NAME;
    type Work = SearchNetworkWork;

    fn begin(&self) -> Result<SearchNetworkWork, Error> {
        let options = &self.0.problem;
        let strengths = strengths(options);
        let curves = curves(options, self.0.also.as_deref())?;
        if curves.is_empty() {
            return Err(Error::refused("link", "is needed, as in --link=erf"));
        }
        let points = curves.len() * strengths.len();
        require_rows(points, Self::NAME, &object(options).into())?;
        let sweep = NetworkSweep::new(curves, strengths, self.0.runs())?;
        self.0.precision.tolerances(Default::default())?;
        Ok(SearchNetworkWork {
            results: Finished::new(sweep.len()),
            sweep,
            settings: self.0.clone(),
        })
    }
}

impl Work for SearchNetworkWork {
    type Report = SearchNetworkReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        self.advance_part(Shard::WHOLE, progress)
    }

    fn models(&self) -> Vec<Model> {
        self.sweep.models()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<SearchNetworkReport> {
        let (done, all) = (self.results.count(), self.sweep.len());
        let why = (done < all).then(|| interrupted(done, all, "point"));
        (done > 0).then(|| SearchNetworkReport {
            options: self.settings.problem.clone(),
            curves: self.sweep.curves(&self.results),
            origin: Origin::new(Search::NAME, self.parameters(), why),
            points: all,
        })
    }
}

impl Resumable for SearchNetworkWork {
    type State = Vec<(usize, NetworkPoint)>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        Some(self.results.all()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        for (i, point) in state {
            self.results.put(i, point);
        }
        Ok(())
    }
}

impl Shared for SearchNetworkWork {
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
        let finished = own
            .clone()
            .filter(|point| self.results.get(*point).is_some());
        (finished.count(), own.count())
    }
}

impl Report for SearchNetworkReport {
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
        table::table(&self.curves, self.origin.made())
    }

    fn figure(&self) -> Option<Figure> {
        let caption = self.origin.caption();
        Some(figure::figure(&self.options, caption, &self.curves))
    }

    fn summary(&self) -> String {
        words::summary(
            &self.options,
            &self.curves,
            digits_at(&self.origin.parameters, 6),
        )
    }

    fn failures(&self) -> Vec<String> {
        words::failures(&self.curves)
    }

    fn failed(&self) -> Option<String> {
        let failed = self.failures().len();
        failed_of(failed, self.points, "point")
    }
}
