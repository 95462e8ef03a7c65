//! Power series against the functions that they are of.

use proptest::prelude::*;

use super::{Point, Y};
use crate::algebra::{Exponent, Expr, Function};

fn y() -> Expr {
    Expr::symbol(Y)
}

fn arcsin(e: Expr) -> Expr {
    Expr::call(Function::ArcSin, e)
}

/// Sums of products of powers that have series at 0.
fn any_function() -> impl Strategy<Value = Expr> {
    let term = (-3i64..=3, 1i64..4, 0i64..4, 1i64..3)
        .prop_map(|(n, d, p, q)| Expr::ratio(n, d) * y().power(Exponent::new(p, q)));
    let sum = prop::collection::vec(term, 1..4).prop_map(|terms| terms.into_iter().sum::<Expr>());
    sum.prop_recursive(3, 10, 2, |inner| {
        let power = prop_oneof![
            Just((1i64, 2i64)),
            Just((-1, 1)),
            Just((-1, 2)),
            Just((2, 3))
        ];
        let near_one = |e: Expr| Expr::one() + e * y();
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a + b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a * b),
            (inner.clone(), power.clone()).prop_map(|(a, (n, d))| a.power(Exponent::new(n, d))),
            (inner.clone(), power)
                .prop_map(move |(a, (n, d))| near_one(a).power(Exponent::new(n, d))),
            inner.prop_map(|a| arcsin(Expr::ratio(1, 3) + y() * a)),
        ]
    })
}

proptest! {
    #![proptest_config(crate::cases::cases(256))]

    #[test]
    fn the_error_is_of_the_order_claimed(e in any_function()) {
        prop_assume!(e.terms().count() < 10);
        let Some(series) = e.series(Y, 3) else { return Ok(()) };
        let number = |e: Exponent| *e.numer() as f64 / *e.denom() as f64;
        let sum = series.to_expr(Y);
        // |error| / x^order tends to a limit, in steps of x^(1/d); with a wrong coefficient it
        // grows by 2^(1/d) or more per halving. The smallest x is told from rounding errors.
        let ratio = |k: i32| {
            let x = 0.5f64.powi(k);
            let (f, s) = (e.evaluate(&|_| x), sum.evaluate(&|_| x));
            let noise = 1e5 * f64::EPSILON * Point([x; 3]).value(&e).size;
            ((f - s).abs() > noise).then(|| (f - s).abs() / x.powf(number(series.order())))
        };
        let told = (8..120).take_while(|k| ratio(*k).is_some_and(f64::is_finite)).last();
        let Some(last) = told.filter(|k| *k > 10) else { return Ok(()) };
        // The largest before, since the error may pass through 0.
        let before = (8..last - 1).filter_map(ratio).fold(0.0, f64::max);
        let growth = ratio(last).map(|now| now / before);
        let most = 2f64.powf(1.2 * number(series.step()));
        prop_assert!(growth.is_some_and(|g| g <= most), "{:?} at {}: {:?}", growth, last, e);
    }
}
