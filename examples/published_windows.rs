//! Do the ODEs predict what the paper's authors measured of SGD? (docs/published-data.md)
//!
//! First table: the crossing time of |alignment| from mu - 0.05 to mu + 0.05, in steps of 0.2,
//! divided by sqrt(12), against the standard deviation of the step numbers inside that window.
//! Second table: mean and standard deviation of the step numbers inside the window of the averaged
//! curve of the three ODE runs from the starts of the paper.

#![allow(dead_code, reason = "other examples and tests take a part")]

use std::error::Error;

use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::observable::ALIGNMENT;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::trajectory::{record, solve};

/// Columns link, mu, window_std_steps, mean_steps.
pub const PUBLISHED: &str = include_str!("../tests/reference/paper_sgd_windows.csv");
/// Step size of the paper's runs.
pub const STEP: f64 = 0.2;
/// Of the window around mu.
pub const HALF_WIDTH: f64 = 0.05;
/// `<v, omega*>` at the start of the three runs of the paper.
pub const STARTS: [f64; 3] = [-0.04762, 0.03978, -0.03676];
/// Steps at which a run is looked at, at most.
pub const LOOKS: u64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    println!("| link | mu | measured | predicted | predicted / measured |");
    println!("|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        println!("{}", window_row(line)?);
    }
    println!();
    println!("| link | mu | mean step, measured | ODE | ratio | window, measured | ODE | ratio |");
    println!("|---|---|---|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        println!("{}", start_row(line)?);
    }
    Ok(())
}

/// A row of the first table.
pub fn window_row(line: &str) -> Result<String, Box<dyn Error>> {
    let fields: Vec<&str> = line.split(',').collect();
    let (mu, measured): (f64, f64) = (fields[1].parse()?, fields[2].parse()?);
    let setup = setup(fields[0], mu)?;
    let crossing = |threshold: f64| Ok::<f64, Box<dyn Error>>(exit(&setup, threshold)? / STEP);
    let window = crossing(mu + HALF_WIDTH)? - crossing(mu - HALF_WIDTH)?;
    let predicted = window / 12f64.sqrt();
    let ratio = predicted / measured;
    Ok(format!(
        "| {} | {mu} | {measured} | {predicted:.3} | {ratio:.3} |",
        fields[0]
    ))
}

/// A row of the second table.
pub fn start_row(line: &str) -> Result<String, Box<dyn Error>> {
    let fields: Vec<&str> = line.split(',').collect();
    let mu: f64 = fields[1].parse()?;
    let (window, mean): (f64, f64) = (fields[2].parse()?, fields[3].parse()?);
    let problems = STARTS.map(|start| from_start(fields[0], mu, start));
    let mut setups = Vec::with_capacity(problems.len());
    for setup in problems {
        setups.push(setup?);
    }
    let mut last = 0.0_f64;
    for setup in &setups {
        last = last.max(exit(setup, mu + HALF_WIDTH)?);
    }
    // Past the window of the slowest run the average of the three is past it too.
    let steps = (last / STEP) as u64 + 2;
    let every = steps / LOOKS + 1;
    let times: Vec<f64> = (0..=steps / every)
        .map(|i| (i * every) as f64 * STEP)
        .collect();
    let mut sums = vec![0.0; times.len()];
    for setup in &setups {
        let problem = Problem::new(setup.clone())?;
        let run = record(&problem, &Tolerances::default(), &times)?;
        let alignments = run.of(&ALIGNMENT).iter().flatten();
        for (sum, a) in sums.iter_mut().zip(alignments) {
            *sum += a.abs() / 3.0;
        }
    }
    let inside = times.iter().zip(&sums);
    let inside = inside.filter(|(_, a)| (*a - mu).abs() <= HALF_WIDTH);
    let inside: Vec<f64> = inside.map(|(t, _)| t / STEP).collect();
    let (found, spread) = mean_and_deviation(&inside);
    Ok(format!(
        "| {} | {mu} | {mean} | {found:.1} | {:.3} | {window} | {spread:.3} | {:.3} |",
        fields[0],
        found / mean,
        spread / window
    ))
}

/// The problem of the paper: u starts at 1/d^2.
pub fn from_start(link: &str, mu: f64, alignment: f64) -> Result<Setup, Box<dyn Error>> {
    Ok(Setup {
        u0: 1e-6,
        alignment0: Some(alignment),
        ..setup(link, mu)?
    })
}

/// Spherical LoRA at d = 1000 with the same link on both sides.
pub fn setup(link: &str, mu: f64) -> Result<Setup, Box<dyn Error>> {
    let link: Link = link.parse()?;
    let pretraining = PreTraining::aligned(mu)?;
    Ok(Setup::new(Model::matched(link), pretraining))
}

/// Time at which a run passes a threshold.
pub fn exit(setup: &Setup, threshold: f64) -> Result<f64, Box<dyn Error>> {
    let setup = Setup {
        threshold,
        ..setup.clone()
    };
    let run = solve(&Problem::new(setup)?, &Tolerances::default())?;
    Ok(run.exit_time.ok_or("it leaves")?)
}

/// Mean and standard deviation.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
