//! Links that are sums of wave packets: polynomials times Gaussians times exponentials and waves.
//!
//! ```text
//! sigma(x) = Re sum_j p_j(x - c_j) exp( -a_j (x - c_j)^2 + b_j (x - c_j) ),   a_j >= 0 real, b_j complex
//! ```
//!
//! Polynomials, `sin`, `cos`, `exp`, bumps `exp(-a (x - c)^2)` and their sums and products are such sums; so are
//! their derivatives, and Gaussian averages of pairs are closed.

mod read;

use nalgebra::Complex;

pub(super) use read::read;

/// Highest degree of a polynomial factor of a link.
const MAX_DEGREE: usize = 6;
/// Packets of a link.
const MAX_PACKETS: usize = 6;
/// Coefficients of polynomial factors in products of four links, and of their derivatives.
pub(crate) const MOST_COEFFICIENTS: usize = 4 * (MAX_DEGREE + 2);
/// Packets of products of links.
const MOST_PACKETS: usize = 100;

/// The exponential of one packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// `a >= 0`.
    pub(crate) decay: f64,
    /// `c`; 0 without decay.
    pub(crate) centre: f64,
    /// `b`, its imaginary part at least 0.
    pub(crate) rate: Complex<f64>,
}

impl Envelope {
    /// The constant 1.
    pub(crate) const FLAT: Self = Self {
        decay: 0.0,
        centre: 0.0,
        rate: Complex::new(0.0, 0.0),
    };

    /// Whether it is a wave, so that its packet is complex.
    pub(crate) fn is_wave(&self) -> bool {
        self.rate.im != 0.0
    }

    /// That of the complex conjugate.
    pub(crate) fn conjugate(&self) -> Self {
        Self {
            rate: self.rate.conj(),
            ..*self
        }
    }

    /// How fast a packet varies, about: the inverse of its finest length.
    pub(crate) fn speed(&self) -> f64 {
        (self.rate.norm_sqr() + 2.0 * self.decay).sqrt()
    }
}

/// One packet `p(x - c) exp(-a (x - c)^2 + b (x - c))`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    pub(crate) envelope: Envelope,
    /// Coefficients of `p`, the constant first.
    pub(crate) factor: Vec<Complex<f64>>,
}

impl Packet {
    fn flat(factor: Vec<f64>) -> Self {
        Self {
            envelope: Envelope::FLAT,
            factor: factor.into_iter().map(|c| Complex::new(c, 0.0)).collect(),
        }
    }

    fn conjugate(&self) -> Self {
        Self {
            envelope: self.envelope.conjugate(),
            factor: self.factor.iter().map(Complex::conj).collect(),
        }
    }

    fn derivative(&self) -> Self {
        let Envelope { decay, rate, .. } = self.envelope;
        let mut factor = vec![Complex::new(0.0, 0.0); self.factor.len() + usize::from(decay > 0.0)];
        for (k, c) in self.factor.iter().enumerate() {
            factor[k] += rate * c;
            if k > 0 {
                factor[k - 1] += c * k as f64;
            }
            if decay > 0.0 {
                factor[k + 1] -= c * (2.0 * decay);
            }
        }
        Self {
            envelope: self.envelope,
            factor,
        }
    }

    /// The polynomial around another centre, `p(y + by)`.
    fn moved(&self, by: f64) -> Vec<Complex<f64>> {
        let mut factor = self.factor.clone();
        for done in 0..factor.len() {
            for k in (done..factor.len() - 1).rev() {
                let next = factor[k + 1];
                factor[k] += next * by;
            }
        }
        factor
    }

