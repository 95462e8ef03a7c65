//! `he1` .. `he30`: probabilists' Hermite polynomials.
//!
//! `He_0 = 1, He_1 = g, He_{k+1} = g He_k - k He_{k-1}`; `E[He_j(g) He_k(g)] = k! [j = k]` for
//! `g ~ N(0, 1)`.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::expression::Expr;
use crate::algebra::{Special, Tree, integer};

/// The largest degree: 30! is still exact enough in `f64` for the averages built on it.
const MAX_DEGREE: u32 = 30;

/// Written out in powers up to this degree; above, powers cancel to fewer and fewer digits.
const LONGEST: u32 = 7;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "he",
    about: "probabilists' Hermite polynomial He_k(g): He_{k+1} = g He_k - k He_{k-1}",
    aliases: &[],
    parameters: "the degree after the name: he1, he2, .. he30",
    targets_only: false,
    examples: &["he1", "he2", "he3", "he4", "he7", "he30"],
    maker: Maker::Index {
        max: MAX_DEGREE,
        make: |degree| Arc::new(He(degree)),
    },
};

/// `He_k(g)` with `k >= 1`.
#[derive(Debug)]
struct He(u32);

impl LinkFunction for He {
    fn value(&self, g: f64) -> f64 {
        let (mut below, mut here) = (1.0, g);
        for k in 1..self.0 {
            (below, here) = (here, g * here - f64::from(k) * below);
        }
        here
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        // Taylor: He_k(g + d) = sum_j C(k,j) He_{k-j}(g) d^j.
        let (mut sum, mut factor) = (0.0, 1.0);
        for j in 1..=self.0 {
            factor *= f64::from(self.0 + 1 - j) / f64::from(j) * radius;
            let below = if j == self.0 {
                1.0
            } else {
                He(self.0 - j).value(g)
            };
            sum += factor * below.abs();
        }
        sum
    }

    fn derivative(&self, g: &Expr) -> Expr {
        // He_k' = k He_{k-1}.
        if self.0 <= 1 {
            return Expr::number(1.0);
        }
        let below = Expr::call(Arc::new(He(self.0 - 1)), g.clone());
        Expr::multiply(Expr::number(f64::from(self.0)), below)
    }

    fn kind(&self) -> Kind {
        Kind::Hermite(self.0)
    }

    // The recurrence is a chain of dependent steps: running eight points abreast hides its latency.
    fn apply(&self, input: &[f64], output: &mut [f64]) {
        const LANES: usize = 8;
        let (blocks, rest) = input.as_chunks::<LANES>();
        let (out_blocks, out_rest) = output.as_chunks_mut::<LANES>();
        for (out, g) in out_blocks.iter_mut().zip(blocks) {
            let (mut below, mut here) = ([1.0; LANES], *g);
            for k in 1..self.0 {
                let factor = f64::from(k);
                for lane in 0..LANES {
                    let next = g[lane] * here[lane] - factor * below[lane];
                    below[lane] = here[lane];
                    here[lane] = next;
                }
            }
            *out = here;
        }
        for (y, &g) in out_rest.iter_mut().zip(rest) {
            *y = self.value(g);
        }
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        if self.0 > LONGEST {
            return Some(g.under(Special::Hermite(self.0)));
        }
        // He_n = sum_j (-1)^j n! / (2^j j! (n-2j)!) g^(n-2j), each coefficient by the one before.
        let n = i64::from(self.0);
        let mut coefficient = integer(1);
        let mut terms = Vec::new();
        for j in 0..=n / 2 {
            let power = n - 2 * j;
            let factor = Tree::Number(coefficient.clone());
            terms.push(match power {
                0 => factor,
                _ => Tree::product(vec![factor, g.clone().to_power(power.into())]),
            });
            coefficient = coefficient * integer(-power * (power - 1)) / integer(2 * (j + 1));
        }
        Some(Tree::sum(terms))
    }
}
