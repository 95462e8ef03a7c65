//! How long does LoRA search for an erf target, at half pre-training strength and d = 1000?

use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::{ExitLaw, SearchPhase};
use lorode::trajectory::{carry, solve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let erf: Link = "erf".parse()?;
    let problem = Problem::new(Setup::new(Model::matched(erf), PreTraining::aligned(0.5)?))?;

    let phase = SearchPhase::of(&problem).ok_or("LoRA has a search phase")?;
    println!(
        "A = {:.10}  B = {:.10}",
        phase.gradient_norm, phase.curvature
    );
    println!("tau = {:.10}", phase.tau.ok_or("A is not 0 here")?);

    let run = solve(&problem, &Tolerances::default())?;
    println!(
        "exit at t = {:.6} ({:?})",
        run.exit_time.ok_or("it leaves")?,
        run.outcome
    );

    let linear = ExitLaw::linear(&problem, &phase).ok_or("it grows")?;
    let carried = carry(&linear, &problem, &phase, &Tolerances::default())?;
    let law = carried.law.ok_or("it leaves")?;
    let quantile = |p: f64| law.quantile(p).unwrap_or(f64::NAN);
    println!(
        "over random starts: median {:.1}, 90 % between {:.1} and {:.1}",
        quantile(0.5),
        quantile(0.05),
        quantile(0.95)
    );
    Ok(())
}
