//! The table of a history of training.

use super::columns::indexed;
use super::described::Described;
use super::sgd::{STATISTICS, THEORY, Z, statistic};
use super::table_of::TableOf;
use crate::observable::{ALIGNMENT, LOSS, M, Q, S, U};

/// The stage of an instant, and its times.
pub(super) fn clocks() -> Vec<Described> {
    let all = [
        Described::whole("stage", "number of the stage, from 1"),
        Described::text("task", "task of the stage"),
        Described::real("t_total", "t", "time from the start of the first stage"),
        Described::real(
            "samples_total",
            "samples",
            "samples from the start of the first stage; none where a stage has no step size or batch",
        ),
        Described::real("t", "t", "time from the start of the stage").symbol("t"),
        Described::real(
            "steps",
            "steps",
            "SGD steps of the stage; none without a step size",
        ),
        Described::real(
            "samples",
            "samples",
            "samples of the stage; none without a step size and a batch",
        ),
    ];
    let all = all.into_iter();
    all.map(|one| indexed(one.below("trajectory"), "i"))
        .collect()
}

/// Training in stages.
pub static TRAIN: TableOf = TableOf {
    study: "train",
    name: "train",
    rows: "an instant of a stage",
    columns: || {
        let mut all = clocks();
        let own = [&U, &ALIGNMENT, &S, &Q].map(Described::from);
        let own = own.into_iter();
        all.extend(own.map(|one| indexed(one.below("trajectory"), "i")));
        all
    },
    varying: "For every task, by its name: `m_NAME`, the overlap of the weights with its direction, and `loss_NAME`, the population \
              loss on it, on labels without noise. `alignment` and `s` are of the task of the stage.",
    keys: &[
        (
            "stages",
            "one entry a stage: the limit that ended it, its length, what it came to",
        ),
        ("trajectory", "the columns; m and loss are objects by task"),
    ],
};

/// Histories over the length of their pre-training.
pub static OPTIMUM_OF_HISTORY: TableOf = TableOf {
    study: "optimum",
    name: "optimum-history",
    rows: "a length of the first stage that was looked at",
    columns: || {
        let value = "length of the whole history up to the goal of its last stage; none where it does not come to it";
        let points = [
            Described::real("pretraining", "time", "length of the first stage"),
            Described::real("pretraining_t", "t", "the same in ODE time"),
            Described::real("value", "time", value),
        ];
        let angle =
            "degrees between the tasks of the first and the last stage; none where they are one";
        let mut all = vec![Described::real("angle", "degrees", angle).at("curves[i].angle")];
        all.extend(points.map(|one| one.below("curves[i].points[j]")));
        all
    },
    varying: "For every task, by its name: `m_NAME`, the overlap of the weights with its direction where the first stage ends.",
    keys: &[
        ("counted", "what is counted: t, steps or samples"),
        (
            "curves",
            "one entry an angle: its points, the best, that without pre-training, whether never to pre-train is best",
        ),
    ],
};

/// The same of networks.
pub static OPTIMUM_OF_NETWORK_HISTORY: TableOf = TableOf {
    study: OPTIMUM_OF_HISTORY.study,
    name: "optimum-network-history",
    rows: "a length of the first stage that was looked at, of networks (files are named `optimum`)",
    columns: OPTIMUM_OF_HISTORY.columns,
    varying: "For every task, by its name: `m_NAME_i_j`, the overlap of student unit i with unit j of the teacher where the first \
              stage ends; in JSON matrices are lists of rows, `curves[i].points[j].m.NAME`.",
    keys: OPTIMUM_OF_HISTORY.keys,
};

/// The stage of a recorded step, how many seeds count, and its times.
pub(super) fn clocks_of_seeds() -> Vec<Described> {
    let all = [
        Described::whole("stage", "number of the stage, from 1"),
        Described::text("task", "task of the stage"),
        Described::whole(
            "count",
            "seeds that count: those that came to the end of the stage",
        ),
        Described::whole("steps", "SGD steps of the stage"),
        Described::real(
            "t_total",
            "t",
            "time from the start of the stage, and the mean over seeds of that before",
        ),
        Described::real("samples_total", "samples", "the same in samples"),
        Described::real("t", "t", "time from the start of the stage").symbol("t"),
        Described::real("samples", "samples", "samples of the stage"),
    ];
    let all = all.into_iter();
    all.map(|one| indexed(one.below("trajectory"), "i"))
        .collect()
}

