//! Tables of networks: matrices are written entry by entry.

use super::columns::{failure, indexed, links, outcome, parameter, step, time};
use super::described::Described;
use super::sgd::{self, MAP, Statistic, THEORY, Z};
use super::table_of::TableOf;
use crate::observable::{LOSS, run, search_phase};
use crate::problem::{Kind, ProblemOptions};

/// The matrices of a run: name, symbol, meaning, rows and columns.
const MATRICES: [(&str, &str, &str); 6] = [
    ("m", "M", "overlap of student unit i with teacher unit j"),
    ("q", "Q", "overlap of student units i and j"),
    ("u", "U", "LoRA amplitude of student unit i and row j of V"),
    (
        "alignment",
        "P",
        "overlap of row i of V with teacher unit j",
    ),
    (
        "s",
        "s",
        "overlap of row i of V with the pre-trained weights of student unit j",
    ),
    ("c", "C", "overlap of rows i and j of V"),
];

const READOUT: (&str, &str, &str) = ("readout", "a", "readout of student unit i");

/// The run of one network.
pub static SOLVE_NETWORK: TableOf = TableOf {
    study: "solve",
    name: "solve-network",
    rows: "an instant of the run of a network (files are named `solve`)",
    columns: || {
        let loss = indexed(Described::from(&LOSS).below("trajectory"), "i");
        let first = ["m_1_1", "q_1_1", "readout_1"];
        let first = first
            .into_iter()
            .filter_map(|name| entry(&SOLVE_NETWORK, name));
        let cosine = Described::real("cosine", "", COSINE).at("trajectory.cosine[i]");
        [time("trajectory.t[i]"), loss, cosine]
            .into_iter()
            .chain(first)
            .collect()
    },
    varying: "A column for each entry of each matrix, row by row: `m_i_j`, `q_i_j`, of LoRA `u_i_j`, `alignment_i_j`, `s_i_j`, \
              `c_i_j`, and `readout_i`, from 1. In JSON, matrices are lists of rows, from 0: `trajectory.m[time][i][j]`.",
    keys: &[
        (
            "exit_time",
            "first time at which the cosine reaches the threshold; null where there is none",
        ),
        (
            "outcome",
            "how the run ended: learned, noise-floor, rest, trapped, unfinished",
        ),
        ("end_time", "when it ended"),
        ("final_alignment", "the cosine at the end"),
        ("final_loss", "loss at the end, label noise included"),
        (
            "excess_loss",
            "the same above the loss of the labels' noise",
        ),
        (
            "noise_error",
            "largest error of the noise N met on the way, a standard deviation relative to its largest entry; null where N is \
             known to rounding, or nu = 0",
        ),
        (
            "growth_rate",
            "largest growth rate of the search phase, per unit of time; null without one, or where steps do not pass at a constant rate",
        ),
        ("growth_rates", "all of them, descending"),
        (
            "gradient_singular_values",
            "singular values of the gradient at W0",
        ),
        ("curvature_matrix", "beta at W0, K x K"),
        (
            "tau",
            "search time 1/growth_rate; inf where nothing grows, null as growth_rate",
        ),
        (
            "growth",
            "power of time with which the weights grow for ever; null of others",
        ),
        (
            "plateaus",
            "where the loss stands still on the way: from, to, loss",
        ),
        ("trajectory", "the columns, matrices as lists of rows"),
        ("solver", "method and work"),
    ],
};

/// The runs of networks that differ by a number.
pub static SOLVE_NETWORKS: TableOf = TableOf {
    study: "solve",
    name: "solve-networks",
    rows: "an instant of the run of one of several networks",
    columns: || {
        let along = (SOLVE_NETWORK.columns)().into_iter().take(3);
        let nested = along.map(|one| {
            let at = one.at.replace("[i]", "[j]");
            one.at(format!("runs[i].{at}"))
        });
        nested.collect()
    },
    varying: "Before them the number that has a grid: `mu`, `rank`, `units`, ...",
    keys: &[(
        "runs",
        "one entry a value: what `solve` gives for it alone, matrices too",
    )],
};

