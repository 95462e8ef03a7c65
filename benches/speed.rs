//! Speed of what users wait for. `cargo bench`; the figures of the machine they were last taken
//! on, with the peers', are in docs/performance.md.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may fail by panicking"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use lorode::derivation::{self, Derivation, FORMATS};
use lorode::dynamics::network::network_system;
use lorode::dynamics::{ClosedSystem, closed_system};
use lorode::expectation::{Covariance, Overlaps, PairGradient, pair_averages};
use lorode::integrator::{Drifts, Event, Field, Keep, Span, Tolerances, integrate};
use lorode::link::{Link, Outside};
use lorode::model::Model;
use lorode::prelude::{Solve, Study};
use lorode::problem::network::{Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, PreTraining, Problem, ProblemOptions, Scaling, Setup};
use lorode::simulation::{Method, NetworkSimulation, Schedule, Settings, Simulation, Until};
use lorode::study::kernel::at_many;
use lorode::trajectory::Wanted;
use lorode::trajectory::network::follow_network;
use lorode::watch::Cancel;
use nalgebra::{DMatrix, DVector};

fn main() {
    divan::main();
}

const LINKS: [&str; 8] = [
    "erf",
    "relu",
    "he3",
    "tanh",
    "x*sigmoid(x)",
    "tanh(2*x)",
    "relu(x-0.5)",
    "max(-1, min(1, x))",
];

/// Links of everyday use, in the order in which they get harder; `teacher -> student` where they differ. The last
/// ones take part of a second to set up.
fn everyday() -> Vec<String> {
    let mut links: Vec<String> = [
        "relu(x-0.5)",
        "hardtanh",
        "hardsigmoid",
        "clip(x,-0.5,2)",
        "max(x, 0.1*x) + 0.5*relu(x-1) - 0.3*relu(x+0.7)",
        "hardswish",
        "x*relu(x)",
        "gelu",
        "mish",
        "softplus(5*x)",
        "sin(5*x)",
        "tanh(3*x)",
        "tanh(10*x)",
        "elu",
        "selu",
        "max(x, 0.1*x) + 0.2*sin(x)",
        "abs(x)^1.5",
    ]
    .map(str::to_owned)
    .to_vec();
    let jumping: Vec<String> = links.iter().map(|l| format!("sign -> {l}")).collect();
    links.extend(jumping);
    let others = ["sign -> tanh", "tanh(100*x)", STAIRCASE, TABLE];
    links.extend(others.map(str::to_owned));
    links
}

/// A teacher of 20 jumps.
const STAIRCASE: &str = "staircase -> relu(x-0.5)";
/// 600 values of a wavy sigmoid.
const TABLE: &str = "table of 600 values";

fn staircase() -> Link {
    let steps: Vec<String> = (0..20)
        .map(|i| format!("0.1*sign(x - ({:.2}))", -1.9 + 0.2 * f64::from(i)))
        .collect();
    link(&steps.join(" + "))
}

fn table() -> Link {
    let x: Vec<f64> = (-300..300).map(|i| 0.02 * f64::from(i)).collect();
    let y: Vec<f64> = x.iter().map(|x| x.tanh() + 0.1 * (2.0 * x).sin()).collect();
    Link::from_table(&x, &y, Outside::Linear).unwrap()
}

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

fn model(text: &str) -> Model {
    match text.split_once(" -> ") {
        Some(("staircase", student)) => Model::new(staircase(), link(student)),
        Some((teacher, student)) => Model::new(link(teacher), link(student)),
        None if text == TABLE => Model::matched(table()),
        None => Model::matched(link(text)),
    }
}

fn system(text: &str, mu: f64) -> Box<dyn ClosedSystem> {
    let pretraining = PreTraining::aligned(mu).unwrap();
    closed_system(&Problem::new(Setup::new(model(text), pretraining)).unwrap())
}

/// One right-hand side of spherical LoRA (3 variables) where a run passes.
#[divan::bench(args = LINKS)]
fn rhs(bencher: Bencher, text: &str) {
    right_hand_side(bencher, text);
}

/// The same of links of everyday use.
#[divan::bench(args = everyday())]
fn rhs_everyday(bencher: Bencher, text: &str) {
    right_hand_side(bencher, text);
}

fn right_hand_side(bencher: Bencher, text: &str) {
    let system = system(text, 0.5);
    let mut rates = [0.0; 3];
    let state = [0.05, 0.3, 0.0];
    system.rates(&state, &mut rates);
    bencher.bench_local(|| {
        system.rates(black_box(&state), &mut rates);
        rates[0]
    });
}

