//! Tables of maps, averages and links.

use super::columns::outcome;
use super::described::Described;
use super::table_of::TableOf;
use crate::phase::VALUES;
use crate::problem::Kind;
use crate::study::parameters::parameters;

/// One value on a grid.
pub static PHASE: TableOf = TableOf {
    study: "phase",
    name: "phase",
    rows: "a cell, x running fastest",
    columns: || {
        vec![
            outcome("learned, trapped, noise-floor, unfinished, exited, grazed, of networks rest, failed; static for values that need no run").at("outcome[j][i]"),
            Described::new("solved", Kind::Truth, "false for cells that --refine filled in, or that were interpolated along their row")
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

/// Averages at one place.
pub static KERNEL: TableOf = TableOf {
    study: "kernel",
    name: "kernel",
    rows: "the place, one row",
    columns: || {
        let given = ["teacher", "student", "m", "q", "noise", "teacher-variance"];
        let of = parameters("kernel");
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
    varying: "",
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

/// Formulas of the closed ODEs.
pub static DERIVE: TableOf = TableOf {
    study: "derive",
    name: "derive",
    rows: "a form of an equation",
    columns: || {
        let text = |name: &str, about: &str| Described::text(name, about).below("formulas[i]");
        vec![
            text("name", "what the equation is called by"),
            text("left", "its left side"),
            text("relation", "equal, nearly or asymptotic"),
            text("right", "this form of its right side"),
            text("latex_left", "the left side in LaTeX"),
            text("latex_right", "the right side in LaTeX"),
        ]
    },
    varying: "Printed by `derive --format json`; not written to files.",
    keys: &[
        ("title", "what is derived"),
        ("teacher", "teacher's link function"),
        ("student", "student's link function"),
        ("units", "of a network: units of the student"),
        ("teacher_units", "of a network: units of the teacher"),
        ("adapter", "what is trained"),
        ("mu", "the strength; null where it is a variable"),
        ("exact", "whether all averages have closed forms"),
        (
            "equations",
            "every equation by its name: left and right sides with expression trees",
        ),
        ("formulas", "the columns"),
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
        ("sections", "the text, with the names of its equations"),
    ],
};

/// The list of link functions.
pub static LINKS: TableOf = TableOf {
    study: "links",
    name: "links",
    rows: "a link function",
    columns: || {
        vec![
            Described::text("name", "its name, with its parameters").at("links[i].name"),
            Described::text("about", "what it is").at("links[i].about"),
        ]
    },
    varying: "Printed by `links` without a link; not written to files.",
    keys: &[(
        "links",
        "one entry a link: name, about, parameters, aliases, and whether it is a target only",
    )],
};

/// The values of maps.
pub(super) fn values() -> impl Iterator<Item = Described> {
    VALUES.iter().map(|value| value.number.into())
}
