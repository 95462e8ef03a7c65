//! The derivations whose programs are run.

use crate::support::{Random, link};
use lorode::derivation::{Derivation, FORMATS, Wanted};
use lorode::dynamics::{ClosedSystem, closed_system_by};
use lorode::model::Model;
use lorode::problem::{Adapter, Problem, ProblemOptions};
use lorode::watch::Cancel;
use std::sync::OnceLock;

pub(super) struct Case {
    pub(super) pair: Model,
    pub(super) options: ProblemOptions,
    pub(super) mu: Option<f64>,
    /// Largest error, relative to the size of the rates.
    pub(super) slack: f64,
}

pub(super) fn case(teacher: &str, student: &str, options: ProblemOptions, slack: f64) -> Case {
    let mu = (options.adapter != Some(Adapter::Scratch) && options.rho.is_none()).then_some(0.7);
    Case {
        pair: Model::new(link(teacher), link(student)),
        options,
        mu,
        slack,
    }
}

/// Pairs of all kinds with adapters and options of all kinds; closed forms first.
pub(super) fn cases() -> Vec<Case> {
    let plain = ProblemOptions::default;
    let noisy = |nu: f64| ProblemOptions {
        nu: Some(nu.into()),
        noise: Some(0.3.into()),
        ..plain()
    };
    let adapter = |adapter: Adapter| ProblemOptions {
        adapter: Some(adapter),
        ..noisy(0.2)
    };
    let (free, full, scratch) = (
        adapter(Adapter::Free),
        adapter(Adapter::Full),
        adapter(Adapter::Scratch),
    );
    let tilted = ProblemOptions {
        angle: Some(50.0.into()),
        chi: Some(1.7.into()),
        decay: Some(0.05.into()),
        ..noisy(0.2)
    };
    let given = ProblemOptions {
        rho: Some((-0.3).into()),
        kappa: Some(0.6.into()),
        ..noisy(0.1)
    };
    vec![
        case("erf", "erf", plain(), 1e-13),
        case("relu", "relu", noisy(0.2), 1e-13),
        case("he3", "he3", tilted.clone(), 1e-13),
        case("sign", "erf(2*x)", free.clone(), 1e-13),
        case("he2", "leaky-relu(0.2)", full.clone(), 1e-13),
        case("abs(x)", "relu", scratch.clone(), 1e-13),
        case("he5", "he5", noisy(0.2), 1e-13),
        case("he7", "he7", given.clone(), 1e-12),
        case("tanh", "tanh", plain(), 1e-12),
        case("tanh", "tanh", tilted.clone(), 1e-12),
        case("sign", "tanh(2*x)", noisy(0.2), 1e-12),
        case("relu", "x*sigmoid(x)", free, 1e-12),
        case("softplus", "softplus", full.clone(), 1e-12),
        case("cos", "sin + cos", scratch, 1e-12),
        case("gelu", "gelu", given, 1e-12),
        case("he3", "erf(x) + 0.1*abs(x - 0.7)", tilted, 1e-12),
        case("tanh", "he3", noisy(0.2), 1e-12),
        case("abs(x-1)", "exp(-x^2/2)", noisy(0.2), 1e-12),
        case("relu", "abs(x - 0.5)", noisy(0.2), 1e-12),
        case("heaviside(x - 0.3)", "relu(x - 0.2)", plain(), 1e-12),
        case("max(-1, min(1, x))", "tanh", full.clone(), 1e-12),
        case("he6", "he6", noisy(0.2), 1e-12),
        case("he8", "he8", noisy(0.2), 1e-12),
        case("he12", "he12", noisy(0.2), 1e-12),
    ]
}

/// A case with all that the languages are asked and held against.
pub(super) struct Made {
    pub(super) case: Case,
    pub(super) derivation: Derivation,
    pub(super) points: Vec<Point>,
}

impl Made {
    pub(super) fn new(case: Case) -> Self {
        Self {
            derivation: Derivation::new(&case.options, &case.pair, case.mu, Cancel::default())
                .unwrap(),
            points: points(&case),
            case,
        }
    }

    pub(super) fn program(&self, format: &str) -> String {
        let format = FORMATS.iter().find(|f| f.name == format).unwrap();
        let label = self.case.pair.label();
        (format.write)(&self.derivation, &Wanted::default())
            .unwrap_or_else(|e| panic!("{label}: {e}"))
    }
}

pub(super) fn made() -> &'static [Made] {
    static ALL: OnceLock<Vec<Made>> = OnceLock::new();
    ALL.get_or_init(|| cases().into_iter().map(Made::new).collect())
}

