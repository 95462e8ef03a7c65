//! Tables of simulated SGD.

use super::columns::{indexed, links, parameter, step, time};
use super::described::Described;
use super::table_of::TableOf;
use crate::observable::{ALONG, Observable, of_ensembles};

/// Averages of simulated seeds.
pub static SIMULATE: TableOf = TableOf {
    study: "simulate",
    name: "simulate",
    rows: "a recorded step",
    columns: || {
        let mut all = vec![step("records.step[i]"), time("records.t[i]")];
        all.push(Described::whole("count", "seeds that count").at("records.count[i]"));
        for one in of_ensembles() {
            all.extend(STATISTICS.iter().map(|of| statistic(one, "records", of)));
        }
        all
    },
    varying: "",
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
        ("seeds", "with --per-seed: the columns of `simulate-seeds`"),
    ],
};

/// Records of simulated seeds.
pub static SEEDS: TableOf = TableOf {
    study: "simulate",
    name: "simulate-seeds",
    rows: "a recorded step of a seed",
    columns: || {
        let mut all = vec![
            Described::whole("seed", "the seed").at("seeds[i].seed"),
            step("seeds[i].step[j]"),
            time("seeds[i].t[j]"),
            Described::whole("exit_step", "step of the exit of this seed").at("seeds[i].exit_step"),
        ];
        let numbers = ALONG.iter().map(|one| Described::from(*one));
        all.extend(numbers.map(|one| indexed(one.below("seeds[i]"), "j")));
        all
    },
    varying: "Written with `--per-seed`; in JSON a part of `simulate`.",
    keys: &[],
};

/// Theory and SGD along one run.
pub static COMPARE: TableOf = TableOf {
    study: "compare",
    name: "compare",
    rows: "a recorded step",
    columns: || {
        let mut all = vec![step("records.step[i]"), time("records.t[i]")];
        for one in ALONG.iter().copied() {
            all.extend(
                [THEORY, MAP]
                    .iter()
                    .chain(STATISTICS)
                    .chain([&Z])
                    .map(|of| statistic(one, "records", of)),
            );
        }
        all
    },
    varying: "`…_map` is there where the step is so large that the finite-step map is held against SGD as well. Numbers that \
              the runs have not (u and s without LoRA) are left out.",
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
        (
            "records",
            "the columns; of random starts, theory_q50 and map_q50 of each number, medians of the theory over starts",
        ),
        (
            "theory",
            "of measured runs: by the closed ODEs, numbers that were not measured",
        ),
        (
            "single_runs",
            "the first runs of SGD that came to their end, at most three: each number over the recorded steps",
        ),
    ],
};

/// Exit times of theory and SGD.
pub static EXITS: TableOf = TableOf {
    study: "compare",
    name: "compare-exits",
    rows: "a strength of a pair of links",
    columns: || {
        let mut all = links("curves[i]");
        let times = [
            (
                "exit_theory",
                "theory",
                "exit time of the theory, the mean over starts where they are random",
            ),
            (
                "exit_theory_median",
                "theory_median",
                "the same, the median over starts",
            ),
            ("exit_mean", "mean", "mean exit time of SGD"),
            ("exit_std", "std", "standard deviation over seeds"),
            ("exit_q05", "q05", "5 % quantile over seeds"),
            ("exit_q50", "q50", "median over seeds"),
            ("exit_q95", "q95", "95 % quantile over seeds"),
        ];
        let place = |key: &str| format!("curves[i].points[j].{key}");
        all.push(parameter("mu").at(place("mu")));
        let time = |(name, key, about): (&str, &str, &str)| {
            Described::real(name, "time", about).at(place(key))
        };
        all.extend(times.map(time));
        let counts = [
            ("exited", "seeds that exited"),
            ("diverged", "seeds that diverged"),
            ("seeds", "seeds in all"),
            ("steps", "most steps of a seed"),
        ];
        all.extend(counts.map(|(name, about)| Described::whole(name, about).at(place(name))));
        let z = "(mean - theory) in standard errors of the mean; none unless every seed exited";
        all.push(Described::real("z", "", z).symbol("z").at(place("z")));
        all
    },
    varying: "Written by `compare` over a grid of mu, into files `compare.*`.",
    keys: &[
        ("starts", "where theory and SGD start"),
        ("verdict", "the answer"),
        ("deviation", "the largest deviation"),
        (
            "curves",
            "one entry a pair of links: its links and its points",
        ),
    ],
};

/// Columns of one number over seeds: endings, keys, meanings.
pub(super) type Statistic = (&'static str, &'static str);
pub(super) const STATISTICS: &[Statistic] = &[
    ("mean", "mean over seeds"),
    ("std", "standard deviation over seeds"),
    ("q05", "5 % quantile over seeds"),
    ("q50", "median over seeds"),
    ("q95", "95 % quantile over seeds"),
];
pub(super) const THEORY: Statistic = ("theory", "by the closed ODEs");
pub(super) const MAP: Statistic = ("map", "by the finite-step map");
pub(super) const Z: Statistic = ("z", "(mean - theory) in standard errors of the mean");

/// A column of a number over seeds, below a place of JSON.
pub(super) fn statistic(one: &Observable, place: &str, (ending, meaning): &Statistic) -> Described {
    let (described, name) = (Described::from(one), one.name);
    Described::real(
        &format!("{name}_{ending}"),
        described.unit,
        &format!("{}: {meaning}", one.about),
    )
    .symbol(&described.symbol)
    .at(format!("{place}.{name}.{ending}[i]"))
}
