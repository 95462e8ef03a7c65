//! Laws of the algebra, checked on random expressions: by value at random points, and for
//! polynomials as equality of expressions.

mod dual;
mod expansions;

use proptest::prelude::*;

use super::*;
use dual::Dual;

const fn symbol(name: &'static str, positive: bool) -> Symbol {
    Symbol {
        name,
        text: name,
        latex: name,
        positive,
    }
}

const X: Symbol = symbol("x", false);
const Y: Symbol = symbol("y", true);
const Z: Symbol = symbol("z", true);
const SYMBOLS: [Symbol; 3] = [X, Y, Z];

/// A relative rounding error, of the sum of the sizes of all terms, allowed per test.
const TOLERANCE: f64 = 1e-12;

/// How an expression is made.
#[derive(Clone, Debug)]
enum Plan {
    Number(i64, i64),
    Pi,
    Symbol(usize),
    Sum(Box<Plan>, Box<Plan>),
    Difference(Box<Plan>, Box<Plan>),
    Product(Box<Plan>, Box<Plan>),
    Power(Box<Plan>, i64, i64),
    Call(Function, Box<Plan>),
}

impl Plan {
    fn build(&self) -> Expr {
        match self {
            Plan::Number(n, d) => Expr::ratio(*n, *d),
            Plan::Pi => Expr::pi(),
            Plan::Symbol(i) => Expr::symbol(SYMBOLS[*i]),
            Plan::Sum(a, b) => a.build() + b.build(),
            Plan::Difference(a, b) => a.build() - b.build(),
            Plan::Product(a, b) => a.build() * b.build(),
            Plan::Power(a, n, d) => a.build().power(Exponent::new(*n, *d)),
            Plan::Call(function, a) => Expr::call(*function, a.build()),
        }
    }

    /// The value and the derivative by `x`, without the algebra.
    fn value(&self, at: &Point) -> Dual {
        match self {
            Plan::Number(n, d) => Dual::constant(*n as f64 / *d as f64),
            Plan::Pi => Dual::constant(std::f64::consts::PI),
            Plan::Symbol(i) => at.symbol(SYMBOLS[*i]),
            Plan::Sum(a, b) => a.value(at).plus(b.value(at)),
            Plan::Difference(a, b) => a.value(at).plus(Dual::constant(-1.0).times(b.value(at))),
            Plan::Product(a, b) => a.value(at).times(b.value(at)),
            Plan::Power(a, n, d) => a.value(at).power(Exponent::new(*n, *d)),
            Plan::Call(function, a) => a.value(at).call(*function),
        }
    }
}

/// Values of the symbols.
#[derive(Clone, Debug)]
struct Point([f64; 3]);

impl Point {
    fn of(&self, symbol: Symbol) -> f64 {
        let place = SYMBOLS.iter().position(|s| *s == symbol);
        place.map_or(f64::NAN, |i| self.0[i])
    }

    fn symbol(&self, symbol: Symbol) -> Dual {
        Dual {
            slope: f64::from(u8::from(symbol == X)),
            slope_size: f64::from(u8::from(symbol == X)),
            ..Dual::constant(self.of(symbol))
        }
    }

    /// The value of an expression with the sizes of its terms.
    fn value(&self, e: &Expr) -> Dual {
        let mut sum = Dual::constant(0.0);
        for (monomial, number) in e.terms() {
            let mut product = Dual::constant(number::to_f64(number));
            for (base, exponent) in monomial.powers() {
                let base = match base {
                    Base::Prime(n) => Dual::constant(number::to_f64(&n.clone().into())),
                    Base::Pi => Dual::constant(std::f64::consts::PI),
                    Base::Symbol(symbol) => self.symbol(*symbol),
                    Base::Sum(inner) => self.value(inner),
                    Base::Call(function, argument) => self.value(argument).call(*function),
                };
                product = product.times(base.power(exponent));
            }
            sum = sum.plus(product);
        }
        sum
    }

