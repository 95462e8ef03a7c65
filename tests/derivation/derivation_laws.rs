//! Derived formulas against the numbers of the kernels, the rates and the search analysis.

use std::sync::{Arc, OnceLock};

use crate::support::cases::cases;
use lorode::algebra::{Expr, Function, Symbol};
use lorode::derivation::symbols::{M, PHI, Q, R, var};
use lorode::derivation::{Derivation, ExactKernel, Kernels, at_overlaps};
use lorode::dynamics::closed_system_by;
use lorode::expectation::{Kernel, Overlaps, kernel};
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{Adapter, Problem, ProblemOptions};
use lorode::watch::Cancel;
use proptest::prelude::*;

/// Pairs with a closed form, all combinations of the three kinds among them.
const PAIRS: &[(&str, &str)] = &[
    ("linear", "linear"),
    ("he1", "he3"),
    ("he3", "he3"),
    ("he4", "he2"),
    ("he5", "he5"),
    ("he1 + 0.5*he3", "he2 + he4/sqrt(24)"),
    ("x^3/3 - x", "x^2 + 0.1*x"),
    ("erf", "erf"),
    ("2*erf(x/sqrt(2))", "erf(0.3*x)"),
    ("erf", "he3"),
    ("he3", "erf"),
    ("erf", "x^4 - x"),
    ("relu", "relu"),
    ("relu", "he3"),
    ("he2", "relu"),
    ("sign", "relu"),
    ("heaviside", "erf"),
    ("erf", "relu"),
    ("relu", "erf(2*x)"),
    ("abs(x)", "leaky_relu"),
    ("max(x, 0)^2", "max(x, 0)^2 + x"),
    ("sign", "he5"),
];

pub(super) fn link(text: &str) -> Link {
    text.parse().unwrap()
}

pub(super) fn pair(teacher: &str, student: &str) -> Model {
    Model::new(link(teacher), link(student))
}

/// Sum of the sizes of the terms: what rounding is proportional to.
fn size(e: &Expr, value: &dyn Fn(Symbol) -> f64) -> f64 {
    e.terms()
        .map(|(monomial, number)| {
            let term = Expr::number(number.clone())
                * monomial
                    .powers()
                    .map(|(base, n)| Expr::power_of(base.clone(), n))
                    .product::<Expr>();
            term.evaluate(value).abs()
        })
        .sum()
}

/// A pair's formulas and its numbers.
struct Both {
    name: String,
    exact: ExactKernel,
    numeric: Arc<dyn Kernel>,
}

fn all_pairs() -> &'static [Both] {
    static ALL: OnceLock<Vec<Both>> = OnceLock::new();
    let both = |(teacher, student): &(&str, &str)| Both {
        name: format!("{teacher} -> {student}"),
        exact: ExactKernel::of(&link(teacher), &link(student)).unwrap(),
        numeric: kernel(&link(teacher), &link(student)),
    };
    ALL.get_or_init(|| PAIRS.iter().map(both).collect())
}

/// Formula, tree and number, at one state.
fn check(pair: &Both, at: &Overlaps) -> Result<(), TestCaseError> {
    let Both {
        name: pair,
        exact,
        numeric,
    } = pair;
    let (drift, noise) = (numeric.drift(at), numeric.noise(at));
    let value = |s: Symbol| at_overlaps(s, at);
    let of = |e: &Expr| e.evaluate(&value);
    let loss = 0.5 * (of(&exact.target_power) + of(&exact.square)) - of(&exact.product);
    let known = [
        ("alpha", &exact.alpha, drift.alpha),
        ("beta", &exact.beta, drift.beta),
        ("noise", &exact.noise, noise.signal),
        ("slope", &exact.slope, noise.slope),
    ];
    for (name, formula, number) in known {
        // Formulas multiplied out cancel: 1e-12 of their terms, and of the value where they do not.
        let allowed = 1e-12 * size(formula, &value).max(number.abs()) + numeric.errors(at).drift();
        let told = of(formula);
        prop_assert!(
            (told - number).abs() <= allowed,
            "{pair} {name} at {at:?}: {told} against {number}"
        );
        let shown = formula.arrange(&[M, PHI, R, Q]).evaluate(&value).unwrap();
        prop_assert!(
            (shown - told).abs() <= allowed,
            "{pair} {name} as shown: {shown} against {told}"
        );
    }
    let scale =
        size(&exact.square, &value) + size(&exact.product, &value) + of(&exact.target_power);
    prop_assert!((loss - numeric.loss(at)).abs() <= 1e-12 * scale);
    Ok(())
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn formulas_are_the_kernels(c in -0.999..0.999f64, q in 0.01..2.5f64) {
        for pair in all_pairs() {
            check(pair, &Overlaps::from_cosine(c, q))?;
        }
    }
}

#[test]
fn formulas_are_the_kernels_at_the_aligned_limit() {
    // r = 0 and phi = pi or 0, where every run starts.
    for pair in all_pairs() {
        for m in [0.3, 0.9, 1.0, 1.4, -0.7] {
            check(pair, &Overlaps::from_residual(m, 0.0)).unwrap();
        }
    }
}

/// With `r` and `phi` as functions of `m` and `q`.
fn explicit(e: &Expr) -> Expr {
    let residual = var(Q) - var(M) * var(M);
    let cosine = -(var(M) * var(Q).sqrt().recip());
    e.substitute(&|s| match s {
        s if s == R => Some(residual.clone()),
        s if s == PHI => Some(Expr::call(Function::ArcCos, cosine.clone())),
        _ => None,
    })
}

