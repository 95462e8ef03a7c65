//! Averages of pairs of piecewise polynomials, part by part.

use super::corner::{Corner, Moments, POWERS};
use super::mean::{Sized, average};
use super::powers::{Edge, Polynomial};
use super::tail::tail_powers;
use crate::expectation::Covariance;
use crate::expectation::gaussian::density;

/// Where averages are taken.
pub(super) struct Point<'a> {
    pub(super) cosine: f64,
    pub(super) sine: f64,
    /// `sqrt(v1)`, `sqrt(v2)`.
    pub(super) roots: [f64; 2],
    /// `c / v1`, `c / v2`.
    pub(super) leans: [f64; 2],
    edges: [&'a [Edge]; 2],
    /// Digits that a corner may lose, see [`Corner::moments`].
    lost: f64,
}

impl<'a> Point<'a> {
    pub(super) fn new(at: &Covariance, edges: [&'a [Edge]; 2], lost: f64) -> Self {
        Self {
            cosine: at.correlation(),
            sine: at.sine(),
            roots: [at.v1.sqrt(), at.v2.sqrt()],
            leans: [at.c / at.v1, at.c / at.v2],
            edges,
            lost,
        }
    }

    /// The quadrant beyond a break of each link, as seen from 0.
    pub(super) fn corner(&self, first: &Edge, second: &Edge) -> Corner {
        let sign = first.side * second.side;
        let (c, s) = (sign * self.cosine, self.sine);
        let h = first.distance / self.roots[0];
        let beyond =
            (-sign * self.leans[0]).mul_add(first.distance, second.distance) / self.roots[1];
        Corner {
            h,
            k: second.distance / self.roots[1],
            c,
            s,
            // h - c k = s^2 h - c (k - c h).
            gaps: [s * s * h - c * beyond, beyond],
        }
    }

    /// `E[p(other)]` of the other number where number `i` stands at a break of its link.
    pub(super) fn beside(&self, i: usize, edge: &Edge, parts: &[Polynomial]) -> Sized {
        let other = 1 - i;
        let root = self.roots[other];
        let gap = |there: &Edge| match i {
            0 => root * self.corner(edge, there).gaps[1],
            _ => root * self.corner(there, edge).gaps[0],
        };
        let mean = self.leans[i] * edge.side * edge.distance;
        average(parts, self.edges[other], mean, root * self.sine, gap)
    }

    /// Moments of part `i` of the first link with part `j` of the second, 0 that around the origin.
    fn moments(&self, (i, j): (usize, usize), (rows, columns): (usize, usize), out: &mut Moments) {
        let first = i.checked_sub(1).map(|i| &self.edges[0][i]);
        let second = j.checked_sub(1).map(|j| &self.edges[1][j]);
        match (first, second) {
            (Some(t), Some(s)) => {
                self.corner(t, s).moments((rows, columns), self.lost, out);
            }
            (Some(t), None) => {
                let mut turned = Moments::default();
                half_plane(
                    t.distance / self.roots[0],
                    t.side * self.cosine,
                    self.sine,
                    (columns, rows),
                    &mut turned,
                );
                out.clear(rows, columns);
                for n in 0..rows * columns {
                    let from = (n % columns) * rows + n / columns;
                    (out.values[n], out.sizes[n]) = (turned.values[from], turned.sizes[from]);
                }
            }
            (None, Some(s)) => {
                let k = s.distance / self.roots[1];
                half_plane(k, s.side * self.cosine, self.sine, (rows, columns), out);
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
fn half_plane(k: f64, c: f64, s: f64, (rows, columns): (usize, usize), out: &mut Moments) {
    out.clear(rows, columns);
    tail_powers(k, 1.0, &mut out.values[..columns]);
    let mut edge = [0.0; POWERS];
    let (mut below, mut here) = (0.0, density(k));
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
