//! Weights orthogonal to the target of an even link: by parity nothing pulls them towards it, exactly.

use lorode::integrator::Tolerances;
use lorode::model::Model;
use lorode::problem::{Adapter, PreTraining, Problem, Setup};
use lorode::trajectory::{Outcome, solve};

use crate::support::link;

/// With closed forms, patches of quadrature, and patches of a closed form.
const EVEN: [&str; 8] = [
    "x*tanh(x)",
    "log(1+x^2)",
    "tanh(x)^2",
    "softplus(x)+softplus(-x)",
    "max(x,-x)+0.1*x^2",
    "he2",
    "abs(x)",
    "cos",
];

#[test]
fn nothing_leaves_by_rounding() {
    for text in EVEN {
        for (adapter, nu) in [
            (Adapter::Spherical, 0.0),
            (Adapter::Spherical, 0.01),
            (Adapter::Free, 0.0),
            (Adapter::Full, 0.0),
        ] {
            let mut setup = Setup {
                adapter,
                ..Setup::new(
                    Model::matched(link(text)),
                    PreTraining::tilted(0.5, 90.0).unwrap(),
                )
            };
            setup.scaling.nu = nu;
            let problem = Problem::new(setup).unwrap();
            let run = solve(&problem, &Tolerances::default()).unwrap();
            assert_eq!(run.outcome, Outcome::Trapped, "{text} {adapter:?}");
            assert_eq!(run.exit_time, None, "{text} {adapter:?}");
            assert!(run.last.m.abs() <= 0.0, "{text}: m = {:e}", run.last.m);
        }
    }
}

/// From `w0` all of `w` shrinks to `q = 1/3`, where `E[(He2(x) - He2(z))^2]/2 = (3 - 2q + 3q^2)/2 = 4/3`.
#[test]
fn full_training_of_he2_rests_where_nothing_pulls() {
    let setup = Setup {
        adapter: Adapter::Full,
        ..Setup::new(
            Model::matched(link("he2")),
            PreTraining::tilted(0.3, 90.0).unwrap(),
        )
    };
    let run = solve(&Problem::new(setup).unwrap(), &Tolerances::default()).unwrap();
    assert!((run.last.q() - 1.0 / 3.0).abs() < 1e-9, "{}", run.last.q());
    assert!((run.loss - 4.0 / 3.0).abs() < 1e-12, "{}", run.loss);
}