    fn times(&self, other: &Self) -> Self {
        let (p, r) = (self.envelope, other.envelope);
        let decay = p.decay + r.decay;
        let centre = if decay > 0.0 {
            (p.decay * p.centre + r.decay * r.centre) / decay
        } else {
            0.0
        };
        let apart = p.centre - r.centre;
        let mut size = Complex::new(0.0, 0.0);
        if p.decay > 0.0 && r.decay > 0.0 {
            size -= p.decay * r.decay / decay * apart * apart;
        }
        size += p.rate * (centre - p.centre) + r.rate * (centre - r.centre);
        let size = size.exp();
        let (left, right) = (
            self.moved(centre - p.centre),
            other.moved(centre - r.centre),
        );
        let mut factor = vec![Complex::new(0.0, 0.0); left.len() + right.len() - 1];
        for (i, a) in left.iter().enumerate() {
            for (j, b) in right.iter().enumerate() {
                factor[i + j] += a * b * size;
            }
        }
        Self {
            envelope: Envelope {
                decay,
                centre,
                rate: p.rate + r.rate,
            },
            factor,
        }
    }
}

/// `Re sum_j` of packets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PacketSum(pub(crate) Vec<Packet>);

impl PacketSum {
    /// The constant `c`.
    pub(crate) fn constant(c: f64) -> Self {
        Self(vec![Packet::flat(vec![c])])
    }

    /// How fast it varies, about, at least 1.
    pub(crate) fn speed(&self) -> f64 {
        let speeds = self.0.iter().map(|p| p.envelope.speed());
        speeds.fold(1.0, f64::max)
    }

    /// `sigma'`, packet by packet.
    pub(crate) fn derivative(&self) -> Self {
        Self(self.0.iter().map(Packet::derivative).collect())
    }

    fn scaled(mut self, c: f64) -> Self {
        for a in self.0.iter_mut().flat_map(|p| &mut p.factor) {
            *a *= c;
        }
        self
    }

    fn plus(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        Self::of(self.0)
    }

    /// The product, where it is a short sum.
    pub(crate) fn times(&self, other: &Self) -> Option<Self> {
        let mut all = Vec::new();
        for a in &self.0 {
            for b in &other.0 {
                let waves = a.envelope.is_wave() && b.envelope.is_wave();
                let mut product = |b: &Packet| {
                    let half = if waves { 0.5 } else { 1.0 };
                    all.extend(Self(vec![a.times(b)]).scaled(half).0);
                };
                product(b);
                if waves {
                    // Re A Re B = Re (A B + A conj B) / 2
                    product(&b.conjugate());
                }
            }
            if all.len() > 2 * MOST_PACKETS {
                return None;
            }
        }
        let made = Self::of(all);
        // Two derivatives add as many coefficients.
        let short = |p: &Packet| p.factor.len() + 2 <= MOST_COEFFICIENTS;
        (made.0.len() <= MOST_PACKETS && made.0.iter().all(short)).then_some(made)
    }

    /// Packets with equal exponentials made one.
    fn of(packets: Vec<Packet>) -> Self {
        let mut made: Vec<Packet> = Vec::new();
        for mut packet in packets {
            if packet.envelope.rate.im < 0.0 {
                packet = packet.conjugate();
            }
            if !packet.envelope.is_wave() {
                packet.envelope.rate.im = 0.0;
                packet.factor.iter_mut().for_each(|c| c.im = 0.0);
            }
            match made.iter_mut().find(|p| p.envelope == packet.envelope) {
                Some(known) => {
                    let longest = known.factor.len().max(packet.factor.len());
                    known.factor.resize(longest, Complex::new(0.0, 0.0));
                    for (a, b) in known.factor.iter_mut().zip(packet.factor) {
                        *a += b;
                    }
                }
                None => made.push(packet),
            }
        }
        let is_zero = |c: &Complex<f64>| c.re == 0.0 && c.im == 0.0;
        for packet in &mut made {
            while packet.factor.len() > 1 && packet.factor.last().is_some_and(is_zero) {
                packet.factor.pop();
            }
        }
        made.retain(|p| !p.factor.iter().all(is_zero));
        Self(made)
    }

    fn fits(&self) -> bool {
        let short = self.0.iter().all(|p| p.factor.len() <= MAX_DEGREE + 1);
        let finite = |c: &Complex<f64>| c.re.is_finite() && c.im.is_finite();
        let known = self.0.iter().flat_map(|p| &p.factor).all(finite);
        !self.0.is_empty() && self.0.len() <= MAX_PACKETS && short && known
    }
}
