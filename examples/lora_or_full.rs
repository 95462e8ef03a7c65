//! When is full fine-tuning faster than LoRA? Time until the excess loss has fallen a millionfold.

use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{Adapter, PreTraining, Problem, Setup};
use lorode::trajectory::solve;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let erf: Link = "erf".parse()?;
    println!("erf, d = 1000, w0 at 45 degrees to the target");
    for mu in [0.2, 0.5, 0.8, 0.95] {
        print!("mu = {mu:4}");
        for adapter in [Adapter::Spherical, Adapter::Free, Adapter::Full] {
            let pretraining = PreTraining::tilted(mu, 45.0)?;
            let setup = Setup {
                adapter,
                ..Setup::new(Model::matched(erf.clone()), pretraining)
            };
            let run = solve(&Problem::new(setup)?, &Tolerances::default())?;
            print!("  {adapter:?}: {:9.3} ({})", run.end, run.outcome.word());
        }
        println!();
    }
    Ok(())
}