/// Search phases and exits of networks over strengths.
pub static SEARCH_NETWORK: TableOf = TableOf {
    study: "search",
    name: "search-network",
    rows: "a strength of a curve of networks (files are named `search`)",
    columns: || {
        let mut all = links("curves[i]");
        let points = [
            parameter("mu"),
            (&search_phase::GROWTH_RATE).into(),
            (&search_phase::TAU).into(),
            Described::from(&LOSS),
            (&run::EXIT_TIME).into(),
            outcome("learned, noise-floor, rest, trapped, unfinished; failed; exit where only that was asked for; not-run where only the search phase was")
                .null(&[("failure", "failed"), ("exit_time", "exit"), ("", "not-run")]),
        ];
        all.extend(points.map(|one| one.below("curves[i].points[j]")));
        let numbered = ["growth_rate_1", "gradient_singular_value_1"];
        all.extend(
            numbered
                .into_iter()
                .filter_map(|name| entry(&SEARCH_NETWORK, name)),
        );
        all
    },
    varying: "After `mu`, the number that has a grid beside it, if one has. `growth_rate_k` and `gradient_singular_value_k` for \
              every rate and every singular value, descending, from 1. `failure` is there where a point failed.",
    keys: &[(
        "curves",
        "one entry a curve: its links; its points, each with growth_rates, gradient_singular_values, curvature_matrix too; \
         minima: strengths along the ray W0 -> x W0 at which the largest growth rate is least, the rate there, whether it is 0",
    )],
};

/// Averages of simulated seeds of a network.
pub static SIMULATE_NETWORK: TableOf = TableOf {
    study: "simulate",
    name: "simulate-network",
    rows: "a recorded step of a network (files are named `simulate`)",
    columns: || {
        let mut all = vec![step("records.step[i]"), time("records.t[i]")];
        all.push(Described::whole("count", "seeds that count").at("records.count[i]"));
        for (name, about) in [("loss", LOSS.about), ("cosine", COSINE)] {
            for (word, what) in STATISTICS {
                let about = format!("{what} over seeds of: {about}");
                let one = Described::real(&format!("{name}_{word}"), "", &about);
                all.push(one.at(format!("records.{name}.{word}[i]")));
            }
        }
        let first = ["m_1_1_mean", "q_1_1_mean", "m_1_1_std", "q_1_1_std"];
        all.extend(
            first
                .into_iter()
                .filter_map(|name| entry(&SIMULATE_NETWORK, name)),
        );
        all
    },
    varying: "Mean and standard deviation of each entry of each matrix: `m_i_j_mean`, `m_i_j_std`, and so on for `q`, of LoRA `u`, \
              `alignment`, `s`, `c`, and for `readout_i`. Entries whose sign is that of a random start average to nothing.",
    keys: &[
        ("loss_by", "how the loss was found"),
        ("records", "the columns"),
        ("seed_numbers", "the seeds"),
        (
            "exit_steps",
            "step of the exit of each seed; null where there is none",
        ),
        ("ends", "how each seed ended"),
        ("diverged", "seeds whose weights were no longer finite"),
        (
            "seeds",
            "with --per-seed: the columns of `simulate-network-seeds`",
        ),
    ],
};

/// Records of simulated seeds of a network.
pub static SEEDS_NETWORK: TableOf = TableOf {
    study: "simulate",
    name: "simulate-network-seeds",
    rows: "a recorded step of a seed of a network (files are named `simulate-seeds`)",
    columns: || {
        let mut all = vec![
            Described::whole("seed", "the seed").at("seeds[i].seed"),
            step("seeds[i].step[j]"),
            time("seeds[i].t[j]"),
            Described::whole("exit_step", "step of the exit of this seed").at("seeds[i].exit_step"),
            indexed(Described::from(&LOSS).below("seeds[i]"), "j"),
            Described::real("cosine", "", COSINE).at("seeds[i].cosine[j]"),
        ];
        let first = ["m_1_1", "q_1_1", "readout_1"];
        all.extend(
            first
                .into_iter()
                .filter_map(|name| entry(&SEEDS_NETWORK, name)),
        );
        all
    },
    varying: "Written with `--per-seed`; a column for each entry of each matrix as in `solve-network`.",
    keys: &[],
};

/// Theory and SGD along the run of a network.
pub static COMPARE_NETWORK: TableOf = TableOf {
    study: "compare",
    name: "compare-network",
    rows: "a recorded step of a network (files are named `compare`)",
    columns: || {
        let mut all = vec![step("records.step[i]"), time("records.t[i]")];
        let names = ["loss", "cosine", "m_1_1"].iter();
        let names =
            names.flat_map(|name| of_comparison().map(move |(word, _)| format!("{name}_{word}")));
        all.extend(names.filter_map(|name| entry(&COMPARE_NETWORK, &name)));
        all
    },
    varying: "The same columns for each entry of M: `m_i_j_theory`, `m_i_j_mean`, and so on. `…_map` is left out of \
              long runs.",
    keys: &[
        ("starts", "where theory and SGD start"),
        ("loss_by", "how the loss was found"),
        ("seeds_counted", "seeds that did not diverge"),
        ("verdict", "the answer"),
        ("follows", "the answer, true or false"),
        ("deviation", "the largest deviation of each number"),
        ("deviation_from_map", "the same from the finite-step map"),
        (
            "is_step_large",
            "whether the finite-step map differs visibly from the flow",
        ),
        ("records", "the columns"),
    ],
};

