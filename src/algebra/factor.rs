//! Factors of polynomials.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::multivariate::Many;
use super::whole_polynomial::Variables;
use super::{Exponent, Expr, Monomial, split};

/// Bits by which coefficients of a factor may exceed those of the whole.
const SPARE_BITS: u64 = 8;
/// Bits of the largest coefficient at numbers for the other variables.
const LONGEST: u64 = 600;
/// Divisors lost that are tried.
const LOST: i32 = 6;

impl Expr {
    /// Factors with their multiplicities, whose product is the expression exactly.
    ///
    /// Variables are symbols, function values, pi and roots of primes; a fractional power of one
    /// of them counts as a power of its root, so that `1 - x` stays and `1 - x^(1/2)` is a factor.
    /// An expression with powers of sums is returned whole.
    ///
    /// A number that is not 1 comes first, then powers of variables (with negative exponents where
    /// the expression has them), then polynomials with whole coefficients. Repeated ones and those
    /// in fewer variables are always told apart; of the others those of degree 1 in a variable, and
    /// of degree 2 in the only one, as far as their coefficients are small.
    /// Products of `a ± b x^k` are written so that `a > 0`, all others with a positive coefficient
    /// of the highest power.
    pub fn factors(&self) -> Vec<(Self, u32)> {
        let variables = Variables::of(&[self]);
        let Some(taken) = variables.take(self) else {
            return vec![(self.clone(), 1)];
        };
        if variables.has_sums() {
            return vec![(self.clone(), 1)];
        }
        let mut number = taken.number.clone();
        let mut found: Vec<(Self, u32)> = Vec::new();
        for (factor, n) in polynomial_factors(&taken.polynomial) {
            let factor = variables.expression(&factor);
            let factor = if reads_negative(&factor) {
                if n % 2 == 1 {
                    number = -number;
                }
                -factor
            } else {
                factor
            };
            found.push((factor, n));
        }
        found.sort_by(|a, b| (a.0.terms.len(), &a.0).cmp(&(b.0.terms.len(), &b.0)));
        let mut all = variables.powers(&taken.lowest);
        all.extend(found);
        if !number.is_one() || all.is_empty() {
            all.insert(0, (Self::number(number), 1));
        }
        all
    }
}

/// Whether a factor reads better with the other sign.
fn reads_negative(factor: &Expr) -> bool {
    let constant = factor.terms.get(&Monomial::default());
    match (factor.terms.len(), constant) {
        (2, Some(constant)) => constant.is_negative(),
        _ => factor.highest_is_negative(),
    }
}

impl Expr {
    /// Whether the coefficient of the highest total degree is negative; the last of several.
    fn highest_is_negative(&self) -> bool {
        let total = |m: &Monomial| m.0.values().fold(Exponent::zero(), |sum, e| sum + e);
        let highest = self.terms.iter().max_by_key(|(m, _)| total(m));
        highest.is_some_and(|(_, c)| c.is_negative())
    }
}

/// Factors of a primitive polynomial, in any order.
fn polynomial_factors(f: &Many) -> Vec<(Many, u32)> {
    let parts = square_free_parts(f).into_iter();
    parts
        .flat_map(|(part, n)| pieces(part).into_iter().map(move |piece| (piece, n)))
        .collect()
}

/// Square-free factors of a primitive polynomial with their multiplicities, none of them with a
/// factor in fewer variables.
fn square_free_parts(f: &Many) -> Vec<(Many, u32)> {
    let used = f.used();
    for &v in used.iter().filter(|_| used.len() > 1) {
        let common = f.content(v);
        if common.is_constant() {
            continue;
        }
        let mut found = square_free_parts(&common);
        let rest = f.divide(&common).unwrap_or_default();
        found.extend(square_free_parts(&rest.primitive()));
        return found;
    }
    used.first().map_or_else(Vec::new, |&v| repeated(f, v))
}

