//! Tensor Chebyshev interpolants on small rectangles, and the bisection tree that holds them.

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::larger;

/// Nodes of any interpolant at most.
const MOST_NODES: usize = 16;

type Square<const N: usize> = [[f64; N]; N];

/// Interpolant of `F` functions on [-1, 1]^2 from `N` nodes a side (degree one less), kept in the monomial basis: at this degree the
/// change of basis costs two digits of the smallest coefficients only.
#[derive(Debug)]
pub(super) struct Patch<const F: usize, const N: usize> {
    /// `coefficients[f][j][i]` multiplies `x^i y^j`.
    coefficients: [Square<N>; F],
    /// Absolute error of each function by interpolation.
    errors: [f64; F],
}

/// What the precision of each function is relative to, from the largest value of each: the first two
/// (a drift, or a noise kernel) share a scale, since either may vanish; the loss, which vanishes where
/// it is best, is held to the largest of the first three. A loss of 1e12 says nothing of the drift's
/// precision. What follows (a noise kernel) shares a scale too.
fn scales<const F: usize>(largest: [f64; F]) -> [f64; F] {
    let most = |group: &[f64]| group.iter().fold(0.0_f64, |a, b| a.max(*b));
    std::array::from_fn(|f| match f {
        0 | 1 => most(&largest[..F.min(2)]),
        2 => most(&largest[..F.min(3)]),
        _ => most(&largest[3..]),
    })
}

/// Errors that interpolants may have.
#[derive(Debug)]
pub(super) struct Allowed<const F: usize> {
    /// Relative to the [`scales`] of the functions.
    pub(super) relative: f64,
    /// Of each function on top of that: its own errors.
    pub(super) absolute: [f64; F],
}

impl<const F: usize> Allowed<F> {
    /// The last coefficients in parts of what they may be beside the `largest`, that of the worst function.
    fn excess_of(&self, tail: [f64; F], largest: [f64; F]) -> f64 {
        let scales = scales(largest);
        let part = |f: usize| match tail[f] {
            0.0 => 0.0,
            tail => tail / (self.relative * scales[f] + self.absolute[f]),
        };
        (0..F).map(part).fold(0.0, larger)
    }

    /// How much larger than allowed the errors of interpolants of `values` at the nodes of an interval are.
    pub(super) fn excess<const N: usize>(&self, values: &[[f64; F]; N]) -> f64 {
        let (mut tail, mut largest) = ([0.0_f64; F], [0.0_f64; F]);
        for f in 0..F {
            let coefficients = chebyshev(&values.map(|v| v[f])).map(f64::abs);
            let most = |c: &[f64]| c.iter().copied().fold(0.0, larger);
            (tail[f], largest[f]) = (most(&coefficients[N - 2..]), most(&coefficients));
        }
        self.excess_of(tail, largest)
    }
}

impl<const F: usize, const N: usize> Patch<F, N> {
    /// From `values[j][i]` at `(node(i), node(j))`; `None` if the last coefficients show that
    /// the degree does not suffice for what is `allowed`.
    pub(super) fn new(values: &[[[f64; F]; N]; N], allowed: &Allowed<F>) -> Option<Box<Self>> {
        let mut made = Box::new(Self {
            coefficients: [[[0.0; N]; N]; F],
            errors: [0.0; F],
        });
        let (mut tail, mut largest) = ([0.0_f64; F], [0.0_f64; F]);
        for f in 0..F {
            let samples = values.map(|row| row.map(|v| v[f]));
            let along_x = samples.map(|row| chebyshev(&row));
            let both = transpose(&transpose(&along_x).map(|row| chebyshev(&row)));
            for (j, row) in both.iter().enumerate() {
                for (i, c) in row.iter().enumerate() {
                    largest[f] = largest[f].max(c.abs());
                    if i + 2 >= N || j + 2 >= N {
                        tail[f] = tail[f].max(c.abs());
                        // What is dropped is smaller than this, and folded back once more.
                        made.errors[f] += 2.0 * c.abs();
                    }
                }
            }
            let in_x = both.map(|row| monomials(&row));
            made.coefficients[f] = transpose(&transpose(&in_x).map(|row| monomials(&row)));
            let terms = made.coefficients[f].iter().flatten();
            made.errors[f] += 4.0 * f64::EPSILON * terms.map(|c| c.abs()).sum::<f64>();
        }
        (allowed.excess_of(tail, largest) <= 1.0).then_some(made)
    }

    /// Error that interpolation adds to function `f`: the last two orders, and rounding.
    pub(super) fn error(&self, f: usize) -> f64 {
        self.errors[f]
    }

    /// Values of the first `K` functions at `(x, y)` in [-1, 1]^2. By powers, so that no sum waits for another.
    pub(super) fn first<const K: usize>(&self, x: f64, y: f64) -> [f64; K] {
        let (in_x, in_y) = (powers::<N>(x), powers::<N>(y));
        std::array::from_fn(|f| {
            let mut row = [0.0; N];
            for (lower, power) in self.coefficients[f].iter().zip(&in_y) {
                for (r, c) in row.iter_mut().zip(lower) {
                    *r += power * c;
                }
            }
            let mut sums = [0.0; 2];
            for (r, power) in row.chunks_exact(2).zip(in_x.chunks_exact(2)) {
                sums[0] += r[0] * power[0];
                sums[1] += r[1] * power[1];
            }
            sums[0] + sums[1]
        })
    }

