//! Irreducible factors of polynomials in two variables: at a number for one of them, lifted in
//! powers of the difference, and put together again.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::many::{Many, whole};
use super::univariate::{self, Dense};
use super::zassenhaus::{advance, irreducible};
use super::{Rational, number::integer};

/// Numbers tried for the second variable.
const POINTS: i64 = 12;
/// Images compared; the one with the fewest factors is taken.
const IMAGES: usize = 3;
/// Products of lifted factors tried before what is left stays whole.
const PRODUCTS: usize = 2_000;

/// Coefficients, lowest power first.
type Fractions = Vec<Rational>;
/// Coefficients of powers of the second variable.
type Series = Vec<Fractions>;

/// Factors of a polynomial in `x` and `y` that is square-free and has no factor in one of them
/// alone.
pub(super) fn factors(f: &Many, x: usize, y: usize) -> Vec<Many> {
    let Some((point, image)) = best_image(f, x, y) else {
        return vec![f.clone()];
    };
    if image.len() == 1 {
        return vec![f.clone()];
    }
    let order = f.degree(y) as usize + 1;
    let shifted = shifted(f, x, y, &point);
    let Some(top) = leading_series(&shifted) else {
        return vec![f.clone()];
    };
    let lifted = lift(&shifted, &top, &image, order);
    recombine(f, [x, y], &point, &top, lifted)
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
    let row = |k: usize| {
        columns
            .iter()
            .map(|c| Rational::from_integer(c[k].clone()))
            .collect()
    };
    (0..order).map(row).collect()
}

/// The coefficients of the highest power of `x`.
fn leading_series(f: &Series) -> Option<Vec<Rational>> {
    f.iter().map(|row| row.last().cloned()).collect()
}

/// The factors of `f` over its leading coefficient, as power series.
fn lift(f: &Series, top: &[Rational], image: &[Dense], order: usize) -> Vec<Series> {
    let first: Vec<Fractions> = image.iter().map(monic).collect();
    let cofactors: Vec<Fractions> = (0..first.len())
        .map(|i| {
            let others = first.iter().enumerate().filter(|(j, _)| *j != i);
            let product = others.fold(vec![integer(1)], |all, (_, g)| multiply(&all, g));
            inverse_modulo(&product, &first[i])
        })
        .collect();
    let goal = over_leading(f, top, order);
    let mut lifted: Vec<Series> = first.iter().map(|g| vec![g.clone()]).collect();
    for k in 1..order {
        let made = lifted
            .iter()
            .skip(1)
            .fold(lifted[0].clone(), |all, g| series_product(&all, g, k + 1));
        let error = subtract(&goal[k], made.get(k).map_or(&[], Vec::as_slice));
        for ((g, own), cofactor) in lifted.iter_mut().zip(&first).zip(&cofactors) {
            let step = divide(&multiply(&error, cofactor), own).1;
            g.push(step);
        }
    }
    lifted
}

fn monic(f: &Dense) -> Fractions {
    let top = univariate::lead(f);
    f.iter()
        .map(|c| Rational::new(c.clone(), top.clone()))
        .collect()
}

fn over_leading(f: &Series, top: &[Rational], order: usize) -> Series {
    let mut made: Series = Vec::new();
    for k in 0..order {
        let mut row = f[k].clone();
        for j in 1..=k {
            for (x, y) in row.iter_mut().zip(&made[k - j]) {
                *x -= &top[j] * y;
            }
        }
        made.push(row.into_iter().map(|c| c / &top[0]).collect());
    }
    made
}

/// True factors as products of lifted ones.
fn recombine(
    f: &Many,
    [x, y]: [usize; 2],
    point: &BigInt,
    top: &[Rational],
    mut lifted: Vec<Series>,
) -> Vec<Many> {
    let order = top.len();
    let start: Series = top.iter().map(|c| vec![c.clone()]).collect();
    let mut rest = f.clone();
    let mut found = Vec::new();
    let (mut size, mut tried) = (1, 0);
    while 2 * size <= lifted.len() && tried < PRODUCTS {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            tried += 1;
            let each = chosen.iter().map(|&i| &lifted[i]);
            let product = each.fold(start.clone(), |all, g| series_product(&all, g, order));
            let factor = unshifted(&product, f, [x, y], point);
            let factor = factor
                .divide(&factor.content(x))
                .unwrap_or_default()
                .primitive();
            match rest.divide(&factor) {
                Some(quotient) if !factor.is_constant() => {
                    found.push(factor);
                    rest = quotient;
                    chosen.iter().rev().for_each(|&at| {
                        lifted.remove(at);
                    });
                    if 2 * size > lifted.len() {
                        break;
                    }
                    chosen = (0..size).collect();
                }
                _ => {
                    if !advance(&mut chosen, lifted.len()) || tried >= PRODUCTS {
                        break;
                    }
                }
            }
        }
        size += 1;
    }
    if !rest.is_constant() {
        found.push(rest.primitive());
    }
    found
}

