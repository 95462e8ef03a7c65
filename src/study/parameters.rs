//! The parameters of every study: what they are called, what they mean, what is in force where one is not given.

use serde_json::{Map, Value, json};

use crate::numeral::json_whole;
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
static OWN: [(&str, &[Parameter]); 7] = [
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

/// The parameters of a study, in the order of the command that repeats it.
pub fn parameters(study: &str) -> Vec<Parameter> {
    let all = || ProblemOptions::parameters();
    let mut of_problem: Vec<Parameter> = match study {
        "links" => vec![plain("link", Kind::Text, Usual::Unset, "the link")],
        "kernel" => of_kernel(),
        // SGD is what it is, and ends after its steps.
        "simulate" | "compare" => all()
            .filter(|one| !["dynamics", "t-max"].contains(&one.name))
            .collect(),
        "optimum" => all()
            .filter(|one| !["mu", "rho", "kappa", "dynamics"].contains(&one.name))
            .collect(),
        _ => all().collect(),
    };
    let sampling = SAMPLING
        .iter()
        .filter(|_| ["simulate", "compare"].contains(&study));
    of_problem.extend(sampling);
    of_problem.extend(own(study));
    let integrated = ["solve", "search", "phase", "scaling"].contains(&study);
    let precision = PRECISION.iter().filter(|_| integrated).copied();
    of_problem.extend(precision.map(|one| match (study, one.name) {
        // Maps need fewer digits.
        ("phase", "rtol") => Parameter {
            usual: Usual::Number(1e-7),
            ..one
        },
        _ => one,
    }));
    of_problem
}

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

/// All parameters of a study as they were in force, from those that were given; null for what is not set, and the words
/// of the rule for what differs from point to point.
pub(crate) fn in_force(study: &str, given: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for one in parameters(study) {
        let value = match (given.get(one.name), elsewhere(one.name, given)) {
            (Some(value), _) => typed(&one, value),
            (None, Some(words)) => words,
            (None, None) => usual(&one, &all),
        };
        all.insert(one.name.to_owned(), value);
    }
    all
}

/// What is said of a parameter that another one sets.
fn elsewhere(name: &str, given: &Value) -> Option<Value> {
    let varies = |key: &str| {
        let axis = given.get(key).and_then(Value::as_str);
        axis.is_some_and(|text| text.split('=').next().map(str::trim) == Some(name))
    };
    if let Some(key) = ["x", "y", "z", "also"].into_iter().find(|key| varies(key)) {
        return Some(json!(format!("see {key}")));
    }
    let is_given = |key: &str| given.get(key).is_some();
    match name {
        "angle" if is_given("rho") || is_given("mixture") => Some(Value::Null),
        "u0" if is_given("u0-exponent") => Some(json!("dim^(-u0-exponent)")),
        _ => None,
    }
}

/// A whole number as an integer.
fn typed(one: &Parameter, value: &Value) -> Value {
    match (one.kind, value.as_f64()) {
        (Kind::Whole, Some(number)) if !value.is_u64() => json_whole(number),
        _ => value.clone(),
    }
}

fn usual(one: &Parameter, earlier: &Map<String, Value>) -> Value {
    let number = |name: &str| earlier.get(name).and_then(Value::as_f64);
    match (one.usual, one.kind) {
        (Usual::Unset, _) => Value::Null,
        (Usual::No, _) => json!(false),
        (Usual::Word(word), _) => json!(word),
        (Usual::Number(x), Kind::Whole) => json_whole(x),
        (Usual::Number(x), _) => json!(x),
        (Usual::Rule(rule), _) => {
            let known = match one.name {
                "nu" => nu(earlier),
                "alignment0" => number("dim").map(|dim| 1.0 / dim.sqrt()),
                "max-steps" => {
                    let explicit = earlier.get("method") == Some(&json!("rk45"));
                    Some(if explicit { 1e8 } else { 2e4 })
                }
                _ => None,
            };
            let shown = |x| match one.kind {
                Kind::Whole => json_whole(x),
                _ => json!(x),
            };
            known.map_or_else(|| json!(rule), shown)
        }
    }
}

/// `eta d / B`, 0 without a step size or a batch; `None` where it differs from point to point.
fn nu(earlier: &Map<String, Value>) -> Option<f64> {
    let given = |name: &str| earlier.get(name).filter(|value| !value.is_null());
    match (given("lr"), given("batch")) {
        (Some(lr), Some(batch)) => {
            let (lr, batch) = (lr.as_f64()?, batch.as_f64()?);
            Some(lr * given("dim")?.as_f64()? / batch)
        }
        _ => Some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrator::Tolerances;
    use crate::link::Link;
    use crate::model::Model;
    use crate::problem::{PreTraining, Problem, Setup};
    use crate::study::Sampling;

    /// The list says what the program does.
    #[test]
    fn defaults_are_those_of_the_program() {
        let given = json!({"link": ["erf"], "mu": 0.5, "lr": 0.25, "batch": 500.0});
        let all = in_force("solve", &given);
        let model = Model::matched(Link::parse("erf").unwrap());
        let mut setup = Setup::new(model, PreTraining::aligned(0.5).unwrap());
        setup.scaling.nu = 0.25 * setup.scaling.dim / 500.0;
        let problem = Problem::new(setup).unwrap();
        let usual = Tolerances::default();
        for (name, value) in [
            ("noise", problem.label_noise()),
            ("dim", problem.scaling().dim),
            ("nu", problem.scaling().nu),
            ("chi", problem.step_ratio()),
            ("decay", problem.weight_decay()),
            ("u0", problem.start().u),
            ("alignment0", problem.start().alignment),
            ("threshold", problem.threshold()),
            ("t-max", problem.t_max()),
            ("loss-tolerance", problem.loss_tolerance()),
            ("rtol", usual.rtol),
            ("points", f64::from(crate::study::solve::DEFAULT_POINTS)),
        ] {
            assert_eq!(all[name].as_f64(), Some(value), "{name}");
        }
        assert_eq!(all["adapter"], json!(problem.adapter()));
        assert_eq!(all["dynamics"], json!(problem.dynamics()));
        assert_eq!(all["method"], json!(usual.method));
        assert_eq!(all["dim"].to_string(), "1000");
        assert_eq!(all["batch"].to_string(), "500");
        let sampling = serde_json::to_value(Sampling::default()).unwrap();
        let all = in_force("simulate", &given);
        for (name, value) in sampling.as_object().unwrap() {
            assert_eq!(&all[name], value, "{name}");
        }
    }

    #[test]
    fn what_varies_has_no_default() {
        let all = in_force("phase", &json!({"x": "dim=10,100", "y": "mu=0:0.9:3"}));
        assert_eq!(
            (&all["dim"], &all["mu"]),
            (&json!("see x"), &json!("see y"))
        );
        assert_eq!(all["alignment0"], "1/sqrt(dim)");
        assert_eq!(all["rtol"], 1e-7);
        let all = in_force(
            "solve",
            &json!({"rho": 0.1, "kappa": 0.2, "method": "rk45"}),
        );
        assert_eq!(
            (&all["angle"], &all["max-steps"]),
            (&Value::Null, &json!(100_000_000))
        );
    }
}
