//! Pairs without a closed form: the Hermite series of their kernels, by coefficients that have
//! names, definitions and values.
//!
//! ```text
//! t_k = E[sigma*(x) He_k(x)],   c_k(q) = E[sigma(sqrt(q) x) He_k(x)],   x ~ N(0,1)
//! F     = sum_k t_k c_k c^k / k!,  c = m/sqrt(q)
//! alpha = sum_k t_{k+1} c_{k+1} c^k / (k! sqrt(q))
//! beta  = sum_k [t_k c_{k+2} c^k - c_k c_{k+2} - c_{k+1}^2] / (k! q)
//! ```

use crate::algebra::{Exponent, Symbol, Tree};
use crate::expectation::{hermite_projections, mean_square};
use crate::link::{Form, Link};

use super::symbols::{M, Q};

const fn named(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
    Symbol {
        name,
        text,
        latex,
        positive: false,
    }
}

/// The summation index.
const K: Symbol = named("k", "k", "k");

/// The Hermite series of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct HermiteSeries {
    /// Degree of a teacher that is a polynomial: `t_k` is 0 above.
    pub teacher_degree: Option<usize>,
    /// Degree of a student that is a polynomial: `c_k` is 0 above.
    pub student_degree: Option<usize>,
    /// `E[sigma*^2]`.
    pub target_power: f64,
    /// `t_k`.
    pub teacher: Vec<f64>,
    /// Self-overlaps at which the student's coefficients are listed.
    pub overlaps: Vec<f64>,
    /// `c_k(q)`, one row per self-overlap.
    pub student: Vec<Vec<f64>>,
}

/// Coefficients listed.
const LISTED: usize = 13;
/// Self-overlaps at which they are listed.
const OVERLAPS: [f64; 4] = [0.25, 0.5, 1.0, 2.0];

impl HermiteSeries {
    /// The series of a pair, coefficients to about 1e-14 of their size.
    pub fn of(teacher: &Link, student: &Link) -> Self {
        let degree = |link: &Link| match link.form() {
            Form::Polynomial(hermite) => Some(hermite.len().saturating_sub(1)),
            _ => None,
        };
        let student_rows = OVERLAPS
            .iter()
            .map(|q| hermite_projections(student, *q, LISTED));
        Self {
            teacher_degree: degree(teacher),
            student_degree: degree(student),
            target_power: mean_square(teacher),
            teacher: hermite_projections(teacher, 1.0, LISTED),
            overlaps: OVERLAPS.to_vec(),
            student: student_rows.collect(),
        }
    }

    /// `F` as a series.
    pub fn product(&self) -> Tree {
        self.series(0, 0, vec![])
    }

    /// `alpha` as a series.
    pub fn alpha(&self) -> Tree {
        let root = Tree::Symbol(Q).to_power(Exponent::new(1, 2));
        self.series(1, 1, vec![root])
    }

    /// `E[sigma* sigma'']` as a series.
    pub fn pull(&self) -> Tree {
        self.series(0, 2, vec![Tree::Symbol(Q)])
    }

    /// The sum of `t_{k+i} c_{k+j} (m/sqrt(q))^k / (k! divisors)`.
    fn series(&self, i: usize, j: usize, divisors: Vec<Tree>) -> Tree {
        let cosine = Tree::Symbol(M).over(Tree::Symbol(Q).to_power(Exponent::new(1, 2)));
        let power = Tree::FormalPower(Box::new(cosine), Box::new(Tree::Symbol(K)));
        let factors = vec![teacher(i), student(j), power];
        let below = [vec![Tree::Factorial(Box::new(Tree::Symbol(K)))], divisors].concat();
        let limits = [(self.teacher_degree, i), (self.student_degree, j)];
        let limits = limits
            .iter()
            .filter_map(|(degree, shift)| Some(degree.as_ref()?.saturating_sub(*shift)));
        Tree::Series {
            index: K,
            from: 0,
            to: limits.min(),
            term: Box::new(Tree::product(factors).over(Tree::product(below))),
        }
    }

    /// `S = sum_k c_k^2 / k!`; never finite unless the student is a polynomial.
    pub fn square() -> Tree {
        let square = student(0).to_power(Exponent::from_integer(2));
        own(square.over(Tree::Factorial(Box::new(Tree::Symbol(K)))))
    }

    /// `E[sigma sigma''] + E[sigma'^2] = sum_k [c_k c_{k+2} + c_{k+1}^2] / (k! q)`.
    pub fn own() -> Tree {
        let bend = Tree::product(vec![student(0), student(2)]);
        let slope = student(1).to_power(Exponent::from_integer(2));
        let below = vec![Tree::Factorial(Box::new(Tree::Symbol(K))), Tree::Symbol(Q)];
        own(Tree::Sum(vec![bend, slope]).over(Tree::product(below)))
    }
}

impl HermiteSeries {
    /// `E[sigma'^2] = sum_k c_{k+1}^2 / (k! q)`.
    pub fn slope() -> Tree {
        let below = vec![Tree::Factorial(Box::new(Tree::Symbol(K))), Tree::Symbol(Q)];
        own(student(1)
            .to_power(Exponent::from_integer(2))
            .over(Tree::product(below)))
    }
}

fn own(term: Tree) -> Tree {
    Tree::Series {
        index: K,
        from: 0,
        to: None,
        term: Box::new(term),
    }
}

/// `t_{k+shift}`.
fn teacher(shift: usize) -> Tree {
    Tree::Symbol(match shift {
        0 => named("t_k", "tₖ", "t_{k}"),
        _ => named("t_k1", "tₖ₊₁", "t_{k+1}"),
    })
}

/// `c_{k+shift}(q)`.
fn student(shift: usize) -> Tree {
    let name = match shift {
        0 => named("c_k", "cₖ", "c_{k}"),
        1 => named("c_k1", "cₖ₊₁", "c_{k+1}"),
        _ => named("c_k2", "cₖ₊₂", "c_{k+2}"),
    };
    Tree::Apply(name, vec![Tree::Symbol(Q)])
}
