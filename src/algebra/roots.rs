//! Real roots of polynomials in one variable, with rational coefficients.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::number::{integer, to_f64};
use super::univariate::{Dense, degree, derivative, pseudo_remainder, without_content};
use super::whole_polynomial::Variables;
use super::{Base, Exponent, Expr, Rational, Symbol};

/// Halvings after which an interval counts as a point: more than from any `f64` to the next.
const HALVINGS: usize = 2_200;

/// A real root.
#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    /// A rational number, or one with a square root.
    Exact(Expr),
    /// Any other, to the last digit.
    Numeric(f64),
}

impl Root {
    /// Its value.
    pub fn value(&self) -> f64 {
        match self {
            Root::Exact(e) => e.evaluate(&|_| f64::NAN),
            Root::Numeric(x) => *x,
        }
    }
}

/// The real roots of a polynomial in `[lo, hi]` with their multiplicities, ascending.
///
/// `None` when it is 0, not a polynomial, or has another variable, pi or a root in a coefficient.
pub fn real_roots(
    polynomial: &Expr,
    symbol: Symbol,
    lo: &Rational,
    hi: &Rational,
) -> Option<Vec<(Root, u32)>> {
    let own = |base: &Base| *base == Base::Symbol(symbol);
    let allowed = polynomial
        .terms()
        .flat_map(|(m, _)| m.powers())
        .all(|(base, e)| own(base) && e.is_integer() && e > Exponent::zero());
    if !allowed || polynomial.is_zero() {
        return None;
    }
    let mut found = Vec::new();
    for (factor, n) in polynomial.factors() {
        let Some(f) = dense(&factor) else { continue };
        let roots = match f.as_slice() {
            [c, b] => rational_root(c, b, lo, hi).into_iter().collect(),
            [c, b, a] => quadratic_roots([c, b, a], lo, hi),
            _ => numeric_roots(&f, lo, hi),
        };
        found.extend(roots.into_iter().map(|root| (root, n)));
    }
    found.sort_by(|a, b| a.0.value().total_cmp(&b.0.value()));
    Some(found)
}

/// Coefficients of a factor that is not a number.
fn dense(factor: &Expr) -> Option<Dense> {
    let variables = Variables::of(&[factor]);
    let taken = variables.take(factor)?;
    let low = usize::try_from(*taken.lowest.first()?).ok()?;
    let mut f = vec![BigInt::zero(); low];
    f.extend(taken.polynomial.dense(0));
    Some(f)
}

fn rational_root(c: &BigInt, b: &BigInt, lo: &Rational, hi: &Rational) -> Option<Root> {
    let root = Rational::new(-c, b.clone());
    (*lo <= root && root <= *hi).then(|| Root::Exact(Expr::number(root)))
}

/// `(-b -+ sqrt(b^2 - 4 a c)) / 2 a` within bounds, decided exactly.
fn quadratic_roots([c, b, a]: [&BigInt; 3], lo: &Rational, hi: &Rational) -> Vec<Root> {
    let square = b * b - BigInt::from(4) * a * c;
    if square.is_negative() {
        return Vec::new();
    }
    let whole = |n: &BigInt| Rational::from_integer(n.clone());
    let (center, double) = (whole(&-b), whole(&(a * 2)));
    let width = whole(&square) / (&double * &double);
    let center = center / double;
    let root_of_width = Expr::number(width.clone()).sqrt();
    let mut found = Vec::new();
    for sign in [-1, 1] {
        // sign sqrt(width) against x: the squares tell when the signs agree.
        let above = |x: &Rational| {
            let x = (x - &center) * integer(sign);
            let larger = !x.is_positive() || &x * &x <= width;
            let smaller = !x.is_negative() && &x * &x >= width;
            if sign > 0 {
                (larger, smaller)
            } else {
                (smaller, larger)
            }
        };
        if above(lo).0 && above(hi).1 {
            let root = Expr::number(center.clone()) + Expr::int(sign) * root_of_width.clone();
            found.push(Root::Exact(root));
        }
    }
    found
}

/// Roots of a square-free polynomial, to the last digit.
pub(super) fn numeric_roots(f: &Dense, lo: &Rational, hi: &Rational) -> Vec<Root> {
    let first = (sign_at(f, lo) == 0).then(|| to_f64(lo));
    let others = isolated(f, lo, hi).into_iter();
    let others = others.map(|(a, b)| refined(f, a, b));
    first.into_iter().chain(others).map(Root::Numeric).collect()
}

