//! The parity of a link, held against all its panels.

use crate::link::{Link, Parity};

/// The half-line ends where the density is 0 in floating point.
pub(super) const END: f64 = 38.6;
/// Most places where panels end.
pub(super) const MOST_EDGES: usize = 2_000;
/// Difference of a link from its mirror image that is taken for rounding.
const MIRRORED: f64 = 1e-13;

/// The parity that a link shows everywhere: its own is seen at a few points, which narrow features may miss, and
/// is held against all panels here, given by their edges in `[-END, END]`.
pub(super) fn symmetry(link: &Link, edges: &[f64]) -> Parity {
    let sign = match link.parity() {
        Parity::Even => 1.0,
        Parity::Odd => -1.0,
        Parity::Neither => return Parity::Neither,
    };
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
