//! The parameters of every study: what they are called, what they mean, what is in force where one is not given.

use serde_json::{Map, Value, json};

use crate::numeral::json_whole;
use crate::problem::{Kind, Parameter, ProblemOptions, Usual};

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

/// How runs are integrated.
static PRECISION: [Parameter; 4] = [
    plain(
        "method",
        Kind::Text,
        Usual::Word("auto"),
        "integration method",
    ),
    RTOL,
    plain(
        "atol",
        Kind::Real,
        Usual::Rule("1e-20 of the smallest number of the start"),
        "absolute tolerance of the integration",
    ),
    plain(
        "max-steps",
        Kind::Whole,
        Usual::Rule("20000, and 100000000 with method rk45"),
        "steps of one run before it gives up",
    ),
];

const RTOL: Parameter = plain(
    "rtol",
    Kind::Real,
    Usual::Number(1e-8),
    "relative tolerance of the integration",
);

/// How SGD is simulated.
static SAMPLING: [Parameter; 7] = [
    plain("steps", Kind::Whole, Usual::Unset, "steps of SGD per seed"),
    plain(
        "seeds",
        Kind::Text,
        Usual::Word("64"),
        "the seeds: how many, a list, or a range",
    ),
    plain(
        "method",
        Kind::Text,
        Usual::Word("projected"),
        "SGD through the projections of the batch, the same law at any dimension; or all d dimensions",
    ),
    plain(
        "every",
        Kind::Whole,
        Usual::Unset,
        "record every so many steps, instead of records",
    ),
    plain(
        "records",
        Kind::Whole,
        Usual::Number(200.0),
        "records per seed, about, even in the logarithm of the step",
    ),
    plain(
        "test-batch",
        Kind::Whole,
        Usual::Number(2000.0),
        "samples of the fresh test batch that estimates the loss of a record",
    ),
    plain(
        "exact-loss",
        Kind::Truth,
        Usual::No,
        "loss by the theory's kernel at the simulated overlaps, instead of a test batch",
    ),
];

/// The parameters of a study beside those of its problem, in the order of the command that repeats it.
fn own(study: &str) -> Vec<Parameter> {
    use Kind::{Real, Text, Truth, Whole};
    use Usual::{No, Number, Rule, Unset, Word};
    let all: &[Parameter] = match study {
        "solve" => &[
            plain(
                "points",
                Whole,
                Number(400.0),
                "times in the trajectory, about",
            ),
            plain(
                "times",
                Real,
                Unset,
                "the times of the trajectory, instead of points",
            ),
        ],
        "search" => &[
            plain(
                "also",
                Text,
                Unset,
                "a further number with a grid, KEY=GRID: a curve for each of its values",
            ),
            plain("what", Text, Word("tau,exit_time"), "what is computed"),
        ],
        "simulate" => &[
            plain(
                "until",
                Text,
                Word("steps"),
                "when a seed stops before its last step",
            ),
            plain(
                "per-seed",
                Truth,
                No,
                "whether the records of every seed are among the data",
            ),
        ],
        "compare" => &[
            RTOL,
            plain("starts", Text, Word("fixed"), "where theory and SGD start"),
        ],
        "phase" => &[
            plain("x", Text, Unset, "first axis, NAME=GRID"),
            plain("y", Text, Unset, "second axis"),
            plain("z", Text, Unset, "third axis"),
            plain("value", Text, Word("exit_time"), "what is shown"),
            plain(
                "refine",
                Truth,
                No,
                "solve only near boundaries and steep changes",
            ),
        ],
        "optimum" => &[
            plain("goal", Text, Word("exit"), "what is to be short"),
            plain(
                "pretrain-link",
                Text,
                Unset,
                "link of the source task, whose training time counts too",
            ),
            plain(
                "pretrain-adapter",
                Text,
                Word("full"),
                "how the source task is trained",
            ),
            Parameter {
                usual: Rule("1e-8, and 1e-12 for the times of the result"),
                ..RTOL
            },
        ],
        "scaling" => &[
            plain("dims", Text, Word("log:1e2:1e12:21"), "dimensions"),
            plain(
                "u0-exponent",
                Real,
                Unset,
                "the run at dimension d starts from u = d^-X",
            ),
        ],
        _ => &[],
    };
    all.to_vec()
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
