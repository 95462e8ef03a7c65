//! Figures of every kind.

use crate::output::Figure;
use crate::problem::ProblemOptions;
use crate::study::compare::{Compare, CompareExits, CompareNetwork};
use crate::study::kernel::KernelAt;
use crate::study::links::Links;
use crate::study::optimum::{OptimumOf, OptimumOfHistory};
use crate::study::phase::Phase;
use crate::study::plot::Plot;
use crate::study::scaling::Scaling;
use crate::study::search::{Search, SearchNetwork};
use crate::study::simulate::{Simulate, SimulateNetwork};
use crate::study::solve::{Solve, SolveNetwork, SolveNetworks, SolveStrengths};
use crate::study::train::{Train, TrainNetwork, TrainNetworkSgd, TrainSgd};
use crate::study::{Report, Study};
use crate::watch::Cancel;

fn problem(links: &[&str], mu: Option<&str>) -> ProblemOptions {
    ProblemOptions {
        link: links.iter().map(|link| (*link).into()).collect(),
        mu: mu.map(|mu| mu.parse().unwrap()),
        ..ProblemOptions::default()
    }
}

fn sgd(links: &[&str]) -> ProblemOptions {
    ProblemOptions {
        lr: Some(0.2.into()),
        batch: Some(100.0.into()),
        dim: Some(50.0.into()),
        ..problem(links, Some("0.3"))
    }
}

pub(super) fn drawn<S: Study>(study: &S) -> Figure {
    study.run(&Cancel::default()).unwrap().figure().unwrap()
}

/// A figure of every kind.
pub(super) fn figures() -> Vec<(&'static str, Figure)> {
    let map = |y: Option<&str>| Phase {
        problem: problem(&["he3"], None),
        x: "mu=0.2:0.6:9".into(),
        y: y.map(Into::into),
        value: "tau".into(),
        ..Phase::default()
    };
    let mut search = Search::default();
    search.problem = problem(&["erf", "he3"], Some("0.2:0.6:5"));
    let mut solve = Solve::default();
    solve.problem = problem(&["erf"], Some("0.5"));
    let mut simulate = Simulate::default();
    simulate.problem = sgd(&["erf"]);
    (simulate.sampling.seeds, simulate.sampling.steps) = ("4".parse().unwrap(), Some(50));
    let mut compare = Compare::default();
    compare.problem = sgd(&["erf"]);
    (compare.sampling.seeds, compare.sampling.steps) = ("4".parse().unwrap(), Some(50));
    let mut scaling = Scaling::default();
    scaling.problem = problem(&["erf", "he2"], Some("0.3"));
    let mut optimum = OptimumOf::default();
    optimum.problem = problem(&["he1+he3"], None);
    let links = Links {
        link: Some("relu".into()),
    };
    let kernel = KernelAt {
        link: Some("tanh".into()),
        m: 0.3,
        q: 0.8,
        ..KernelAt::default()
    };
    vec![
        ("search", drawn(&search)),
        ("solve", drawn(&solve)),
        ("simulate", drawn(&simulate)),
        ("compare", drawn(&compare)),
        ("phase 1-D", drawn(&map(None))),
        ("phase 2-D", drawn(&map(Some("angle=0:40:5")))),
        ("scaling", drawn(&scaling)),
        ("optimum", drawn(&optimum)),
        ("links", drawn(&links)),
        ("kernel", drawn(&kernel)),
    ]
    .into_iter()
    .chain(of_many())
    .chain(of_networks())
    .chain(of_stages())
    .collect()
}

