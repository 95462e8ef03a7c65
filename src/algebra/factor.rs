//! Factors of polynomials.

use num_traits::{One, Signed, Zero};

use super::lattice::Variables;
use super::many::Many;
use super::univariate::Dense;
use super::{Exponent, Expr, Monomial, zassenhaus};

/// Degree up to which two variables are made one.
const WIDEST: u32 = 60;
/// Products of factors tried before what is left stays whole.
const PRODUCTS: usize = 2_000;

impl Expr {
    /// Factors with their multiplicities, whose product is the expression exactly.
    ///
    /// Variables are symbols, function values, pi and roots of primes; a fractional power of one
    /// of them counts as a power of its root, so that `1 - x` stays and `1 - x^(1/2)` is a factor.
    /// An expression with powers of sums is returned whole.
    ///
    /// A number that is not 1 comes first, then powers of variables (with negative exponents where
    /// the expression has them), then polynomials with whole coefficients. In one variable
    /// and in two these are irreducible over the rationals. In more, the factors in fewer variables
    /// and repeated ones are found, and all others when the degrees are small.
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

/// Factors of a primitive polynomial without common powers of variables, in any order.
fn polynomial_factors(f: &Many) -> Vec<(Many, u32)> {
    let used = f.used();
    let Some(&first) = used.first() else {
        return Vec::new();
    };
    if used.len() == 1 {
        let count = f.0.keys().next().map_or(0, Vec::len);
        let parts = zassenhaus::factors(&f.dense(first));
        let back = |g: &Dense| Many::from_dense(g, first, &vec![0; count]);
        return parts.into_iter().map(|(g, n)| (back(&g), n)).collect();
    }
    for &v in &used {
        let common = f.content(v);
        if common.is_constant() {
            continue;
        }
        let mut found = polynomial_factors(&common);
        let rest = f.divide(&common).unwrap_or_default();
        found.extend(polynomial_factors(&rest.primitive()));
        return merged(found);
    }
    let mut found = Vec::new();
    for (part, n) in repeated(f, first) {
        let pieces = match *used.as_slice() {
            [x, y] => super::lift::factors(&part, x, y),
            [.., y, z] => by_fewer_variables(&part, y, z),
            _ => vec![part],
        };
        found.extend(pieces.into_iter().map(|piece| (piece, n)));
    }
    found
}

/// Factors of a square-free polynomial in three or more variables: with `z = y^d`, whose powers
/// do not meet those of `y`, and products of the factors there (Kronecker).
fn by_fewer_variables(f: &Many, y: usize, z: usize) -> Vec<Many> {
    let d = f.degree(y) + 1;
    if d.saturating_mul(f.degree(z)) > WIDEST {
        return vec![f.clone()];
    }
    let image = f.mapped(|powers| {
        powers[y] += d * powers[z];
        powers[z] = 0;
    });
    let parts = polynomial_factors(&image.primitive());
    let each = parts.iter().flat_map(|(g, n)| (0..*n).map(move |_| g));
    let mut parts: Vec<&Many> = each.collect();
    let mut rest = f.clone();
    let mut found = Vec::new();
    let (mut size, mut tried) = (1, 0);
    while 2 * size <= parts.len() {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            tried += 1;
            let first = parts[chosen[0]].clone();
            let others = chosen.iter().skip(1);
            let product = others.fold(first, |all, &i| all.multiply(parts[i]));
            let factor = product.mapped(|powers| {
                powers[z] = powers[y] / d;
                powers[y] %= d;
            });
            if let Some(quotient) = rest.divide(&factor) {
                found.push(factor.primitive());
                rest = quotient;
                for &at in chosen.iter().rev() {
                    parts.remove(at);
                }
                if 2 * size > parts.len() {
                    break;
                }
                chosen = (0..size).collect();
            } else if !zassenhaus::advance(&mut chosen, parts.len()) || tried >= PRODUCTS {
                break;
            }
        }
        if tried >= PRODUCTS {
            break;
        }
        size += 1;
    }
    if !rest.is_constant() {
        found.push(rest.primitive());
    }
    found
}

/// The same factors once each.
fn merged(found: Vec<(Many, u32)>) -> Vec<(Many, u32)> {
    let mut once: Vec<(Many, u32)> = Vec::new();
    for (factor, n) in found {
        match once.iter_mut().find(|(old, _)| *old == factor) {
            Some((_, count)) => *count += n,
            None => once.push((factor, n)),
        }
    }
    once
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
    use crate::algebra::Symbol;
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
        fn factors_in_three_variables_stay(
            parts in prop::collection::vec(any_polynomial(), 1..3)
        ) {
            let whole: Expr = parts.iter().cloned().product();
            prop_assume!(!whole.is_zero());
            let found = whole.factors();
            for part in parts {
                for (factor, _) in part.factors().iter().filter(|(f, _)| f.as_number().is_none()) {
                    prop_assert!(found.iter().any(|(f, _)| f == factor), "{:?}", factor);
                }
            }
        }

        #[test]
        fn factors_in_two_variables_stay(
            parts in prop::collection::vec(any_polynomial(), 1..4)
        ) {
            let parts: Vec<Expr> = parts.iter().map(|e| e.replace(K, &n(1))).collect();
            let whole: Expr = parts.iter().cloned().product();
            prop_assume!(!whole.is_zero());
            let found = whole.factors();
            prop_assert_eq!(product(&found), whole);
            for (factor, _) in found.iter().filter(|(f, _)| f.as_number().is_none()) {
                prop_assert_eq!(factor.factors(), vec![(factor.clone(), 1)]);
            }
            // Every factor of a factor given is among those found.
            for part in parts {
                for (factor, _) in part.factors().iter().filter(|(f, _)| f.as_number().is_none()) {
                    prop_assert!(found.iter().any(|(f, _)| f == factor), "{:?}", factor);
                }
            }
        }
    }
}
