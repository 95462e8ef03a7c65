//! Is my own link function harder to fine-tune than ReLU? An expression is all it takes.

use lorode::expectation::hermite_coefficients;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::{SearchPhase, critical_strengths};
use lorode::watch::Cancel;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for text in [
        "relu",
        "x*sigmoid(1.702*x)",
        "he1 + 0.5*he3",
        "max(x, 0.1*x)",
    ] {
        let link: Link = text.parse()?;
        let model = Model::matched(link.clone());
        let coefficients = hermite_coefficients(&link, 4);
        print!("{text:20}");
        for mu in [0.1, 0.5, 0.9] {
            let pretraining = PreTraining::aligned(mu)?;
            let problem = Problem::new(Setup::new(model.clone(), pretraining))?;
            let tau = SearchPhase::of(&problem).and_then(|phase| phase.tau);
            print!("  tau({mu}) = {:10.4}", tau.unwrap_or(f64::INFINITY));
        }
        let critical = critical_strengths(&model, (0.0, 1.0), 0.0, Cancel::default());
        println!(
            "  a_1 = {:+.4}  critical strengths: {}",
            coefficients[1],
            critical.strengths.len()
        );
    }
    Ok(())
}
