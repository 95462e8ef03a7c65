//! Polynomials in one variable modulo a prime, and their factors (Cantor and Zassenhaus).

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::ToPrimitive;

/// Residues modulo an odd prime below 2^31.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field(pub(super) u64);

/// Coefficients, lowest power first, the last one not 0.
pub(super) type Residues = Vec<u64>;

impl Field {
    /// The residue of a whole number.
    pub(super) fn residue(self, n: &BigInt) -> u64 {
        n.mod_floor(&BigInt::from(self.0)).to_u64().unwrap_or(0)
    }

    /// The residues of coefficients.
    pub(super) fn reduce(self, f: &[BigInt]) -> Residues {
        trimmed(f.iter().map(|c| self.residue(c)).collect())
    }

    fn number_power(self, base: u64, mut exponent: u64) -> u64 {
        let (mut square, mut made) = (base % self.0, 1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                made = made * square % self.0;
            }
            square = square * square % self.0;
            exponent >>= 1;
        }
        made
    }

    /// `1 / a`, `a` not 0.
    pub(super) fn inverse(self, a: u64) -> u64 {
        self.number_power(a, self.0 - 2)
    }

    pub(super) fn scaled(self, f: &Residues, by: u64) -> Residues {
        trimmed(f.iter().map(|c| c * by % self.0).collect())
    }

    /// `f` over its highest coefficient.
    pub(super) fn monic(self, f: &Residues) -> Residues {
        f.last()
            .map_or_else(Vec::new, |&c| self.scaled(f, self.inverse(c)))
    }

    fn subtract(self, a: &Residues, b: &Residues) -> Residues {
        let mut difference = a.clone();
        difference.resize(a.len().max(b.len()), 0);
        for (x, y) in difference.iter_mut().zip(b) {
            *x = (*x + self.0 - y) % self.0;
        }
        trimmed(difference)
    }

    /// `a b`.
    pub(super) fn multiply(self, a: &Residues, b: &Residues) -> Residues {
        if a.is_empty() || b.is_empty() {
            return Vec::new();
        }
        let mut product = vec![0; a.len() + b.len() - 1];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                product[i + j] = (product[i + j] + x * y) % self.0;
            }
        }
        trimmed(product)
    }

    /// Quotient and remainder, `b` not 0.
    fn divide(self, a: &Residues, b: &Residues) -> (Residues, Residues) {
        let mut rest = a.clone();
        let Some(&last) = b.last() else {
            return (Vec::new(), rest);
        };
        let inverse = self.inverse(last);
        let mut quotient = vec![0; (a.len() + 1).saturating_sub(b.len())];
        for k in (0..quotient.len()).rev() {
            let step = rest[k + b.len() - 1] * inverse % self.0;
            quotient[k] = step;
            for (j, y) in b.iter().enumerate() {
                rest[k + j] = (rest[k + j] + (self.0 - step) * y) % self.0;
            }
        }
        (trimmed(quotient), trimmed(rest))
    }

    /// The remainder of `a` by `b`, `b` not 0.
    pub(super) fn remainder(self, a: &Residues, b: &Residues) -> Residues {
        self.divide(a, b).1
    }

    /// The greatest common divisor, its highest coefficient 1.
    pub(super) fn gcd(self, a: &Residues, b: &Residues) -> Residues {
        let (mut a, mut b) = (a.clone(), b.clone());
        while !b.is_empty() {
            let rest = self.remainder(&a, &b);
            (a, b) = (b, rest);
        }
        self.monic(&a)
    }

    /// `1 / a` modulo `f`, for `a` and `f` without common factor.
    pub(super) fn inverse_modulo(self, a: &Residues, f: &Residues) -> Residues {
        let (mut r, mut next) = (f.clone(), self.remainder(a, f));
        let (mut s, mut t): (Residues, Residues) = (Vec::new(), vec![1]);
        while !next.is_empty() {
            let (quotient, rest) = self.divide(&r, &next);
            let step = self.subtract(&s, &self.multiply(&quotient, &t));
            (r, next) = (next, rest);
            (s, t) = (t, step);
        }
        let unit = r.last().map_or(1, |&c| self.inverse(c));
        self.remainder(&self.scaled(&s, unit), f)
    }

    fn power(self, base: &Residues, mut exponent: u64, f: &Residues) -> Residues {
        let mut square = self.remainder(base, f);
        let mut made = self.remainder(&vec![1], f);
        while exponent > 0 {
            if exponent & 1 == 1 {
                made = self.remainder(&self.multiply(&made, &square), f);
            }
            square = self.remainder(&self.multiply(&square, &square), f);
            exponent >>= 1;
        }
        made
    }

    /// Irreducible factors, highest coefficients 1, of a square-free `f` of positive degree.
    pub(super) fn factors(self, f: &Residues) -> Vec<Residues> {
        let mut rest = self.monic(f);
        let mut found = Vec::new();
        let x = vec![0, 1];
        let mut frobenius = self.remainder(&x, &rest);
        let mut degree = 0;
        while rest.len() > 2 * degree + 2 {
            degree += 1;
            // x^(p^d) - x is the product of all irreducible polynomials of degrees dividing d.
            frobenius = self.power(&frobenius, self.0, &rest);
            let part = self.gcd(&self.subtract(&frobenius, &x), &rest);
            if part.len() > 1 {
                rest = self.divide(&rest, &part).0;
                frobenius = self.remainder(&frobenius, &rest);
                self.split(part, degree, &mut found);
            }
        }
        if rest.len() > 1 {
            found.push(rest);
        }
        found
    }

    /// Factors of one known degree.
    fn split(self, f: Residues, degree: usize, found: &mut Vec<Residues>) {
        let mut parts = vec![f];
        let mut seed = 1u64;
        while let Some(part) = parts.pop() {
            if part.len() <= degree + 1 {
                found.push(part);
                continue;
            }
            // Half of all residues are squares modulo each factor: a random one separates them.
            let random = (1..part.len()).map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005);
                seed = seed.wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % self.0
            });
            let mut conjugate = trimmed(random.collect());
            let mut norm = conjugate.clone();
            for _ in 1..degree {
                conjugate = self.power(&conjugate, self.0, &part);
                norm = self.remainder(&self.multiply(&norm, &conjugate), &part);
            }
            let root = self.power(&norm, (self.0 - 1) / 2, &part);
            let common = self.gcd(&self.subtract(&root, &vec![1]), &part);
            if common.len() > 1 && common.len() < part.len() {
                parts.push(self.divide(&part, &common).0);
                parts.push(common);
            } else {
                parts.push(part);
            }
        }
    }
}

fn trimmed(mut f: Residues) -> Residues {
    while f.last() == Some(&0) {
        f.pop();
    }
    f
}

/// Odd primes from 32749 downwards.
pub(super) fn primes() -> impl Iterator<Item = u64> {
    let prime = |n: &u64| {
        (3..182)
            .step_by(2)
            .all(|d| *n == d || !Integer::is_multiple_of(n, &d))
    };
    (3..=32749).rev().step_by(2).filter(prime)
}
