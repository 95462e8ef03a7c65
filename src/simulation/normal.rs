//! Standard normal numbers in blocks: thirty-two xoshiro256++ generators side by side and
//! Box-Muller, written so that the compiler turns every loop into vector instructions.
//!
//! Every operation is one of IEEE 754 (fused multiply-add included), so the numbers are the same
//! whatever instructions the machine has. The polynomials are those of FreeBSD's msun (`log`,
//! `sin`, `cos` near 0; Sun Microsystems, 1993), good to 1e-16.

use std::f64::consts::{FRAC_PI_2, LN_2};

use pulp::{Arch, Simd, WithSimd};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// Generators side by side: so many that the compiler makes a vector loop of them, four vectors of
/// eight where there are such.
const LANES: usize = 32;
/// Pairs of numbers made in one round.
const PAIRS: usize = 512;
/// Normal numbers made in one round.
pub(super) const BLOCK: usize = 2 * PAIRS;

/// The state of the generators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub(super) struct Lanes([[u64; LANES]; 4]);

impl Lanes {
    /// States drawn from a seeded generator; that two of them meet has a chance below 2^-100.
    pub(super) fn seeded(source: &mut impl Rng) -> Self {
        Self(std::array::from_fn(|_| {
            std::array::from_fn(|_| source.next_u64())
        }))
    }

    /// Fills whole blocks with independent standard normal numbers; a rest shorter than
    /// [`BLOCK`] is left as it is.
    pub(super) fn fill(&mut self, out: &mut [f64], arch: Arch) {
        arch.dispatch(Fill { lanes: self, out });
    }

    /// xoshiro256++ (Blackman and Vigna, 2018), one step of each generator.
    #[inline(always)]
    fn next(&mut self, words: &mut [u64; LANES]) {
        let [a, b, c, d] = &mut self.0;
        for i in 0..LANES {
            words[i] = a[i].wrapping_add(d[i]).rotate_left(23).wrapping_add(a[i]);
            let (third, fourth, shifted) = (c[i] ^ a[i], d[i] ^ b[i], b[i] << 17);
            b[i] ^= third;
            a[i] ^= fourth;
            c[i] = third ^ shifted;
            d[i] = fourth.rotate_left(45);
        }
    }
}

impl From<Lanes> for Vec<u64> {
    fn from(lanes: Lanes) -> Self {
        lanes.0.concat()
    }
}

impl TryFrom<Vec<u64>> for Lanes {
    type Error = String;

    fn try_from(words: Vec<u64>) -> Result<Self, String> {
        let [a, b, c, d] = words.as_chunks::<LANES>().0 else {
            return Err(format!("{} words are no generator state", words.len()));
        };
        Ok(Self([*a, *b, *c, *d]))
    }
}

/// The work of [`Lanes::fill`]; pulp compiles it once per instruction set.
struct Fill<'a> {
    lanes: &'a mut Lanes,
    out: &'a mut [f64],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        // Bits first, numbers then: together they would not fit the registers.
        let mut words = [0; BLOCK];
        for block in self.out.as_chunks_mut::<BLOCK>().0 {
            for chunk in words.as_chunks_mut::<LANES>().0 {
                self.lanes.next(chunk);
            }
            let (radii, angles) = words.split_at(PAIRS);
            let (x, y) = block.split_at_mut(PAIRS);
            for (((x, y), radius), angle) in x.iter_mut().zip(y).zip(radii).zip(angles) {
                (*x, *y) = pair(*radius, *angle);
            }
        }
    }
}

/// Two independent standard normal numbers from two words (Box and Muller, 1958). The angle is
/// uniform on an arc of a quarter turn, its two lowest bits choose which of four.
#[inline(always)]
fn pair(radius: u64, angle: u64) -> (f64, f64) {
    let length = (-2.0 * ln(2.0 - in_1_2(radius))).sqrt();
    let (sine, cosine) = sine_cosine((in_1_2(angle) - 1.5) * FRAC_PI_2);
    let signed = f64::from_bits(length.to_bits() ^ (angle << 63));
    let swap = 0_u64.wrapping_sub((angle >> 1) & 1);
    let exchange = (sine.to_bits() ^ cosine.to_bits()) & swap;
    (
        signed * f64::from_bits(cosine.to_bits() ^ exchange),
        signed * f64::from_bits(sine.to_bits() ^ exchange),
    )
}

/// Uniform in [1, 2), a multiple of 2^-52.
#[inline(always)]
fn in_1_2(word: u64) -> f64 {
    f64::from_bits((word >> 12) | 0x3ff0_0000_0000_0000)
}

