//! Does simulated SGD reproduce what the paper's authors measured? (docs/published-data.md)
//!
//! d = 1000, B = 500, step 0.2, 20 groups of three seeds a row; medians and 5 to 95 % over the groups.
//! First table, from random starts: the standard deviation of the step numbers at which |alignment|
//! lies within 0.05 of mu, averaged over the three runs, and the same of the averaged curve. Second
//! table, from the starts of the paper: mean and standard deviation of these step numbers for the
//! averaged curve. Takes a minute.

#![allow(dead_code, reason = "tests take a part")]

#[path = "published_windows.rs"]
mod published;

use std::error::Error;

use lorode::problem::{Problem, Scaling, Setup};
use lorode::simulation::{Method, Schedule, SeedRun, Settings, Simulation, Until, quantile};
use lorode::watch::Cancel;
use published::{HALF_WIDTH, LOOKS, PUBLISHED, STARTS, STEP};

/// Groups of three runs a row.
const GROUPS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    println!("| link | mu | measured | mean of three runs | 5–95 % | averaged curve | 5–95 % |");
    println!("|---|---|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        println!("{}", random_row(line)?);
    }
    println!();
    println!(
        "| link | mu | mean step, measured | SGD | 5–95 % | window, measured | SGD | 5–95 % |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for line in PUBLISHED.lines().skip(1) {
        println!("{}", start_row(line)?);
    }
    Ok(())
}

/// A row of the first table.
pub fn random_row(line: &str) -> Result<String, Box<dyn Error>> {
    let fields: Vec<&str> = line.split(',').collect();
    let (mu, measured): (f64, f64) = (fields[1].parse()?, fields[2].parse()?);
    let setup = published::setup(fields[0], mu)?;
    let runs = simulate(&setup, 3.0 * last(&setup, mu)?, &(3 * GROUPS).to_string())?;
    let runs: Vec<&SeedRun> = runs.iter().collect();
    let groups = || runs.chunks_exact(3);
    let own = |group: &[&SeedRun]| {
        let each = group.chunks(1).map(|run| window(run, mu).1);
        each.sum::<f64>() / group.len() as f64
    };
    let own = spread(groups().map(own).collect(), 2);
    let averaged = spread(groups().map(|group| window(group, mu).1).collect(), 2);
    Ok(format!(
        "| {} | {mu} | {measured} | {own} | {averaged} |",
        fields[0]
    ))
}

/// A row of the second table.
pub fn start_row(line: &str) -> Result<String, Box<dyn Error>> {
    let fields: Vec<&str> = line.split(',').collect();
    let mu: f64 = fields[1].parse()?;
    let (measured, mean): (f64, f64) = (fields[2].parse()?, fields[3].parse()?);
    let mut setups = Vec::new();
    let mut end = 0.0_f64;
    for start in STARTS {
        let setup = published::from_start(fields[0], mu, start)?;
        end = end.max(last(&setup, mu)?);
        setups.push(setup);
    }
    let mut runs = Vec::new();
    for (i, setup) in setups.iter().enumerate() {
        let seeds = format!("{}:{}", i * GROUPS, (i + 1) * GROUPS - 1);
        runs.push(simulate(setup, 1.3 * end, &seeds)?);
    }
    let group = |k: usize| -> Vec<&SeedRun> { runs.iter().map(|of_start| &of_start[k]).collect() };
    let windows: Vec<(f64, f64)> = (0..GROUPS).map(|k| window(&group(k), mu)).collect();
    let means = spread(windows.iter().map(|w| w.0).collect(), 1);
    let deviations = spread(windows.iter().map(|w| w.1).collect(), 2);
    Ok(format!(
        "| {} | {mu} | {mean} | {means} | {measured} | {deviations} |",
        fields[0]
    ))
}

/// Median and 5 to 95 %.
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&values, p);
    format!(
        "{:.digits$} | {:.digits$}–{:.digits$}",
        at(0.5),
        at(0.05),
        at(0.95)
    )
}

/// The step at which the ODE has passed the window.
fn last(setup: &Setup, mu: f64) -> Result<f64, Box<dyn Error>> {
    Ok(published::exit(setup, mu + HALF_WIDTH)? / STEP)
}

fn simulate(setup: &Setup, steps: f64, seeds: &str) -> Result<Vec<SeedRun>, Box<dyn Error>> {
    let problem = Problem::new(Setup {
        scaling: Scaling::new(1000.0, Some(500.0), Some(STEP), None)?,
        ..setup.clone()
    })?;
    let steps = steps as u64 + 2;
    let settings = Settings {
        method: Method::Projected,
        steps,
        until: Until::Steps,
        schedule: Schedule::Every(steps / LOOKS + 1),
        seeds: seeds.parse()?,
        test_batch: 1,
    };
    let watch = Cancel::default();
    Ok(Simulation::new(problem, settings)?.run(&watch, None)?.runs)
}

/// Mean and standard deviation of the steps at which the mean |alignment| of a group is near mu.
fn window(group: &[&SeedRun], mu: f64) -> (f64, f64) {
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
    published::mean_and_deviation(&near)
}
