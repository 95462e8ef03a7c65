//! The parameters of a result as they were in force.

use serde_json::{Map, Value, json};

use super::parameters::parameters;
use crate::numeral::{json_whole, plain};
use crate::problem::{Kind, Parameter, Usual};

/// All parameters of a study as they were in force, from those that were given; null for what is not set, and the words
/// of the rule for what differs from point to point.
pub(crate) fn in_force(study: &str, given: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for one in parameters(study) {
        let value = match (given.get(one.name), elsewhere(study, one.name, given)) {
            (Some(value), _) => typed(&one, value),
            (None, Some(words)) => words,
            (None, None) => usual(&one, &all),
        };
        all.insert(one.name.to_owned(), value);
    }
    all
}

/// What is said of a parameter that another one sets.
fn elsewhere(study: &str, name: &str, given: &Value) -> Option<Value> {
    let varies = |key: &str| {
        let axis = given.get(key).and_then(Value::as_str);
        axis.is_some_and(|text| text.split('=').next().map(str::trim) == Some(name))
    };
    if let Some(key) = ["x", "y", "z", "also"].into_iter().find(|key| varies(key)) {
        return Some(json!(format!("see {key}")));
    }
    let is_given = |key: &str| given.get(key).is_some();
    match name {
        "steps" | "seeds" | "method" | "every" | "records" | "test-batch" | "exact-loss"
            if study == "compare" && is_given("data") =>
        {
            Some(Value::Null)
        }
        "angle" if is_given("rho") || is_given("mixture") => Some(Value::Null),
        "u0" if is_given("u0-exponent") => Some(json!("dim^(-u0-exponent)")),
        "dim" if study == "scaling" => Some(json!("see dims")),
        "records" if is_given("every") => Some(Value::Null),
        "points" if is_given("times") => Some(Value::Null),
        "test-batch" if is_given("exact-loss") => Some(Value::Null),
        _ => None,
    }
}

/// A whole number as an integer; numbers in a list as the text that a command has for them.
fn typed(one: &Parameter, value: &Value) -> Value {
    let numbers = value.as_array().filter(|all| !all.is_empty());
    let numbers = numbers.and_then(|all| all.iter().map(Value::as_f64).collect::<Option<Vec<_>>>());
    match (one.kind, value.as_f64(), numbers) {
        (Kind::Whole, Some(number), _) if !value.is_u64() => json_whole(number),
        (.., Some(numbers)) => {
            let texts: Vec<String> = numbers.into_iter().map(plain).collect();
            json!(texts.join(","))
        }
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

    /// A file may hold a list where the command that repeats it holds a text.
    #[test]
    fn lists_of_numbers_are_as_in_the_command() {
        let given = json!({"mu": [0.1, 1e-9, 1.0], "link": ["erf", "relu"]});
        let all = in_force("search", &given);
        assert_eq!(all["mu"], json!("0.1,1e-9,1"));
        assert_eq!(all["link"], given["link"]);
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
