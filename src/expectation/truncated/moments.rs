//! Averages of pairs of piecewise polynomials, part by part.

use super::corner::{Corner, Moments, POWERS};
use super::mean::{Mean, Sized, average};
use super::powers::{Edge, Polynomial};
use super::tail::{Tail, tails};
use crate::expectation::Covariance;

/// Where averages are taken.
pub(super) struct Point<'a> {
    pub(super) cosine: f64,
    pub(super) sine: f64,
    /// `sqrt(v1)`, `sqrt(v2)`.
    pub(super) roots: [f64; 2],
    /// `c / v1`, `c / v2`.
    pub(super) leans: [f64; 2],
    edges: [&'a [Edge]; 2],
    /// Beyond each break.
    pub(super) tails: [Vec<Tail>; 2],
    /// Digits that a corner may lose, see [`Corner::moments`].
    lost: f64,
}

impl<'a> Point<'a> {
    pub(super) fn new(at: &Covariance, edges: [&'a [Edge]; 2], lost: f64) -> Self {
        let roots = [at.v1.sqrt(), at.v2.sqrt()];
        Self {
            cosine: at.correlation(),
            sine: at.sine(),
            tails: [0, 1].map(|i| tails(edges[i], roots[i])),
            roots,
            leans: [at.c / at.v1, at.c / at.v2],
            edges,
            lost,
        }
    }

    /// The quadrant beyond breaks `i` and `j`, as seen from 0.
    fn corner(&self, i: usize, j: usize) -> Corner {
        let (first, second) = (&self.edges[0][i], &self.edges[1][j]);
        Corner {
            h: self.tails[0][i],
            k: self.tails[1][j],
            c: first.side * second.side * self.cosine,
            s: self.sine,
            gaps: self.gaps(first, second),
        }
    }

    /// `h - c k` and `k - c h` there.
    fn gaps(&self, first: &Edge, second: &Edge) -> [f64; 2] {
        let sign = first.side * second.side;
        let (c, s) = (sign * self.cosine, self.sine);
        let beyond =
            (-sign * self.leans[0]).mul_add(first.distance, second.distance) / self.roots[1];
        // h - c k = s^2 h - c (k - c h).
        [s * s * first.distance / self.roots[0] - c * beyond, beyond]
    }

    /// The average of a function of the second number alone, with the breaks of its link.
    pub(super) fn mean(&self, of: &Mean) -> Sized {
        of.beyond(self.roots[1], &self.tails[1])
    }

    /// `E[p(other)]` of the other number where number `i` stands at a break of its link.
    pub(super) fn beside(&self, i: usize, edge: &Edge, parts: &[Polynomial]) -> Sized {
        let other = 1 - i;
        let root = self.roots[other];
        let gap = |there: &Edge| match i {
            0 => root * self.gaps(edge, there)[1],
            _ => root * self.gaps(there, edge)[0],
        };
        let mean = self.leans[i] * edge.side * edge.distance;
        average(parts, self.edges[other], mean, root * self.sine, gap)
    }

    /// Moments of part `i` of the first link with part `j` of the second, 0 that around the origin.
    fn moments(&self, (i, j): (usize, usize), (rows, columns): (usize, usize), out: &mut Moments) {
        let edge = |side: usize, n: usize| {
            let n = n.checked_sub(1)?;
            Some((n, &self.tails[side][n], self.edges[side][n].side))
        };
        match (edge(0, i), edge(1, j)) {
            (Some((i, ..)), Some((j, ..))) => {
                self.corner(i, j).moments((rows, columns), self.lost, out);
            }
            (Some((_, tail, side)), None) => {
                let mut turned = Moments::default();
                let c = side * self.cosine;
                half_plane(tail, c, self.sine, (columns, rows), &mut turned);
                out.clear(rows, columns);
                for n in 0..rows * columns {
                    let from = (n % columns) * rows + n / columns;
                    (out.values[n], out.sizes[n]) = (turned.values[from], turned.sizes[from]);
                }
            }
            (None, Some((_, tail, side))) => {
                half_plane(tail, side * self.cosine, self.sine, (rows, columns), out);
            }
            (None, None) => plane(self.cosine, (rows, columns), out),
        }
    }
}

/// `E[x^a y^b] = (a-1) E[x^{a-2} y^b] + c b E[x^{a-1} y^{b-1}]`: all terms of one sign.
fn plane(c: f64, (rows, columns): (usize, usize), out: &mut Moments) {
    out.clear(rows, columns);
    out.values[0] = 1.0;
    for b in (2..columns).step_by(2) {
        out.values[b] = (b - 1) as f64 * out.values[b - 2];
    }
    raise(c, (rows, columns), &[0.0; POWERS], out);
    for (n, (size, value)) in out.sizes.iter_mut().zip(&out.values).enumerate() {
        *size = value.abs() * (4 + 2 * (n / columns + n % columns)) as f64;
    }
}

/// `E[x^a (y - k)_+^b]`, which also has the edge's part `c phi(k) E[x^{a-1} | y = k]` at `b = 0`: all
/// terms of one sign.
fn half_plane(tail: &Tail, c: f64, s: f64, (rows, columns): (usize, usize), out: &mut Moments) {
    out.clear(rows, columns);
    tail.powers(&mut out.values[..columns]);
    let k = tail.t;
    let mut edge = [0.0; POWERS];
    let (mut below, mut here) = (0.0, tail.density);
    for (n, slot) in edge.iter_mut().enumerate().take(rows) {
        *slot = c * here;
        (below, here) = (here, c * k * here + n as f64 * s * s * below);
    }
    raise(c, (rows, columns), &edge, out);
    for (n, (size, value)) in out.sizes.iter_mut().zip(&out.values).enumerate() {
        *size = value.abs() * (12.0 + k * k + (2 * (n / columns + n % columns)) as f64);
    }
}

/// Raises the power of `x` from the first row on.
fn raise(c: f64, (rows, columns): (usize, usize), edge: &[f64], out: &mut Moments) {
    let values = &mut out.values;
    for n in columns..rows * columns {
        let (a, b) = (n / columns, n % columns);
        let below = if a >= 2 {
            (a - 1) as f64 * values[n - 2 * columns]
        } else {
            0.0
        };
        let cross = if b == 0 {
            edge[a - 1]
        } else {
            c * b as f64 * values[n - columns - 1]
        };
        values[n] = below + cross;
    }
}

/// `E[f(r1 x) g(r2 y)]` of functions given by their parts.
pub(super) fn averages<const N: usize>(
    pairs: [(&[Polynomial], &[Polynomial]); N],
    point: &Point,
) -> [Sized; N] {
    let mut sums = [Sized::default(); N];
    let mut moments = Moments::default();
    let mut scales = [[1.0; POWERS]; 2];
    for (scales, root) in scales.iter_mut().zip(point.roots) {
        for n in 1..POWERS {
            scales[n] = scales[n - 1] * root;
        }
    }
    let [first, second] = point.edges.map(<[Edge]>::len);
    for i in 0..=first {
        for j in 0..=second {
            let (mut rows, mut columns) = (0, 0);
            for (f, g) in &pairs {
                let (a, b) = (f[i].powers.len(), g[j].powers.len());
                if a * b > 0 {
                    (rows, columns) = (rows.max(a), columns.max(b));
                }
            }
            if rows == 0 {
                continue;
            }
            point.moments((i, j), (rows, columns), &mut moments);
            for (sum, (f, g)) in sums.iter_mut().zip(&pairs) {
                contract(&f[i], &g[j], &scales, &moments, sum);
            }
        }
    }
    sums
}

/// Adds `sum_ab f_a g_b r1^a r2^b M_ab`.
fn contract(
    f: &Polynomial,
    g: &Polynomial,
    scales: &[[f64; POWERS]; 2],
    moments: &Moments,
    sum: &mut Sized,
) {
    for (a, (p, p_size)) in f.powers.iter().zip(&f.sizes).enumerate() {
        for (b, (r, r_size)) in g.powers.iter().zip(&g.sizes).enumerate() {
            let n = a * moments.columns + b;
            let scale = scales[0][a] * scales[1][b];
            let (factor, rounded) = (p * r * scale, (2 + a + b) as f64);
            let size = p_size * r_size * scale * rounded;
            sum.add(factor, size, moments.values[n], moments.sizes[n]);
        }
    }
}
