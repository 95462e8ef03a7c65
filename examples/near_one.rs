//! How fast does the search time diverge as pre-training becomes perfect? tau (1 - mu)^2 tends to
//! a constant.

use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::SearchPhase;
use lorode::trajectory::solve;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for text in ["linear", "erf", "tanh"] {
        let link: Link = text.parse()?;
        println!("{text}");
        for gap in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] {
            let pretraining = PreTraining::aligned(1.0 - gap)?;
            let problem = Problem::new(Setup::new(Model::matched(link.clone()), pretraining))?;
            let phase = SearchPhase::of(&problem).ok_or("LoRA")?;
            let tau = phase.tau.ok_or("mu < 1")?;
            let run = solve(&problem, &Tolerances::default())?;
            println!(
                "  1 - mu = {gap:.0e}  tau (1 - mu)^2 = {:.6}  exit time = {:.4e} in {} steps",
                tau * gap * gap,
                run.exit_time.ok_or("it leaves")?,
                run.solver.work.steps
            );
        }
    }
    Ok(())
}