/// Numbers of a comparison.
fn of_comparison() -> impl Iterator<Item = &'static Statistic> {
    [&THEORY, &MAP]
        .into_iter()
        .chain(sgd::STATISTICS)
        .chain([&Z])
}

/// A number of theory and SGD.
fn compared(name: &str) -> Option<Described> {
    let (number, word) = name.rsplit_once('_')?;
    let (_, what) = of_comparison().find(|(one, _)| *one == word)?;
    let about = match number {
        "loss" => LOSS.about.to_owned(),
        "cosine" => COSINE.to_owned(),
        _ => matrix_entry(name, number, str::to_owned)?.meaning,
    };
    let at = format!("records.{number}.{word}[i]");
    Some(Described::real(name, "", &format!("{about}: {what}")).at(at))
}

/// Numbers of a summary over seeds.
const STATISTICS: [(&str, &str); 5] = [
    ("mean", "mean"),
    ("std", "standard deviation"),
    ("q05", "5 % quantile"),
    ("q50", "median"),
    ("q95", "95 % quantile"),
];

pub(super) const COSINE: &str = "how far the search has come: the largest cosine of the adapter's directions with the teachers' span (full and scratch: of \
                      the student units)";

/// A column of one entry.
pub(super) fn entry(of: &TableOf, name: &str) -> Option<Described> {
    match of.name {
        "solve-network" => matrix_entry(name, name, |key| format!("trajectory.{key}[i]")),
        "simulate-network-seeds" => matrix_entry(name, name, |key| format!("seeds[i].{key}[j]")),
        "simulate-network" => {
            let (entry, word) = name.rsplit_once('_')?;
            let (_, what) = STATISTICS[..2].iter().find(|(one, _)| *one == word)?;
            let mut one = matrix_entry(name, entry, |key| format!("records.{key}.{word}[i]"))?;
            one.meaning = format!("{what} over seeds of: {}", one.meaning);
            Some(one)
        }
        "compare-network" => compared(name),
        // The number that has a grid.
        "solve-networks" => {
            let mut numbers = ProblemOptions::parameters().filter(|one| one.kind != Kind::Text);
            let one = numbers.find(|one| one.name == name)?;
            Some(Described::from(&one).below("runs[i].parameters"))
        }
        "search-network" if name == "failure" => Some(failure().below("curves[i].points[j]")),
        "search-network" => {
            let (list, k) = name.rsplit_once('_')?;
            let k: usize = k.parse().ok()?;
            let (unit, symbol, about) = match list {
                "growth_rate" => ("1/time", "λ", "growth rate of the search phase"),
                "gradient_singular_value" => ("", "A", "singular value of the gradient at W0"),
                _ => return None,
            };
            let at = format!("curves[i].points[j].{list}s[{}]", k.checked_sub(1)?);
            let symbol = format!("{symbol}_{k}");
            Some(Described::real(name, unit, about).symbol(&symbol).at(at))
        }
        _ => None,
    }
}

/// The entry of a matrix or a readout, where its list stands at a place.
pub(super) fn matrix_entry(
    name: &str,
    entry: &str,
    place: impl Fn(&str) -> String,
) -> Option<Described> {
    let (key, index) = entry.split_once('_')?;
    if key == READOUT.0 {
        let i: usize = index.parse().ok()?;
        let at = format!("{}[{}]", place(key), i.checked_sub(1)?);
        let symbol = format!("{}_{i}", READOUT.1);
        return Some(Described::real(name, "", READOUT.2).symbol(&symbol).at(at));
    }
    let (i, j) = index.split_once('_')?;
    let (i, j): (usize, usize) = (i.parse().ok()?, j.parse().ok()?);
    let (key, symbol, about) = MATRICES.into_iter().find(|one| one.0 == key)?;
    let (row, column) = (i.checked_sub(1)?, j.checked_sub(1)?);
    let at = format!("{}[{row}][{column}]", place(key));
    let symbol = format!("{symbol}_{i},{j}");
    Some(Described::real(name, "", about).symbol(&symbol).at(at))
}