    /// The value of an arranged formula with the sizes of its terms.
    fn tree(&self, tree: &Tree) -> Dual {
        let constant = |x| Dual::constant(x);
        match tree {
            Tree::Number(n) => constant(number::to_f64(n)),
            Tree::Pi => constant(std::f64::consts::PI),
            Tree::Symbol(symbol) => self.symbol(*symbol),
            Tree::Sum(all) => all
                .iter()
                .fold(constant(0.0), |sum, t| sum.plus(self.tree(t))),
            Tree::Product(all) => all
                .iter()
                .fold(constant(1.0), |all, t| all.times(self.tree(t))),
            Tree::Negative(a) => constant(-1.0).times(self.tree(a)),
            Tree::Quotient(a, b) => self
                .tree(a)
                .times(self.tree(b).power(-Exponent::from_integer(1))),
            Tree::Power(base, e) => self.tree(base).power(*e),
            Tree::Call(function, a) => self.tree(a).call(*function),
            other => unreachable!("no expression is arranged to {other:?}"),
        }
    }

    /// Whether an expression has the value of another thing.
    fn agrees(&self, e: &Expr, with: Dual) -> Result<(), TestCaseError> {
        let own = self.value(e);
        let error = (own.value - with.value).abs();
        let allowed = TOLERANCE * (own.size + with.size);
        prop_assert!(
            error <= allowed,
            "{} for {} at {:?}, allowed {:e}: {:?}",
            own.value,
            with.value,
            self,
            allowed,
            e
        );
        let evaluated = e.evaluate(&|s| self.of(s));
        prop_assert!((evaluated - own.value).abs() <= TOLERANCE * own.size);
        Ok(())
    }
}

fn point() -> impl Strategy<Value = Point> {
    let away_from_0 = prop_oneof![-0.95..-0.1f64, 0.1..0.95f64];
    (away_from_0, 0.1..0.95f64, 0.1..2.0f64).prop_map(|(x, y, z)| Point([x, y, z]))
}

fn boxed(a: Plan) -> Box<Plan> {
    Box::new(a)
}

/// Polynomials in the symbols and pi, with roots of primes among the coefficients.
fn polynomial(roots: bool) -> impl Strategy<Value = Plan> {
    let root = move |n: i64| {
        if roots {
            Plan::Power(boxed(Plan::Number(n, 1)), 1, 2)
        } else {
            Plan::Number(n, 1)
        }
    };
    let leaf = prop_oneof![
        3 => (-6i64..=6, 1i64..=4).prop_map(|(n, d)| Plan::Number(n, d)),
        4 => (0usize..3).prop_map(Plan::Symbol),
        1 => Just(Plan::Pi),
        1 => prop_oneof![Just(2i64), Just(3), Just(6), Just(12)].prop_map(root),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(a, b)| (boxed(a), boxed(b)));
        prop_oneof![
            3 => pair.clone().prop_map(|(a, b)| Plan::Sum(a, b)),
            2 => pair.clone().prop_map(|(a, b)| Plan::Difference(a, b)),
            3 => pair.prop_map(|(a, b)| Plan::Product(a, b)),
            1 => (inner, 2i64..4).prop_map(|(a, n)| Plan::Power(boxed(a), n, 1)),
        ]
    })
}

/// Anything that the algebra can write, small enough to have a value near most points.
fn plan() -> impl Strategy<Value = Plan> {
    polynomial(true).prop_recursive(3, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(a, b)| (boxed(a), boxed(b)));
        let exponent = prop_oneof![
            Just((1i64, 2i64)), Just((-1, 2)), Just((3, 2)), Just((-3, 2)), Just((1, 3)),
            Just((-1, 1)), Just((-2, 1)), Just((2, 1)), Just((3, 4)),
        ];
        let function = prop_oneof![Just(Function::ArcSin), Just(Function::ArcCos)];
        let small = (-3i64..=3, 0usize..3, 1i64..3);
        let square = |a: Plan| Plan::Power(boxed(a), 2, 1);
        prop_oneof![
            2 => pair.clone().prop_map(|(a, b)| Plan::Sum(a, b)),
            2 => pair.clone().prop_map(|(a, b)| Plan::Difference(a, b)),
            3 => pair.prop_map(|(a, b)| Plan::Product(a, b)),
            2 => (inner.clone(), exponent.clone()).prop_map(|(a, (n, d))| Plan::Power(boxed(a), n, d)),
            2 => (inner, exponent).prop_map(move |(a, (n, d))| {
                let positive = Plan::Sum(boxed(Plan::Number(1, 3)), boxed(square(a)));
                Plan::Power(boxed(positive), n, d)
            }),
            1 => (function, small).prop_map(|(f, (n, i, e))| {
                let power = Plan::Power(boxed(Plan::Symbol(i)), e, 1);
                Plan::Call(f, boxed(Plan::Product(boxed(Plan::Number(n, 8)), boxed(power))))
            }),
        ]
    })
}