/// The seed of a recorded step, its stage and its times.
pub(super) fn clocks_of_a_seed() -> Vec<Described> {
    let all = [
        Described::whole("stage", "number of the stage, from 1"),
        Described::text("task", "task of the stage"),
        Described::whole("steps", "SGD steps of the stage"),
        Described::real("t_total", "t", "time from the start of the first stage"),
        Described::real(
            "samples_total",
            "samples",
            "samples from the start of the first stage",
        ),
        Described::real("t", "t", "time from the start of the stage").symbol("t"),
        Described::real("samples", "samples", "samples of the stage"),
    ];
    let seed = Described::whole("seed", "the seed").at("seeds[i].seed");
    let all = all
        .into_iter()
        .map(|one| indexed(one.below("seeds[i]"), "j"));
    std::iter::once(seed).chain(all).collect()
}

/// What stands in JSON of simulated seeds beside the columns.
pub(super) const KEYS_OF_SEEDS: &[(&str, &str)] = &[
    (
        "stages",
        "one entry a stage: how many seeds each limit ended, lengths and what they came to, over seeds",
    ),
    (
        "trajectory",
        "the columns; m and loss are objects by task; of `--compare`, theory_q05, theory_q50 and theory_q95 of each \
         number, quantiles of the theory over starts",
    ),
    ("seed_numbers", "the seeds"),
    ("failed", "seeds that came to no end"),
    ("verdict", "of `--compare`, the answer"),
    ("follows", "the answer, true or false"),
    (
        "deviation",
        "one entry a stage: the largest deviation of each number",
    ),
    (
        "seeds",
        "with --per-seed: the columns of the table of seeds",
    ),
];

/// Simulated seeds of a history.
pub static TRAIN_SGD: TableOf = TableOf {
    study: "train",
    name: "train-sgd",
    rows: "a recorded step of a stage",
    columns: || {
        let mut all = clocks_of_seeds();
        for one in [&U, &ALIGNMENT, &S, &Q] {
            let columns = STATISTICS.iter().chain([&THEORY, &Z]);
            all.extend(columns.map(|of| statistic(one, "trajectory", of)));
        }
        all
    },
    varying: "Written by `train --sgd` and `train --compare`, which adds `..._theory` and `..._z`, into files `train.*`. For every task, by its name, the same of `m_NAME` and `loss_NAME` \
              (`m_NAME_mean`, ...), m of the weights and the population loss at the weights of each seed, on labels without \
              noise. A seed that ended a stage early keeps its last values. `alignment` and `s` are of the task of the stage; \
              a fresh adapter of \
              which nothing is given is shown with a positive alignment at the end of its stage (`v -> -v`, `u -> -u` changes \
              nothing).",
    keys: KEYS_OF_SEEDS,
};

/// Records of the seeds of a history.
pub static TRAIN_SEEDS: TableOf = TableOf {
    study: "train",
    name: "train-seeds",
    rows: "a recorded step of a stage of a seed",
    columns: || {
        let mut all = clocks_of_a_seed();
        let numbers = [&U, &ALIGNMENT, &S, &Q].map(Described::from).into_iter();
        all.extend(numbers.map(|one| indexed(one.below("seeds[i]"), "j")));
        all
    },
    varying: "Written with `--per-seed`; in JSON a part of `train-sgd`. For every task, by its name: `m_NAME` and `loss_NAME`.",
    keys: &[],
};

/// A column of a task.
pub(super) fn by_task(of: &TableOf, name: &str) -> Described {
    let numbers = [&M, &LOSS].into_iter();
    let found =
        numbers.filter_map(|one| Some((one, name.strip_prefix(one.name)?.strip_prefix('_')?)));
    let mut all = found.map(|(one, task)| {
        let plain = |place: String| {
            let about = format!("{} of the task {task}", one.short);
            Described::real(name, "", &about)
                .symbol(one.symbol)
                .at(place)
        };
        if of.name == OPTIMUM_OF_HISTORY.name {
            return plain(format!("curves[i].points[j].{}.{task}", one.name));
        }
        if of.name == TRAIN_SEEDS.name {
            return plain(format!("seeds[i].{}.{task}[j]", one.name));
        }
        let parts = task.rsplit_once('_').filter(|_| of.name == TRAIN_SGD.name);
        let ending = parts.and_then(|(task, ending)| {
            let mut known = STATISTICS.iter().chain([&THEORY, &Z]);
            let known = known.find(|(known, _)| *known == ending)?;
            Some((task, known))
        });
        match ending {
            Some((task, (ending, meaning))) => {
                let about = format!("{} of the task {task}: {meaning}", one.short);
                let place = format!("trajectory.{}.{task}.{ending}[i]", one.name);
                Described::real(name, "", &about)
                    .symbol(one.symbol)
                    .at(place)
            }
            None => plain(format!("trajectory.{}.{task}[i]", one.name)),
        }
    });
    all.next().unwrap_or_else(|| Described::real(name, "", ""))
}
