//! The closed systems against the equations of docs/theory.md, section 3, written in its variables
//! (u, a, s) instead of frame components, and the laws that their flows obey.

use std::sync::Arc;

use crate::support::solving::{solve, until};
use crate::support::{Random, link};
use lorode::dynamics::{ClosedSystem, FiniteStepMap, closed_system};
use lorode::expectation::{Kernel, Overlaps, flow_kernel};
use lorode::integrator::{Solution, Tolerances};
use lorode::model::Model;
use lorode::problem::{Adapter, Dynamics, PreTraining, Problem, Scaling, Setup};

/// Both sides are the same few products and sums; what differs is `q - m^2` taken from `q`, which
/// the kernels amplify by a few tens at the states drawn here.
const SAME: f64 = 1e-12;

const PAIRS: [(&str, &str); 5] = [
    ("erf", "erf"),
    ("relu", "relu"),
    ("he3", "he3"),
    ("tanh", "tanh"),
    ("sign", "erf"),
];

fn pretrainings() -> [PreTraining; 5] {
    [
        PreTraining::aligned(0.8).unwrap(),
        PreTraining::tilted(0.7, 40.0).unwrap(),
        PreTraining::tilted(1.3, 115.0).unwrap(),
        PreTraining::mixture(0.6).unwrap(),
        PreTraining::overlaps(-0.3, 0.5).unwrap(),
    ]
}

struct Case {
    problem: Problem,
    kernel: Arc<dyn Kernel>,
}

impl Case {
    fn new(setup: Setup) -> Self {
        let kernel = flow_kernel(setup.model.teacher(), setup.model.student());
        Self {
            problem: Problem::new(setup).unwrap(),
            kernel,
        }
    }

    fn system(&self) -> Box<dyn ClosedSystem> {
        closed_system(&self.problem)
    }

    fn rates(&self, state: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; state.len()];
        self.system().rates(state, &mut out);
        out
    }

    /// alpha, beta and nu N of theory.md at (m, q).
    fn kernels(&self, m: f64, q: f64) -> [f64; 3] {
        let at = Overlaps::new(m, q).unwrap();
        let drift = self.kernel.drift(&at);
        let noise = self.kernel.noise(&at).total(self.problem.label_noise());
        [drift.alpha, drift.beta, self.problem.scaling().nu * noise]
    }
}

fn close(ours: &[f64], theirs: &[f64], what: &str) {
    let size = theirs.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
    for (a, b) in ours.iter().zip(theirs) {
        assert!(
            (a - b).abs() <= SAME * size,
            "{what}: {ours:?} against {theirs:?}"
        );
    }
}

/// Every pair with every pre-training; options that all differ from their defaults.
fn cases(adapter: Adapter) -> Vec<Case> {
    let mut out = Vec::new();
    for (teacher, student) in PAIRS {
        for pretraining in pretrainings() {
            let mut setup = Setup::new(Model::new(link(teacher), link(student)), pretraining);
            setup.label_noise = 0.3;
            setup.scaling.nu = 0.17;
            (setup.step_ratio, setup.weight_decay) = (1.7, 0.11);
            out.push(Case::new(setup.trained_by(adapter)));
        }
    }
    out
}

/// u, a, b of a unit vector with a rest; b = 0 when there is no second direction.
fn state(random: &mut Random, orthogonal: f64) -> [f64; 3] {
    let (u, length) = (random.within(-1.5, 1.5), random.within(0.1, 0.9));
    let (sine, cosine) = random.within(0.0, 6.3).sin_cos();
    if orthogonal > 0.0 {
        [u, length * cosine, length * sine]
    } else {
        [u, length * cosine, 0.0]
    }
}

/// `(a, s, n)`-form: rates of u, a, s, n without normalisation (free) or with it (spherical).
fn theory(case: &Case, [u, a, s, n]: [f64; 4]) -> [f64; 4] {
    let p = &case.problem;
    let (rho, kappa) = (p.pretraining().rho(), p.pretraining().kappa());
    let (chi, decay) = (p.step_ratio(), p.weight_decay());
    let (m, q) = (rho + u * a, kappa + 2.0 * u * s + u * u * n);
    let [alpha, beta, noise] = case.kernels(m, q);
    let gradient = alpha * a + beta * (s + u * n);
    let du = gradient - decay * u;
    if p.adapter() == Adapter::Free {
        return [
            du,
            chi * u * (alpha + beta * m) - decay * a,
            chi * u * (alpha * rho + beta * (kappa + u * s)) - decay * s,
            2.0 * chi * u * gradient + chi * chi * u * u * noise - 2.0 * decay * n,
        ];
    }
    let shrink = chi * chi * 0.5 * u * u * noise;
    [
        du,
        chi * u * (alpha * (1.0 - a * a) + beta * (rho - s * a)) - shrink * a,
        chi * u * (alpha * (rho - s * a) + beta * (kappa - s * s)) - shrink * s,
        0.0,
    ]
}