/// Factors of a square-free polynomial that has none in fewer variables.
fn pieces(f: Many) -> Vec<Many> {
    let used = f.used();
    if let [v] = *used.as_slice() {
        let none = vec![0; f.variables()];
        let found = split::split(&f.dense(v)).into_iter();
        return found.map(|g| Many::from_dense(&g, v, &none)).collect();
    }
    let mut rest = f;
    let mut found = Vec::new();
    for v in used {
        // Of degree 1 in a variable, it is irreducible.
        if rest.used().iter().any(|&v| rest.degree(v) == 1) {
            break;
        }
        for factor in linear_factors(&rest, v) {
            if let Some(quotient) = rest.divide(&factor) {
                found.push(factor);
                rest = quotient;
            }
        }
    }
    if !rest.is_constant() {
        found.push(rest);
    }
    found
}

/// Likely factors of degree 1 in one variable: large numbers stand for the others, and the digits of
/// the two coefficients of a factor there tell their polynomials. All whose slope is a number up to
/// `LOST` are among them, and others unless the coefficients have a larger divisor by chance.
fn linear_factors(f: &Many, v: usize) -> Vec<Many> {
    let Some(points) = points(f, v) else {
        return Vec::new();
    };
    let at_points = |f: Many, (variable, x): &(usize, BigInt)| f.at(*variable, x);
    let image = points.iter().fold(f.clone(), at_points).dense(v);
    let roots = split::rational_roots(&image).into_iter();
    let factors = roots.flat_map(|root| {
        // A divisor that both coefficients have at these numbers only is lost in the root.
        (1..=LOST).map(move |lost| [root.numer() * -lost, root.denom() * lost])
    });
    factors
        .map(|coefficients| {
            let mut made = Many::default();
            for (power, number) in coefficients.into_iter().enumerate() {
                let mut powers = vec![0; f.variables()];
                powers[v] = power as u32;
                add_read(number, &points, &mut powers, &mut made);
            }
            made.primitive()
        })
        .collect()
}

/// Numbers for all variables but one, each so large that what those before make of small
/// coefficients are its digits; `None` where that takes too long.
fn points(f: &Many, v: usize) -> Option<Vec<(usize, BigInt)>> {
    let mut bits = f.0.values().map(BigInt::bits).max().unwrap_or(0) + SPARE_BITS;
    let mut points = Vec::new();
    for other in f.used().into_iter().filter(|&other| other != v) {
        // No power of one is a power of another.
        points.push((other, (BigInt::one() << bits) + 1));
        bits *= u64::from(f.degree(other)) + 1;
    }
    (bits <= LONGEST).then_some(points)
}

/// Adds the polynomial that a number stands for at some points, times given powers.
fn add_read(mut number: BigInt, points: &[(usize, BigInt)], powers: &mut [u32], made: &mut Many) {
    let Some(((variable, base), before)) = points.split_last() else {
        return made.add_term(powers.to_vec(), number);
    };
    let half: BigInt = base >> 1;
    while !number.is_zero() {
        let digit = (&number + &half).mod_floor(base) - &half;
        number = (number - &digit) / base;
        add_read(digit, before, powers, made);
        powers[*variable] += 1;
    }
    powers[*variable] = 0;
}