/// Those with a curve for each of several values, and of words.
fn of_many() -> Vec<(&'static str, Figure)> {
    let solve = |mu: &str| {
        let mut solve = Solve::default();
        solve.problem = problem(&["erf"], Some(mu));
        SolveStrengths(solve)
    };
    let mut search = Search::default();
    search.problem = problem(&["he1+c*he3"], Some("0.2:0.6:5"));
    search.also = Some("c=0:2:9".into());
    let mut exits = Compare::default();
    exits.problem = sgd(&["erf"]);
    exits.problem.mu = Some("0.2:0.3:2".parse().unwrap());
    exits.sampling.seeds = "4".parse().unwrap();
    let outcome = Phase {
        problem: problem(&["he3"], None),
        x: "mu=0.2:0.6:5".into(),
        y: Some("angle=0:40:3".into()),
        value: "outcome".into(),
        ..Phase::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let files = ["erf", "he3"].map(|link| folder.path().join(format!("{link}.json")));
    for (link, file) in ["erf", "he3"].into_iter().zip(&files) {
        let mut search = Search::default();
        search.problem = problem(&[link], Some("0.2:0.6:5"));
        let report = search.run(&Cancel::default()).unwrap();
        crate::study::save(&report, file, false).unwrap();
    }
    vec![
        ("solve, strengths", drawn(&solve("0.2:0.6:3"))),
        ("solve, many strengths", drawn(&solve("0.2:0.6:9"))),
        ("search, many", drawn(&search)),
        ("compare, exits", drawn(&CompareExits(exits))),
        ("phase, words", drawn(&outcome)),
        ("plot", Plot::open(&files).unwrap().figure().unwrap()),
    ]
}

fn of_networks() -> Vec<(&'static str, Figure)> {
    let two = |mut problem: ProblemOptions, mu: &str| {
        (problem.units, problem.teacher_units) = (Some(2.0.into()), Some(2.0.into()));
        problem.mu = Some(mu.parse().unwrap());
        problem
    };
    let solve = |mu: &str| {
        let mut solve = Solve::default();
        solve.problem = two(problem(&["erf"], None), mu);
        solve
    };
    let mut search = Search::default();
    search.problem = two(problem(&["erf"], None), "0.2:0.6:3");
    let mut simulate = Simulate::default();
    simulate.problem = two(sgd(&["erf"]), "0.3");
    (simulate.sampling.seeds, simulate.sampling.steps) = ("4".parse().unwrap(), Some(50));
    let mut compare = Compare::default();
    compare.problem = two(sgd(&["erf"]), "0.3");
    (compare.sampling.seeds, compare.sampling.steps) = ("4".parse().unwrap(), Some(50));
    vec![
        ("solve, network", drawn(&SolveNetwork(solve("0.5")))),
        ("solve, networks", drawn(&SolveNetworks(solve("0.4:0.6:2")))),
        ("search, network", drawn(&SearchNetwork(search))),
        ("simulate, network", drawn(&SimulateNetwork(simulate))),
        ("compare, network", drawn(&CompareNetwork(compare))),
    ]
}

fn of_stages() -> Vec<(&'static str, Figure)> {
    let history = |units: Option<u32>| {
        let mut train = Train::default();
        train.history = serde_json::from_value(serde_json::json!({
            "link": "erf", "units": units, "readout": units.map(|_| "sum"),
            "tasks": {"one": {"units": units}, "two": {"units": units, "angle": {"one": 60}}},
            "stage": [
                {"task": "one", "adapter": "full", "dim": 50, "lr": 0.05, "batch": 50, "until": {"t": 2}},
                {"task": "two", "dim": 50, "lr": 0.05, "batch": 50, "until": {"t": 2}},
            ],
        }))
        .unwrap();
        train
    };
    let seeds = |units| {
        let mut train = history(units);
        train.seeds = Some("4".parse().unwrap());
        train
    };
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/how-long-to-pretrain.toml"
    );
    let mut beside = OptimumOf::default();
    beside.problem.angle = Some("40:60:2".parse().unwrap());
    let optimum = OptimumOfHistory::of_file(file.as_ref(), &beside).unwrap();
    vec![
        ("train", drawn(&history(None))),
        ("train, SGD", drawn(&TrainSgd(seeds(None)))),
        ("train, network", drawn(&TrainNetwork(history(Some(2))))),
        (
            "train, network, SGD",
            drawn(&TrainNetworkSgd(seeds(Some(2)))),
        ),
        ("optimum of a history", drawn(&optimum)),
    ]
}
