//! Derived limits, critical strengths, expansions and escapes against numbers.

use super::derivation_laws::*;
use lorode::algebra::{Expr, Symbol};
use lorode::derivation::symbols::var;
use lorode::derivation::{Escape, Value};
use lorode::dynamics::closed_system_by;
use lorode::problem::{Adapter, ProblemOptions};
use lorode::search::SearchPhase;
use lorode::watch::Cancel;

#[test]
fn limits_of_the_search_time_are_approached() {
    let spherical = ProblemOptions::default();
    let fast = ProblemOptions {
        chi: Some(3.0.into()),
        ..Default::default()
    };
    let mixture = ProblemOptions {
        mixture: true,
        ..Default::default()
    };
    let tilted = ProblemOptions {
        angle: Some(30.0.into()),
        ..Default::default()
    };
    let decaying = ProblemOptions {
        decay: Some(0.01.into()),
        ..Default::default()
    };
    for (teacher, student, options) in [
        ("linear", "linear", &spherical),
        ("erf", "erf", &spherical),
        ("relu", "relu", &spherical),
        ("he3", "he3", &spherical),
        ("he6", "he6", &spherical),
        ("tanh", "tanh", &spherical),
        ("softplus", "softplus", &spherical),
        ("erf", "he3", &spherical),
        ("tanh", "he3", &spherical),
        ("he1 + he3", "he1 + he3", &fast),
        ("tanh", "tanh", &fast),
        ("erf", "erf", &mixture),
        ("he3", "he3", &mixture),
        ("relu", "relu", &tilted),
        ("he3", "he3", &tilted),
        ("erf", "erf", &decaying),
    ] {
        let made = derived(teacher, student, None, options);
        let name = format!("{teacher} -> {student}");
        // The first correction is of order x; two points extrapolate it away.
        let compare = |law: &lorode::derivation::Law, at: &dyn Fn(f64) -> f64| {
            let power = *law.exponent.numer() as f64 / *law.exponent.denom() as f64;
            let scaled = |x: f64| tau(teacher, student, at(x), options) * x.powf(power);
            let limit = 2.0 * scaled(1e-5) - scaled(2e-5);
            let error = (limit / law.constant.number() - 1.0).abs();
            assert!(error < 1e-6, "{name}: {limit} against {law:?}");
        };
        compare(made.weak.as_ref().unwrap(), &|x| x);
        compare(made.strong.as_ref().unwrap(), &|x| 1.0 - x);
    }
}

#[test]
fn known_limits() {
    let options = ProblemOptions::default();
    for (name, constant) in [
        ("linear", Expr::one()),
        ("relu", Expr::int(2)),
        ("he3", Expr::ratio(1, 450)),
        ("erf", Expr::ratio(25, 4) * Expr::pi() * Expr::int(5).sqrt()),
    ] {
        let law = derived(name, name, None, &options).strong.unwrap();
        assert_eq!(law.constant, Value::Exact(constant), "{name}");
        assert_eq!((*law.exponent.numer(), *law.exponent.denom()), (2, 1));
    }
}

#[test]
fn critical_strengths_are_exact_where_they_can_be() {
    let options = ProblemOptions::default();
    let he3 = derived("he3", "he3", None, &options);
    let search = he3.search.as_ref().unwrap();
    // A = 9 mu (1 - mu) (5 mu^3 + 5 mu^2 + mu - 1): no factor 1 + mu.
    let mu = var(lorode::derivation::symbols::MU);
    let cubic =
        Expr::int(5) * &mu * &mu * &mu + Expr::int(5) * &mu * &mu + mu.clone() - Expr::one();
    let product = Expr::int(9) * &mu * (Expr::one() - mu.clone()) * cubic;
    assert_eq!(search.gradient, product);
    assert!((he3.critical[1].mu.number() - 0.320_724_347_323_0).abs() < 1e-12);
    // 2 x^2 against x^2 + x: A vanishes at a root of a quadratic.
    let exact = derived("he2 + he1", "he2", None, &options);
    assert!(
        exact
            .critical
            .iter()
            .all(|c| matches!(c.mu, Value::Exact(_)))
    );
    assert!(!exact.critical.is_empty());
    for c in &exact.critical {
        let at = c.mu.number();
        let gradient = exact.search.as_ref().unwrap().gradient.evaluate(&|_| at);
        assert!(gradient.abs() < 1e-13, "{at}: {gradient}");
    }
}

