//! Polynomials in several variables with whole coefficients: division and common divisors.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::Rational;
use super::number::content;
use super::univariate::{self, Dense};

/// Points of interpolation beyond the least number before a common divisor is given up.
const SPARE_POINTS: usize = 20;

/// Coefficients by the exponents of all variables; none is 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Many(pub(super) BTreeMap<Vec<u32>, BigInt>);

impl Many {
    pub(super) fn add_term(&mut self, powers: Vec<u32>, number: BigInt) {
        let place = self.0.entry(powers.clone()).or_default();
        *place += number;
        if place.is_zero() {
            self.0.remove(&powers);
        }
    }

    /// Whether it is a number.
    pub(super) fn is_constant(&self) -> bool {
        self.0.keys().all(|powers| powers.iter().all(|&e| e == 0))
    }

    /// Variables that occur.
    pub(super) fn used(&self) -> Vec<usize> {
        (0..self.variables())
            .filter(|&v| self.degree(v) > 0)
            .collect()
    }

    /// The highest power of a variable.
    pub(super) fn degree(&self, v: usize) -> u32 {
        self.0.keys().map(|powers| powers[v]).max().unwrap_or(0)
    }

    /// How many variables it is written in.
    pub(super) fn variables(&self) -> usize {
        self.0.keys().next().map_or(0, Vec::len)
    }

    /// The number 1 in as many variables.
    fn one(&self) -> Self {
        Self(BTreeMap::from([(vec![0; self.variables()], BigInt::one())]))
    }

    /// Without the common divisor of the coefficients, the leading one positive.
    pub(super) fn primitive(mut self) -> Self {
        let mut common = self.0.values().fold(BigInt::zero(), |c, x| c.gcd(x));
        if common.is_zero() {
            return self;
        }
        let last = self.0.last_key_value();
        if last.is_some_and(|(_, c)| c.is_negative()) {
            common = -common;
        }
        if !common.is_one() {
            self.0.values_mut().for_each(|c| *c /= &common);
        }
        self
    }

    /// Coefficients of the powers of one variable.
    pub(super) fn coefficients(&self, v: usize) -> BTreeMap<u32, Self> {
        let mut found: BTreeMap<u32, Self> = BTreeMap::new();
        for (powers, number) in &self.0 {
            let mut rest = powers.clone();
            rest[v] = 0;
            let place = found.entry(powers[v]).or_default();
            place.0.insert(rest, number.clone());
        }
        found
    }

    /// Coefficients of the products of all other variables, polynomials in one.
    fn in_one(&self, v: usize) -> BTreeMap<Vec<u32>, Dense> {
        let mut found: BTreeMap<Vec<u32>, Dense> = BTreeMap::new();
        for (powers, number) in &self.0 {
            let mut rest = powers.clone();
            rest[v] = 0;
            let place = found.entry(rest).or_default();
            let k = powers[v] as usize;
            place.resize(place.len().max(k + 1), BigInt::zero());
            place[k] = number.clone();
        }
        found
    }

    /// A polynomial in one variable, at exponents of the others.
    pub(super) fn from_dense(f: &Dense, v: usize, others: &[u32]) -> Self {
        let terms = f.iter().enumerate().filter(|(_, c)| !c.is_zero());
        let terms = terms.map(|(k, c)| {
            let mut powers = others.to_vec();
            powers[v] = k as u32;
            (powers, c.clone())
        });
        Self(terms.collect())
    }

    /// As a polynomial in the only variable that it has.
    pub(super) fn dense(&self, v: usize) -> Dense {
        self.in_one(v).into_values().next().unwrap_or_default()
    }

    /// With a number for one variable.
    pub(super) fn at(&self, v: usize, x: &BigInt) -> Self {
        let mut made = Self::default();
        for (powers, f) in self.in_one(v) {
            let value = horner(&f, x);
            if !value.is_zero() {
                made.0.insert(powers, value);
            }
        }
        made
    }