#[test]
fn what_has_no_program_says_why() {
    for (teacher, student, reason) in [
        ("tanh(x) + relu(x)", "relu(x - 1)", "both links have kinks"),
        ("tanh(x) + abs(x - 1)", "tanh(40*x)", "more than 768 terms"),
        (
            "tanh",
            "sqrt(1 + x^2)^pi",
            "is no fraction of small numbers",
        ),
    ] {
        let case = case(teacher, student, ProblemOptions::default(), 0.0);
        let derivation =
            Derivation::new(&case.options, &case.pair, case.mu, Cancel::default()).unwrap();
        for name in ["python", "julia", "rust"] {
            let format = FORMATS.iter().find(|f| f.name == name).unwrap();
            let error = (format.write)(&derivation, &Wanted::default()).unwrap_err();
            let text = error.to_string();
            let start = format!("no {name} program for {}: ", case.pair.label());
            assert!(text.starts_with(&start) && text.contains(reason), "{text}");
        }
    }
}

/// States at which the rates of a program are compared.
const STATES: usize = 6;

/// A state of a program and the rates that it should answer.
pub(super) struct Point {
    pub(super) state: Vec<f64>,
    pub(super) rates: Vec<f64>,
}

/// Programs have `s = rho a + rho_perp b` for the component `b`, and `q` for `q - m^2`.
pub(super) fn in_variables(problem: &Problem, state: &[f64], rates: &[f64]) -> Point {
    let at = problem.pretraining();
    let s = |v: &[f64]| at.rho() * v[1] + at.orthogonal() * v[2];
    let (state, rates) = match problem.adapter() {
        Adapter::Spherical => (
            vec![state[0], state[1], s(state)],
            vec![rates[0], rates[1], s(rates)],
        ),
        // n = a^2 + b^2 + r.
        Adapter::Free => {
            let [a, b, r] = [state[1], state[2], state[3]];
            let n = a * a + b * b + r;
            let dn = 2.0 * (a * rates[1] + b * rates[2]) + rates[3];
            (
                vec![state[0], a, s(state), n],
                vec![rates[0], rates[1], s(rates), dn],
            )
        }
        Adapter::Full => (
            vec![state[0], state[1] + state[0] * state[0]],
            vec![rates[0], rates[1] + 2.0 * state[0] * rates[0]],
        ),
        Adapter::Scratch => (state.to_vec(), rates.to_vec()),
    };
    Point { state, rates }
}

fn draw(problem: &Problem, random: &mut Random, i: usize) -> Vec<f64> {
    // The second one is nearly aligned.
    let near = if i == 1 { 1e-4 } else { 1.0 };
    let (u, length) = (near * random.within(-1.0, 1.0), random.within(0.1, 0.9));
    let (sine, cosine) = random.within(0.0, 6.3).sin_cos();
    let orthogonal = problem.pretraining().orthogonal() > 0.0;
    let (a, b) = if orthogonal {
        (length * cosine, length * sine)
    } else {
        (length * cosine, 0.0)
    };
    match problem.adapter() {
        // The first one is the start: aligned where pre-training is.
        _ if i == 0 => vec![],
        Adapter::Spherical => vec![u, a, b],
        Adapter::Free => vec![u, a, b, random.within(0.1, 0.9)],
        Adapter::Full => vec![
            random.within(-0.8, 0.9),
            near * near * random.within(0.0, 0.5),
        ],
        Adapter::Scratch if i == 1 => vec![1.0 - 1e-8],
        Adapter::Scratch => vec![a],
    }
}

pub(super) fn points(case: &Case) -> Vec<Point> {
    let problem = case.options.problem(&case.pair, case.mu).unwrap();
    let system = closed_system_by(&problem, case.pair.exact().clone());
    let mut random = Random(7);
    let point = |i| {
        let drawn = draw(&problem, &mut random, i);
        let state = if drawn.is_empty() {
            system.start()
        } else {
            drawn
        };
        in_variables(&problem, &state, &rates(&*system, &state))
    };
    (0..STATES).map(point).collect()
}

pub(super) fn rates(system: &dyn ClosedSystem, state: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; state.len()];
    system.rates(state, &mut out);
    out
}

pub(super) fn parameters(case: &Case) -> [(&'static str, f64); 4] {
    let problem = case.options.problem(&case.pair, case.mu).unwrap();
    [
        ("rho", problem.pretraining().rho()),
        ("kappa", problem.pretraining().kappa()),
        ("nu", problem.scaling().nu),
        ("noise", problem.label_noise()),
    ]
}
