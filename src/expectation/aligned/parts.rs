//! The even and odd parts of links, of which one is exactly 0 where a link has a parity.

use crate::expectation::mesh::Mesh;
use crate::link::{Link, Parity};

/// Nodes of a panel.
pub(super) const NODES: usize = 16;
/// The half-line ends where the density is 0 in floating point.
pub(super) const END: f64 = 38.6;
/// Most places where panels end.
pub(super) const MOST_EDGES: usize = 2_000;

/// Difference of a link from its mirror image that is taken for rounding.
const MIRRORED: f64 = 1e-13;

/// A function of `x` at nodes `x > 0`: its even and its odd part there.
pub(super) struct Parts {
    pub(super) even: [f64; NODES],
    pub(super) odd: [f64; NODES],
}

impl Parts {
    /// Of a function of known parity only one half is evaluated, and one part is exactly 0.
    pub(super) fn of(x: &[f64; NODES], parity: Parity, fill: impl Fn(&[f64], &mut [f64])) -> Self {
        let mut plus = [0.0; NODES];
        fill(x, &mut plus);
        let zero = [0.0; NODES];
        match parity {
            Parity::Even => Self {
                even: plus,
                odd: zero,
            },
            Parity::Odd => Self {
                even: zero,
                odd: plus,
            },
            Parity::Neither => {
                let mut minus = [0.0; NODES];
                fill(&x.map(|x| -x), &mut minus);
                let mut made = Self {
                    even: zero,
                    odd: zero,
                };
                for i in 0..NODES {
                    made.even[i] = 0.5 * (plus[i] + minus[i]);
                    made.odd[i] = 0.5 * (plus[i] - minus[i]);
                }
                made
            }
        }
    }
}

/// The parity that a link shows everywhere: its own is seen at a few points, which narrow features may miss, and
/// is held against all panels here.
pub(super) fn symmetry(link: &Link, mesh: &Mesh) -> Parity {
    let sign = match link.parity() {
        Parity::Even => 1.0,
        Parity::Odd => -1.0,
        Parity::Neither => return Parity::Neither,
    };
    let edges = mesh.edges(-END, END).unwrap_or_default();
    let mirrored = |x: f64| {
        let (there, here) = (link.value(x), sign * link.value(-x));
        (there - here).abs() <= MIRRORED * (there.abs() + here.abs())
    };
    let middles = edges.windows(2).map(|e| 0.5 * (e[0] + e[1]));
    let known = !edges.is_empty() && edges.len() <= MOST_EDGES;
    if known && middles.chain(edges.iter().copied()).all(mirrored) {
        link.parity()
    } else {
        Parity::Neither
    }
}