    /// Value of function `f` at `(x, y)` in [-1, 1]^2.
    pub(super) fn value(&self, f: usize, x: f64, y: f64) -> f64 {
        let square = &self.coefficients[f];
        let mut row = square[N - 1];
        for lower in square[..N - 1].iter().rev() {
            for (r, c) in row.iter_mut().zip(lower) {
                *r = *r * y + c;
            }
        }
        row.iter().rev().fold(0.0, |acc, c| acc * x + c)
    }
}

/// `x^0, x^1, ...`.
fn powers<const N: usize>(x: f64) -> [f64; N] {
    const { assert!(N.is_multiple_of(2)) };
    let (mut made, square) = ([1.0; N], x * x);
    made[1] = x;
    for i in 2..N {
        made[i] = made[i - 2] * square;
    }
    made
}

/// Chebyshev node `i` of `N`, in (-1, 1).
pub(super) fn node<const N: usize>(i: usize) -> f64 {
    (PI * (i as f64 + 0.5) / N as f64).cos()
}

/// Chebyshev coefficients from values at the nodes, at most [`MOST_NODES`] of them.
pub(super) fn chebyshev<const N: usize>(values: &[f64; N]) -> [f64; N] {
    const { assert!(N <= MOST_NODES) };
    static COSINES: [OnceLock<Vec<f64>>; MOST_NODES] = [const { OnceLock::new() }; MOST_NODES];
    let cosines = COSINES[N - 1].get_or_init(|| {
        let row = |k: usize| {
            let norm = if k == 0 { 1.0 } else { 2.0 } / N as f64;
            (0..N).map(move |i| norm * (PI * k as f64 * (i as f64 + 0.5) / N as f64).cos())
        };
        (0..N).flat_map(row).collect()
    });
    let mut rows = cosines.chunks_exact(N);
    std::array::from_fn(|_| {
        let row = rows.next().unwrap_or_default();
        row.iter().zip(values).map(|(c, v)| c * v).sum()
    })
}

/// Monomial coefficients from Chebyshev coefficients.
fn monomials<const N: usize>(chebyshev: &[f64; N]) -> [f64; N] {
    let mut out = [0.0; N];
    let (mut before, mut current) = ([0.0; N], [0.0; N]);
    current[0] = 1.0;
    for (k, c) in chebyshev.iter().enumerate() {
        for (slot, t) in out.iter_mut().zip(&current) {
            *slot += c * t;
        }
        let factor = if k == 0 { 1.0 } else { 2.0 };
        let mut next = before.map(|b| -b);
        for i in 1..N {
            next[i] += factor * current[i - 1];
        }
        before = std::mem::replace(&mut current, next);
    }
    out
}

fn transpose<const N: usize>(square: &Square<N>) -> Square<N> {
    std::array::from_fn(|i| std::array::from_fn(|j| square[j][i]))
}

/// A tree over [0, 1] that halves an interval until its builder is content. Every node is a
/// function of its place alone, so that results do not depend on who asked first.
#[derive(Debug)]
pub(super) struct Bisection<L> {
    node: OnceLock<Node<L>>,
}

#[derive(Debug)]
enum Node<L> {
    Leaf(L),
    Halves(Box<[Bisection<L>; 2]>),
}

/// An interval of [0, 1] at some depth of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    /// Lower end.
    pub(super) low: f64,
    /// Length.
    pub(super) width: f64,
    /// Halvings so far.
    pub(super) depth: u32,
}

impl Interval {
    /// All of [0, 1].
    pub(super) const WHOLE: Self = Self {
        low: 0.0,
        width: 1.0,
        depth: 0,
    };

    /// Its lower and its upper half.
    pub(super) fn halves(&self) -> [Self; 2] {
        let width = 0.5 * self.width;
        [self.low, self.low + width].map(|low| Self {
            low,
            width,
            depth: self.depth + 1,
        })
    }

    /// The local coordinate, in [-1, 1], of `t`.
    pub(super) fn local(&self, t: f64) -> f64 {
        2.0 * (t - self.low) / self.width - 1.0
    }

    /// The point with local coordinate `x` in [-1, 1].
    pub(super) fn point(&self, x: f64) -> f64 {
        self.low + 0.5 * self.width * (1.0 + x)
    }
}

impl<L> Bisection<L> {
    pub(super) fn new() -> Self {
        Self {
            node: OnceLock::new(),
        }
    }

    /// The leaf that holds `t` in [0, 1] and the local coordinate of `t` in it; `build` makes a
    /// leaf or answers `None` to have the interval halved.
    pub(super) fn find(&self, t: f64, build: impl Fn(Interval) -> Option<L>) -> (&L, f64) {
        let mut tree = self;
        let mut place = Interval::WHOLE;
        loop {
            let node = tree.node.get_or_init(|| match build(place) {
                Some(leaf) => Node::Leaf(leaf),
                None => Node::Halves(Box::new([Self::new(), Self::new()])),
            });
            match node {
                Node::Leaf(leaf) => {
                    return (leaf, place.local(t));
                }
                Node::Halves(halves) => {
                    let places = place.halves();
                    let upper = usize::from(t >= places[1].low);
                    place = places[upper];
                    tree = &halves[upper];
                }
            }
        }
    }
}
