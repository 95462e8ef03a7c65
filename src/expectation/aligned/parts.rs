//! The even and odd parts of links, of which one is exactly 0 where a link has a parity.

use crate::link::Parity;

/// Nodes of a panel.
pub(super) const NODES: usize = 16;

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
