//! The parameters of every study: what they are called, what they mean, what is in force where one is not given.

use crate::problem::Usual::{self, Number, Rule, Unset, Word};
use crate::problem::{Kind, Parameter, ProblemOptions};

/// A parameter without a symbol and a unit.
const fn plain(name: &'static str, kind: Kind, usual: Usual, about: &'static str) -> Parameter {
    let (symbol, unit) = ("", "");
    Parameter {
        name,
        symbol,
        unit,
        about,
        kind,
        usual,
    }
}

const fn text(name: &'static str, usual: Usual, about: &'static str) -> Parameter {
    plain(name, Kind::Text, usual, about)
}

const fn real(name: &'static str, usual: Usual, about: &'static str) -> Parameter {
    plain(name, Kind::Real, usual, about)
}

const fn whole(name: &'static str, usual: Usual, about: &'static str) -> Parameter {
    plain(name, Kind::Whole, usual, about)
}

const fn truth(name: &'static str, about: &'static str) -> Parameter {
    plain(name, Kind::Truth, Usual::No, about)
}

/// How runs are integrated.
static PRECISION: [Parameter; 4] = [
    text("method", Word("auto"), "integration method"),
    RTOL,
    real(
        "atol",
        Rule("1e-20 of the smallest number of the start"),
        "absolute tolerance of the integration",
    ),
    whole(
        "max-steps",
        Rule("20000, and 100000000 with method rk45"),
        "steps of one run before it gives up",
    ),
];

const RTOL: Parameter = real(
    "rtol",
    Number(1e-8),
    "relative tolerance of the integration",
);

/// How SGD is simulated.
static SAMPLING: [Parameter; 7] = [
    whole("steps", Unset, "steps of SGD per seed"),
    text(
        "seeds",
        Word("64"),
        "the seeds: how many, a list, or a range",
    ),
    text(
        "method",
        Word("projected"),
        "SGD through the projections of the batch, the same law at any dimension; or all d dimensions",
    ),
    whole(
        "every",
        Unset,
        "record every so many steps, instead of records",
    ),
    whole(
        "records",
        Number(200.0),
        "records per seed, about, even in the logarithm of the step",
    ),
    whole(
        "test-batch",
        Number(2000.0),
        "samples of the fresh test batch that estimates the loss of a record",
    ),
    truth(
        "exact-loss",
        "loss by the theory's kernel at the simulated overlaps, instead of a test batch",
    ),
];

/// The parameters of studies beside those of their problems, in the order of the command that repeats them.
static OWN: [(&str, &[Parameter]); 10] = [
    (
        "solve",
        &[
            whole("points", Number(400.0), "times in the trajectory, about"),
            real(
                "times",
                Unset,
                "the times of the trajectory, instead of points",
            ),
        ],
    ),
    (
        "train",
        &[
            text("file", Unset, "the file of tasks and stages"),
            text("history", Unset, "what stands in it"),
            whole(
                "points",
                Number(400.0),
                "instants recorded of a stage, about",
            ),
            truth("sgd", "train by simulated SGD instead of the ODEs"),
            truth("compare", "hold simulated SGD against the ODEs"),
            text(
                "seeds",
                Unset,
                "the seeds of simulated SGD: how many, a list, or a range",
            ),
            truth(
                "per-seed",
                "whether the records of every seed are among the data",
            ),
        ],
    ),
    (
        "search",
        &[
            text(
                "also",
                Unset,
                "a further number with a grid, KEY=GRID: a curve for each of its values",
            ),
            text("what", Word("tau,exit_time"), "what is computed"),
        ],
    ),
    (
        "simulate",
        &[
            text(
                "until",
                Word("steps"),
                "when a seed stops before its last step",
            ),
            truth(
                "per-seed",
                "whether the records of every seed are among the data",
            ),
        ],
    ),
    (
        "compare",
        &[
            RTOL,
            text("starts", Word("fixed"), "where theory and SGD start"),
            text(
                "data",
                Unset,
                "runs that were measured, instead of simulated ones",
            ),
        ],
    ),
    (
        "phase",
        &[
            text("x", Unset, "first axis, NAME=GRID"),
            text("y", Unset, "second axis"),
            text("z", Unset, "third axis"),
            text("value", Word("exit_time"), "what is shown"),
            truth("refine", "solve only near boundaries and steep changes"),
            truth("every-cell", "solve every cell, interpolate none"),
        ],
    ),
    (
        "optimum",
        &[
            text("goal", Word("exit"), "what is to be short"),
            text(
                "pretrain-link",
                Unset,
                "link of the source task, whose training time counts too",
            ),
            text(
                "pretrain-adapter",
                Word("full"),
                "how the source task is trained",
            ),
            Parameter {
                usual: Usual::Rule("1e-8, and 1e-12 for the times of the result"),
                ..RTOL
            },
        ],
    ),
    (
        "optimum of histories",
        &[
            text("file", Unset, "the file of tasks and stages"),
            text("history", Unset, "what stands in it"),
            real(
                "angle",
                Unset,
                "degrees between the tasks of the first and the last stage, instead of that in the history",
            ),
            text(
                "time",
                Rule("samples where every stage has lr and batch, else t"),
                "what is counted",
            ),
            RTOL,
        ],
    ),
    (
        "derive",
        &[
            text("format", Word("text"), "how it is written"),
            truth("explain", "the derivation in steps"),
            truth("exact", "only closed forms"),
        ],
    ),
    (
        "scaling",
        &[
            text("dims", Word("log:1e2:1e12:21"), "dimensions"),
            real(
                "u0-exponent",
                Unset,
                "the run at dimension d starts from u = d^-X",
            ),
        ],
    ),
];

