//! From an expression to the formula that is shown: common factors out, factored, collected,
//! with fraction bars and roots.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::number::integer;
use super::{Base, Exponent, Expr, Monomial, Rational, Symbol, Tree};

impl Expr {
    /// The formula to show, sums collected in powers of the first of `order` that they contain.
    pub fn arrange(&self, order: &[Symbol]) -> Tree {
        let whole = self.together();
        if whole.is_zero() {
            return Tree::int(0);
        }
        let groups = grouped(&whole);
        if let [(powers, cofactor)] = groups.as_slice() {
            return product(cofactor, powers, order);
        }
        let (number, common, rest) = whole.parts(false);
        let terms: Vec<Tree> = grouped(&rest)
            .iter()
            .map(|(powers, cofactor)| product(cofactor, powers, order))
            .collect();
        let common = Expr::term(number, common);
        Layout::of(&common, &Monomial::default(), order).with(vec![first_positive(terms)])
    }
}

/// A sum that does not begin with a minus sign, where it need not.
fn first_positive(mut terms: Vec<Tree>) -> Tree {
    let positive = |t: &Tree| !matches!(t, Tree::Negative(_));
    if let Some(at) = terms.iter().position(positive) {
        let first = terms.remove(at);
        terms.insert(0, first);
    }
    Tree::sum(terms)
}

/// The cofactors of every product of sums and functions.
fn grouped(e: &Expr) -> Vec<(Monomial, Expr)> {
    let mut groups: BTreeMap<Monomial, Expr> = BTreeMap::new();
    for (monomial, number) in e.terms() {
        let (outer, inner): (Vec<_>, Vec<_>) = monomial
            .powers()
            .map(|(b, e)| (b.clone(), e))
            .partition(|(b, _)| matches!(b, Base::Sum(_) | Base::Call(..)));
        let place = groups.entry(Monomial(outer.into_iter().collect()));
        let cofactor = Monomial(inner.into_iter().collect());
        place.or_default().add_term(number.clone(), cofactor);
    }
    groups.into_iter().collect()
}

/// `cofactor * powers`, the cofactor factored.
fn product(cofactor: &Expr, powers: &Monomial, order: &[Symbol]) -> Tree {
    let (number, monomial, rest) = cofactor.parts(true);
    let (single, factors): (Vec<_>, Vec<_>) = rest
        .factors()
        .into_iter()
        .partition(|(factor, _)| factor.terms.len() == 1);
    // A sign or a root that came out of the factors goes with the number.
    let single = single
        .iter()
        .flat_map(|(factor, n)| (0..*n).map(move |_| factor));
    let term = single.fold(Expr::term(number, monomial), |term, factor| &term * factor);
    let layout = Layout::of(&term, powers, order);
    let shown = factors.into_iter().map(|(factor, n)| {
        collected(&factor, order).to_power(Exponent::from_integer(i64::from(n)))
    });
    layout.with(shown.collect())
}

/// A polynomial collected in powers of the first of `order` that it contains, highest first.
fn collected(e: &Expr, order: &[Symbol]) -> Tree {
    let Some((&main, others)) = order.split_first() else {
        return plain_sum(e);
    };
    if !e.contains(main) {
        return collected(e, others);
    }
    let mut by_power: BTreeMap<Exponent, Expr> = BTreeMap::new();
    for (monomial, number) in e.terms() {
        let base = Base::Symbol(main);
        let power = monomial.exponent(&base);
        let mut rest = monomial.clone();
        rest.0.remove(&base);
        by_power
            .entry(power)
            .or_default()
            .add_term(number.clone(), rest);
    }
    let mut terms = Vec::new();
    for (power, cofactor) in by_power.into_iter().rev() {
        let own = Monomial(if power.is_zero() {
            BTreeMap::new()
        } else {
            BTreeMap::from([(Base::Symbol(main), power)])
        });
        if power.is_zero() {
            // The terms without it stand in the sum themselves.
            match collected(&cofactor, others) {
                Tree::Sum(inner) => terms.extend(inner),
                other => terms.push(other),
            }
            continue;
        }
        let (number, monomial, rest) = cofactor.parts(true);
        let joint = joint_power(&monomial, &own);
        let layout = Layout::of(&Expr::term(number, joint), &Monomial::default(), others);
        let inner = if rest.is_one() {
            vec![]
        } else {
            vec![collected(&rest, others)]
        };
        terms.push(layout.with(inner));
    }
    first_positive(terms)
}

