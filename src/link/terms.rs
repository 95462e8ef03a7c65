//! How large what a link is made of is where it cancels: `x - gelu(x)` far out is the difference of two numbers of
//! the size of `x`, and what is below their rounding is noise.

use super::compiled::{Op, Tape};
use super::disk::Disk;

/// What an operation is of `x`: differences of straight arguments are as good as exact, since nodes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Number,
    Straight,
    Bent,
}

impl Tape {
    /// The size of the terms at `x`: the absolute value, and over the unit of rounding what the rounding of all terms
    /// that cancel can make of it. 0 where that is not known.
    pub(super) fn terms(&self, x: f64) -> f64 {
        let (count, result) = self.registers();
        let mut disks = vec![Disk::point(0.0); count];
        let mut kinds = vec![Kind::Number; count];
        // The same where they are arguments of functions: straight ones without rounding, as nodes are exact.
        let mut exact = disks.clone();
        for (op, target) in self.steps() {
            let kind = op.kind(&kinds);
            let sum = matches!(op, Op::Add(..) | Op::Subtract(..));
            let terms = if sum || kind != Kind::Bent {
                &disks
            } else {
                &exact
            };
            let mut made = op.disk(Disk::point(x), terms);
            made.radius += f64::EPSILON * op.cancelled(&disks, made.centre);
            exact[*target] = match kind {
                Kind::Bent => made,
                _ => Disk::point(made.centre),
            };
            disks[*target] = made;
            kinds[*target] = kind;
        }
        let Disk { centre, radius } = disks[result];
        let size = centre.abs() + radius / f64::EPSILON;
        if size.is_finite() { size } else { 0.0 }
    }
}

impl Op {
    fn kind(&self, r: &[Kind]) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::X => Kind::Straight,
            Self::Add(a, b) | Self::Subtract(a, b) => r[*a].max(r[*b]),
            Self::Multiply(a, b) if r[*a] == Kind::Number => r[*b],
            Self::Multiply(a, b) | Self::Divide(a, b) if r[*b] == Kind::Number => r[*a],
            Self::Negate(a) => r[*a],
            _ => Kind::Bent,
        }
    }

    /// By how much the terms are larger than what they make.
    fn cancelled(&self, r: &[Disk], made: f64) -> f64 {
        match self {
            Self::Add(a, b) | Self::Subtract(a, b) => {
                (r[*a].centre.abs() + r[*b].centre.abs() - made.abs()).max(0.0)
            }
            _ => 0.0,
        }
    }
}