/// Intervals `(a, b]` inside `(lo, hi]` with one root each of a square-free polynomial, by Sturm's
/// chain and halving.
pub(super) fn isolated(f: &Dense, lo: &Rational, hi: &Rational) -> Vec<(Rational, Rational)> {
    if lo >= hi {
        return Vec::new();
    }
    let chain = sturm_chain(f);
    let changes = |x: &Rational| changes(&chain, x);
    let mut found = Vec::new();
    let mut open = vec![(lo.clone(), hi.clone(), changes(lo), changes(hi))];
    while let Some((a, b, at_a, at_b)) = open.pop() {
        // As many roots in (a, b] as the chain loses changes of sign.
        match at_a.saturating_sub(at_b) {
            0 => {}
            1 => found.push((a, b)),
            _ => {
                let middle = (&a + &b) / integer(2);
                let at_middle = changes(&middle);
                open.push((a, middle.clone(), at_a, at_middle));
                open.push((middle, b, at_middle, at_b));
            }
        }
    }
    found
}

/// The only root in `(a, b]` to the last digit.
pub(super) fn refined(f: &Dense, mut a: Rational, mut b: Rational) -> f64 {
    let above = sign_at(f, &b);
    if above == 0 {
        return to_f64(&b);
    }
    for _ in 0..HALVINGS {
        let (low, high) = (to_f64(&a), to_f64(&b));
        if low.total_cmp(&high).is_eq() {
            return low;
        }
        let middle = (&a + &b) / integer(2);
        match sign_at(f, &middle) {
            0 => return to_f64(&middle),
            sign if sign == above => b = middle,
            _ => a = middle,
        }
    }
    to_f64(&b)
}

fn sturm_chain(f: &Dense) -> Vec<Dense> {
    let mut chain = vec![f.clone(), derivative(f)];
    while let [.., before, last] = chain.as_slice()
        && degree(last) > 0
    {
        let rest = without_content(&pseudo_remainder(before, last));
        chain.push(rest.into_iter().map(|c| -c).collect());
    }
    chain.retain(|f| !f.is_empty());
    chain
}

fn changes(chain: &[Dense], x: &Rational) -> usize {
    let signs: Vec<i32> = chain
        .iter()
        .map(|f| sign_at(f, x))
        .filter(|s| *s != 0)
        .collect();
    signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// The sign of `f(x)`.
pub(super) fn sign_at(f: &Dense, x: &Rational) -> i32 {
    let (n, d) = (x.numer(), x.denom());
    let (mut value, mut scale) = (BigInt::zero(), BigInt::one());
    for c in f.iter().rev() {
        value = value * n + c * &scale;
        scale *= d;
    }
    i32::from(value.is_positive()) - i32::from(value.is_negative())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::rational;
    use proptest::prelude::*;

    const X: Symbol = Symbol {
        name: "x",
        text: "x",
        latex: "x",
        positive: false,
    };

    fn x() -> Expr {
        Expr::symbol(X)
    }

    fn power(e: Expr, n: i64) -> Expr {
        e.power(Exponent::from_integer(n))
    }

    #[test]
    fn exact_roots_are_exact() {
        let half = x() - Expr::ratio(1, 2);
        let golden = power(x(), 2) - x() - Expr::one();
        let whole = power(half, 3) * golden * x() * (power(x(), 2) + Expr::one());
        let found = real_roots(&whole, X, &integer(-2), &integer(2)).unwrap();
        let root = |sign| (Expr::one() + Expr::int(sign) * Expr::int(5).sqrt()) * Expr::ratio(1, 2);
        let expected = [
            (Root::Exact(root(-1)), 1),
            (Root::Exact(Expr::zero()), 1),
            (Root::Exact(Expr::ratio(1, 2)), 3),
            (Root::Exact(root(1)), 1),
        ];
        assert_eq!(found, expected);
        let inside = real_roots(&whole, X, &rational(1, 2), &rational(8, 5)).unwrap();
        assert_eq!(inside, expected[2..3]);
        assert_eq!(
            real_roots(&(x() * Expr::pi()), X, &integer(0), &integer(1)),
            None
        );
        assert_eq!(real_roots(&x().recip(), X, &integer(0), &integer(1)), None);
    }

    #[test]
    fn a_cubic_root_to_the_last_digit() {
        let cubic = power(x(), 3) - Expr::int(2);
        let found = real_roots(&cubic, X, &integer(-2), &integer(2)).unwrap();
        assert_eq!(found.len(), 1);
        assert!((found[0].0.value() - 2f64.cbrt()).abs() <= f64::EPSILON);
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn roots_given_are_roots_found(
            mut roots in prop::collection::btree_set(-40i64..40, 1..6),
            shift in 1i64..50,
        ) {
            // A perturbed product: every root moves within its own sign change.
            let each = roots.iter().map(|r| x() - Expr::ratio(*r, 8));
            let whole: Expr = each.product();
            let moved = whole.clone() * Expr::int(1_000_000_000_000) + Expr::int(shift);
            let found = real_roots(&moved, X, &integer(-100), &integer(100)).unwrap();
            prop_assert_eq!(found.len(), roots.len());
            for (root, _) in found {
                let near = (root.value() * 8.0).round() as i64;
                prop_assert!(roots.remove(&near));
                prop_assert!((root.value() - near as f64 / 8.0).abs() < 1e-3);
            }
        }
    }
}
