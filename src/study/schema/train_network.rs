//! The tables of a history of networks.

use super::columns::indexed;
use super::described::Described;
use super::network::{COSINE, matrix_entry};
use super::sgd::{STATISTICS, THEORY, Z, statistic};
use super::table_of::TableOf;
use super::train::{KEYS_OF_SEEDS, clocks, clocks_of_a_seed, clocks_of_seeds};
use crate::observable::{self, LOSS};

/// Networks trained in stages.
pub static TRAIN_NETWORK: TableOf = TableOf {
    study: "train",
    name: "train-network",
    rows: "an instant of a stage of networks (files are named `train`)",
    columns: || {
        let first = ["q_1_1", "readout_1"].map(|name| entry(&TRAIN_NETWORK, name));
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

/// Simulated seeds of networks trained in stages.
pub static TRAIN_NETWORK_SGD: TableOf = TableOf {
    study: "train",
    name: "train-network-sgd",
    rows: "a recorded step of a stage of networks",
    columns: || {
        let mut all = clocks_of_seeds();
        all.push(entry(&TRAIN_NETWORK_SGD, "q_1_1_mean"));
        let columns = STATISTICS.iter().chain([&THEORY, &Z]);
        all.extend(columns.map(|of| statistic(&observable::COSINE, "trajectory", of)));
        all
    },
    varying: "Written by `train --sgd` and `train --compare` of networks, which adds `..._theory` and `..._z`, into files `train.*`. \
              For every task, by its name, each entry of M and the loss \
              (`m_NAME_i_j_mean`, `loss_NAME_mean`, ...), the population loss at the weights of each seed, on labels without \
              noise; `q_i_j_mean`, ...; while LoRA is trained `u_i_j_mean`, ..., and `alignment_i_j_mean`, ... with the task of the stage, \
              whose signs are those of the start of a seed, for the theory as well; `cosine_mean`, .... A seed that ended a stage early keeps its last values. In JSON \
              `trajectory.m.NAME[i][j].mean[time]`.",
    keys: KEYS_OF_SEEDS,
};

/// Records of the seeds of such a history.
pub static TRAIN_NETWORK_SEEDS: TableOf = TableOf {
    study: "train",
    name: "train-network-seeds",
    rows: "a recorded step of a stage of a seed of networks",
    columns: || {
        let mut all = clocks_of_a_seed();
        all.push(entry(&TRAIN_NETWORK_SEEDS, "q_1_1"));
        let cosine = Described::real("cosine", "", COSINE).below("seeds[i]");
        all.push(indexed(cosine, "j"));
        all
    },
    varying: "Written with `--per-seed`; in JSON a part of `train-network-sgd`. For every task, by its name: `m_NAME_i_j` and \
              `loss_NAME`; `q_i_j`, `u_i_j`, `alignment_i_j`.",
    keys: &[],
};

/// An entry of a matrix, or the loss on a task, in one of the tables.
pub(super) fn entry(of: &TableOf, name: &str) -> Described {
    let parts = name
        .rsplit_once('_')
        .filter(|_| of.name == "train-network-sgd");
    let statistic = parts.and_then(|(bare, ending)| {
        let mut known = STATISTICS.iter().chain([&THEORY, &Z]);
        let (_, what) = known.find(|(known, _)| *known == ending)?;
        Some((bare, ending, *what))
    });
    let (bare, after, what) = match statistic {
        Some((bare, ending, what)) => (bare, format!(".{ending}[i]"), what),
        None if of.name == "train-network-seeds" => (name, "[j]".to_owned(), ""),
        None => (name, String::new(), ""),
    };
    let place = |key: &str| match of.name {
        "train-network-seeds" => format!("seeds[i].{key}"),
        "train-network-sgd" => format!("trajectory.{key}"),
        "optimum-network-history" => format!("curves[i].points[j].{key}"),
        _ => format!("trajectory.{key}[i]"),
    };
    let mut one = described(name, bare, place);
    one.at.push_str(&after);
    if !what.is_empty() {
        one.meaning = format!("{}: {what}", one.meaning);
    }
    one
}

/// A number by its name without the ending of a statistic, where its key stands at a place.
fn described(name: &str, bare: &str, place: impl Fn(&str) -> String) -> Described {
    let of_stage = matrix_entry(name, bare, &place);
    if let Some(known) = of_stage.filter(|_| !bare.starts_with("m_")) {
        return known;
    }
    if let Some(task) = bare.strip_prefix("loss_") {
        let about = format!("{} of the task {task}", LOSS.short);
        return Described::real(name, "", &about)
            .symbol(LOSS.symbol)
            .at(place(&format!("loss.{task}")));
    }
    let of_task = || {
        let (rest, j) = bare.strip_prefix("m_")?.rsplit_once('_')?;
        let (task, i) = rest.rsplit_once('_')?;
        let entry = format!("m_{i}_{j}");
        let mut one = matrix_entry(name, &entry, |_| place(&format!("m.{task}")))?;
        one.meaning = format!("{} of the task {task}", one.meaning);
        Some(one)
    };
    of_task().unwrap_or_else(|| Described::real(name, "", name))
}