/// Short expressions only: a random power of a long sum under a root is no test of anything.
fn small(e: &Expr) -> bool {
    e.terms().count() <= 60
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..crate::cases::cases(200) })]

    #[test]
    fn arithmetic_has_the_right_value(plan in plan(), at in point()) {
        let expected = plan.value(&at);
        prop_assume!(expected.moderate());
        at.agrees(&plan.build(), expected)?;
    }

    #[test]
    fn normal_forms_keep_the_value(plan in plan(), at in point()) {
        let expected = plan.value(&at);
        let e = plan.build();
        prop_assume!(expected.moderate() && small(&e));
        at.agrees(&e.together(), expected)?;
        for signed in [false, true] {
            let (number, monomial, rest) = e.parts(signed);
            at.agrees(&(Expr::term(number, monomial) * rest), expected)?;
        }
        at.agrees(&(-(-e.clone())), expected)?;
        let back = e.factors().into_iter().map(|(f, n)| f.power(Exponent::from_integer(n.into())));
        prop_assert_eq!(back.product::<Expr>(), e);
    }

    #[test]
    fn arranged_formulas_keep_the_value(plan in plan(), at in point()) {
        let expected = plan.value(&at);
        let e = plan.build();
        prop_assume!(expected.moderate() && small(&e));
        for order in [&[][..], &[X], &[Z, Y, X]] {
            let shown = e.arrange(order);
            let value = shown.evaluate(&|s| at.of(s)).unwrap();
            // The rounding of a formula is that of its own terms, not of those it was made from.
            let allowed = TOLERANCE * (expected.size + at.tree(&shown).size);
            let close = (value - expected.value).abs() <= allowed;
            prop_assert!(close, "{:?} for {}, allowed {:e}: {:?}", value, expected.value, allowed, e);
        }
    }

    #[test]
    fn derivatives_have_the_right_value(plan in plan(), at in point()) {
        let expected = plan.value(&at);
        let e = plan.build();
        prop_assume!(expected.moderate() && small(&e));
        let slope = e.derivative(X);
        let found = at.value(&slope);
        let allowed = TOLERANCE * (found.size + expected.slope_size + at.value(&e).slope_size);
        let error = (found.value - expected.slope).abs();
        prop_assert!(error <= allowed, "{} for {}: {:?}", found.value, expected.slope, slope);
    }

    #[test]
    fn replaced_variables_have_their_value(plan in plan(), by in polynomial(true), at in point()) {
        let new = by.value(&at);
        // Where y is put, it is assumed positive.
        prop_assume!(new.value > 1e-3 && new.moderate());
        let mut there = at.clone();
        there.0[1] = new.value;
        let expected = plan.value(&there);
        let e = plan.build();
        let expanded = by.build();
        prop_assume!(expected.moderate() && small(&e) && expanded.terms().count() < 8);
        let replaced = e.replace(Y, &expanded);
        let found = at.value(&replaced);
        let condition = new.size / new.value.abs();
        let error = (found.value - expected.value).abs();
        let allowed = TOLERANCE * (found.size + condition * expected.size);
        prop_assert!(error <= allowed, "{} for {}: {:?}", found.value, expected.value, replaced);
    }

    #[test]
    fn powers_multiply_and_add(plan in plan(), at in point(), p in -3i64..4, q in 1i64..4) {
        let base = plan.value(&at);
        let e = plan.build();
        prop_assume!(base.moderate() && base.value > 1e-3 * base.size);
        prop_assume!(e.terms().count() <= 8);
        let (a, b) = (Exponent::new(p, q), Exponent::new(1, 2));
        at.agrees(&(e.power(a) * e.power(b)), base.power(a).times(base.power(b)))?;
        at.agrees(&e.power(b).power(a), base.power(b).power(a))?;
        at.agrees(&(e.recip() * e.clone()), base.power(-Exponent::from_integer(1)).times(base))?;
    }

    #[test]
    fn polynomials_are_a_ring(a in polynomial(true), b in polynomial(true), c in polynomial(true)) {
        let (a, b, c) = (a.build(), b.build(), c.build());
        prop_assert_eq!(&(a.clone() + b.clone()) * &c, &a * &c + &b * &c);
        prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
        prop_assert_eq!(&a * &b, &b * &a);
        prop_assert_eq!(a.clone() - b.clone() + b.clone(), a.clone());
        let cube = Exponent::from_integer(3);
        prop_assert_eq!((&a * &b).power(cube), &a.power(cube) * &b.power(cube));
        prop_assert!((a.clone() - a).is_zero());
    }

    #[test]
    fn products_divide_exactly(a in polynomial(true), b in polynomial(true), c in polynomial(true)) {
        let (a, b, c) = (a.build(), b.build(), c.build());
        prop_assume!(!b.is_zero());
        let quotient = (&a * &b).divide(&b);
        prop_assert_eq!(quotient, Some(a.clone()));
        // Division by something else ends, and what it finds is right.
        if let Some(found) = a.divide(&c) {
            prop_assert_eq!(&found * &c, a);
        }
    }

    #[test]
    fn quotients_come_together(a in polynomial(false), b in polynomial(false), n in 1i64..3) {
        let (a, b) = (a.build(), b.build());
        prop_assume!(!b.is_zero() && b.terms().count() > 1);
        let power = Exponent::from_integer(n);
        let fraction = &(&a * &b.power(power)) * &b.power(-power);
        prop_assert_eq!(fraction.together(), a.clone());
        let parts = &a * &b.recip() + Expr::one() - b.recip() * a;
        prop_assert_eq!(parts.together(), Expr::one());
    }

    #[test]
    fn numbers_are_recognised(n in -2000i64..2000, d in 1i64..2000, x in any::<f64>()) {
        prop_assert_eq!(exact_number(n as f64 / d as f64), Expr::ratio(n, d));
        prop_assume!(x.is_finite());
        let value = exact_number(x).evaluate(&|_| f64::NAN);
        prop_assert!((value - x).abs() <= 16.0 * f64::EPSILON * x.abs(), "{} for {}", value, x);
    }
}

