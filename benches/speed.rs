//! Speed of what users wait for. `cargo bench`; the figures of the machine they were last taken
//! on, with the peers', are in docs/performance.md.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may fail by panicking"
)]

use std::sync::Arc;

use divan::{Bencher, black_box};
use lorode::dynamics::{ClosedSystem, closed_system};
use lorode::expectation::{PairAverages, flow_kernel};
use lorode::integrator::{Event, Field, Method, Span, Tolerances, integrate};
use lorode::link::Link;
use lorode::problem::{PreTraining, Problem, Setup};

fn main() {
    divan::main();
}

const LINKS: [&str; 7] = [
    "erf",
    "relu",
    "he3",
    "tanh",
    "x*sigmoid(x)",
    "tanh(2*x)",
    "relu(x-0.5)",
];

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

fn system(text: &str, mu: f64) -> Box<dyn ClosedSystem> {
    let pretraining = PreTraining::aligned(mu).unwrap();
    let problem = Problem::new(Setup::new(link(text), link(text), pretraining)).unwrap();
    closed_system(&problem, flow_kernel(&link(text), &link(text)))
}

/// One right-hand side of spherical LoRA (3 variables) where a run passes.
#[divan::bench(args = LINKS)]
fn rhs(bencher: Bencher, text: &str) {
    let system = system(text, 0.5);
    let mut rates = [0.0; 3];
    let state = [0.05, 0.3, 0.0];
    system.rates(&state, &mut rates);
    bencher.bench_local(|| {
        system.rates(black_box(&state), &mut rates);
        rates[0]
    });
}

/// From link texts to a first finished trajectory, mu = 0.5, d = 1000: parsing, set-up, patches.
#[divan::bench(args = LINKS, sample_count = 20)]
fn set_up_and_first_run(bencher: Bencher, text: &str) {
    let pretraining = PreTraining::aligned(0.5).unwrap();
    bencher.bench_local(|| {
        let link = link(text);
        let averages = PairAverages::new(&link, &link);
        let problem = Problem::new(Setup::new(link.clone(), link, pretraining)).unwrap();
        let run = lorode::trajectory::solve(&problem, &averages, &Tolerances::default());
        run.unwrap().exit_time
    });
}

/// Exit time of erf from u = 1e-6, a = 1/sqrt(1000) to |a| = 0.9. Peers (SciPy LSODA 4-8 ms,
/// RK45 12.6 s at 0.99; diffrax 0.2-20 ms; the best Rust implicit code 32-100 us).
#[divan::bench(args = [0.5, 0.9, 0.99, 0.999, 0.999_999])]
fn exit_time(bencher: Bencher, mu: f64) {
    run(bencher, mu, Method::Auto);
}

/// The same with the implicit method from the start.
#[divan::bench(args = [0.5, 0.99, 0.999_999])]
fn exit_time_implicit(bencher: Bencher, mu: f64) {
    run(bencher, mu, Method::Implicit);
}

fn run(bencher: Bencher, mu: f64, method: Method) {
    let erf = link("erf");
    let setup = Setup {
        u0: 1e-6,
        threshold: 0.9,
        ..Setup::new(erf.clone(), erf.clone(), PreTraining::aligned(mu).unwrap())
    };
    let system = closed_system(&Problem::new(setup).unwrap(), flow_kernel(&erf, &erf));
    let start = system.start();
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
        dim: 3,
        rates: &rates,
    };
    let span = Span {
        end: 1e30,
        record: &[],
    };
    bencher.bench_local(|| {
        let solution = integrate(field, black_box(&start), span, &tolerances, &events);
        solution.unwrap().end
    });
}

/// Kernel evaluation at one point by the exact route, nothing tabulated.
#[divan::bench(args = LINKS)]
fn exact_kernel(bencher: Bencher, text: &str) {
    let averages = PairAverages::new(&link(text), &link(text));
    let exact = Arc::clone(&averages.exact);
    let at = lorode::expectation::Overlaps::new(0.55, 0.4).unwrap();
    bencher.bench_local(|| exact.drift(black_box(&at)));
}
