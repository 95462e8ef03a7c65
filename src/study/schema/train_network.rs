//! The table of a history of networks.

use super::columns::indexed;
use super::described::Described;
use super::network::{COSINE, matrix_entry};
use super::table_of::TableOf;
use super::train::clocks;
use crate::observable::LOSS;

/// Networks trained in stages.
pub static TRAIN_NETWORK: TableOf = TableOf {
    study: "train",
    name: "train-network",
    rows: "an instant of a stage of networks (files are named `train`)",
    columns: || {
        let first = ["q_1_1", "readout_1"].map(entry);
        let cosine = indexed(
            Described::real("cosine", "", COSINE).below("trajectory"),
            "i",
        );
        clocks().into_iter().chain(first).chain([cosine]).collect()
    },
    varying: "A column for each entry of each matrix, row by row and from 1: `m_NAME_i_j`, the overlap of student unit i with unit j of \
              the teacher NAME, `q_i_j`, while LoRA is trained `u_i_j`, `alignment_i_j`, `s_i_j`, `c_i_j` (of the task of the \
              stage), and `readout_i`; `loss_NAME`, the population loss on the task, on labels without noise. In JSON, matrices are \
              lists of rows: `trajectory.m.NAME[time][i][j]`.",
    keys: &[
        (
            "stages",
            "one entry a stage: the limit that ended it, its length, what it came to",
        ),
        (
            "trajectory",
            "the columns, matrices as lists of rows; m and loss are objects by task",
        ),
    ],
};

/// An entry of a matrix, or the loss on a task.
pub(super) fn entry(name: &str) -> Described {
    let of_stage = matrix_entry(name, name, |key| format!("trajectory.{key}[i]"));
    if let Some(known) = of_stage.filter(|_| !name.starts_with("m_")) {
        return known;
    }
    if let Some(task) = name.strip_prefix("loss_") {
        let about = format!("{} of the task {task}", LOSS.short);
        let place = format!("trajectory.loss.{task}[i]");
        return Described::real(name, "", &about)
            .symbol(LOSS.symbol)
            .at(place);
    }
    let of_task = || {
        let (rest, j) = name.strip_prefix("m_")?.rsplit_once('_')?;
        let (task, i) = rest.rsplit_once('_')?;
        let entry = format!("m_{i}_{j}");
        let mut one = matrix_entry(name, &entry, |_| format!("trajectory.m.{task}[i]"))?;
        one.meaning = format!("{} of the task {task}", one.meaning);
        Some(one)
    };
    of_task().unwrap_or_else(|| Described::real(name, "", name))
}
