//! How large a link is off the real line: its expressions evaluated on disks of the complex plane.
//!
//! A function that is analytic in a disk and bounded there by little more than its values on the
//! real line is a polynomial to rounding in the middle of the disk: nothing narrower hides between
//! the points at which it was sampled. Disks are centred on the real line, so that every centre is
//! an ordinary value, and the radius bounds `|f(w) - f(centre)|`; infinite means not known.

use std::f64::consts::FRAC_PI_2;

use super::compiled::{Op, Tape};

/// All complex numbers within `radius` of `centre`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk {
    /// Its centre, on the real line.
    pub(super) centre: f64,
    /// Its radius, >= 0.
    pub(super) radius: f64,
}

impl Disk {
    /// One number.
    pub(super) fn point(centre: f64) -> Self {
        Self {
            centre,
            radius: 0.0,
        }
    }

    fn new(centre: f64, radius: f64) -> Self {
        // 0 times infinity: nothing is known either.
        let radius = if radius.is_nan() {
            f64::INFINITY
        } else {
            radius
        };
        Self { centre, radius }
    }

    /// The largest absolute value in it.
    pub(super) fn size(self) -> f64 {
        self.centre.abs() + self.radius
    }

    fn times(self, other: Self) -> Self {
        let radius = if self.radius == 0.0 && other.radius == 0.0 {
            0.0
        } else {
            self.centre.abs() * other.radius + self.radius * (other.centre.abs() + other.radius)
        };
        Self::new(self.centre * other.centre, radius)
    }

    fn over(self, other: Self) -> Self {
        let distance = other.centre.abs() - other.radius;
        let radius = if distance > 0.0 {
            (self.radius + (self.centre / other.centre).abs() * other.radius) / distance
        } else {
            f64::INFINITY
        };
        Self::new(self.centre / other.centre, radius)
    }

    /// `w^p` of every `w` in it, any real `p`; the branch that is real on the right.
    fn power(self, p: f64, centre: f64) -> Self {
        let whole = p.fract() == 0.0;
        let part = self.radius / self.centre.abs();
        let relative = if self.radius == 0.0 {
            0.0
        } else if whole && p >= 0.0 {
            // Also around 0, hence not relative.
            let size = self.centre.abs();
            return Self::new(centre, (size + self.radius).powf(p) - size.powf(p));
        } else if part >= 1.0 || (!whole && self.centre < 0.0) {
            f64::INFINITY
        } else if p > 1.0 {
            p * part * (1.0 + part).powf(p - 1.0)
        } else {
            // All later terms of the binomial series have the sign of the first at -part.
            ((1.0 - part).powf(p) - 1.0).abs()
        };
        Self::new(centre, centre.abs() * relative)
    }
}

impl Tape {
    /// A disk that holds the values of the expression on the disk around `x`.
    pub(super) fn disk(&self, x: f64, radius: f64) -> Disk {
        let (count, result) = self.registers();
        let mut registers = vec![Disk::new(0.0, 0.0); count];
        for (op, target) in self.steps() {
            registers[*target] = op.disk(Disk::new(x, radius), &registers);
        }
        registers[result]
    }
}

impl Op {
    pub(super) fn disk(&self, x: Disk, r: &[Disk]) -> Disk {
        match self {
            Self::Number(v) => Disk::new(*v, 0.0),
            Self::X => x,
            Self::Add(a, b) => Disk::new(r[*a].centre + r[*b].centre, r[*a].radius + r[*b].radius),
            Self::Subtract(a, b) => {
                Disk::new(r[*a].centre - r[*b].centre, r[*a].radius + r[*b].radius)
            }
            Self::Multiply(a, b) => r[*a].times(r[*b]),
            Self::Divide(a, b) => r[*a].over(r[*b]),
            Self::Negate(a) => Disk::new(-r[*a].centre, r[*a].radius),
            Self::Power(a, n) => r[*a].power(f64::from(*n), r[*a].centre.powi(*n)),
            Self::RealPower(a, c) => {
                r[*a].power(*c, super::expression::real_power(r[*a].centre, *c))
            }
            Self::Call(f, a) => {
                let g = r[*a];
                let spread = if g.radius == 0.0 {
                    0.0
                } else {
                    f.spread(g.centre, g.radius)
                };
                Disk::new(f.value(g.centre), spread)
            }
            Self::Choose(a, b, c) => {
                let side = if r[*a].centre < 0.0 { r[*b] } else { r[*c] };
                if r[*a].centre.abs() > r[*a].radius {
                    side
                } else {
                    Disk::new(side.centre, f64::INFINITY)
                }
            }
        }
    }
}

/// Spread of the exponential, `e^g (e^radius - 1)` without overflow.
pub(super) fn exp(g: f64, radius: f64) -> f64 {
    -(g + radius).exp() * (-radius).exp_m1()
}

/// Spread of `tanh`: by its addition theorem, or far out by `tanh = 1 - 2u/(1+u)`, `u = e^(-2|g|)`.
pub(super) fn tanh(g: f64, radius: f64) -> f64 {
    let decay = (-2.0 * g.abs()).exp();
    let sech2 = 4.0 * decay / (1.0 + decay).powi(2);
    let near = turned(g, radius).map_or(f64::INFINITY, |(turn, rest)| sech2 * turn / rest);
    let far = shrunk(g, radius).map_or(f64::INFINITY, |(moved, rest)| {
        2.0 * moved / (rest * (1.0 + decay))
    });
    near.min(far)
}

/// Spread of `1 - tanh^2`.
pub(super) fn sech_squared(g: f64, radius: f64) -> f64 {
    let decay = (-2.0 * g.abs()).exp();
    let here = 4.0 * decay / (1.0 + decay).powi(2);
    let near = turned(g, radius).map_or(f64::INFINITY, |(turn, rest)| {
        let t = g.tanh().abs();
        here * turn * (turn + 2.0 * t + t * t * turn) / (rest * rest)
    });
    let far = shrunk(g, radius).map_or(f64::INFINITY, |(moved, rest)| {
        here + 4.0 * (decay + moved) / (rest * rest)
    });
    near.min(far)
}

/// `tan(radius)`, the largest `|tanh|` in a disk around 0, and what is left of `1 - |tanh(g)|` times it.
fn turned(g: f64, radius: f64) -> Option<(f64, f64)> {
    let turn = (radius < FRAC_PI_2).then(|| radius.tan())?;
    let rest = 1.0 - g.tanh().abs() * turn;
    (rest > 0.0).then_some((turn, rest))
}

/// How far `e^(-2w)` is from `e^(-2|g|)` in the disk, and how far `1 + e^(-2w)` stays from 0.
fn shrunk(g: f64, radius: f64) -> Option<(f64, f64)> {
    let far = -2.0 * g.abs();
    let moved = exp(far, 2.0 * radius);
    let rest = 1.0 + far.exp() - moved;
    (rest > 0.0).then_some((moved, rest))
}

/// The largest `|e^(-w^2)|` for `|w - g| <= radius`.
pub(super) fn gaussian(g: f64, radius: f64) -> f64 {
    let (g2, r2) = (g * g, radius * radius);
    // The least Re w^2 on the circle, inside its left end or at it.
    let least = if 0.5 * g.abs() <= radius {
        0.5 * g2 - r2
    } else {
        (g.abs() - radius).powi(2)
    };
    (-least).exp()
}

/// Spread of `cos` (of `sin` with the two values exchanged): `|value| (cosh r - 1) + |other| sinh r`.
pub(super) fn wave(value: f64, other: f64, radius: f64) -> f64 {
    value.abs() * (radius.cosh() - 1.0) + other.abs() * radius.sinh()
}