#[test]
fn lora_systems_are_those_of_the_theory() {
    let mut random = Random(1);
    for adapter in [Adapter::Spherical, Adapter::Free] {
        for case in cases(adapter) {
            let p = &case.problem.pretraining();
            for _ in 0..10 {
                let [u, a, b] = state(&mut random, p.orthogonal());
                let n = if adapter == Adapter::Free {
                    random.within(1.0, 1.5)
                } else {
                    1.0
                };
                let mut frame = vec![u, a, b];
                if adapter == Adapter::Free {
                    frame.push(n - a * a - b * b);
                }
                let ours = case.rates(&frame);
                let s = p.rho() * a + p.orthogonal() * b;
                let [du, da, ds, dn] = theory(&case, [u, a, s, n]);
                // b = (s - rho a) / rho_perp.
                let ds_ours = p.rho() * ours[1] + p.orthogonal() * ours[2];
                let what = format!(
                    "{adapter:?} {:?} at {frame:?}",
                    case.problem.model().student()
                );
                close(&[ours[0], ours[1], ds_ours], &[du, da, ds], &what);
                if adapter == Adapter::Free {
                    let norm = 2.0 * (a * ours[1] + b * ours[2]) + ours[3];
                    close(&[norm], &[dn], &what);
                }
                let seen = case.system().observe(&frame);
                assert!((seen.s.unwrap() - s).abs() < 1e-15);
                let q = p.kappa() + 2.0 * u * s + u * u * n;
                assert!((seen.q() - q).abs() < 1e-14 * (1.0 + q), "{what}");
            }
        }
    }
}

#[test]
fn full_fine_tuning_is_that_of_the_theory() {
    let mut random = Random(2);
    for case in cases(Adapter::Full) {
        let p = &case.problem;
        let start = case.system().start();
        assert!((start[0] - p.pretraining().rho()).abs() < 1e-15);
        assert!((start[0].powi(2) + start[1] - p.pretraining().kappa()).abs() < 1e-15);
        for _ in 0..10 {
            let (m, residual) = (random.within(-1.3, 1.3), random.within(0.05, 1.0));
            let q = m * m + residual;
            let [alpha, beta, noise] = case.kernels(m, q);
            let dm = alpha + beta * m - p.weight_decay() * m;
            let dq = 2.0 * (alpha * m + beta * q) + noise - 2.0 * p.weight_decay() * q;
            let ours = case.rates(&[m, residual]);
            let what = format!("{:?} at m = {m}, q = {q}", p.model().student());
            close(&[ours[0], ours[1] + 2.0 * m * ours[0]], &[dm, dq], &what);
        }
    }
}

#[test]
fn training_from_scratch_is_that_of_the_theory() {
    let mut random = Random(3);
    for case in cases(Adapter::Scratch) {
        for _ in 0..10 {
            let m = random.within(-0.95, 0.95);
            let [alpha, _, noise] = case.kernels(m, 1.0);
            let expected = alpha * (1.0 - m * m) - 0.5 * noise * m;
            close(
                &case.rates(&[m]),
                &[expected],
                &format!("{:?} at {m}", case.problem.model().student()),
            );
        }
    }
}

fn run(case: &Case, end: f64) -> Solution {
    let system = case.system();
    let start = system.start();
    let rates = |y: &[f64], out: &mut [f64]| system.rates(y, out);
    solve(
        start.len(),
        &rates,
        &start,
        until(end),
        &Tolerances {
            rtol: 1e-10,
            ..Tolerances::default()
        },
        &[],
    )
    .unwrap()
}

/// Flows without noise or decay, from a start that has a bit of everything.
fn gradient_flows(adapter: Adapter) -> Vec<Case> {
    let mut out = Vec::new();
    // Without the last pair: a step is never learned, q grows without end and the run only slows.
    for (teacher, student) in &PAIRS[..4] {
        for pretraining in pretrainings() {
            let mut setup = Setup::new(Model::new(link(teacher), link(student)), pretraining);
            setup.adapter = adapter;
            if adapter.is_lora() {
                setup.u0 = 0.2;
            }
            if adapter != Adapter::Full {
                setup.alignment0 = Some(0.15);
            }
            out.push(Case::new(setup));
        }
    }
    out
}

/// Aligned pre-training closes on (u, a): the component across stays exactly 0 and may be left out.
#[test]
fn aligned_pretraining_stays_aligned() {
    for mut setup in cases(Adapter::Spherical)
        .into_iter()
        .map(|c| c.problem.setup().clone())
    {
        setup.pretraining = PreTraining::aligned(0.8).unwrap();
        setup.alignment0 = Some(0.2);
        let case = Case::new(setup);
        for y in run(&case, 5.0).path.states() {
            let (system, s) = (case.system(), case.system().observe(y).s.unwrap());
            assert_eq!((y[2].to_bits(), s.to_bits()), (0, (0.8 * y[1]).to_bits()));
            let (all, moving) = (case.rates(y), case.rates(&y[..system.moving()]));
            assert_eq!(format!("{:?}", &all[..2]), format!("{moving:?}"));
        }
    }
}