    pub(super) fn derivative(&self, v: usize) -> Self {
        let mut made = Self::default();
        for (powers, number) in self.0.iter().filter(|(powers, _)| powers[v] > 0) {
            let mut lower = powers.clone();
            lower[v] -= 1;
            made.0.insert(lower, number * BigInt::from(powers[v]));
        }
        made
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        let mut product = Self::default();
        for (a, x) in &self.0 {
            for (b, y) in &other.0 {
                let powers = a.iter().zip(b).map(|(i, j)| i + j).collect();
                product.add_term(powers, x * y);
            }
        }
        product
    }

    /// `self / other` when that leaves nothing.
    pub(super) fn divide(&self, other: &Self) -> Option<Self> {
        let (lead, top) = other.0.last_key_value()?;
        let mut rest = self.clone();
        let mut quotient = Self::default();
        while let Some((powers, number)) = rest.0.last_key_value() {
            let both = powers.iter().zip(lead);
            let shift: Option<Vec<u32>> = both.map(|(a, b)| a.checked_sub(*b)).collect();
            let shift = shift?;
            let (step, left) = number.div_rem(top);
            if !left.is_zero() {
                return None;
            }
            for (b, y) in &other.0 {
                let powers = b.iter().zip(&shift).map(|(i, j)| i + j).collect();
                rest.add_term(powers, -(&step * y));
            }
            quotient.0.insert(shift, step);
        }
        Some(quotient)
    }

    /// The common divisor of the coefficients of the powers of one variable.
    pub(super) fn content(&self, v: usize) -> Self {
        let mut parts: Vec<Self> = self.coefficients(v).into_values().collect();
        parts.sort_by_key(|part| part.0.len());
        let mut common = Self::default();
        for part in parts {
            common = common.gcd(&part);
            if common.is_constant() {
                break;
            }
        }
        common
    }

    /// The greatest common divisor, without numeric content.
    pub(super) fn gcd(&self, other: &Self) -> Self {
        if self.0.is_empty() || other.0.is_empty() {
            let whole = if self.0.is_empty() { other } else { self };
            return whole.clone().primitive();
        }
        let (own, others) = (self.used(), other.used());
        // A variable that one of them lacks cannot be in the divisor.
        if let Some(v) = own.iter().find(|v| !others.contains(v)) {
            return self.content(*v).gcd(other);
        }
        if let Some(v) = others.iter().find(|v| !own.contains(v)) {
            return self.gcd(&other.content(*v));
        }
        match own.as_slice() {
            [] => self.one(),
            [v] => {
                let common = univariate::gcd(&self.dense(*v), &other.dense(*v));
                Self::from_dense(&common, *v, &vec![0; self.variables()])
            }
            [.., v] => self.gcd_by_points(other, *v),
        }
    }

    /// The common divisor of all coefficients as polynomials in one variable, and the rest.
    fn split_content(&self, v: usize) -> (Dense, Self) {
        let parts = self.in_one(v);
        let common = parts.values().fold(Dense::new(), |common, part| {
            if common.len() == 1 {
                common
            } else {
                univariate::gcd(&common, part)
            }
        });
        let mut rest = Self::default();
        for (powers, part) in parts {
            let part = univariate::divide(&part, &common).unwrap_or(part);
            rest.0.extend(Self::from_dense(&part, v, &powers).0);
        }
        (common, rest)
    }

