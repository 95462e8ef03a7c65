//! Irreducible factors of polynomials in two variables: at a number for one of them, lifted in
//! powers of the difference, and put together again.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::many::Many;
use super::univariate::{self, Dense, multiply, subtract, trimmed};
use super::zassenhaus::{advance, balanced, irreducible};

/// Numbers tried for the second variable.
const POINTS: i64 = 12;
/// Images compared; the one with the fewest factors is taken.
const IMAGES: usize = 3;
/// Products of lifted factors tried before what is left stays whole.
const PRODUCTS: usize = 2_000;

/// Exponents of 2 one below a prime, the modulus of the coefficients on the way.
const MERSENNE: [u64; 6] = [521, 1279, 2203, 4253, 9689, 19937];

/// Coefficients of powers of the second variable.
type Series = Vec<Dense>;

/// Factors of a polynomial in `x` and `y` that is square-free and has no factor in one of them
/// alone.
pub(super) fn factors(f: &Many, x: usize, y: usize) -> Vec<Many> {
    let Some((point, image)) = best_image(f, x, y) else {
        return vec![f.clone()];
    };
    if image.len() == 1 {
        return vec![f.clone()];
    }
    let shifted = shifted(f, x, y, &point);
    let Some(prime) = large_prime(&shifted) else {
        return vec![f.clone()];
    };
    let lift = Lift {
        prime,
        point,
        top: leading_series(&shifted),
    };
    let lifted = lift.factors(&shifted, &image);
    lift.recombine(f, [x, y], lifted)
}

/// The number for `y`, of a few that keep the degree and all roots apart, with fewest factors.
fn best_image(f: &Many, x: usize, y: usize) -> Option<(BigInt, Vec<Dense>)> {
    let mut best: Option<(BigInt, Vec<Dense>)> = None;
    let mut seen = 0;
    for k in 0..2 * POINTS {
        let point = BigInt::from(if k % 2 == 0 { k / 2 } else { -(k + 1) / 2 });
        let image = f.at(y, &point);
        if image.degree(x) != f.degree(x) {
            continue;
        }
        let image = univariate::primitive(&image.dense(x));
        if univariate::gcd(&image, &univariate::derivative(&image)).len() > 1 {
            continue;
        }
        let parts = irreducible(&image);
        let fewer = best.as_ref().is_none_or(|(_, old)| parts.len() < old.len());
        let done = parts.len() == 1;
        if fewer {
            best = Some((point, parts));
        }
        seen += 1;
        if done || seen == IMAGES {
            break;
        }
    }
    best
}

/// Coefficients of the powers of `y - point`.
fn shifted(f: &Many, x: usize, y: usize, point: &BigInt) -> Series {
    let (n, order) = (f.degree(x) as usize + 1, f.degree(y) as usize + 1);
    let mut columns = vec![vec![BigInt::zero(); order]; n];
    for (powers, c) in &f.0 {
        columns[powers[x] as usize][powers[y] as usize] = c.clone();
    }
    for column in &mut columns {
        // Repeated division by y - point.
        for start in 0..order {
            for k in (start..order - 1).rev() {
                let carry = &column[k + 1] * point;
                column[k] += carry;
            }
        }
    }
    let row = |k: usize| columns.iter().map(|c| c[k].clone()).collect();
    (0..order).map(row).collect()
}

/// The coefficients of the highest power of `x`.
fn leading_series(f: &Series) -> Vec<BigInt> {
    let last = |row: &Dense| row.last().cloned().unwrap_or_default();
    f.iter().map(last).collect()
}

/// A prime larger than twice every coefficient of a factor times the leading coefficient.
fn large_prime(f: &Series) -> Option<BigInt> {
    let size: BigInt = f.iter().flatten().map(Signed::abs).sum();
    let degrees = f.len() + f.first().map_or(0, Vec::len);
    let bits = 2 * size.bits() + 2 * degrees as u64;
    let exponent = MERSENNE.into_iter().find(|e| *e > bits)?;
    Some((BigInt::one() << exponent) - 1)
}

