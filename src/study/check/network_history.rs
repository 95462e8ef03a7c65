//! What do tasks and stages of networks ask, and what does a run of them cost?

use std::fmt::Write;

use super::history::{by_odes, by_sgd, limits};
use crate::error::Error;
use crate::numeral::{counted, plain};
use crate::problem::Dynamics;
use crate::stages::network::{NetworkHistory, NetworkStage};
use crate::study::Study;
use crate::study::train::{HistoryOptions, Train, TrainNetwork, TrainNetworkSgd};
use crate::study::words::{kept, significant, word};
use crate::watch::Watch;

/// Tasks, their overlaps and stages in words, a line each, and where `progress` has a clock, what a run takes here.
pub(super) fn check(options: &HistoryOptions, progress: &dyn Watch) -> Result<String, Error> {
    let history = options.network_history()?;
    let mut text = String::new();
    for (k, task) in history.tasks.iter().enumerate() {
        let (label, units) = (task.model.label(), history.space.units(k).nrows());
        let _infallible = writeln!(text, "task          {}: {label}, K* = {units}", task.name);
    }
    for line in overlaps(&history) {
        let _infallible = writeln!(text, "overlaps      {line}");
    }
    let units = history.readout.len();
    let space = history.space.dim();
    let _infallible = writeln!(
        text,
        "student       K = {units}; the units of all tasks span {}",
        counted(space, "dimension")
    );
    for (i, stage) in history.stages.iter().enumerate() {
        let _infallible = writeln!(text, "stage {:<8}{}", i + 1, told(&history, stage, i == 0));
    }
    let train = Train {
        history: options.clone(),
        ..Train::default()
    };
    let odes = by_odes(&TrainNetwork(train.clone()), progress)?;
    let _infallible = writeln!(text, "by ODEs       {odes}");
    let sgd = by_sgd(TrainNetworkSgd(train).begin(), progress);
    let _infallible = writeln!(text, "by SGD        {sgd}");
    Ok(text)
}

/// Which units of two tasks overlap most.
fn overlaps(history: &NetworkHistory) -> Vec<String> {
    let tasks = &history.tasks;
    let pairs = (0..tasks.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let line = |(i, j): (usize, usize)| {
        let cross = history.space.units(i) * history.space.units(j).transpose();
        let (unit, other) = cross.iamax_full();
        let (one, two) = (&tasks[i].name, &tasks[j].name);
        match cross.amax() {
            0.0 => format!("{one} and {two}: orthogonal"),
            _ => format!(
                "{one} and {two}: at most {}, of units {} and {}",
                significant(cross[(unit, other)], 4),
                unit + 1,
                other + 1
            ),
        }
    };
    pairs.map(line).collect()
}

/// A stage in a line.
fn told(history: &NetworkHistory, stage: &NetworkStage, is_first: bool) -> String {
    let setup = &stage.setup;
    let facts = setup.adapter.facts();
    let begun = match (stage.continues, is_first) {
        (true, _) => "goes on with what the stage before trained",
        (false, _) if facts.no_pretraining.is_some() => "from nothing",
        (false, true) => "from w0",
        (false, false) => "from the weights of the stage before",
    };
    let rank = match facts.is_lora {
        true => format!(", rank {}", setup.rank),
        false => String::new(),
    };
    let sizes = match &setup.scaling.sizes {
        Some(sizes) => format!(", lr times {sizes}"),
        None => String::new(),
    };
    let map = match setup.dynamics {
        Dynamics::Flow => "",
        Dynamics::Map => ", finite-step map",
    };
    let steps = setup.sgd().map_or(String::new(), kept) + &sizes + map;
    format!(
        "{} ({}{rank}), {begun}; until {}; Delta = {}, nu = {}{steps}",
        history.tasks[stage.task].name,
        word(&setup.adapter),
        limits(&stage.until),
        plain(setup.label_noise),
        plain(setup.scaling.nu)
    )
}