    /// The greatest common divisor from those at whole numbers for one variable.
    fn gcd_by_points(&self, other: &Self, v: usize) -> Self {
        let (f_content, f) = self.split_content(v);
        let (g_content, g) = other.split_content(v);
        let one = self.one();
        let zero_powers = one.0.keys().next().cloned().unwrap_or_default();
        let common = univariate::gcd(&f_content, &g_content);
        let common = Self::from_dense(&common, v, &zero_powers);
        let top = |h: &Self| h.in_one(v).pop_last().map(|(_, c)| c).unwrap_or_default();
        let (f_top, g_top) = (top(&f), top(&g));
        let scale = univariate::gcd(&f_top, &g_top);
        let least = f.degree(v).min(g.degree(v)) as usize + scale.len();
        let mut images: Vec<(BigInt, Self)> = Vec::new();
        for k in 1..(4 * (least + SPARE_POINTS)) {
            let point = BigInt::from(if k % 2 == 0 { k / 2 } else { k.div_ceil(2) });
            let point = if k % 2 == 0 { -point } else { point };
            if horner(&f_top, &point).is_zero() || horner(&g_top, &point).is_zero() {
                continue;
            }
            let image = f.at(v, &point).gcd(&g.at(v, &point));
            if image.is_constant() {
                return common;
            }
            // A larger leading product at some points only is an accident there.
            let lead = |h: &Self| h.0.last_key_value().map(|(m, _)| m.clone());
            if let Some((_, old)) = images.first() {
                match lead(&image).cmp(&lead(old)) {
                    std::cmp::Ordering::Less => images.clear(),
                    std::cmp::Ordering::Greater => continue,
                    std::cmp::Ordering::Equal => {}
                }
            }
            images.push((point, image));
            if images.len() >= least {
                let found = interpolate(&images, &scale, v)
                    .split_content(v)
                    .1
                    .primitive();
                if f.divide(&found).is_some() && g.divide(&found).is_some() {
                    return found.multiply(&common);
                }
            }
            if images.len() > least + SPARE_POINTS {
                break;
            }
        }
        common
    }
}

/// `f(x)`.
pub(super) fn horner(f: &Dense, x: &BigInt) -> BigInt {
    let powers = f.iter().rev();
    powers.fold(BigInt::zero(), |value, c| value * x + c)
}

/// The polynomial whose images are given, scaled so that its leading coefficient is `scale`.
fn interpolate(images: &[(BigInt, Many)], scale: &Dense, v: usize) -> Many {
    let mut rows: BTreeMap<Vec<u32>, Vec<Rational>> = BTreeMap::new();
    for (i, (point, image)) in images.iter().enumerate() {
        let top = image.0.last_key_value().map(|(_, c)| c.clone());
        let factor = Rational::new(horner(scale, point), top.unwrap_or_else(BigInt::one));
        for (powers, c) in &image.0 {
            let row = rows.entry(powers.clone());
            row.or_insert_with(|| vec![Rational::zero(); images.len()])[i] =
                &factor * Rational::from_integer(c.clone());
        }
    }
    let points: Vec<Rational> = images
        .iter()
        .map(|(x, _)| Rational::from_integer(x.clone()))
        .collect();
    let rows = rows.into_iter().map(|(m, row)| (m, newton(&points, row)));
    let mut terms: Vec<(Vec<u32>, Rational)> = Vec::new();
    for (powers, row) in rows {
        for (k, c) in row.into_iter().enumerate().filter(|(_, c)| !c.is_zero()) {
            let mut powers = powers.clone();
            powers[v] = k as u32;
            terms.push((powers, c));
        }
    }
    whole(terms)
}

/// The multiple with whole coefficients and no content.
fn whole(terms: Vec<(Vec<u32>, Rational)>) -> Many {
    let common = content(terms.iter().map(|(_, c)| c));
    let mut made = Many::default();
    for (powers, c) in terms {
        made.add_term(powers, (c / &common).to_integer());
    }
    made
}

/// Coefficients of the polynomial with the given values, by divided differences.
fn newton(points: &[Rational], mut values: Vec<Rational>) -> Vec<Rational> {
    let n = points.len();
    for level in 1..n {
        for i in (level..n).rev() {
            let slope = &values[i] - &values[i - 1];
            values[i] = slope / (&points[i] - &points[i - level]);
        }
    }
    let mut made: Vec<Rational> = vec![Rational::zero(); n];
    for i in (0..n).rev() {
        // made := made * (x - points[i]) + values[i]
        for k in (0..n).rev() {
            let lower = if k > 0 {
                made[k - 1].clone()
            } else {
                values[i].clone()
            };
            made[k] = lower - &made[k] * &points[i];
        }
    }
    made
}
