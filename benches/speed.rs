//! Speed of what users wait for. `cargo bench`; the figures of the machine they were last taken
//! on, with the peers', are in docs/performance.md.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may fail by panicking"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use lorode::derivation::{Derivation, FORMATS, Wanted};
use lorode::dynamics::{ClosedSystem, closed_system};
use lorode::integrator::{self, Event, Field, Keep, Span, Tolerances, integrate};
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, ProblemOptions, Scaling, Setup};
use lorode::simulation::{Method, Schedule, Settings, Simulation, Until};
use lorode::watch::Cancel;

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

/// Links of everyday use, in the order in which they get harder; `teacher -> student` where they differ.
const EVERYDAY: [&str; 23] = [
    "relu(x-0.5)",
    "max(-1, min(1, x))",
    "max(0, min(1, x/6 + 0.5))",
    "max(-0.5, min(2, x))",
    "max(x, 0.1*x) + 0.5*relu(x-1) - 0.3*relu(x+0.7)",
    "x*max(0, min(6, x+3))/6",
    "x*relu(x)",
    "sign -> max(-1, min(1, x))",
    "sign(x+1) + sign(x+0.2) + sign(x-0.5) -> relu(x-0.5)",
    "gelu",
    "x*tanh(log(1+exp(x)))",
    "softplus(5*x)",
    "sin(5*x)",
    "tanh(3*x)",
    "sign -> tanh",
    "sign -> gelu",
    "tanh(10*x)",
    "max(x, 0) + exp(min(x, 0)) - 1",
    "1.0507*(max(x, 0) + 1.67326*(exp(min(x, 0)) - 1))",
    "sign -> max(x, 0) + exp(min(x, 0)) - 1",
    "max(x, 0.1*x) + 0.2*sin(x)",
    "abs(x)^1.5",
    "sign -> abs(x)^1.5",
];

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

fn model(text: &str) -> Model {
    match text.split_once(" -> ") {
        Some((teacher, student)) => Model::new(link(teacher), link(student)),
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
#[divan::bench(args = EVERYDAY)]
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

/// The noise kernel of a flow there.
#[divan::bench(args = LINKS.into_iter().chain(EVERYDAY))]
fn noise_kernel(bencher: Bencher, text: &str) {
    let flow = model(text).flow().clone();
    let at = lorode::expectation::Overlaps::new(0.515, 0.2675).unwrap();
    flow.noise(&at);
    bencher.bench_local(|| flow.noise(black_box(&at)));
}

/// From link texts to a first finished trajectory, mu = 0.5, d = 1000: parsing, set-up, patches.
#[divan::bench(args = LINKS, sample_count = 20)]
fn set_up_and_first_run(bencher: Bencher, text: &str) {
    first_run(bencher, text);
}

/// The same of links of everyday use.
#[divan::bench(args = EVERYDAY, sample_count = 2)]
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
    run(bencher, mu, integrator::Method::Auto);
}

/// The same with the implicit method from the start.
#[divan::bench(args = [0.5, 0.99, 0.999_999])]
fn exit_time_implicit(bencher: Bencher, mu: f64) {
    run(bencher, mu, integrator::Method::Implicit);
}

fn run(bencher: Bencher, mu: f64, method: integrator::Method) {
    let setup = Setup {
        u0: 1e-6,
        threshold: 0.9,
        ..Setup::new(
            Model::matched(link("erf")),
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
        method,
        ..Tolerances::default()
    };
    let field = Field {
        dim: start.len(),
        rates: &rates,
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

/// Kernel evaluation at one point by the exact route, nothing tabulated.
#[divan::bench(args = LINKS)]
fn exact_kernel(bencher: Bencher, text: &str) {
    let exact = Model::matched(link(text)).exact().clone();
    let at = lorode::expectation::Overlaps::new(0.55, 0.4).unwrap();
    bencher.bench_local(|| exact.drift(black_box(&at)));
}

/// Steps of one-pass SGD at B = 500 on one thread, as in the table of docs/performance.md. Peers on
/// this kind of machine: a stripped PyTorch loop 280-360 steps/s at d = 1000 and 38 at d = 10,000
/// (erf), numpy 214, the paper's script 75-86.
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
        (format.write)(&derivation, &Wanted::default()).unwrap()
    });
}