/// Without noise every flow descends the population loss, and no overlap leaves its bounds:
/// the Gram matrix of omega*, w0 and v stays positive semidefinite.
#[test]
fn flows_descend_and_stay_in_bounds() {
    for adapter in [
        Adapter::Spherical,
        Adapter::Free,
        Adapter::Full,
        Adapter::Scratch,
    ] {
        for case in gradient_flows(adapter) {
            let system = case.system();
            let solution = run(&case, 30.0);
            assert!(solution.path.states().len() > 10);
            let mut before = f64::INFINITY;
            for y in solution.path.states() {
                let loss = system.loss(y);
                // The steps carry the integrator's 1e-10; the loss is of order 1.
                assert!(loss <= before + 1e-9, "{adapter:?}: {loss} after {before}");
                before = loss;
                let at = Overlaps::from(&system.observe(y));
                assert!(
                    at.residual >= 0.0 && at.m * at.m <= at.q * (1.0 + 1e-12),
                    "{at:?}"
                );
                match adapter {
                    Adapter::Spherical => {
                        assert!(y[1] * y[1] + y[2] * y[2] <= 1.0 + 1e-9, "{y:?}");
                    }
                    Adapter::Free => assert!(y[3] >= 0.0, "{y:?}"),
                    _ => {}
                }
            }
        }
    }
}

/// Free LoRA conserves `n - u^2` (balance of the two layers of a linear network).
#[test]
fn free_lora_conserves_the_balance() {
    let mut random = Random(4);
    for case in gradient_flows(Adapter::Free) {
        let [u, a, b] = state(&mut random, case.problem.pretraining().orthogonal());
        let rates = case.rates(&[u, a, b, 0.4]);
        let norm = 2.0 * (a * rates[1] + b * rates[2]) + rates[3];
        assert!((norm - 2.0 * u * rates[0]).abs() < 1e-14 * (1.0 + norm.abs()));
        let solution = run(&case, 50.0);
        for y in solution.path.states() {
            let balance = y[1] * y[1] + y[2] * y[2] + y[3] - y[0] * y[0];
            assert!(
                (balance - 0.96).abs() < 1e-8,
                "{:?}: {balance}",
                case.problem.model().student()
            );
        }
    }
}

fn map_case(eta: f64, nu: f64, pretraining: PreTraining) -> Case {
    let mut setup = Setup::new(Model::new(link("erf"), link("tanh")), pretraining);
    setup.dynamics = Dynamics::Map;
    setup.label_noise = 0.2;
    let dim = 1e6;
    setup.scaling = Scaling {
        dim,
        batch: Some(eta * dim / nu),
        step: Some(eta),
        nu,
        ..setup.scaling.clone()
    };
    setup.u0 = 0.1;
    setup.alignment0 = Some(0.1);
    Case::new(setup)
}

/// The formula of docs/theory.md in (u, a, s).
#[test]
fn the_finite_step_map_is_that_of_the_theory() {
    let mut random = Random(5);
    for pretraining in pretrainings() {
        let (rho, kappa) = (pretraining.rho(), pretraining.kappa());
        for eta in [0.01, 0.3, 2.0] {
            let case = map_case(eta, 0.4, pretraining);
            let map = FiniteStepMap::new(&case.problem).unwrap();
            for _ in 0..5 {
                let [u, a, b] = state(&mut random, pretraining.orthogonal());
                let s = rho * a + pretraining.orthogonal() * b;
                let (m, q) = (rho + u * a, kappa + 2.0 * u * s + u * u);
                let [alpha, beta, noise] = case.kernels(m, q);
                let gradient = alpha * a + beta * (s + u);
                // nu = eta d / B, so (d/B) N eta^2 = eta nu N.
                let force = alpha * alpha + 2.0 * alpha * beta * m + beta * beta * q;
                let norm = 1.0
                    + 2.0 * eta * u * gradient
                    + (eta * u).powi(2) * force
                    + eta * u * u * noise;
                let root = norm.sqrt();
                let next = [
                    u + eta * gradient,
                    (a + eta * u * (alpha + beta * m)) / root,
                    (s + eta * u * (alpha * rho + beta * (kappa + u * s))) / root,
                ];
                let after = map.apply([u, a, b]);
                let ours = [after[0], after[1], map.observe(after).s.unwrap()];
                close(&ours, &next, &format!("eta = {eta}"));
            }
        }
    }
}

/// At fixed nu the map tends to the flow, with an error of first order in eta.
#[test]
fn the_map_tends_to_the_flow() {
    const END: f64 = 4.0;
    let pretraining = PreTraining::tilted(0.5, 30.0).unwrap();
    // nu fixes the flow; the step size does not enter it.
    let limit = run(&map_case(0.1, 0.4, pretraining), END).last;
    let errors = [64, 128, 256].map(|steps| {
        let case = map_case(END / f64::from(steps), 0.4, pretraining);
        let map = FiniteStepMap::new(&case.problem).unwrap();
        let end = (0..steps).fold(map.start(), |state, _| map.apply(state));
        let gaps = end.iter().zip(&limit).map(|(a, b)| (a - b).powi(2));
        gaps.sum::<f64>().sqrt()
    });
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 1.0).abs() < 0.1, "{order}, {errors:?}");
    }
}