#[test]
fn alpha_and_beta_are_derivatives_of_the_loss() {
    for (teacher, student) in PAIRS {
        let exact = ExactKernel::of(&link(teacher), &link(student)).unwrap();
        let product = explicit(&exact.product);
        let alpha = product.derivative(M) - explicit(&exact.alpha);
        let beta = Expr::int(2) * product.derivative(Q)
            - explicit(&exact.square).derivative(Q)
            - explicit(&exact.beta);
        for (m, q) in [(0.3, 0.8), (-0.5, 0.5), (0.9, 1.7), (0.01, 0.2)] {
            let value = |s: Symbol| if s == M { m } else { q };
            for (name, gap) in [("alpha", &alpha), ("beta", &beta)] {
                let allowed = 1e-12 * size(gap, &value).max(1.0);
                let gap = gap.evaluate(&value);
                assert!(gap.abs() <= allowed, "{teacher} -> {student} {name}: {gap}");
            }
        }
    }
}

#[test]
fn polynomials_satisfy_the_chain_rule_exactly() {
    // No tolerance: equal as polynomials with rational coefficients.
    for k in 1..=12 {
        let he = format!("he{k}");
        let exact = ExactKernel::of(&link(&he), &link(&he)).unwrap();
        assert_eq!(exact.alpha, exact.product.derivative(M), "{he}");
        let beta = Expr::int(2) * exact.product.derivative(Q) - exact.square.derivative(Q);
        assert_eq!(exact.beta, beta, "{he}");
        // At w = omega* the loss and the noise vanish.
        let one = |e: &Expr| e.replace(M, &Expr::one()).replace(Q, &Expr::one());
        assert!(one(&exact.noise).is_zero(), "{he}");
        assert_eq!(one(&exact.square), exact.target_power, "{he}");
    }
}

pub(super) fn derived(
    teacher: &str,
    student: &str,
    mu: Option<f64>,
    options: &ProblemOptions,
) -> Derivation {
    Derivation::new(options, &pair(teacher, student), mu, Cancel::default()).unwrap()
}

#[test]
fn equations_are_the_rates_of_the_closed_systems() {
    for (adapter, mu) in [
        (Adapter::Spherical, Some(0.6)),
        (Adapter::Free, Some(0.6)),
        (Adapter::Full, Some(0.6)),
        (Adapter::Scratch, None),
    ] {
        let lora = adapter.is_lora();
        let options = ProblemOptions {
            adapter: Some(adapter),
            angle: mu.map(|_| 25.0.into()),
            chi: lora.then_some(1.7.into()),
            decay: (adapter != Adapter::Scratch).then_some(0.03.into()),
            noise: Some(0.2.into()),
            nu: Some(0.05.into()),
            ..Default::default()
        };
        let made = Derivation::new(&options, &pair("erf", "he3"), mu, Cancel::default()).unwrap();
        let problem = options.problem(&pair("erf", "he3"), mu).unwrap();
        rates_agree(&made, &problem);
    }
}

fn rates_agree(made: &Derivation, problem: &Problem) {
    let system = closed_system_by(problem, Arc::clone(problem.model().exact()));
    let dimension = system.start().len();
    let state: Vec<f64> = [0.4, 0.3, 0.2, 1.3][..dimension].to_vec();
    let mut rates = vec![0.0; dimension];
    system.rates(&state, &mut rates);
    let seen = system.observe(&state);
    let at = Overlaps::from(&seen);
    let (drift, noise) = (
        problem.model().exact().drift(&at),
        problem.model().exact().noise(&at),
    );
    let (rho, across) = (
        problem.pretraining().rho(),
        problem.pretraining().orthogonal(),
    );
    let value = |s: Symbol| match s.name {
        "alpha" => drift.alpha,
        "beta" => drift.beta,
        "N" => noise.total(0.2),
        "nu" => 0.05,
        "chi" => 1.7,
        "decay" => 0.03,
        "rho" => rho,
        "kappa" => problem.pretraining().kappa(),
        "m" => at.m,
        "q" => at.q,
        "u" => state[0],
        "a" => state[1],
        "s" => seen.s.unwrap(),
        "n" => state[1] * state[1] + state[2] * state[2] + state[3],
        other => panic!("{other}"),
    };
    // The program's states are components: s = rho a + rho_perp b, n = a^2 + b^2 + r, q = m^2 + r.
    let expected = |name: &str| match name {
        "u" | "a" if problem.adapter().is_lora() => rates[usize::from(name == "a")],
        "s" => rho * rates[1] + across * rates[2],
        "n" => 2.0 * (state[1] * rates[1] + state[2] * rates[2]) + rates[3],
        "m" => rates[0],
        "q" => 2.0 * at.m * rates[0] + rates[1],
        other => panic!("{other}"),
    };
    for rate in &made.system.rates {
        let told = rate.rate.evaluate(&value).unwrap();
        let number = expected(rate.variable.name);
        let name = rate.variable.name;
        assert!(
            (told - number).abs() <= 1e-13 * (1.0 + number.abs()),
            "{name}: {told}, {number}"
        );
    }
}

#[test]
fn pairs_without_a_closed_form_have_none() {
    for (teacher, student) in [
        ("tanh", "tanh"),
        ("erf", "tanh"),
        ("relu(x - 1)", "he3"),
        ("erf(x) + x", "erf"),
    ] {
        assert!(ExactKernel::of(&link(teacher), &link(student)).is_none());
        let made = derived(teacher, student, None, &ProblemOptions::default());
        assert!(matches!(made.kernels, Kernels::Series(_)));
    }
}
