//! Do the ODEs predict the SGD windows published with the paper? (docs/published-data.md)
//!
//! The crossing time of |alignment| from mu - 0.05 to mu + 0.05, in steps of 0.2, divided by
//! sqrt(12), against the standard deviation of the step numbers inside that window.

use lorode::expectation::PairAverages;
use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::trajectory::solve;

const PUBLISHED: &str = include_str!("../tests/reference/paper_sgd_windows.csv");
const STEP: f64 = 0.2;
const HALF_WIDTH: f64 = 0.05;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("| link | mu | measured | predicted | predicted / measured |");
    println!("|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let link: Link = fields[0].parse()?;
        let (mu, measured): (f64, f64) = (fields[1].parse()?, fields[2].parse()?);
        let averages = PairAverages::new(&link, &link);
        let crossing = |threshold: f64| -> Result<f64, Box<dyn std::error::Error>> {
            let pretraining = PreTraining::aligned(mu)?;
            let setup = Setup {
                threshold,
                ..Setup::new(link.clone(), link.clone(), pretraining)
            };
            let run = solve(&Problem::new(setup)?, &averages, &Tolerances::default())?;
            Ok(run.exit_time.ok_or("it leaves")?)
        };
        let window = crossing(mu + HALF_WIDTH)? - crossing(mu - HALF_WIDTH)?;
        let predicted = window / STEP / 12f64.sqrt();
        let ratio = predicted / measured;
        println!("| {link} | {mu} | {measured} | {predicted:.5} | {ratio:.3} |");
    }
    Ok(())
}