/// Gradients of all 15 pair averages of three student and three teacher units, at variances and covariances of their own.
#[divan::bench(args = ["erf", "relu", "he3", "relu(x-0.5)"])]
fn pair_gradients(bencher: Bencher, text: &str) {
    let unit = link(text);
    let pair = pair_averages(&unit, &unit).unwrap();
    let place = |i: i32| {
        let (v1, v2) = (1.0 + 0.03 * f64::from(i), 0.4 + 0.05 * f64::from(i));
        Covariance::new(v1, v2, 0.02 * f64::from(i)).unwrap()
    };
    let places: Vec<Covariance> = (0..15).map(place).collect();
    let mut out = [PairGradient::default(); 15];
    bencher.bench_local(|| {
        pair.gradients(black_box(&places), &mut out);
        out[7].c
    });
}

/// The noise kernel of a flow there.
#[divan::bench(args = LINKS.map(str::to_owned).into_iter().chain(everyday()))]
fn noise_kernel(bencher: Bencher, text: &str) {
    let flow = model(text).flow().clone();
    let at = Overlaps::new(0.515, 0.2675).unwrap();
    flow.noise(&at);
    bencher.bench_local(|| flow.noise(black_box(&at)));
}

/// From link texts to a first finished trajectory, mu = 0.5, d = 1000: parsing, set-up, patches.
#[divan::bench(args = LINKS, sample_count = 20)]
fn set_up_and_first_run(bencher: Bencher, text: &str) {
    first_run(bencher, text);
}

/// The same of links of everyday use.
#[divan::bench(args = everyday(), sample_count = 2)]
fn set_up_and_first_run_everyday(bencher: Bencher, text: &str) {
    first_run(bencher, text);
}

fn first_run(bencher: Bencher, text: &str) {
    let pretraining = PreTraining::aligned(0.5).unwrap();
    bencher.bench_local(|| {
        let problem = Problem::new(Setup::new(model(text), pretraining)).unwrap();
        let run = lorode::trajectory::solve(&problem, &Tolerances::default());
        run.unwrap().exit_time
    });
}

/// Exit time of erf from u = 1e-6, a = 1/sqrt(1000) to |a| = 0.9. Peers (SciPy LSODA 4-8 ms,
/// RK45 12.6 s at 0.99; diffrax 0.2-20 ms; the best Rust implicit code 32-100 us).
#[divan::bench(args = [0.5, 0.9, 0.99, 0.999, 0.999_999])]
fn exit_time(bencher: Bencher, mu: f64) {
    run(bencher, ("erf", mu, Tolerances::default().rtol));
}

/// The same at the tolerances whose error is 1e-7 and 1e-9.
#[divan::bench(args = EXITS)]
fn exit_time_to(bencher: Bencher, exit: (&str, f64, f64)) {
    run(bencher, exit);
}

const EXITS: [(&str, f64, f64); 9] = [
    ("erf", 0.5, 3e-5),
    ("erf", 0.9, 1e-4),
    ("erf", 0.99, 1e-4),
    ("erf", 0.999, 1e-4),
    ("erf", 0.999_999, 1e-4),
    ("erf", 0.5, 3e-8),
    ("erf", 0.99, 1e-6),
    ("relu", 0.9, 1e-7),
    ("he3", 0.9, 1e-6),
];

fn run(bencher: Bencher, (text, mu, rtol): (&str, f64, f64)) {
    let setup = Setup {
        u0: 1e-6,
        threshold: 0.9,
        ..Setup::new(
            Model::matched(link(text)),
            PreTraining::aligned(mu).unwrap(),
        )
    };
    let system = closed_system(&Problem::new(setup).unwrap());
    let mut start = system.start();
    start.truncate(system.moving());
    let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
    let exit = |state: &[f64]| state[1].abs() - 0.9;
    let events = [Event {
        function: &exit,
        terminal: true,
    }];
    let tolerances = Tolerances {
        rtol,
        ..Tolerances::default()
    };
    let field = Field {
        dim: start.len(),
        rates: &rates,
        grain: 0.0,
        is_dear: false,
        drifts: Drifts::GoOn,
        halts: None,
    };
    let span = Span {
        end: 1e30,
        keep: Keep::Nothing,
    };
    bencher.bench_local(|| {
        let solution = integrate(field, black_box(&start), span, &tolerances, &events);
        solution.unwrap().end
    });
}

