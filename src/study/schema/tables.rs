//! The tables of all studies: their columns, and the keys of JSON beside them.

use super::described::Described;
use crate::observable::{ALONG, Observable, of_ensembles, run, search_phase};
use crate::phase::VALUES;
use crate::problem::ProblemOptions;

/// One table.
pub struct TableOf {
    /// The study whose table it is, as on the command line.
    pub study: &'static str,
    /// Its name: that of its files, but for `compare` over a grid.
    pub name: &'static str,
    /// What a row is.
    pub rows: &'static str,
    /// Its columns, in order. Where it has one that depends on what was asked for, `varying` says so.
    pub columns: fn() -> Vec<Described>,
    /// Columns that depend on what was asked for, in words.
    pub varying: &'static str,
    /// Keys of its JSON beside those that every study has and the columns: names and meanings.
    pub keys: &'static [(&'static str, &'static str)],
}

/// All tables.
pub static TABLES: [&TableOf; 11] = [
    &SOLVE, &SEARCH, &SIMULATE, &SEEDS, &COMPARE, &EXITS, &PHASE, &OPTIMUM, &SCALING, &KERNEL,
    &LINK,
];

/// The run of one problem.
pub static SOLVE: TableOf = TableOf {
    study: "solve",
    name: "solve",
    rows: "an instant of the run",
    columns: || {
        let time = Described::real("t", "time", "time").symbol("t");
        let numbers = ALONG.iter().map(|one| Described::from(*one));
        let all = [time].into_iter().chain(numbers);
        all.map(|one| indexed(one.below("trajectory"), "i"))
            .collect()
    },
    varying: "",
    keys: &[
        (
            "exit_time",
            "first time with |alignment| >= threshold; null where there is none",
        ),
        ("outcome", "how the run ended"),
        ("end_time", "when it ended"),
        ("final_alignment", "alignment at the end"),
        ("final_m", "m at the end"),
        ("final_q", "q at the end"),
        ("final_loss", "loss at the end, label noise included"),
        ("excess_loss", "the same above the best of the student"),
        ("gradient_norm", "A; signed when aligned"),
        ("curvature", "B"),
        ("growth_rate", "lambda_+, per unit of time"),
        ("tau", "search time 1/lambda_+"),
        ("gradient_error", "absolute error to expect of A"),
        ("curvature_error", "absolute error to expect of B"),
        ("tau_error", "absolute error to expect of tau"),
        (
            "critical_strengths",
            "strengths in [0, 1] at which A = 0, with B and kind there",
        ),
        (
            "critical_unsearched",
            "strengths among which they were not looked for",
        ),
        (
            "critical_underflow",
            "strengths at which A is below the smallest double",
        ),
        ("trajectory", "the columns"),
        ("solver", "method and work"),
    ],
};

/// Search phases and exits over strengths.
pub static SEARCH: TableOf = TableOf {
    study: "search",
    name: "search",
    rows: "a strength of a curve",
    columns: || {
        let mut all = links("curves[i]");
        let mut points = vec![parameter("mu")];
        points.extend(phase_numbers());
        points.extend(phase_errors());
        points.push((&run::EXIT_TIME).into());
        points.push(Described::real(
            "exit_linear",
            "time",
            "linear estimate of the exit time",
        ));
        points.extend(law());
        points.push(outcome("learned, trapped, noise-floor, unfinished; failed; not-run where only the search phase was asked for").null(&[("failure", "failed"), ("", "not-run")]));
        points.push(failure());
        all.extend(
            points
                .into_iter()
                .map(|one| one.below("curves[i].points[j]")),
        );
        all
    },
    varying: "After `mu`, the number that has a grid beside it, if one has (`--angle 0:60:4`, `--also c=0:2:5`): \
              the parameter of this name, or the letter of the links. `failure` is there where a point failed.",
    keys: &[(
        "curves",
        "one entry a curve: its links, its points, its critical strengths",
    )],
};