/// Natural logarithm of a normal number above 0.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const TWO_52: u64 = 0x4330_0000_0000_0000;
    // x = 2^exponent (1 + f), 1 + f in [sqrt(1/2), sqrt(2)).
    let shifted = x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - SQRT_HALF);
    let exponent = f64::from_bits((shifted >> 52) | TWO_52) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let rest = z * horner(
        z,
        [
            6.666_666_666_666_735e-1,
            3.999_999_999_940_942e-1,
            2.857_142_874_366_239e-1,
            2.222_219_843_214_978_4e-1,
            1.818_357_216_161_805e-1,
            1.531_383_769_920_937_3e-1,
            1.479_819_860_511_658_6e-1,
        ],
    );
    let half = 0.5 * f * f;
    exponent.mul_add(LN_2, f - (half - s * (half + rest)))
}

/// Sine and cosine for |x| <= pi/4.
#[inline(always)]
fn sine_cosine(x: f64) -> (f64, f64) {
    let z = x * x;
    let sine = horner(
        z,
        [
            -1.666_666_666_666_663_2e-1,
            8.333_333_333_322_49e-3,
            -1.984_126_982_985_795e-4,
            2.755_731_370_707_006_8e-6,
            -2.505_076_025_340_686_3e-8,
            1.589_690_995_211_55e-10,
        ],
    );
    let cosine = horner(
        z,
        [
            4.166_666_666_666_66e-2,
            -1.388_888_888_887_411e-3,
            2.480_158_728_947_673e-5,
            -2.755_731_435_139_066_3e-7,
            2.087_572_321_298_175e-9,
            -1.135_964_755_778_819_5e-11,
        ],
    );
    (
        (x * z).mul_add(sine, x),
        (z * z).mul_add(cosine, (-0.5_f64).mul_add(z, 1.0)),
    )
}

/// `c[0] + c[1] z + ...`.
#[inline(always)]
fn horner<const N: usize>(z: f64, c: [f64; N]) -> f64 {
    // Not from 0, which would be a multiplication in vain.
    let mut sum = c[N - 1];
    for k in (0..N - 1).rev() {
        sum = sum.mul_add(z, c[k]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn logarithm_sine_and_cosine_are_good_to_rounding() {
        for i in 0..10_000 {
            let x = 2f64.powf(-52.0 * f64::from(i) / 10_000.0);
            assert!(
                (ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1e-16),
                "{x}"
            );
            let angle = (f64::from(i) / 10_000.0 - 0.5) * FRAC_PI_2;
            let (sine, cosine) = sine_cosine(angle);
            assert!((sine - angle.sin()).abs() < 2.3e-16 && (cosine - angle.cos()).abs() < 2.3e-16);
        }
    }

    /// Kolmogorov's distance to the normal law, tails included; at 1e6 numbers it exceeds
    /// 2.6e-3 with probability 2 exp(-2 * 2.6^2) = 3e-6.
    #[test]
    fn numbers_are_normal_and_uncorrelated() {
        let mut lanes = Lanes::seeded(&mut rand_chacha::ChaCha8Rng::seed_from_u64(5));
        let mut numbers = vec![0.0; 1_000_000];
        lanes.fill(&mut numbers, Arch::new());
        let count = numbers.len() as f64;
        // Both halves of a block, and neighbours in a lane: correlations of size 1/sqrt(n).
        for lag in [1, LANES, PAIRS] {
            let products = numbers.iter().zip(&numbers[lag..]).map(|(a, b)| a * b);
            let squares = numbers.iter().zip(&numbers[lag..]);
            let squared = squares.map(|(a, b)| (a * a - 1.0) * (b * b - 1.0));
            assert!(products.sum::<f64>().abs() < 5.0 * count.sqrt(), "{lag}");
            assert!(squared.sum::<f64>().abs() < 10.0 * count.sqrt(), "{lag}");
        }
        numbers.sort_by(f64::total_cmp);
        let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        let distance = numbers
            .iter()
            .enumerate()
            .map(|(i, &x)| (below(x) - (i as f64 + 0.5) / count).abs())
            .fold(0.0, f64::max);
        assert!(distance < 2.6e-3, "{distance}");
        let beyond = numbers.iter().filter(|x| x.abs() > 4.0).count() as f64;
        // 63.3 expected beyond 4 standard deviations, Poisson.
        assert!((beyond - 63.3).abs() < 5.0 * 63.3_f64.sqrt(), "{beyond}");
    }

    #[test]
    fn numbers_do_not_depend_on_the_instruction_set() {
        let mut vector = Lanes::seeded(&mut rand_chacha::ChaCha8Rng::seed_from_u64(6));
        let mut scalar = vector.clone();
        let (mut a, mut b) = ([0.0; 2 * BLOCK], [0.0; 2 * BLOCK]);
        vector.fill(&mut a, Arch::new());
        Fill {
            lanes: &mut scalar,
            out: &mut b,
        }
        .with_simd(pulp::Scalar);
        assert_eq!(a.map(f64::to_bits), b.map(f64::to_bits));
        assert_eq!(vector, scalar);
    }
}
