//! Averages of a pair at any variances.

use super::sums::{Pairs, Sized};
use super::{rounding, sharp};
use crate::expectation::pair::RangedPair;
use crate::expectation::{Covariance, PairAverages, PairErrors, PairGradient, Route};
use crate::link::{Link, PacketSum};

/// Averages of two sums of packets, one of them no polynomial.
#[derive(Debug)]
pub(in crate::expectation) struct PacketPair {
    product: Pairs<1>,
    /// `<f', g'>`, `<f'', g>`, `<f, g''>`, by their common exponentials.
    slopes: Pairs<3>,
    /// Variances at which averages of each link are of a size with their terms.
    ranges: [[f64; 2]; 2],
}

impl PacketPair {
    /// `None` unless both links are short sums of packets, one of them no polynomial.
    pub(in crate::expectation) fn new(first: &Link, second: &Link) -> Option<Self> {
        let [f, g] = [first.packets()?, second.packets()?];
        let is_flat = |sum: &PacketSum| sum.0.iter().all(|p| p.envelope.speed() == 0.0);
        if is_flat(&f) && is_flat(&g) {
            return None;
        }
        let [f1, g1] = [f.derivative(), g.derivative()];
        let [f2, g2] = [f1.derivative(), g1.derivative()];
        let range = |sum: &PacketSum, slope: &PacketSum| {
            let own = [Pairs::new([(sum, sum)]), Pairs::new([(slope, slope)])];
            sharp(own.each_ref())
        };
        Some(Self {
            product: Pairs::new([(&f, &g)]),
            slopes: Pairs::new([(&f1, &g1), (&f2, &g), (&f, &g2)]),
            ranges: [range(&f, &f1)?, range(&g, &g1)?],
        })
    }
}

impl PairAverages for PacketPair {
    fn route(&self, _: &Covariance) -> Route {
        Route::WavePackets
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.product.values(at)[0]
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        let [c, v1, v2] = self.slopes.values(at);
        PairGradient {
            c,
            v1: 0.5 * v1,
            v2: 0.5 * v2,
        }
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let error = |sum: Sized| rounding(sum.size);
        let [c, v1, v2] = self.slopes.at(at).map(error);
        PairErrors {
            value: error(self.product.at(at)[0]),
            gradient: PairGradient {
                c,
                v1: 0.5 * v1,
                v2: 0.5 * v2,
            },
        }
    }
}

impl RangedPair for PacketPair {
    fn covers(&self, at: &Covariance) -> bool {
        let [first, second] = &self.ranges;
        let within = |range: &[f64; 2], v: f64| (range[0]..=range[1]).contains(&v);
        within(first, at.v1) && within(second, at.v2)
    }
}
