//! Polynomial pairs: finite sums, exact whatever the overlaps.

use crate::support::cases::cases;
use crate::support::compare::check;
use crate::support::{averages, link};
use lorode::expectation::{Overlaps, Route, kernel};
use lorode::link::Link;
use proptest::prelude::*;

/// `a + b x + c x^2 + ...` as text; the slope is shifted so that shrinking finds no constant.
fn polynomial(coefficients: &[f64]) -> Link {
    let mut all = coefficients.to_vec();
    all[1] += 1.5;
    let terms = all
        .iter()
        .enumerate()
        .map(|(k, c)| format!("({c:?})*x^{k}"));
    link(&terms.collect::<Vec<_>>().join(" + "))
}

fn coefficients() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0_f64..1.0, 2..=6)
}

/// Finite sums: rounding only, of both sides.
fn check_polynomials(teacher: &[f64], student: &[f64], at: &Overlaps) {
    let (t, s) = (polynomial(teacher), polynomial(student));
    let kernel = kernel(&t, &s);
    assert_eq!(kernel.route(at), Route::Polynomial);
    let own = averages(&t, &s, at.m, at.residual);
    check(&*kernel, at, &own, 2e-12, &format!("{t} -> {s}"));
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn polynomials_agree_with_quadrature(
        teacher in coefficients(),
        student in coefficients(),
        cosine in -1.0_f64..1.0,
        q in 0.5_f64..2.0,
    ) {
        check_polynomials(&teacher, &student, &Overlaps::from_cosine(cosine, q));
    }

    #[test]
    fn polynomials_agree_with_quadrature_at_small_q(
        teacher in coefficients(),
        student in coefficients(),
        cosine in -1.0_f64..1.0,
        q in 0.001_f64..0.5,
    ) {
        check_polynomials(&teacher, &student, &Overlaps::from_cosine(cosine, q));
    }
}

/// Noise is a mean of squares: no cancellation is in it, whatever the degree and however far q is
/// from 1.
#[test]
fn noise_of_high_hermite_students() {
    for degree in 3..=12 {
        for (m, q) in [
            (0.9, 0.9),
            (0.6, 0.5),
            (0.4, 0.25),
            (0.05, 0.01),
            (1.0, 2.0),
        ] {
            let (t, s) = (link("he1"), link(&format!("he{degree}")));
            let at = Overlaps::new(m, q).unwrap();
            let own = averages(&t, &s, m, at.residual);
            check(
                &*kernel(&t, &s),
                &at,
                &own,
                2e-12,
                &format!("he1 -> he{degree}"),
            );
        }
    }
}