/// Rates of the flow against the expansion, ever nearer to the start.
#[test]
fn expansions_are_what_the_flow_does() {
    let options = ProblemOptions::default();
    for name in ["he2", "he3", "he4", "he6", "he1 + he3", "x^3"] {
        let made = derived(name, name, None, &options);
        assert!(!made.degenerate.is_empty(), "{name}");
        for start in &made.degenerate {
            let mu = start.mu.number();
            let problem = options.problem(&pair(name, name), Some(mu)).unwrap();
            let system = closed_system_by(&problem, problem.model().exact().clone());
            let expansion = start.expansion.as_ref().unwrap();
            let error = |scale: f64| -> f64 {
                let (u, a) = (0.7 * scale, 0.9 * scale);
                let mut rates = [0.0; 3];
                system.rates(&[u, a, 0.0], &mut rates);
                let value = |s: Symbol| if s.name == "u" { u } else { a };
                let gap = |tree: &lorode::algebra::Tree, rate: f64| {
                    let told = tree.evaluate(&value).unwrap();
                    if told == 0.0 {
                        0.0
                    } else {
                        (rate / told - 1.0).abs()
                    }
                };
                let first = gap(&expansion.amplitude, rates[0]);
                first.max(gap(&expansion.alignment, rates[1]))
            };
            // The next order is at least one power of the scale higher.
            assert!(error(1e-2) < 0.5, "{name} at {mu}: {}", error(1e-2));
            assert!(error(1e-3) < 0.2 * error(1e-2).max(1e-6), "{name} at {mu}");
        }
    }
}

#[test]
fn escapes_have_the_exponents_of_the_information_exponent() {
    let of = |options: &ProblemOptions, name: &str, mu: Option<f64>| {
        let problem = options.problem(&pair(name, name), mu).unwrap();
        Escape::of(&problem, Cancel::default())
    };
    let scratch = ProblemOptions {
        adapter: Some(Adapter::Scratch),
        ..Default::default()
    };
    // dm/dt = k k! m^(k-1) (1 - m^2).
    let mut factorial = 1.0;
    for k in 1..=8usize {
        factorial *= k as f64;
        let Escape::Scratch { order, rate } = of(&scratch, &format!("he{k}"), None) else {
            panic!("he{k}");
        };
        assert_eq!(order, k - 1);
        assert!(
            (rate / (k as f64 * factorial) - 1.0).abs() < 1e-11,
            "he{k}: {rate}"
        );
    }
    let lora = ProblemOptions::default();
    for (name, order) in [("he2", 1), ("he4", 3), ("he6", 5)] {
        let Escape::Plateau { order: found, .. } = of(&lora, name, Some(0.0)) else {
            panic!("{name}");
        };
        assert_eq!(found, order, "{name}");
    }
    for name in ["he3", "he5"] {
        assert_eq!(of(&lora, name, Some(0.0)), Escape::Trapped, "{name}");
    }
    assert!(matches!(
        of(&lora, "erf", Some(0.5)),
        Escape::Exponential { .. }
    ));
    assert_eq!(of(&lora, "erf", Some(1.0)), Escape::Perfect);
    assert_eq!(of(&lora, "relu", Some(0.0)), Escape::Immediate);
    // |x| is even: with a = 0 nothing tells the target's direction.
    assert_eq!(of(&lora, "abs(x)", Some(0.0)), Escape::Undecided);
}

fn tau(teacher: &str, student: &str, mu: f64, options: &ProblemOptions) -> f64 {
    let problem = options.problem(&pair(teacher, student), Some(mu)).unwrap();
    SearchPhase::of(&problem).unwrap().tau.unwrap()
}
