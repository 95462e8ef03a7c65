//! Losses of states close to the answer, where the terms of the loss cancel to rounding.

use lorode::dynamics::closed_system;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};

use crate::support::link;

fn loss_at_start(name: &str, mu: f64) -> f64 {
    let pretraining = PreTraining::aligned(mu).unwrap();
    let setup = Setup::new(Model::matched(link(name)), pretraining);
    let system = closed_system(&Problem::new(setup).unwrap());
    let mut start = system.start();
    // u = 0: the student is w0.
    start[0] = 0.0;
    system.loss(&start)
}

/// The arcsines of theory.md, section 7, in 60 digits (mpmath) at the double mu, and `(1 - mu)^2 / 2`. What is left is the
/// rounding of `alpha + m beta`, whose terms are about 1: some units of 1e-16 against `1 - mu`.
#[test]
fn losses_keep_their_digits_towards_the_answer() {
    for (mu, expected) in [
        (0.9, 6.438_433_715_934_125e-4),
        (0.99, 5.763_002_855_517_375e-6),
        (0.999999, 5.694_107_180_591_003e-14),
        (0.999_999_999_9, 5.694_101_290_284_698e-22),
    ] {
        let allowed = 1e-12 + 1e-15 / (1.0 - mu);
        let gap = loss_at_start("erf", mu) / expected - 1.0;
        assert!(gap.abs() <= allowed, "erf at {mu}: {gap:e}");
        let gap = loss_at_start("he1", mu) / (0.5 * (1.0 - mu) * (1.0 - mu)) - 1.0;
        assert!(gap.abs() <= allowed, "he1 at {mu}: {gap:e}");
    }
    assert!(loss_at_start("erf", 1.0).abs() <= 0.0);
}

/// An even student is as good the other way round; one that is not loses there.
#[test]
fn both_answers_of_even_links_are_known() {
    for mu in [0.99, 0.999_999] {
        let [here, there] = [mu, -mu].map(|m| {
            let setup = Setup::new(
                Model::matched(link("he2")),
                PreTraining::overlaps(m, mu * mu).unwrap(),
            );
            let system = closed_system(&Problem::new(setup).unwrap());
            let mut start = system.start();
            start[0] = 0.0;
            system.loss(&start)
        });
        assert!((here / there - 1.0).abs() < 1e-9, "{here:e} {there:e}");
        // E[He2(x)^2] (1 - m^2)^2 / 2 and the constant that q = mu^2 leaves.
        let gap = 1.0 - mu * mu;
        let expected = 1.5 * gap * gap;
        assert!(
            (here / expected - 1.0).abs() < 1e-9,
            "{here:e} {expected:e}"
        );
    }
}
