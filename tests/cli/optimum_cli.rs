//! What `lorode optimum` promises.

use crate::running::{json, lorode, numbers};

#[test]
fn the_optimum_is_a_minimum() {
    let found = json("optimum --link he1+he3 --format json");
    let rough = json("optimum --link he1+he3 --rtol 1e-4 --format json");
    assert!(rough["command"].as_str().unwrap().contains("--rtol 0.0001"));
    let [fine, loose] = [&found, &rough].map(|o| o["value"].as_f64().unwrap());
    // The tolerance is that of one step; a hundred of them are between start and exit.
    assert!(fine.to_bits() != loose.to_bits() && (loose / fine - 1.0).abs() < 1e-2);
    let at = |mu: f64| {
        let line = format!("solve --link he1+he3 --mu {mu:?} --rtol 1e-12 --format json");
        json(&line)["exit_time"].as_f64().unwrap()
    };
    let (mu, value) = (
        found["mu"].as_f64().unwrap(),
        found["value"].as_f64().unwrap(),
    );
    assert!((at(mu) / value - 1.0).abs() < 1e-10);
    // The minimum of the parabola through three exit times good to 1e-11.
    let h = 2e-3;
    let (low, high) = (at(mu - h), at(mu + h));
    let shift = 0.5 * h * (low - high) / (low - 2.0 * value + high);
    assert!(value < low && value < high && shift.abs() < 1e-5, "{shift}");
    assert!((found["value_at_zero"].as_f64().unwrap() / at(0.0) - 1.0).abs() < 2e-9);
    assert_eq!(numbers(&found["curve"]["mu"]).len(), 160);
    // With the cost of pre-training the total is longer and the best strength smaller.
    let cost = json("optimum --link he1+he3 --pretrain-link erf --format json");
    assert!(cost["value"].as_f64().unwrap() > value);
    assert!(cost["mu"].as_f64().unwrap() < mu);
}

#[test]
fn pre_training_on_a_task_at_an_angle_counts_and_tilts() {
    let source = "optimum --link tanh --pretrain-link erf --pretrain-adapter scratch --angle 70";
    let whole = json(&format!("{source} --format json"));
    let (mus, totals) = (numbers(&whole["curve"]["mu"]), &whole["curve"]["value"]);
    let (mu, total) = (mus[80], totals[80].as_f64().unwrap());
    // The weights have the overlap mu with the source, mu cos(angle) with the target, and the norm 1.
    let rho = mu * 70f64.to_radians().cos();
    let own = json(&format!(
        "solve --link tanh --rho {rho} --kappa 1 --format json --rtol 1e-10"
    ));
    let scratch = json(&format!(
        "solve --link erf --adapter scratch --threshold {mu} --format json --rtol 1e-10"
    ));
    let sum = own["exit_time"].as_f64().unwrap() + scratch["exit_time"].as_f64().unwrap();
    assert!((total / sum - 1.0).abs() < 1e-7, "{total} {sum}");
}

#[test]
fn no_answer_is_not_an_interruption() {
    let line = "optimum --link he3 --angle 80 --goal learn";
    let output = lorode(line).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("goal: at no mu in [0, 1)"), "{said}");
    assert!(!said.contains("interrupted"), "{said}");
}
