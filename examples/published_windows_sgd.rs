//! Does simulated SGD reproduce the windows published with the paper? (docs/published-data.md)
//!
//! For each row, 20 groups of three seeds at d = 1000, B = 500, step 0.2 from random starts: the
//! standard deviation of the step numbers at which |alignment| lies within 0.05 of mu, averaged over
//! the three runs, and the same of the averaged curve. Printed: the measurement, and of both the
//! median and 5 to 95 % over the groups. Takes a minute.

use lorode::expectation::PairAverages;
use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::problem::{PreTraining, Problem, Scaling, Setup};
use lorode::simulation::{Method, Schedule, SeedRun, Settings, Simulation, Until, quantile};
use lorode::trajectory::solve;
use lorode::watch::Cancel;

const PUBLISHED: &str = include_str!("../tests/reference/paper_sgd_windows.csv");
const HALF_WIDTH: f64 = 0.05;
const RECORDS: u64 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("| link | mu | measured | mean of three runs | 5–95 % | averaged curve | 5–95 % |");
    println!("|---|---|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (mu, measured): (f64, f64) = (fields[1].parse()?, fields[2].parse()?);
        let runs = simulate(fields[0].parse()?, mu)?;
        let groups = || runs.chunks_exact(3);
        let own = |group: &[SeedRun]| {
            let each = group.chunks(1).map(|run| window(run, mu));
            each.sum::<f64>() / group.len() as f64
        };
        let own = spread(groups().map(own).collect());
        let averaged = spread(groups().map(|group| window(group, mu)).collect());
        println!("| {} | {mu} | {measured} | {own} | {averaged} |", fields[0]);
    }
    Ok(())
}

/// Median and 5 to 95 %.
fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&values, p);
    format!("{:.2} | {:.2}–{:.2}", at(0.5), at(0.05), at(0.95))
}

/// 60 seeds, long enough for nearly all of them to have passed the window.
fn simulate(link: Link, mu: f64) -> Result<Vec<SeedRun>, Box<dyn std::error::Error>> {
    let averages = PairAverages::new(&link, &link);
    let setup = Setup {
        scaling: Scaling::new(1000.0, Some(500.0), Some(0.2), None)?,
        threshold: mu + HALF_WIDTH,
        ..Setup::new(link.clone(), link, PreTraining::aligned(mu)?)
    };
    let problem = Problem::new(setup)?;
    let exit = solve(&problem, &averages, &Tolerances::default())?.exit_time;
    let steps = (3.0 * exit.ok_or("it leaves")? / 0.2) as u64;
    let settings = Settings {
        method: Method::Projected,
        steps,
        until: Until::Steps,
        schedule: Schedule::Every(steps / RECORDS + 1),
        seeds: "60".parse()?,
        test_batch: 1,
    };
    let watch = Cancel::default();
    Ok(Simulation::new(problem, settings)?.run(&watch, None)?.runs)
}

/// Standard deviation of the steps at which the mean |alignment| of a group is near mu.
fn window(group: &[SeedRun], mu: f64) -> f64 {
    let records = group[0].records.len();
    let near: Vec<f64> = (0..records)
        .filter(|&k| {
            let sum: f64 = group
                .iter()
                .map(|r| r.records[k].seen.alignment.abs())
                .sum();
            (sum / group.len() as f64 - mu).abs() <= HALF_WIDTH
        })
        .map(|k| group[0].records[k].step as f64)
        .collect();
    let count = near.len().max(1) as f64;
    let mean = near.iter().sum::<f64>() / count;
    (near.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
}
