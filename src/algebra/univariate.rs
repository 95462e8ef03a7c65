//! Polynomials in one variable with whole coefficients, lowest power first.
//!
//! The last coefficient is not 0; no coefficients at all is 0.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A prime by which two polynomials are seen to have no common factor.
const WITNESS: u64 = 2_147_483_647;

/// Coefficients, lowest power first.
pub(super) type Dense = Vec<BigInt>;

/// Zeros of highest powers dropped.
pub(super) fn trimmed(mut f: Dense) -> Dense {
    while f.last().is_some_and(Zero::is_zero) {
        f.pop();
    }
    f
}

/// The degree, 0 also for 0.
pub(super) fn degree(f: &Dense) -> usize {
    f.len().saturating_sub(1)
}

/// The coefficient of the highest power, 0 for none.
pub(super) fn lead(f: &Dense) -> BigInt {
    f.last().cloned().unwrap_or_default()
}

/// `a b`.
#[cfg(test)]
pub(super) fn multiply(a: &Dense, b: &Dense) -> Dense {
    if a.is_empty() || b.is_empty() {
        return Dense::new();
    }
    let mut product = vec![BigInt::zero(); a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] += x * y;
        }
    }
    product
}

/// `a - b`.
pub(super) fn subtract(a: &Dense, b: &Dense) -> Dense {
    let mut difference = a.clone();
    difference.resize(a.len().max(b.len()), BigInt::zero());
    for (x, y) in difference.iter_mut().zip(b) {
        *x -= y;
    }
    trimmed(difference)
}

/// `a / b` when that has whole coefficients and leaves nothing.
pub(super) fn divide(a: &Dense, b: &Dense) -> Option<Dense> {
    let last = b.last()?;
    let mut rest = a.clone();
    let mut quotient = vec![BigInt::zero(); (a.len() + 1).saturating_sub(b.len())];
    for k in (0..quotient.len()).rev() {
        let (step, left) = rest[k + b.len() - 1].div_rem(last);
        if !left.is_zero() {
            return None;
        }
        if !step.is_zero() {
            for (j, y) in b.iter().enumerate() {
                rest[k + j] -= &step * y;
            }
        }
        quotient[k] = step;
    }
    rest.iter().all(Zero::is_zero).then_some(quotient)
}

/// `f'`.
pub(super) fn derivative(f: &Dense) -> Dense {
    let terms = f.iter().enumerate().skip(1);
    terms.map(|(k, c)| c * BigInt::from(k)).collect()
}

/// `f` over the common divisor of its coefficients.
pub(super) fn without_content(f: &Dense) -> Dense {
    let content = f.iter().fold(BigInt::zero(), |c, x| c.gcd(x));
    if content.is_zero() || content.is_one() {
        return f.clone();
    }
    f.iter().map(|x| x / &content).collect()
}

/// The multiple of `f` without content whose highest coefficient is positive.
pub(super) fn primitive(f: &Dense) -> Dense {
    let mut made = without_content(f);
    if lead(&made).is_negative() {
        made.iter_mut().for_each(|x| *x = -&*x);
    }
    made
}

/// The remainder of `a` times a positive number by `b`, `b` not 0.
pub(super) fn pseudo_remainder(a: &Dense, b: &Dense) -> Dense {
    let (last, sign) = (lead(b).abs(), lead(b).is_negative());
    let mut rest = a.clone();
    while rest.len() >= b.len() && !rest.is_empty() {
        let mut top = lead(&rest);
        if sign {
            top = -top;
        }
        let shift = rest.len() - b.len();
        rest.iter_mut().for_each(|x| *x *= &last);
        for (j, y) in b.iter().enumerate() {
            rest[shift + j] -= &top * y;
        }
        rest = trimmed(rest);
    }
    rest
}

/// The greatest common divisor, primitive.
pub(super) fn gcd(a: &Dense, b: &Dense) -> Dense {
    if coprime_modulo(a, b) {
        return vec![BigInt::one()];
    }
    let (mut a, mut b) = (primitive(a), primitive(b));
    if a.len() < b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    while !b.is_empty() {
        let rest = primitive(&pseudo_remainder(&a, &b));
        (a, b) = (b, rest);
    }
    a
}

/// Whether they have no common factor modulo a prime that keeps one of the degrees, hence none.
fn coprime_modulo(a: &Dense, b: &Dense) -> bool {
    let prime = BigInt::from(WITNESS);
    let residues = |f: &Dense| -> Vec<u64> {
        let each = f.iter().map(|c| c.mod_floor(&prime).to_u64().unwrap_or(0));
        each.collect()
    };
    let (mut a, mut b) = (residues(a), residues(b));
    let kept = [&a, &b].iter().any(|f| f.last().is_some_and(|c| *c != 0));
    while b.iter().any(|c| *c != 0) {
        let rest = remainder_modulo(a, &mut b);
        (a, b) = (b, rest);
    }
    kept && a.iter().rposition(|c| *c != 0) == Some(0)
}

/// A multiple of the remainder of `a` by `b`, `b` not 0, modulo the prime.
fn remainder_modulo(mut a: Vec<u64>, b: &mut Vec<u64>) -> Vec<u64> {
    while b.last() == Some(&0) {
        b.pop();
    }
    let lead = b[b.len() - 1];
    while a.len() >= b.len() {
        let top = a[a.len() - 1];
        let shift = a.len() - b.len();
        for (k, x) in a.iter_mut().enumerate() {
            let less = if k < shift {
                0
            } else {
                top * b[k - shift] % WITNESS
            };
            *x = (*x * lead + WITNESS - less) % WITNESS;
        }
        a.pop();
    }
    a
}

/// Square-free factors, without common ones, with their multiplicities; `f` primitive, not 0.
pub(super) fn square_free(f: &Dense) -> Vec<(Dense, u32)> {
    let slope = derivative(f);
    let common = gcd(f, &slope);
    if degree(&common) == 0 {
        return vec![(f.clone(), 1)];
    }
    let mut found = Vec::new();
    let over = |a: &Dense, b: &Dense| divide(a, b).unwrap_or_default();
    let mut rest = over(f, &common);
    let mut next = subtract(&over(&slope, &common), &derivative(&rest));
    let mut n = 1;
    while degree(&rest) > 0 {
        let part = if next.is_empty() {
            primitive(&rest)
        } else {
            gcd(&rest, &next)
        };
        rest = over(&rest, &part);
        next = subtract(&over(&next, &part), &derivative(&rest));
        if degree(&part) > 0 {
            found.push((part, n));
        }
        n += 1;
    }
    found
}
