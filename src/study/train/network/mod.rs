//! A history of networks, by its closed ODEs.

mod figure;
mod history;
mod table;
pub(super) mod words;

pub(crate) use figure::figure;

use serde::Deserialize;

use super::Train;
use super::stages::{StagesReport, StagesWork};
use crate::error::Error;
use crate::stages::network::NetworkHistory;
use crate::study::Study;

/// A history of networks: settings as those of one unit, with units, ranks and matrices.
///
/// ```
/// use lorode::study::{Study, train::{Train, TrainNetwork}};
///
/// let mut train = Train::default();
/// train.history = serde_json::from_str(r#"{
///     "link": "erf", "units": 2, "w0": {"source": 0.8},
///     "tasks": {"source": {"units": 2}, "target": {"units": 2, "angle": {"source": 60}}},
///     "stage": [{"task": "target", "rank": 2, "until": {"t": 100}}]
/// }"#)?;
/// let report = TrainNetwork(train).run(&lorode::watch::Cancel::default())?;
/// let course = &report.runs[0].course;
/// let (first, last) = (&course[0], &course[course.len() - 1]);
/// assert!(last.loss[1] < first.loss[1] && last.loss[0] > first.loss[0], "what was known is forgotten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct TrainNetwork(pub Train);

/// A history of networks, whole or as far as it came.
pub type TrainNetworkReport = StagesReport<NetworkHistory>;

impl Study for TrainNetwork {
    const NAME: &'static str = "train";
    type Work = StagesWork<NetworkHistory>;

    fn begin(&self) -> Result<StagesWork<NetworkHistory>, Error> {
        let asked = &self.0;
        asked.check_odes()?;
        let history = asked.history.network_history()?;
        Ok(StagesWork::new(asked.clone(), history))
    }
}
