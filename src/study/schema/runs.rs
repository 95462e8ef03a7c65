//! Tables of the theory's runs.

use super::columns::{
    failure, indexed, law, links, outcome, parameter, phase_errors, phase_numbers,
};
use super::described::Described;
use super::table_of::TableOf;
use crate::observable::{ALONG, run};

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
        (
            "growth_rate",
            "lambda_+, per unit of time; null where steps do not pass at a constant rate",
        ),
        (
            "tau",
            "search time 1/lambda_+; inf where nothing grows, null where steps do not pass at a constant rate",
        ),
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
        (
            "source_overlap",
            "<w, w0>/|w0| at the start and at the end; of LoRA on weights with an angle",
        ),
        (
            "source_loss",
            "loss on the task with the direction of w0 at the start and at the end",
        ),
        ("trajectory", "the columns"),
        ("solver", "method and work"),
    ],
};

/// The runs of several strengths.
pub static SOLVE_STRENGTHS: TableOf = TableOf {
    study: "solve",
    name: "solve-strengths",
    rows: "an instant of the run of a strength",
    columns: || {
        let strength = parameter("mu").below("runs[i].parameters");
        let along = (SOLVE.columns)().into_iter().map(|one| {
            let at = one.at.replace("[i]", "[j]");
            one.at(format!("runs[i].{at}"))
        });
        [strength].into_iter().chain(along).collect()
    },
    varying: "",
    keys: &[(
        "runs",
        "one entry a strength: what `solve` gives for it alone",
    )],
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
        points.push(outcome("learned, trapped, noise-floor, unfinished; failed; exit where only that was asked for; not-run where only the search phase was").null(&[("failure", "failed"), ("exit_time", "exit"), ("", "not-run")]));
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