/// Power series in `y - point` modulo a prime.
struct Lift {
    prime: BigInt,
    point: BigInt,
    /// Leading coefficient of the polynomial.
    top: Vec<BigInt>,
}

impl Lift {
    /// The factors of `f` over its leading coefficient, as power series.
    fn factors(&self, f: &Series, image: &[Dense]) -> Vec<Series> {
        let first: Vec<Dense> = image.iter().map(|g| self.monic(g)).collect();
        let cofactors: Vec<Dense> = (0..first.len())
            .map(|i| {
                let others = first.iter().enumerate().filter(|(j, _)| *j != i);
                let product = others.fold(vec![BigInt::one()], |all, (_, g)| self.product(&all, g));
                self.inverse_modulo(&product, &first[i])
            })
            .collect();
        let goal = self.over_leading(f);
        let mut lifted: Vec<Series> = first.iter().map(|g| vec![g.clone()]).collect();
        // Products of the first factors, of the first two, ...
        let mut partial: Vec<Series> = vec![Series::new(); lifted.len()];
        self.extend(&mut partial, &lifted, 0);
        for k in 1..self.top.len() {
            lifted.iter_mut().for_each(|g| g.push(Dense::new()));
            let made = self.extend(&mut partial, &lifted, k);
            let error = self.reduced(subtract(&goal[k], &made));
            for ((g, own), cofactor) in lifted.iter_mut().zip(&first).zip(&cofactors) {
                g[k] = self.divide(&self.product(&error, cofactor), own).1;
            }
            self.extend(&mut partial, &lifted, k);
        }
        lifted
    }

    /// The coefficients of one power in all partial products, the last of them returned.
    fn extend(&self, partial: &mut [Series], factors: &[Series], k: usize) -> Dense {
        let mut last = Dense::new();
        for i in 0..factors.len() {
            last = if i == 0 {
                factors[0][k].clone()
            } else {
                self.coefficient(&partial[i - 1], &factors[i], k)
            };
            partial[i].truncate(k);
            partial[i].push(last.clone());
        }
        last
    }

    /// One coefficient of a product of series.
    fn coefficient(&self, a: &Series, b: &Series, k: usize) -> Dense {
        let mut sum = Dense::new();
        for (i, f) in a.iter().enumerate().take(k + 1) {
            let Some(g) = b.get(k - i) else { continue };
            let step = multiply(f, g);
            sum.resize(sum.len().max(step.len()), BigInt::zero());
            sum.iter_mut().zip(step).for_each(|(x, y)| *x += y);
        }
        self.reduced(sum)
    }

    fn over_leading(&self, f: &Series) -> Series {
        let inverse = self.inverse(&self.top[0]);
        let mut made = Series::new();
        for (k, row) in f.iter().enumerate() {
            let mut row = row.clone();
            for j in 1..=k {
                for (x, y) in row.iter_mut().zip(&made[k - j]) {
                    *x -= &self.top[j] * y;
                }
            }
            // Kept at full length for the rows that follow.
            made.push(
                row.into_iter()
                    .map(|c| (c * &inverse).mod_floor(&self.prime))
                    .collect(),
            );
        }
        made.into_iter().map(trimmed).collect()
    }

    /// True factors as products of lifted ones.
    fn recombine(&self, f: &Many, places: [usize; 2], mut lifted: Vec<Series>) -> Vec<Many> {
        let mut rest = f.clone();
        let mut found = Vec::new();
        let (mut size, mut tried) = (1, 0);
        while 2 * size <= lifted.len() && tried < PRODUCTS {
            let mut chosen: Vec<usize> = (0..size).collect();
            loop {
                tried += 1;
                let parts: Vec<&Series> = chosen.iter().map(|&i| &lifted[i]).collect();
                if let Some((factor, quotient)) = self.trial(&rest, places, &parts) {
                    found.push(factor);
                    rest = quotient;
                    for &at in chosen.iter().rev() {
                        lifted.remove(at);
                    }
                    if 2 * size > lifted.len() {
                        break;
                    }
                    chosen = (0..size).collect();
                } else if !advance(&mut chosen, lifted.len()) || tried >= PRODUCTS {
                    break;
                }
            }
            size += 1;
        }
        if !rest.is_constant() {
            found.push(rest.primitive());
        }
        found
    }

