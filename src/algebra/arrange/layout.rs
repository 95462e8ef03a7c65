//! A product on both sides of a fraction bar.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::arranged;
use super::sums::{Order, is_affine};
use crate::algebra::{Base, Exponent, Expr, Rational, Tree};

/// A number times powers.
pub(super) struct Factors {
    pub(super) number: Rational,
    pub(super) powers: Vec<(Base, Exponent)>,
}

impl Factors {
    /// Takes a minus sign into one of the sums when it reads better: `1 - m` for `-(m - 1)`.
    /// A `bare` sum, without anything before it, takes it always.
    pub(super) fn absorb_sign(&mut self, sums: &mut [(Expr, u32)], bare: bool) {
        if !self.number.is_negative() {
            return;
        }
        let bare = bare && sums.len() == 1;
        let odd = sums.iter_mut().filter(|(_, n)| n % 2 == 1);
        let above = odd.map(|(e, _)| e);
        let below = self.powers.iter_mut().filter_map(|(base, e)| match base {
            Base::Sum(inner) if e.is_integer() && e.numer().is_odd() => Some(inner),
            _ => None,
        });
        let mut all: Vec<&mut Expr> = above.chain(below).collect();
        // Of several sums a short one, `1 - m`.
        all.sort_by_key(|e| !is_affine(e));
        if let Some(found) = all.into_iter().find(|e| bare || turns_well(e)) {
            *found = -found.clone();
            self.number = -self.number.clone();
        }
    }
}

/// Whether a sum has no more minus signs with the sign changed.
fn turns_well(e: &Expr) -> bool {
    let minus = e.terms().filter(|(_, c)| c.is_negative()).count();
    let plus = e.terms().count() - minus;
    minus > 0 && (is_affine(e) || minus >= plus)
}

/// The formula of a product; `sums` are further factors above the bar.
pub(super) fn laid_out(factors: Factors, sums: Vec<Tree>, order: Order) -> Tree {
    let mut sides = Sides::default();
    let number = &factors.number;
    let (mut top, mut bottom) = (number.numer().abs(), number.denom().clone());
    for (base, e) in &factors.powers {
        if let Base::Prime(prime) = base {
            sides.prime(prime, *e, &mut bottom);
        }
    }
    for (base, e) in factors.powers {
        sides.push(base, e, order);
    }
    let common = top.gcd(&bottom);
    (top, bottom) = (top / &common, bottom / common);
    sides.above.plain.extend(sums);
    let constant = sides.below.constant;
    let calls = std::mem::take(&mut sides.above.calls);
    let above = sides.above.finish(top, order);
    let below = sides.below.finish(bottom, order);
    let unit = |tree: &Tree| matches!(tree, Tree::Number(n) if n.is_one());
    // `(2/pi) arcsin x`, but `arcsin(x)/pi`, and `m arcsin(x)/q`.
    let whole = if !calls.is_empty() && constant && !unit(&above) {
        let mut all = vec![above.over(below)];
        all.extend(calls);
        Tree::product(all)
    } else {
        let mut all = vec![above];
        all.extend(calls);
        Tree::product(all).over(below)
    };
    if number.is_negative() {
        whole.negative()
    } else {
        whole
    }
}

/// What stands above the bar, and below.
#[derive(Default)]
struct Sides {
    above: Side,
    below: Side,
}

/// Factors on one side, roots kept apart so that they can share a sign.
struct Side {
    /// A product of primes under a root.
    primes: BigInt,
    /// What else stands under the root.
    roots: Vec<Expr>,
    plain: Vec<Tree>,
    calls: Vec<Tree>,
    /// Whether no variables are there.
    constant: bool,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            primes: BigInt::one(),
            roots: Vec::new(),
            plain: Vec::new(),
            calls: Vec::new(),
            constant: true,
        }
    }
}

impl Sides {
    /// `prime^e`, `0 < e < 1`: a square root goes below when the number there has the prime.
    fn prime(&mut self, prime: &BigInt, e: Exponent, bottom: &mut BigInt) {
        if e != Exponent::new(1, 2) {
            let base = Tree::Number(Rational::from_integer(prime.clone()));
            self.above.plain.push(base.to_power(e));
            return;
        }
        if (&*bottom % prime).is_zero() {
            *bottom /= prime;
            self.below.primes *= prime;
        } else {
            self.above.primes *= prime;
        }
    }

    fn push(&mut self, base: Base, e: Exponent, order: Order) {
        let side = if e.is_negative() {
            &mut self.below
        } else {
            &mut self.above
        };
        side.push(base, e.abs(), order);
    }
}

impl Side {
    fn push(&mut self, base: Base, e: Exponent, order: Order) {
        self.constant &= matches!(base, Base::Pi | Base::Prime(_));
        if e == Exponent::new(1, 2) && !matches!(base, Base::Prime(_)) {
            self.roots.push(match base {
                Base::Sum(inner) => inner,
                other => Expr::power_of(other, Exponent::one()),
            });
            return;
        }
        let order = if e.is_integer() {
            order
        } else {
            order.rising()
        };
        match base {
            Base::Prime(_) => {}
            Base::Pi => self.plain.push(Tree::Pi.to_power(e)),
            Base::Symbol(symbol) => self.plain.push(Tree::Symbol(symbol).to_power(e)),
            Base::Sum(inner) => self.plain.push(arranged(&inner, order).to_power(e)),
            Base::Call(function, argument) => {
                let argument = arranged(&argument, order);
                let call = Tree::Call(function, Box::new(argument));
                self.calls.push(call.to_power(e));
            }
        }
    }

    /// Numbers first, roots last but for functions.
    fn finish(self, number: BigInt, order: Order) -> Tree {
        let mut all = vec![Tree::Number(Rational::from_integer(number))];
        let root = self.radicand(order);
        all.extend(self.plain);
        all.extend(root.map(|inner| inner.to_power(Exponent::new(1, 2))));
        all.extend(self.calls);
        Tree::product(all)
    }

    /// What stands under the root, if there is one.
    fn radicand(&self, order: Order) -> Option<Tree> {
        if self.roots.is_empty() && self.primes.is_one() {
            return None;
        }
        let primes = Rational::from_integer(self.primes.clone());
        if self.roots.iter().all(Expr::is_polynomial) {
            let roots = self.roots.iter().map(|e| arranged(e, order.rising()));
            let mut all = vec![Tree::Number(primes)];
            all.extend(roots);
            return Some(Tree::product(all));
        }
        // Fractions are put together.
        let whole = self.roots.iter().fold(Expr::number(primes), |a, b| &a * b);
        Some(arranged(&whole, order.rising()))
    }
}
