//! Tasks and stages as written in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::problem::network::{Matrix, Readout};
use crate::problem::{Grid, ProblemOptions, pinned};
use crate::stages::Limits;
use crate::study::provenance::object;

/// The name of a file that is read from the standard input.
pub const STANDARD_INPUT: &str = "-";

/// Tasks and stages: the keys of a file of `lorode train`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryOptions {
    /// Link of the student, and of every task that has none of its own.
    #[serde(
        serialize_with = "pinned_link",
        skip_serializing_if = "Option::is_none"
    )]
    pub link: Option<String>,
    /// Link of the student, where it is not `link`.
    #[serde(
        serialize_with = "pinned_link",
        skip_serializing_if = "Option::is_none"
    )]
    pub student: Option<String>,
    /// Units of the student, of networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Grid>,
    /// Readouts of all teachers and of the student in a word, of networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout: Option<Readout>,
    /// Readouts of the student one by one, of networks.
    #[serde(rename = "student-readout", skip_serializing_if = "Option::is_none")]
    pub student_readout: Option<Grid>,
    /// The tasks by their names.
    pub tasks: BTreeMap<String, TaskOptions>,
    /// Weights before the first stage, in multiples of the directions of tasks; none: 0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub w0: BTreeMap<String, f64>,
    /// The stages in their order.
    #[serde(rename = "stage")]
    pub stages: Vec<StageOptions>,
}

/// With the checksum of the table that it names: of other numbers it is another history.
fn pinned_link<S: Serializer>(link: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let pinned = link.as_ref().map(|text| pinned(text, &[]));
    pinned.serialize(serializer)
}

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskOptions {
    /// Link of its labels, where it is not that of all.
    #[serde(
        serialize_with = "pinned_link",
        skip_serializing_if = "Option::is_none"
    )]
    pub link: Option<String>,
    /// Degrees between its direction and that of other tasks; pairs without an angle are at 90. Of networks between unit j of
    /// the one and unit j of the other.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub angle: BTreeMap<String, f64>,
    /// Units of its teacher, of networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Grid>,
    /// Overlaps of its units (`K* x K*`); none: orthonormal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlaps: Option<Matrix>,
    /// Readouts of its units one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout: Option<Grid>,
    /// Overlaps of its units with those of other tasks, a row for each of its own.
    #[serde(rename = "overlaps-with", skip_serializing_if = "BTreeMap::is_empty")]
    pub overlaps_with: BTreeMap<String, Matrix>,
}

/// A stage: its own keys, and those of a problem.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(into = "Map<String, Value>")]
pub struct StageOptions {
    /// Name of its task.
    pub task: String,
    /// When it ends.
    pub until: Limits,
    /// Whether it trains on what the stage before trained; else an adapter is merged and a fresh one drawn.
    pub continues: bool,
    /// Whether it begins with the other sign of the amplitude; of one that continues.
    pub flip_u: bool,
    /// Adapter, noise, rates and start.
    pub problem: ProblemOptions,
}

impl From<StageOptions> for Map<String, Value> {
    fn from(stage: StageOptions) -> Self {
        let mut keys = Map::new();
        keys.insert("task".into(), json!(stage.task));
        keys.extend(object(&stage.problem));
        for (name, truth) in [("continue", stage.continues), ("flip-u", stage.flip_u)] {
            if truth {
                keys.insert(name.into(), json!(true));
            }
        }
        keys.insert("until".into(), json!(stage.until));
        keys
    }
}

impl HistoryOptions {
    /// Whether it is of networks: a key says so that only they have.
    pub fn is_network(&self) -> bool {
        self.units.is_some()
            || self.readout.is_some()
            || self.student_readout.is_some()
            || self.tasks.values().any(TaskOptions::is_network)
            || self.stages.iter().any(|stage| stage.problem.is_network())
    }

    /// The names of the tasks of the first and the last stage.
    pub(crate) fn ends(&self) -> Option<[&str; 2]> {
        Some([&self.stages.first()?.task, &self.stages.last()?.task])
    }
}

impl TaskOptions {
    fn is_network(&self) -> bool {
        self.units.is_some()
            || self.overlaps.is_some()
            || self.readout.is_some()
            || !self.overlaps_with.is_empty()
    }
}

/// Keys of a problem that a stage has in another place, or not at all, and why.
pub(super) const ELSEWHERE: [(&[&str], &str); 7] = [
    (
        &[
            "mu",
            "angle",
            "mixture",
            "rho",
            "kappa",
            "gap",
            "pretraining-m",
            "pretraining-q",
        ],
        "weights come from the stages before; those before the first are w0 = { TASK = 0.5 }, above all stages",
    ),
    (
        &["link", "teacher", "student", "set"],
        "links are of the tasks, and of all: link = \"erf\" above all stages",
    ),
    (
        &["t-max", "loss-tolerance", "threshold"],
        "when it ends is until = { t = 12, excess = 1e-4, alignment = 0.9 }",
    ),
    (
        &["units", "readout", "student-readout"],
        "those of the student stand above all stages, as in units = 4",
    ),
    (
        &[
            "teacher-units",
            "teacher-overlap",
            "teacher-overlaps",
            "teacher-readout",
        ],
        "a teacher is a task: [tasks.NAME] with units, overlaps, readout",
    ),
    (
        &["friction"],
        "of stages no heavy ball is known; momentum = 0.9 keeps a fixed part of each step",
    ),
    (
        &["time", "hermite-time"],
        "times are in t, steps and samples",
    ),
];

impl StageOptions {
    /// Refuses keys of a problem that a stage has in another place, or not at all.
    pub(super) fn check(&self) -> Result<(), Error> {
        let given = object(&self.problem);
        for (names, why) in ELSEWHERE {
            if let Some(name) = names.iter().find(|name| given.contains_key(**name)) {
                return Err(Error::refused(name, format!("is no key of a stage: {why}")));
            }
        }
        Ok(())
    }
}