    /// The factor that a choice of lifted ones stands for, and the quotient by it.
    fn trial(&self, rest: &Many, places: [usize; 2], parts: &[&Series]) -> Option<(Many, Many)> {
        let start: Series = self.top.iter().map(|c| trimmed(vec![c.clone()])).collect();
        let product = parts.iter().fold(start, |all, g| {
            let coefficient = |k| self.coefficient(&all, g, k);
            (0..self.top.len()).map(coefficient).collect()
        });
        let factor = self.polynomial(&product, rest, places);
        let factor = factor.divide(&factor.content(places[0]))?.primitive();
        let quotient = rest.divide(&factor)?;
        (!factor.is_constant()).then_some((factor, quotient))
    }

    /// The polynomial that a series in `y - point` is, in as many variables as another.
    fn polynomial(&self, series: &Series, like: &Many, [x, y]: [usize; 2]) -> Many {
        let count = like.0.keys().next().map_or(0, Vec::len);
        let width = series.iter().map(Vec::len).max().unwrap_or(0);
        let mut made = Many::default();
        for i in 0..width {
            let mut column = Dense::new();
            for row in series.iter().rev() {
                // column := column * (y - point) + row[i]
                column.insert(0, BigInt::zero());
                for k in 0..column.len() - 1 {
                    let step = &column[k + 1] * &self.point;
                    column[k] -= step;
                }
                if let Some(c) = row.get(i) {
                    column[0] += balanced(c, &self.prime);
                }
            }
            for (k, c) in column.into_iter().enumerate() {
                let mut powers = vec![0; count];
                (powers[x], powers[y]) = (i as u32, k as u32);
                made.add_term(powers, c);
            }
        }
        made
    }

    fn reduced(&self, f: Dense) -> Dense {
        trimmed(f.into_iter().map(|c| c.mod_floor(&self.prime)).collect())
    }

    fn product(&self, a: &Dense, b: &Dense) -> Dense {
        self.reduced(multiply(a, b))
    }

    /// `1 / n`; 0 for a multiple of the prime.
    fn inverse(&self, n: &BigInt) -> BigInt {
        n.modinv(&self.prime).unwrap_or_default()
    }

    fn monic(&self, f: &Dense) -> Dense {
        let inverse = self.inverse(&univariate::lead(f));
        self.reduced(f.iter().map(|c| c * &inverse).collect())
    }

    /// Quotient and remainder, `b` not 0.
    fn divide(&self, a: &Dense, b: &Dense) -> (Dense, Dense) {
        let mut rest = a.clone();
        let inverse = self.inverse(&univariate::lead(b));
        let mut quotient = vec![BigInt::zero(); (a.len() + 1).saturating_sub(b.len())];
        for k in (0..quotient.len()).rev() {
            let step = (&rest[k + b.len() - 1] * &inverse).mod_floor(&self.prime);
            for (j, y) in b.iter().enumerate() {
                rest[k + j] -= &step * y;
            }
            quotient[k] = step;
        }
        (trimmed(quotient), self.reduced(rest))
    }

    /// `1 / a` modulo `f`, without common factor.
    fn inverse_modulo(&self, a: &Dense, f: &Dense) -> Dense {
        let (mut r, mut next) = (f.clone(), self.divide(a, f).1);
        let (mut s, mut t) = (Dense::new(), vec![BigInt::one()]);
        while !next.is_empty() {
            let (quotient, rest) = self.divide(&r, &next);
            let step = self.reduced(subtract(&s, &multiply(&quotient, &t)));
            (r, next) = (next, rest);
            (s, t) = (t, step);
        }
        let unit = self.inverse(&univariate::lead(&r));
        self.divide(&self.reduced(s.iter().map(|c| c * &unit).collect()), f)
            .1
    }
}