/// Averages of simulated seeds.
pub static SIMULATE: TableOf = TableOf {
    study: "simulate",
    name: "simulate",
    rows: "a recorded step",
    columns: || {
        let mut all = vec![step("records.step[i]"), time("records.t[i]")];
        all.push(Described::whole("count", "seeds that count").at("records.count[i]"));
        for one in of_ensembles() {
            all.extend(STATISTICS.iter().map(|of| statistic(one, of)));
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
                THEORY
                    .iter()
                    .chain(STATISTICS)
                    .chain(Z)
                    .map(|of| statistic(one, of)),
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
        ("records", "the columns"),
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

/// One value on a grid.
pub static PHASE: TableOf = TableOf {
    study: "phase",
    name: "phase",
    rows: "a cell, x running fastest",
    columns: || {
        vec![
            outcome("learned, trapped, noise-floor, unfinished, exited, failed; static for values that need no run").at("outcome[j][i]"),
            Described::new("solved", crate::problem::Kind::Truth, "false for cells that --refine filled in")
                .at("solved[j][i]"),
        ]
    },
    varying: "First a column for each axis, named as the parameter or the letter of the links that it is \
              (`x.values[i]`, `y.values[j]`, `z.values[k]` in JSON), then the value (`value.matrix[j][i]`), one of those \
              below; with one axis the matrices of JSON are lists (`[i]`), with three lists of matrices (`[k][j][i]`). \
              The value `outcome` is the column `outcome_code`. In NPZ axes have their own lengths, the others the shape \
              of the map; `outcome` is a place, from 0, in the array `outcome_words`.",
    keys: &[
        ("x", "name and values of the first axis"),
        ("y", "of the second"),
        ("z", "of the third"),
        (
            "boundaries",
            "lines on the map: critical strengths, borders",
        ),
        ("refinement", "with --refine: cells solved and filled in"),
        ("value", "its name and its matrix"),
        (
            "outcome",
            "how each cell ended; null where there is no cell yet",
        ),
        ("solved", "whether each cell was solved"),
    ],
};

/// Times over strengths.
pub static OPTIMUM: TableOf = TableOf {
    study: "optimum",
    name: "optimum",
    rows: "a strength that was looked at",
    columns: || {
        let value = "time to the goal, with that of pre-training where it is counted";
        vec![
            parameter("mu").at("curve.mu[i]"),
            Described::real("value", "time", value).at("curve.value[i]"),
        ]
    },
    varying: "",
    keys: &[
        ("goal", "what is to be short"),
        ("mu", "the best strength"),
        ("value", "its time"),
        ("value_at_zero", "the time at mu = 0"),
        ("gain_over_zero", "the same over that of the best"),
        (
            "near_one",
            "a strength close to 1, its time, and that over the best",
        ),
        ("is_at_end", "whether the best is at an end of the interval"),
        (
            "strengths_with_a_time",
            "strengths at which the goal is reached",
        ),
        ("curve", "the columns"),
    ],
};

/// Exit times over dimensions.
pub static SCALING: TableOf = TableOf {
    study: "scaling",
    name: "scaling",
    rows: "a dimension of a pair of links",
    columns: || {
        let mut all = links("curves[i]");
        let place = |one: Described| one.below("curves[i].points[j]");
        all.extend([parameter("dim"), parameter("u0"), (&run::EXIT_TIME).into()].map(place));
        all.extend(law().map(place));
        let local = "d ln t / d ln d from the dimension before that has an exit";
        all.push(place(Described::real("local_exponent", "", local)));
        let predicted = "exponent expected from the expansion near the start";
        all.push(
            Described::real("predicted_exponent", "", predicted).at("curves[i].predicted.exponent"),
        );
        all.push(place(
            outcome("learned, trapped, noise-floor, unfinished; failed").null(&[("", "failed")]),
        ));
        all.push(place(failure()));
        all
    },
    varying: "`failure` is there where a run failed.",
    keys: &[
        (
            "fits",
            "one entry a pair of links: tau, the law that was fitted, the one predicted",
        ),
        (
            "curves",
            "one entry a pair of links: tau, the law predicted, its points",
        ),
    ],
};

/// Averages at one place.
pub static KERNEL: TableOf = TableOf {
    study: "kernel",
    name: "kernel",
    rows: "the place, one row",
    columns: || {
        let given = ["teacher", "student", "m", "q", "noise", "teacher-variance"];
        let of = crate::study::parameters::parameters("kernel");
        let parameter = |name: &str| of.iter().find(|one| one.name == name).map(Described::from);
        let given = given
            .iter()
            .filter_map(|name| Some(parameter(name)?.at(format!("parameters.{name}"))));
        let numbers = [
            ("alpha", "α", "E[teacher' student']"),
            (
                "beta",
                "β",
                "E[(teacher - student) student''] - E[student'^2]",
            ),
            ("noise_kernel", "N", "noise kernel, label noise included"),
            ("loss", "L", "population loss, label noise included"),
            (
                "error_estimate",
                "",
                "the larger of the errors of alpha and beta",
            ),
            ("alpha_error", "", "absolute error of alpha"),
            ("beta_error", "", "absolute error of beta"),
            (
                "noise_kernel_error",
                "",
                "absolute error of the noise kernel",
            ),
            ("loss_error", "", "absolute error of the loss"),
        ];
        let numbers =
            numbers.map(|(name, symbol, about)| Described::real(name, "", about).symbol(symbol));
        let method = Described::text("method", "how they were taken");
        given.chain(numbers).chain([method]).collect()
    },
    varying: "",
    keys: &[(
        "teacher_variance",
        "variance of the teacher's pre-activation",
    )],
};

/// Hermite coefficients of a link.
pub static LINK: TableOf = TableOf {
    study: "links",
    name: "link",
    rows: "an order",
    columns: || {
        vec![
            Described::whole("k", "order, from 0").symbol("k").at("i"),
            Described::real("hermite_coefficient", "", "a_k in sigma = sum a_k He_k")
                .symbol("a_k")
                .at("hermite_coefficients[i]"),
        ]
    },
    varying: "The list of links (`lorode links`) is for reading: columns `name`, `about`.",
    keys: &[
        ("link", "its formula"),
        ("hermite_coefficients", "the first of them"),
        ("mean", "E[sigma]"),
        ("norm", "E[sigma^2]"),
        (
            "information_exponent",
            "the lowest order above 0 with a coefficient; null where there is none",
        ),
        ("parity", "even, odd or neither"),
        (
            "averages",
            "how averages with itself are taken; null for a target only",
        ),
        ("breaks", "where it jumps or bends"),
        ("slope_power", "E[sigma'^2]"),
    ],
};

/// Columns of one number over seeds: endings, keys, meanings.
type Statistic = (&'static str, &'static str);
const STATISTICS: &[Statistic] = &[
    ("mean", "mean over seeds"),
    ("std", "standard deviation over seeds"),
    ("q05", "5 % quantile over seeds"),
    ("q50", "median over seeds"),
    ("q95", "95 % quantile over seeds"),
];
const THEORY: &[Statistic] = &[
    ("theory", "by the closed ODEs"),
    ("map", "by the finite-step map"),
];
const Z: &[Statistic] = &[("z", "(mean - theory) in standard errors of the mean")];

fn statistic(one: &Observable, (ending, meaning): &Statistic) -> Described {
    let (described, name) = (Described::from(one), one.name);
    Described::real(
        &format!("{name}_{ending}"),
        described.unit,
        &format!("{}: {meaning}", one.about),
    )
    .symbol(&described.symbol)
    .at(format!("records.{name}.{ending}[i]"))
}

/// The values of maps.
pub(super) fn values() -> impl Iterator<Item = Described> {
    VALUES.iter().map(|value| Described {
        // A rate is of ODE time there, whatever the unit of times.
        unit: match Described::from(value.number).unit {
            "1/time" => "1/t",
            other => other,
        },
        ..value.number.into()
    })
}

fn indexed(one: Described, index: &str) -> Described {
    let at = format!("{}[{index}]", one.at);
    one.at(at)
}

fn step(at: &str) -> Described {
    Described::whole("step", "step of SGD").at(at)
}

fn time(at: &str) -> Described {
    Described::real("t", "time", "time").symbol("t").at(at)
}

fn links(place: &str) -> Vec<Described> {
    let links = ["teacher", "student"].map(|name| {
        let mut one = parameter(name);
        one.meaning = format!("{name}'s link function");
        one.below(place)
    });
    links.into()
}

/// An option of the problem.
fn parameter(name: &str) -> Described {
    let found = ProblemOptions::parameters().find(|one| one.name == name);
    found.map_or_else(|| Described::real(name, "", ""), |one| (&one).into())
}

fn phase_numbers() -> [Described; 4] {
    use search_phase::{CURVATURE, GRADIENT_NORM, GROWTH_RATE, TAU};
    [&GRADIENT_NORM, &CURVATURE, &GROWTH_RATE, &TAU].map(Described::from)
}

fn phase_errors() -> [Described; 3] {
    [
        Described::real("gradient_error", "", "absolute error to expect of A"),
        Described::real("curvature_error", "", "absolute error to expect of B"),
        Described::real(
            "tau_error",
            "time",
            "absolute error to expect of tau, from those of the averages",
        ),
    ]
}

/// The times of the finite-size law.
fn law() -> [Described; 5] {
    use run::{EXIT_MEAN, EXIT_MEDIAN, EXIT_MEDIAN_LINEAR, EXIT_Q05, EXIT_Q95};
    [
        &EXIT_MEAN,
        &EXIT_MEDIAN,
        &EXIT_Q05,
        &EXIT_Q95,
        &EXIT_MEDIAN_LINEAR,
    ]
    .map(Described::from)
}

fn outcome(words: &str) -> Described {
    Described::text("outcome", &format!("how the run ended: {words}"))
}

fn failure() -> Described {
    Described::text("failure", "why it failed, where it did")
}