/// Square-free factors with multiplicities, all of them containing `v`.
fn repeated(f: &Many, v: usize) -> Vec<(Many, u32)> {
    let mut several = f.gcd(&f.derivative(v));
    if several.is_constant() {
        return vec![(f.clone(), 1)];
    }
    let over = |a: &Many, b: &Many| a.divide(b).unwrap_or_default();
    let mut rest = over(f, &several);
    let mut found = Vec::new();
    let mut n = 1;
    while !rest.is_constant() {
        let next = rest.gcd(&several);
        let single = over(&rest, &next);
        if !single.is_constant() {
            found.push((single.primitive(), n));
        }
        several = over(&several, &next);
        rest = next;
        n += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::{Symbol, integer};
    use proptest::prelude::*;

    const fn symbol(name: &'static str) -> Symbol {
        Symbol {
            name,
            text: name,
            latex: name,
            positive: true,
        }
    }
    const M: Symbol = symbol("m");
    const Q: Symbol = symbol("q");
    const K: Symbol = symbol("k");

    fn m() -> Expr {
        Expr::symbol(M)
    }
    fn q() -> Expr {
        Expr::symbol(Q)
    }
    fn n(n: i64) -> Expr {
        Expr::int(n)
    }

    fn product(factors: &[(Expr, u32)]) -> Expr {
        let power = |(f, n): &(Expr, u32)| f.power(Exponent::from_integer(i64::from(*n)));
        factors.iter().map(power).product()
    }

    #[test]
    fn factors_read_as_people_write_them() {
        let x = m();
        let whole = &(&(n(1) - &x * &x) * &(n(1) + x.clone())) * &(n(3) * q() - n(2));
        let expected = vec![
            (n(-1), 1),
            (n(2) - n(3) * q(), 1),
            (n(1) - x.clone(), 1),
            (n(1) + x.clone(), 2),
        ];
        let found = whole.factors();
        assert_eq!(product(&found), whole);
        for factor in &expected {
            assert!(found.contains(factor), "{factor:?} in {found:?}");
        }
        assert_eq!(found.len(), expected.len());
    }

    #[test]
    fn two_variables() {
        let parts = [
            m() + q(),
            n(1) + m() * q(),
            &m() * &m() - q(),
            n(2) * (&m() * &m()) + n(3) * (&q() * &q()) - m() * q() + n(5),
            n(1) - q(),
            n(1) + m(),
        ];
        let whole: Expr = parts.iter().cloned().product();
        let whole = &whole * &parts[2];
        let found = whole.factors();
        assert_eq!(product(&found), whole);
        let pieces: u32 = found.iter().map(|(_, n)| n).sum();
        assert_eq!(pieces, 7, "{found:?}");
        assert!(found.contains(&(n(1) - q(), 1)));
    }

    #[test]
    fn what_is_no_polynomial_is_exact_too() {
        let root = |e: Expr| e.sqrt();
        let pi = Expr::pi();
        for whole in [
            Expr::zero(),
            n(1),
            n(-6),
            Expr::ratio(-3, 4) * m(),
            root(n(1) - m()) + q(),
            root(n(2)) * m() + n(2) * q(),
            root(m()) - m(),
            pi.recip() * m() - pi.recip() * pi.recip(),
            m().recip() + q(),
            Expr::call(super::super::Function::ArcSin, m()) * n(-2) * (n(1) - q()),
            root(n(1) - m()) * (n(1) - q()),
        ] {
            assert_eq!(product(&whole.factors()), whole, "{whole:?}");
        }
    }

    fn any_polynomial() -> impl Strategy<Value = Expr> {
        let term = (-6i64..=6, 0u32..3, 0u32..3, 0u32..2);
        prop::collection::vec(term, 1..5).prop_map(|terms| {
            let each = terms.into_iter().map(|(c, i, j, k)| {
                let power = |s, n: u32| Expr::symbol(s).power(Exponent::from_integer(i64::from(n)));
                n(c) * power(M, i) * power(Q, j) * power(K, k)
            });
            each.sum()
        })
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn factors_multiply_out(parts in prop::collection::vec((any_polynomial(), 1u32..3), 1..4)) {
            let whole = product(&parts);
            let found = whole.factors();
            prop_assert_eq!(product(&found), whole);
        }

        #[test]
        fn linear_factors_in_three_variables_stay(
            parts in prop::collection::vec(any_polynomial(), 1..4)
        ) {
            let whole: Expr = parts.iter().cloned().product();
            prop_assume!(!whole.is_zero());
            let found = whole.factors();
            for (factor, _) in found.iter().filter(|(f, _)| f.as_number().is_none()) {
                prop_assert_eq!(factor.factors(), vec![(factor.clone(), 1)]);
            }
            // Every factor of a factor given is among those found, when it solves for a variable.
            let given = parts.iter().flat_map(Expr::factors).map(|(factor, _)| factor);
            for factor in given.filter(is_linear) {
                prop_assert!(found.iter().any(|(f, _)| *f == factor), "{:?}", factor);
            }
        }
    }

    /// Whether a variable has a small number for its coefficient and comes in no other term.
    fn is_linear(factor: &Expr) -> bool {
        [M, Q, K].into_iter().any(|symbol| {
            let slope = factor.derivative(symbol).as_number();
            slope.is_some_and(|c| !c.is_zero() && c.abs() <= integer(i64::from(LOST)))
        })
    }
}