fn joint_power(a: &Monomial, b: &Monomial) -> Monomial {
    Monomial(
        a.0.iter()
            .chain(&b.0)
            .map(|(b, e)| (b.clone(), *e))
            .collect(),
    )
}

fn plain_sum(e: &Expr) -> Tree {
    let terms: Vec<_> = e.terms().collect();
    let shown = terms.into_iter().rev().map(|(monomial, number)| {
        let term = Expr::term(number.clone(), monomial.clone());
        Layout::of(&term, &Monomial::default(), &[]).with(vec![])
    });
    first_positive(shown.collect())
}

/// A product on both sides of a fraction bar.
struct Layout {
    negative: bool,
    above: Vec<Tree>,
    below: Vec<Tree>,
}

impl Layout {
    /// A single term times powers of sums and functions.
    fn of(term: &Expr, powers: &Monomial, order: &[Symbol]) -> Self {
        let nothing = (Monomial::default(), integer(1));
        let (monomial, number) = term
            .terms()
            .next()
            .map_or(nothing, |(m, c)| (m.clone(), c.clone()));
        let mut sides = Sides::default();
        let (mut top, mut bottom) = (number.numer().abs(), number.denom().clone());
        for (base, e) in monomial.powers() {
            if let Base::Prime(prime) = base {
                sides.prime(prime, e, &mut bottom);
            }
        }
        for (base, e) in monomial.powers().chain(powers.powers()) {
            let shown = match base {
                Base::Prime(_) => continue,
                Base::Pi => Tree::Pi,
                Base::Symbol(symbol) => Tree::Symbol(*symbol),
                Base::Sum(inner) => inner.arrange(order),
                Base::Call(function, argument) => {
                    Tree::Call(*function, Box::new(argument.arrange(order)))
                }
            };
            sides.push(shown, e);
        }
        let common = top.gcd(&bottom);
        (top, bottom) = (top / &common, bottom / common);
        let [above, below] = sides.finish(top, bottom);
        Self {
            negative: number.is_negative(),
            above,
            below,
        }
    }

    /// The formula, with more factors above the bar.
    fn with(mut self, factors: Vec<Tree>) -> Tree {
        self.above.extend(factors);
        let whole = Tree::product(self.above).over(Tree::product(self.below));
        if self.negative {
            whole.negative()
        } else {
            whole
        }
    }
}

/// Factors above and below, roots kept apart so that they can share a sign.
#[derive(Default)]
struct Sides {
    plain: [Vec<Tree>; 2],
    roots: [Vec<Tree>; 2],
    under_root: [UnderRoot; 2],
}

/// A product of primes under a root; 1 at first.
#[derive(Clone)]
struct UnderRoot(BigInt);

impl Default for UnderRoot {
    fn default() -> Self {
        Self(BigInt::one())
    }
}

impl Sides {
    /// `prime^e`, `0 < e < 1`: a square root goes below when the number there has the prime.
    fn prime(&mut self, prime: &BigInt, e: Exponent, bottom: &mut BigInt) {
        let half = Exponent::new(1, 2);
        if e != half {
            let base = Tree::Number(Rational::from_integer(prime.clone()));
            self.plain[0].push(base.to_power(e));
            return;
        }
        let below = (&*bottom % prime).is_zero();
        if below {
            *bottom /= prime;
        }
        let side = usize::from(below);
        self.under_root[side].0 *= prime;
    }

    fn push(&mut self, base: Tree, e: Exponent) {
        let side = usize::from(e.is_negative());
        let e = e.abs();
        if e == Exponent::new(1, 2) {
            self.roots[side].push(base);
        } else {
            self.plain[side].push(base.to_power(e));
        }
    }

    fn finish(self, top: BigInt, bottom: BigInt) -> [Vec<Tree>; 2] {
        let Self {
            plain,
            roots,
            under_root,
        } = self;
        let sides = plain
            .into_iter()
            .zip(roots)
            .zip(under_root)
            .zip([top, bottom]);
        let mut made = sides.map(|(((plain, roots), under), number)| {
            let mut all = vec![Tree::Number(Rational::from_integer(number))];
            let mut radicand = roots;
            if !under.0.is_one() {
                radicand.insert(0, Tree::Number(Rational::from_integer(under.0)));
            }
            all.extend(plain);
            if !radicand.is_empty() {
                all.push(Tree::product(radicand).to_power(Exponent::new(1, 2)));
            }
            all
        });
        [
            made.next().unwrap_or_default(),
            made.next().unwrap_or_default(),
        ]
    }
}