#[test]
fn one_sum_has_one_sign() {
    let one = Expr::one;
    let x = || Expr::symbol(X);
    let root = (one() - x()).sqrt();
    let fraction = (&root * &(x() - one()).recip()).together();
    assert_eq!(fraction, -(one() - x()).power(Exponent::new(-1, 2)));
}

#[test]
fn division_by_roots_ends() {
    let x = Expr::symbol(X);
    let root = Expr::int(2).sqrt();
    let square = &x * &x - Expr::int(2);
    let divisor = x.clone() + root.clone();
    assert_eq!(square.divide(&divisor), Some(x.clone() - root.clone()));
    assert_eq!(Expr::one().divide(&divisor), None);
    assert_eq!(Expr::one().divide(&(x.clone() + Expr::pi())), None);
    assert_eq!(x.recip().divide(&(Expr::one() + x.recip())), None);
    let irrational = &(Expr::one() + root) * &x;
    let product = &irrational * &(x.clone() - Expr::one());
    assert_eq!(product.divide(&irrational), Some(x - Expr::one()));
}

/// A power of sums over sums: one denominator would multiply out twelfth powers, to a numerator of
/// 25 terms that cancel to four digits.
#[test]
fn powers_of_sums_are_not_multiplied_out() {
    let y = || Expr::symbol(Y);
    let square = Expr::int(13) - Expr::int(24) * y() + Expr::int(12) * y() * y();
    let over = |n: i64, e: i64| Expr::int(n) * square.power(Exponent::from_integer(-e));
    let sum = Expr::int(10) + over(14_348_907, 12) + over(177_147, 8) + over(729, 4);
    let e = Expr::int(81) * Expr::int(3).sqrt() * sum.power(Exponent::new(-3, 2));
    let at = Point([-0.1, 0.736_808_734_236_723_8, 0.1]);
    let shown = e.arrange(&[]);
    // From the exact fraction, in 40 digits.
    let right = 1.127_964_942_217_495_4e-4;
    let size = at.value(&e).size;
    let value = shown.evaluate(&|s| at.of(s)).unwrap();
    assert!((value - right).abs() <= TOLERANCE * size, "{value}");
    assert!(at.tree(&shown).size <= 2.0 * size, "{shown:?}");
}