/// One right-hand side of spherical LoRA of rank 2 with as many student as teacher units, without noise or with it.
#[divan::bench(args = [("erf", 3, 0.0), ("relu", 3, 0.0), ("erf", 4, 0.5), ("he1 + 0.5*he3", 2, 0.5)])]
fn rhs_network(bencher: Bencher, (text, units, nu): (&str, usize, f64)) {
    let near = |i: usize, k: usize| {
        if i == k {
            0.5
        } else {
            0.1 / (1 + i + k) as f64
        }
    };
    let weights = DMatrix::from_fn(units, 2 * units, |i, k| near(i, k % units));
    let frame = Frame::of_components(DMatrix::identity(units, 2 * units), weights, units);
    let mut setup = NetworkSetup::new(Model::matched(link(text)), frame.unwrap());
    (setup.rank, setup.scaling.nu) = (2, nu);
    setup.start.u = Some(DMatrix::from_fn(units, 2, |i, k| 0.1 * near(i, k)));
    let system = network_system(&NetworkProblem::new(setup).unwrap()).unwrap();
    let (state, mut rates) = (system.start(), system.start());
    bencher.bench_local(|| system.rates(black_box(&state), &mut rates));
}

/// A committee of 50 units and 5 teacher units trained in full until its loss has fallen to 1e-4: 1,525 variables.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn large_committee(bencher: Bencher) {
    let own =
        |i: usize, k: usize| 0.5 * ((1 + i * 7 + k * 3) as f64).sin() / (1.0 + k as f64).sqrt();
    let weights = DMatrix::from_fn(50, 55, |i, k| {
        own(i, k) + if k == 5 + i { 0.2 } else { 0.0 }
    });
    let frame = Frame::of_components(DMatrix::identity(5, 55), weights, 5);
    let mut setup = NetworkSetup::new(Model::matched(link("erf(x/sqrt(2))")), frame.unwrap());
    (setup.adapter, setup.loss_tolerance) = (Adapter::Full, 1e-4);
    let problem = NetworkProblem::new(setup).unwrap();
    bencher.bench_local(|| {
        let run = follow_network(&problem, Wanted::Nothing, &Tolerances::default());
        run.unwrap().0.end
    });
}

/// Kernel evaluation at one point by the exact route, nothing tabulated.
#[divan::bench(args = LINKS)]
fn exact_kernel(bencher: Bencher, text: &str) {
    let exact = Model::matched(link(text)).exact().clone();
    let at = Overlaps::new(0.55, 0.4).unwrap();
    bencher.bench_local(|| exact.drift(black_box(&at)));
}

/// Steps of one-pass SGD at B = 500 on one thread, as in the table of docs/performance.md. Peers on
/// this kind of machine: a stripped PyTorch loop 280-360 steps/s at d = 1000 and 38 at d = 10,000
/// (erf), numpy 214, the paper's script 75-86.
/// A study as a front asks for it: python/benches/speed.py has the same through Python.
#[divan::bench]
fn study_solve(bencher: Bencher) {
    let mut solve = Solve::default();
    solve.problem.link = vec!["erf".into()];
    solve.problem.mu = Some(0.5.into());
    bencher.bench_local(|| solve.run(&Cancel::default()).unwrap());
}

/// Averages at many overlaps, as a front asks for them.
#[divan::bench(args = ["erf", "relu", "he3"])]
fn kernels_at_many(bencher: Bencher, text: &str) {
    const POINTS: usize = 100_000;
    let model = model(text);
    let m: Vec<f64> = (0..POINTS)
        .map(|i| 0.9 * i as f64 / POINTS as f64)
        .collect();
    let q = vec![1.0; POINTS];
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| at_many(&model, (&m, &q), None, 0.0, &Cancel::default()).unwrap());
}

fn simulate(bencher: Bencher, text: &str, (dim, batch): (f64, f64), method: Method, steps: u64) {
    let scaling = Scaling::new(dim, Some(batch), Some(1e-3), None).unwrap();
    let setup = Setup {
        scaling,
        ..Setup::new(
            Model::matched(link(text)),
            PreTraining::aligned(0.5).unwrap(),
        )
    };
    let settings = Settings {
        method,
        steps,
        until: Until::Steps,
        schedule: Schedule::Logarithmic(2),
        seeds: "1".parse().unwrap(),
        test_batch: 1,
    };
    let simulation = Simulation::new(Problem::new(setup).unwrap(), settings).unwrap();
    let watch = Cancel::default();
    bencher
        .counter(ItemsCount::new(steps))
        .bench_local(|| simulation.run(&watch, None).unwrap().runs[0].steps);
}

/// The projected simulator at d = 1000.
#[divan::bench(args = ["linear", "relu", "erf", "tanh", "he3", "x*sigmoid(x)"], sample_count = 20)]
fn sgd_projected(bencher: Bencher, text: &str) {
    simulate(bencher, text, (1e3, 500.0), Method::Projected, 5000);
}

