//! The student's projections on Hermite polynomials, one order after the other.

use super::slice::Kinks;
use crate::expectation::gaussian::dot;
use crate::expectation::hermite::HermiteTable;
use crate::expectation::prepared_link::{Sample, Side};
use crate::link::Parity;

/// `E[sigma^(j)(scale x) h_k(x)]` for `j` = 0, 1, 2 and `k` = 0, 1, ...
pub(super) struct Projections<'a> {
    /// Value, slope and bend at the nodes, times their weights.
    pub(super) weighted: [Vec<f64>; 3],
    kinks: &'a Kinks,
    symmetries: [Parity; 3],
    /// Whether the bend is taken by parts.
    by_parts: bool,
    scale: f64,
    order: usize,
    table: HermiteTable<'a>,
    at_kinks: HermiteTable<'a>,
    /// One order ahead, for integration by parts.
    ahead: HermiteTable<'a>,
}

impl<'a> Projections<'a> {
    /// Of a student sampled at `scale`, with its kinks there.
    pub(super) fn new(student: &Side, sample: &'a Sample, kinks: &'a Kinks, scale: f64) -> Self {
        let (x, by_parts) = (&sample.rule.x, student.by_parts(scale));
        Self {
            weighted: [
                sample.weighted(|i| sample.jets.value[i]),
                sample.weighted(|i| sample.jets.slope[i]),
                sample.weighted(|i| sample.jets.bend[i]),
            ],
            kinks,
            symmetries: student.link.symmetries(),
            by_parts,
            scale,
            order: 0,
            table: HermiteTable::new(x),
            at_kinks: HermiteTable::new(&kinks.x),
            ahead: HermiteTable::new(if by_parts { x } else { &[] }),
        }
    }

    /// Those of the next order; 0 where they vanish by symmetry.
    pub(super) fn next_order(&mut self) -> [f64; 3] {
        let kept = |i: usize| keeps(self.symmetries[i], self.order);
        let plain = |i: usize| dot(&self.weighted[i], self.table.values());
        let [g, g1] = [0, 1].map(|i| if kept(i) { plain(i) } else { 0.0 });
        self.ahead.advance();
        let g2 = if !kept(2) {
            0.0
        } else if self.by_parts {
            // E[sigma'' h_k] = sqrt((k+1)/q) E[sigma' h_{k+1}].
            let ahead = dot(&self.weighted[1], self.ahead.values());
            ((self.order + 1) as f64).sqrt() / self.scale * ahead
        } else {
            plain(2) + dot(&self.kinks.weights, self.at_kinks.values())
        };
        self.order += 1;
        self.table.advance();
        self.at_kinks.advance();
        [g, g1, g2]
    }
}

/// Whether coefficient `k` of a function of this parity may differ from 0.
pub(super) fn keeps(parity: Parity, k: usize) -> bool {
    match parity {
        Parity::Even => k.is_multiple_of(2),
        Parity::Odd => !k.is_multiple_of(2),
        Parity::Neither => true,
    }
}
