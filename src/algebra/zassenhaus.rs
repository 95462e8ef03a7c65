//! Irreducible factors over the rationals: modulo a prime, lifted, and put together again.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use super::modular::{Field, Residues, primes};
use super::univariate::{Dense, degree, divide, lead, multiply, primitive, subtract, trimmed};

/// Primes compared; the one with the fewest factors is taken.
const PRIMES: usize = 3;
/// Primes looked at before a polynomial counts as not square-free.
const TRIALS: usize = 200;
/// Products of modular factors tried before what is left counts as irreducible.
const PRODUCTS: usize = 50_000;

/// Irreducible factors of a square-free primitive polynomial of positive degree. Their product is
/// the polynomial; a factor that 50000 products of its modular factors did not split stays whole.
pub(super) fn irreducible(f: &Dense) -> Vec<Dense> {
    if degree(f) <= 1 {
        return vec![f.clone()];
    }
    let Some((field, modular)) = best_prime(f) else {
        return vec![f.clone()];
    };
    if modular.len() == 1 {
        return vec![f.clone()];
    }
    let (modulus, lifted) = lift(f, field, &modular);
    recombine(f, &modulus, lifted)
}

/// The prime, of a few that keep the polynomial square-free, with the fewest factors.
fn best_prime(f: &Dense) -> Option<(Field, Vec<Residues>)> {
    let slope = super::univariate::derivative(f);
    let usable = primes().take(TRIALS).filter_map(|p| {
        let field = Field(p);
        let image = field.reduce(f);
        let kept = image.len() == f.len();
        let single = kept && field.gcd(&image, &field.reduce(&slope)).len() == 1;
        single.then(|| (field, field.factors(&image)))
    });
    let mut best: Option<(Field, Vec<Residues>)> = None;
    for (field, factors) in usable.take(PRIMES) {
        let fewer = best
            .as_ref()
            .is_none_or(|(_, old)| factors.len() < old.len());
        let done = factors.len() == 1;
        if fewer {
            best = Some((field, factors));
        }
        if done {
            break;
        }
    }
    best
}

/// The factors modulo a power of the prime that exceeds twice every coefficient of a factor times
/// the highest coefficient (Mignotte's bound).
fn lift(f: &Dense, field: Field, modular: &[Residues]) -> (BigInt, Vec<Dense>) {
    let size: BigInt = f.iter().map(Signed::abs).sum();
    let bound = ((size * lead(f).abs()) << (degree(f) + 1)) + 1;
    let top = field.residue(&lead(f));
    let cofactors: Vec<Residues> = (0..modular.len())
        .map(|i| {
            let others = modular.iter().enumerate().filter(|(j, _)| *j != i);
            let product = others.fold(vec![top], |all, (_, g)| field.multiply(&all, g));
            field.inverse_modulo(&product, &modular[i])
        })
        .collect();
    let whole = |g: &Residues| -> Dense { g.iter().map(|&c| BigInt::from(c)).collect() };
    let mut lifted: Vec<Dense> = modular.iter().map(whole).collect();
    let mut modulus = BigInt::from(field.0);
    while modulus < bound {
        let product = lifted
            .iter()
            .fold(vec![lead(f)], |all, g| multiply(&all, g));
        let error = subtract(f, &product);
        let error = field.reduce(&error.iter().map(|c| c / &modulus).collect::<Dense>());
        for ((g, own), cofactor) in lifted.iter_mut().zip(modular).zip(&cofactors) {
            let step = field.remainder(&field.multiply(&error, cofactor), own);
            for (x, y) in g.iter_mut().zip(step) {
                *x += &modulus * y;
            }
        }
        modulus *= field.0;
    }
    (modulus, lifted)
}

/// The residue of smallest size.
pub(super) fn balanced(n: &BigInt, modulus: &BigInt) -> BigInt {
    let n = n.mod_floor(modulus);
    if &n * 2 > *modulus { n - modulus } else { n }
}

/// True factors as products of lifted ones, fewest first.
fn recombine(f: &Dense, modulus: &BigInt, mut lifted: Vec<Dense>) -> Vec<Dense> {
    let mut rest = f.clone();
    let mut found = Vec::new();
    let mut tried = 0;
    let mut size = 1;
    while 2 * size <= lifted.len() && tried < PRODUCTS {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            tried += 1;
            if let Some((factor, quotient)) = trial(&rest, modulus, &lifted, &chosen) {
                found.push(factor);
                rest = quotient;
                for &at in chosen.iter().rev() {
                    lifted.remove(at);
                }
                // Earlier combinations failed for the whole, hence for the rest.
                if 2 * size > lifted.len() {
                    break;
                }
                chosen = (0..size).collect();
                continue;
            }
            if !advance(&mut chosen, lifted.len()) || tried >= PRODUCTS {
                break;
            }
        }
        size += 1;
    }
    if degree(&rest) > 0 {
        found.push(rest);
    }
    found
}