fn own(study: &str) -> &'static [Parameter] {
    let found = OWN.iter().find(|(name, _)| *name == study);
    found.map_or(&[], |(_, own)| own)
}

/// The name of every parameter of any study, as flags have it; one of several studies stands there more than once.
pub fn names() -> impl Iterator<Item = &'static str> {
    let own = OWN.iter().flat_map(|(_, own)| own.iter());
    let all = own.chain(&SAMPLING).chain(&PRECISION).map(|one| one.name);
    let of_problem = ProblemOptions::parameters().map(|one| one.name);
    all.chain(of_problem)
        .chain(of_kernel().into_iter().map(|one| one.name))
}

/// The parameters of a study, in the order of the command that repeats it.
pub fn parameters(study: &str) -> Vec<Parameter> {
    let of_problem = |without: &[&str]| -> Vec<Parameter> {
        let all = ProblemOptions::parameters();
        all.filter(|one| !without.contains(&one.name)).collect()
    };
    let simulates = ["simulate", "compare"].contains(&study);
    let mut all = match study {
        "links" => vec![text("link", Unset, "the link")],
        "kernel" => of_kernel(),
        "train" | "optimum of histories" => Vec::new(),
        "optimum" => of_problem(&["mu", "rho", "kappa", "gap"]),
        // SGD is what it is, and ends after its steps.
        _ if simulates => of_problem(&["dynamics", "t-max"]),
        _ => of_problem(&[]),
    };
    all.extend(SAMPLING.iter().filter(|_| simulates));
    all.extend(own(study));
    let integrates = ["solve", "train", "search", "phase", "scaling"].contains(&study);
    all.extend(PRECISION.iter().filter(|_| integrates));
    for one in &mut all {
        match (study, one.name) {
            // Maps need fewer digits.
            ("phase", "rtol") => one.usual = Number(1e-7),
            ("compare", "steps") => one.usual = Rule(OF_THEORY),
            _ => {}
        }
    }
    all
}

/// Steps of a comparison that was not told how many.
const OF_THEORY: &str =
    "1.3 times as long as the theory takes; over a grid of mu ten times its exit time";

fn of_kernel() -> Vec<Parameter> {
    let of_problem = ProblemOptions::parameters();
    let mut all: Vec<Parameter> = of_problem
        .filter(|one| ["teacher", "student", "noise"].contains(&one.name))
        .collect();
    let own = [
        ("m", "m", "student-teacher overlap", Usual::Unset),
        ("q", "q", "student self-overlap", Usual::Unset),
    ];
    let own = own.map(|(name, symbol, about, usual)| Parameter {
        symbol,
        ..plain(name, Kind::Real, usual, about)
    });
    all.splice(2..2, own);
    let variance = "variance of the teacher's pre-activation";
    all.push(plain(
        "teacher-variance",
        Kind::Real,
        Usual::Number(1.0),
        variance,
    ));
    all
}