/// The projected simulator of erf at other dimensions.
#[divan::bench(args = [1e4, 1e12], sample_count = 20)]
fn sgd_projected_dimension(bencher: Bencher, dim: f64) {
    simulate(bencher, "erf", (dim, 500.0), Method::Projected, 5000);
}

/// The projected simulator of erf at other batch sizes.
#[divan::bench(args = [1.0, 10.0, 1e5], sample_count = 20)]
fn sgd_projected_batch(bencher: Bencher, batch: f64) {
    let steps = (2e6 / (batch + 20.0)) as u64;
    simulate(bencher, "erf", (1e3, batch), Method::Projected, steps);
}

/// The projected simulator of a network: four units of erf, four teachers, LoRA of rank 2; pre-trained weights in the span
/// of the teachers.
#[divan::bench(args = [1e3, 1e9], sample_count = 20)]
fn sgd_network(bencher: Bencher, dim: f64) {
    simulate_network(bencher, dim, 0.0);
}

/// The same where each unit has a direction of its own.
#[divan::bench(args = [1e3, 1e9], sample_count = 20)]
fn sgd_network_apart(bencher: Bencher, dim: f64) {
    simulate_network(bencher, dim, 0.1);
}

fn simulate_network(bencher: Bencher, dim: f64, apart: f64) {
    const STEPS: u64 = 2000;
    let m = DMatrix::from_diagonal(&DVector::from_row_slice(&[0.5, 0.5, 1.0, 1.0]));
    let q = &m * &m + DMatrix::from_diagonal_element(4, 4, apart);
    let frame = Frame::of_overlaps(&DMatrix::identity(4, 4), &m, &q).unwrap();
    let setup = NetworkSetup {
        rank: 2,
        scaling: Scaling::new(dim, Some(500.0), Some(1e-3), None).unwrap(),
        ..NetworkSetup::new(Model::matched(link("erf")), frame)
    };
    let settings = Settings {
        method: Method::Projected,
        steps: STEPS,
        until: Until::Steps,
        schedule: Schedule::Logarithmic(2),
        seeds: "1".parse().unwrap(),
        test_batch: 1,
    };
    let problem = NetworkProblem::new(setup).unwrap();
    let simulation = NetworkSimulation::new(problem, settings).unwrap();
    let watch = Cancel::default();
    bencher
        .counter(ItemsCount::new(STEPS))
        .bench_local(|| simulation.run(&watch, None).unwrap().runs[0].steps);
}

/// The literal loop in d = 1000 dimensions.
#[divan::bench(sample_count = 5)]
fn sgd_full(bencher: Bencher) {
    simulate(bencher, "erf", (1e3, 500.0), Method::Full, 200);
}

/// Values of a link in blocks, per value.
#[divan::bench(args = ["erf", "exp(x)", "tanh", "sigmoid", "relu", "he3", "gelu"])]
fn link_values(bencher: Bencher, text: &str) {
    let (link, x) = (link(text), numbers());
    let mut out = vec![0.0; x.len()];
    bencher
        .counter(ItemsCount::new(x.len()))
        .bench_local(|| link.values(black_box(&x), &mut out));
}

/// The same one at a time.
#[divan::bench(args = ["erf", "exp(x)", "tanh"])]
fn link_value(bencher: Bencher, text: &str) {
    let (link, x) = (link(text), numbers());
    bencher
        .counter(ItemsCount::new(x.len()))
        .bench_local(|| x.iter().map(|x| link.value(*black_box(x))).sum::<f64>());
}

/// 512 numbers of normal size, in no order that a branch predictor could learn.
fn numbers() -> Vec<f64> {
    (0..512).map(|i| 2.5 * (f64::from(i) * 1.7).sin()).collect()
}

/// A whole derivation as text: kernels, search phase, limits, start. SymPy takes 63 ms for the
/// kernels and the factored A of he3 alone, 705 ms for those of he12 (docs/performance.md).
#[divan::bench(args = ["he3", "he12", "erf", "relu", "tanh"], sample_count = 20)]
fn derive(bencher: Bencher, text: &str) {
    let options = ProblemOptions::default();
    let format = FORMATS.iter().find(|f| f.name == "text").unwrap();
    bencher.bench_local(|| {
        let model = Model::matched(link(text));
        let derivation = Derivation::new(&options, &model, None, Cancel::default()).unwrap();
        (format.write)(&derivation, &derivation::Wanted::default()).unwrap()
    });
}