/// The factor that a choice of lifted ones stands for, and the quotient by it.
fn trial(
    rest: &Dense,
    modulus: &BigInt,
    lifted: &[Dense],
    chosen: &[usize],
) -> Option<(Dense, Dense)> {
    let top = lead(rest);
    // The constant terms tell most wrong choices.
    let constants = chosen.iter().filter_map(|&i| lifted[i].first());
    let constant = balanced(&constants.fold(top.clone(), |all, c| all * c), modulus);
    let own = rest.first()? * &top;
    if constant.is_zero() != own.is_zero() || !constant.is_zero() && !(own % &constant).is_zero() {
        return None;
    }
    let product = chosen.iter().fold(vec![top], |all, &i| {
        let all = multiply(&all, &lifted[i]);
        all.iter().map(|c| c.mod_floor(modulus)).collect()
    });
    let product: Dense = product.iter().map(|c| balanced(c, modulus)).collect();
    let factor = primitive(&trimmed(product));
    let quotient = divide(rest, &factor)?;
    (degree(&factor) > 0).then_some((factor, quotient))
}

/// The next choice of as many of `n` in order; false after the last.
pub(super) fn advance(chosen: &mut [usize], n: usize) -> bool {
    let size = chosen.len();
    for k in (0..size).rev() {
        if chosen[k] + size - k < n {
            chosen[k] += 1;
            for j in k + 1..size {
                chosen[j] = chosen[j - 1] + 1;
            }
            return true;
        }
    }
    false
}

/// `f(x^k)` for the largest `k`.
pub(super) fn deflated(f: &Dense) -> (Dense, usize) {
    let powers = f.iter().enumerate().filter(|(_, c)| !c.is_zero());
    let step = powers.fold(0usize, |k, (i, _)| k.gcd(&i)).max(1);
    (f.iter().step_by(step).cloned().collect(), step)
}

/// All irreducible factors with multiplicities of a primitive polynomial of positive degree with a
/// constant term.
pub(super) fn factors(f: &Dense) -> Vec<(Dense, u32)> {
    let mut found = Vec::new();
    for (part, n) in super::univariate::square_free(f) {
        let (inner, step) = deflated(&part);
        for g in irreducible(&inner) {
            if step == 1 {
                found.push((g, n));
                continue;
            }
            let mut inflated = vec![BigInt::zero(); degree(&g) * step + 1];
            for (k, c) in g.into_iter().enumerate() {
                inflated[k * step] = c;
            }
            found.extend(irreducible(&inflated).into_iter().map(|h| (h, n)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::One;
    use proptest::prelude::*;

    fn dense(c: &[i64]) -> Dense {
        trimmed(c.iter().map(|&c| BigInt::from(c)).collect())
    }

    fn product(factors: &[(Dense, u32)]) -> Dense {
        let each = factors.iter().flat_map(|(g, n)| (0..*n).map(move |_| g));
        each.fold(vec![BigInt::one()], |all, g| multiply(&all, g))
    }

    #[test]
    fn cyclotomic_and_swinnerton_dyer_polynomials() {
        let mut unity = vec![BigInt::zero(); 25];
        (unity[0], unity[24]) = (BigInt::from(-1), BigInt::one());
        let found = factors(&unity);
        assert_eq!(found.len(), 8);
        assert_eq!(product(&found), unity);
        // Irreducible, but split modulo every prime.
        let hard = dense(&[576, 0, -960, 0, 352, 0, -40, 0, 1]);
        assert_eq!(irreducible(&hard), vec![hard.clone()]);
    }

    #[test]
    fn primes_have_no_divisors() {
        let first: Vec<u64> = primes().take(300).collect();
        assert_eq!(first[..3], [32749, 32719, 32717]);
        let divisor = |p: u64| (2..p).find(|d| p.is_multiple_of(*d));
        assert_eq!(first.into_iter().find_map(divisor), None);
    }

    fn any_factor() -> impl Strategy<Value = Dense> {
        let tail = prop::collection::vec(-20i64..=20, 1..5);
        (1i64..6, tail).prop_filter_map("a constant term", |(top, mut c)| {
            c.push(top);
            (c[0] != 0).then(|| primitive(&dense(&c)))
        })
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn factors_are_found_again(parts in prop::collection::vec((any_factor(), 1u32..3), 1..5)) {
            let whole = product(&parts);
            let found = factors(&whole);
            prop_assert_eq!(product(&found), whole);
            let pieces: usize = found.iter().map(|(_, n)| *n as usize).sum();
            let given: usize = parts.iter().map(|(_, n)| *n as usize).sum();
            prop_assert!(pieces >= given);
            for (g, _) in &found {
                prop_assert_eq!(factors(g), vec![(g.clone(), 1)]);
            }
        }
    }
}