/// The polynomial of powers of `y - point`, without numeric content.
fn unshifted(series: &Series, like: &Many, [x, y]: [usize; 2], point: &BigInt) -> Many {
    let count = like.0.keys().next().map_or(0, Vec::len);
    let width = series.iter().map(Vec::len).max().unwrap_or(0);
    let point = Rational::from_integer(point.clone());
    let mut terms = Vec::new();
    for i in 0..width {
        let mut column: Vec<Rational> = Vec::new();
        for row in series.iter().rev() {
            // column := column * (y - point) + row[i]
            column.insert(0, Rational::zero());
            for k in 0..column.len() - 1 {
                let step = &column[k + 1] * &point;
                column[k] -= step;
            }
            if let Some(c) = row.get(i) {
                column[0] += c;
            }
        }
        for (k, c) in column.into_iter().enumerate().filter(|(_, c)| !c.is_zero()) {
            let mut powers = vec![0; count];
            (powers[x], powers[y]) = (i as u32, k as u32);
            terms.push((powers, c));
        }
    }
    whole(terms)
}

fn series_product(a: &Series, b: &Series, order: usize) -> Series {
    let mut product: Series = vec![Vec::new(); order.min(a.len() + b.len() - 1)];
    for (i, f) in a.iter().enumerate() {
        for (j, g) in b.iter().enumerate().take_while(|(j, _)| i + j < order) {
            let step = multiply(f, g);
            let place = &mut product[i + j];
            place.resize(place.len().max(step.len()), Rational::zero());
            place.iter_mut().zip(step).for_each(|(x, y)| *x += y);
        }
    }
    product
}

fn trimmed(mut f: Fractions) -> Fractions {
    while f.last().is_some_and(Zero::is_zero) {
        f.pop();
    }
    f
}

fn subtract(a: &[Rational], b: &[Rational]) -> Fractions {
    let mut difference = a.to_vec();
    difference.resize(a.len().max(b.len()), Rational::zero());
    difference.iter_mut().zip(b).for_each(|(x, y)| *x -= y);
    trimmed(difference)
}

fn multiply(a: &[Rational], b: &[Rational]) -> Fractions {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let mut product = vec![Rational::zero(); a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
        for (j, y) in b.iter().enumerate().filter(|(_, y)| !y.is_zero()) {
            product[i + j] += x * y;
        }
    }
    trimmed(product)
}

/// Quotient and remainder, `b` not 0.
fn divide(a: &[Rational], b: &[Rational]) -> (Fractions, Fractions) {
    let mut rest = a.to_vec();
    let mut quotient = vec![Rational::zero(); (a.len() + 1).saturating_sub(b.len())];
    for k in (0..quotient.len()).rev() {
        let step = &rest[k + b.len() - 1] / &b[b.len() - 1];
        for (j, y) in b.iter().enumerate() {
            rest[k + j] -= &step * y;
        }
        quotient[k] = step;
    }
    (trimmed(quotient), trimmed(rest))
}

/// `1 / a` modulo `f`, without common factor.
fn inverse_modulo(a: &[Rational], f: &[Rational]) -> Fractions {
    let (mut r, mut next) = (f.to_vec(), divide(a, f).1);
    let (mut s, mut t): (Fractions, Fractions) = (Vec::new(), vec![Rational::one()]);
    while !next.is_empty() {
        let (quotient, rest) = divide(&r, &next);
        let step = subtract(&s, &multiply(&quotient, &t));
        (r, next) = (next, rest);
        (s, t) = (t, step);
    }
    let unit = r.last().cloned().unwrap_or_else(Rational::one);
    let scaled: Fractions = s.into_iter().map(|c| c / &unit).collect();
    divide(&scaled, f).1
}
