//! Expressions recognised as sums of wave packets.

use std::collections::HashMap;

use nalgebra::Complex;

use super::{Envelope, Packet, PacketSum};
use crate::link::builtin::Kind;
use crate::link::expression::{Expr, Node};

/// What is known of a subexpression: the packets that it is, and the exponent that it could be.
#[derive(Clone, Default)]
struct Known {
    sum: Option<PacketSum>,
    exponent: Option<Quadratic>,
}

/// The expression as a short sum of packets.
pub(in crate::link) fn read(expr: &Expr) -> Option<PacketSum> {
    let mut known: HashMap<*const Node, Known> = HashMap::new();
    let mut last = Known::default();
    for node in expr.nodes() {
        let of = |a: &Expr| known.get(&a.address()).cloned().unwrap_or_default();
        last = Known {
            sum: packets(node, of).filter(PacketSum::fits),
            exponent: quadratic(node, of),
        };
        known.insert(node.address(), last.clone());
    }
    last.sum
}

fn packets(expr: &Expr, of: impl Fn(&Expr) -> Known) -> Option<PacketSum> {
    let sum = |a: &Expr| of(a).sum;
    Some(match expr.node() {
        Node::Number(c) => PacketSum::constant(*c),
        Node::X => PacketSum(vec![Packet::flat(vec![0.0, 1.0])]),
        Node::Add(a, b) => sum(a)?.plus(sum(b)?),
        Node::Subtract(a, b) => sum(a)?.plus(sum(b)?.scaled(-1.0)),
        Node::Negate(a) => sum(a)?.scaled(-1.0),
        Node::Multiply(a, b) => sum(a)?.times(&sum(b)?)?,
        Node::Divide(a, b) => sum(a)?.scaled(1.0 / b.constant()?),
        Node::Power(a, n @ 0..=6) => {
            let base = sum(a)?;
            let mut power = PacketSum::constant(1.0);
            for _ in 0..*n {
                power = power.times(&base)?;
            }
            power
        }
        Node::Call(f, g) => match f.kind() {
            Kind::Exp => of(g).exponent?.exponential()?,
            Kind::Sine => of(g).exponent?.wave(Complex::new(0.0, -1.0))?,
            Kind::Cosine => of(g).exponent?.wave(Complex::new(1.0, 0.0))?,
            Kind::Hermite(degree) => hermite(&sum(g)?, degree)?,
            _ => return None,
        },
        Node::Power(..) | Node::RealPower(..) | Node::Choose(..) => return None,
    })
}

/// `He_degree(g)` by the three-term recurrence.
fn hermite(g: &PacketSum, degree: u32) -> Option<PacketSum> {
    let (mut before, mut last) = (PacketSum::constant(1.0), g.clone());
    for k in 1..degree.min(2 * super::MAX_DEGREE as u32) {
        let next = last.times(g)?.plus(before.scaled(-f64::from(k)));
        (before, last) = (last, next);
    }
    Some(last).filter(PacketSum::fits)
}

/// `square (x - centre)^2 + slope x + level`; `centre` means nothing without a square.
#[derive(Clone, Copy)]
struct Quadratic {
    square: f64,
    centre: f64,
    slope: f64,
    level: f64,
}

/// The expression as a quadratic polynomial that keeps its centre: expanded, a narrow bump would lose it.
fn quadratic(expr: &Expr, of: impl Fn(&Expr) -> Known) -> Option<Quadratic> {
    let line = |slope, level| Quadratic {
        square: 0.0,
        centre: 0.0,
        slope,
        level,
    };
    let known = |a: &Expr| of(a).exponent;
    Some(match expr.node() {
        Node::Number(c) => line(0.0, *c),
        Node::X => line(1.0, 0.0),
        Node::Add(a, b) => known(a)?.plus(known(b)?),
        Node::Subtract(a, b) => known(a)?.plus(known(b)?.scaled(-1.0)),
        Node::Negate(a) => known(a)?.scaled(-1.0),
        Node::Multiply(a, b) => match a.constant() {
            Some(c) => known(b)?.scaled(c),
            None => known(a)?.times(known(b)?)?,
        },
        Node::Divide(a, b) => known(a)?.scaled(1.0 / b.constant()?),
        Node::Power(a, 2) => {
            let base = known(a)?;
            base.times(base)?
        }
        Node::Call(f, g) if f.kind() == Kind::Hermite(1) => known(g)?,
        _ => return None,
    })
}

impl Quadratic {
    fn scaled(self, c: f64) -> Self {
        Self {
            square: c * self.square,
            centre: self.centre,
            slope: c * self.slope,
            level: c * self.level,
        }
    }

    fn plus(self, other: Self) -> Self {
        let square = self.square + other.square;
        let (slope, level) = (self.slope + other.slope, self.level + other.level);
        if square == 0.0 && self.square != 0.0 {
            // The squares cancel and leave a line.
            let left = 2.0 * self.square * (other.centre - self.centre);
            let middle = 0.5 * (other.centre + self.centre);
            return Self {
                square,
                centre: 0.0,
                slope: slope + left,
                level: level - left * middle,
            };
        }
        let centre = if square == 0.0 {
            0.0
        } else {
            (self.square * self.centre + other.square * other.centre) / square
        };
        let apart = if self.square == 0.0 || other.square == 0.0 {
            0.0
        } else {
            self.square * other.square / square * (self.centre - other.centre).powi(2)
        };
        Self {
            square,
            centre,
            slope,
            level: level + apart,
        }
    }

    /// The product of two lines.
    fn times(self, other: Self) -> Option<Self> {
        if self.square != 0.0 || other.square != 0.0 {
            return None;
        }
        if self.slope == 0.0 {
            return Some(other.scaled(self.level));
        }
        if other.slope == 0.0 {
            return Some(self.scaled(other.level));
        }
        let square = self.slope * other.slope;
        let roots = [-self.level / self.slope, -other.level / other.slope];
        Some(Self {
            square,
            centre: 0.5 * (roots[0] + roots[1]),
            slope: 0.0,
            level: -square * (0.5 * (roots[0] - roots[1])).powi(2),
        })
    }

    /// `exp` of it, unless it grows like a Gaussian.
    fn exponential(self) -> Option<PacketSum> {
        let Self {
            square,
            centre,
            slope,
            level,
        } = self;
        let (envelope, level) = if square == 0.0 {
            let rate = Complex::new(slope, 0.0);
            (
                Envelope {
                    rate,
                    ..Envelope::FLAT
                },
                level,
            )
        } else if square < 0.0 {
            // -a y^2 + s y is a square around s / 2a.
            let shift = -0.5 * slope / square;
            let envelope = Envelope {
                decay: -square,
                centre: centre + shift,
                ..Envelope::FLAT
            };
            (envelope, level + slope * centre + 0.5 * slope * shift)
        } else {
            return None;
        };
        let factor = vec![Complex::new(level.exp(), 0.0)];
        Some(PacketSum::of(vec![Packet { envelope, factor }]))
    }

    /// `Re(factor e^(i g))` of a line `g`.
    fn wave(self, factor: Complex<f64>) -> Option<PacketSum> {
        let envelope = Envelope {
            rate: Complex::new(0.0, self.slope),
            ..Envelope::FLAT
        };
        // Without a phase exactly real or imaginary, for what vanishes by symmetry.
        let factor = if self.level == 0.0 {
            factor
        } else {
            factor * Complex::from_polar(1.0, self.level)
        };
        let factor = vec![factor];
        (self.square == 0.0 && self.slope != 0.0)
            .then(|| PacketSum::of(vec![Packet { envelope, factor }]))
    }
}
