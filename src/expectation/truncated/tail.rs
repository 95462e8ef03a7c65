//! Averages of truncated powers of one normal number, each to a few roundings of itself.

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::powers::Edge;
use crate::expectation::gaussian::density;

/// Beyond this many deviations the density is 0 in floating point.
const END: f64 = 38.6;
/// The recursion upwards loses digits like `e^(2 t sqrt n)`: beyond this `t sqrt n` it goes downwards.
const UPWARDS: f64 = 1.2;
/// Half the logarithm of what a start downwards has to be forgotten by.
const FORGOTTEN: f64 = 18.0;
/// Where the recursion downwards starts if its natural start is farther up, with a ratio that is known there.
const START: usize = 24;
/// Least `t` for which that ratio is wanted: 40 powers go upwards below it.
const LEAST: f64 = 0.19;
/// Terms of its series: the next one is below 1e-16.
const TERMS: usize = 17;

/// `P(xi > t)`.
pub(super) fn above(t: f64) -> f64 {
    0.5 * libm::erfc(t * std::f64::consts::FRAC_1_SQRT_2)
}

/// What lies beyond a break, in deviations: computed once and used by everything there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// Distance of the break.
    pub(super) t: f64,
    /// `P(xi > t)`.
    pub(super) above: f64,
    /// `phi(t)`.
    pub(super) density: f64,
}

impl Tail {
    pub(super) fn at(t: f64) -> Self {
        Self {
            t,
            above: above(t),
            density: density(t),
        }
    }

    /// `out[n] = E[(xi - t)_+^n]`.
    pub(super) fn powers(&self, out: &mut [f64]) {
        fill(self.t, 1.0, (self.above, || self.density), out);
    }
}

/// Beyond each of these breaks, of a number with this deviation.
pub(super) fn tails(edges: &[Edge], deviation: f64) -> Vec<Tail> {
    let tail = |edge: &Edge| Tail::at(edge.distance / deviation);
    edges.iter().map(tail).collect()
}

/// `out[n] = E[(s xi - gap)_+^n]`, `xi ~ N(0,1)`, `s >= 0`.
pub(super) fn tail_powers(gap: f64, s: f64, out: &mut [f64]) {
    if s <= 0.0 {
        let mut power = 1.0;
        for slot in out.iter_mut() {
            *slot = if gap < 0.0 { power } else { 0.0 };
            power *= -gap;
        }
        // The limit of a step is half its height where it stands.
        if let (true, Some(first)) = (gap.abs() <= 0.0, out.first_mut()) {
            *first = 0.5;
        }
        return;
    }
    let t = gap / s;
    if t > END {
        out.fill(0.0);
        return;
    }
    fill(t, s, (above(t), || density(t)), out);
}

/// The powers beyond `t`, where `P(xi > t)` is known and `phi(t)` can be had. Upwards by Stein's identity,
/// `T_n = (n-1) s^2 T_{n-2} - gap T_{n-1}`; where that cancels, downwards.
fn fill(t: f64, s: f64, (above, density): (f64, impl Fn() -> f64), out: &mut [f64]) {
    let n = out.len();
    if n == 0 {
        return;
    }
    out[0] = above;
    if n == 1 {
        return;
    }
    if above <= 0.0 {
        out.fill(0.0);
        return;
    }
    if t * ((n - 1) as f64).sqrt() > UPWARDS {
        downwards(t, s, above, out);
        return;
    }
    let gap = t * s;
    out[1] = s * density() - gap * out[0];
    for k in 2..n {
        out[k] = (k - 1) as f64 * s * s * out[k - 2] - gap * out[k - 1];
    }
}

/// `T_{n-2} / (n-2)! = n T_n / n! + t T_{n-1} / (n-1)!`: the tail is the solution that this finds from any
/// start far enough up, or from the right ratio.
fn downwards(t: f64, s: f64, above: f64, out: &mut [f64]) {
    let n = out.len();
    let forgotten = ((n as f64).sqrt() + FORGOTTEN / t).powi(2) + 3.0;
    // Terms start and start - 1, up to a factor.
    let (start, mut here) = if forgotten > START as f64 && n <= START {
        (START, fit().ratio(t))
    } else {
        let start = forgotten as usize;
        (start, about(t, start))
    };
    let mut upper = 1.0;
    for k in (1..=start).rev() {
        // `here` is term k - 1 up to a factor, `upper` is term k.
        if k <= n {
            out[k - 1] = here;
        }
        if k >= 2 {
            let below = k as f64 * upper + t * here;
            (upper, here) = (here, below);
            if here > 1e200 {
                upper *= 1e-200;
                here *= 1e-200;
                out[k.min(n) - 1..].iter_mut().for_each(|x| *x *= 1e-200);
            }
        }
    }
    let mut factor = above / out[0];
    for (k, slot) in out.iter_mut().enumerate() {
        if k > 0 {
            factor *= k as f64 * s;
        }
        *slot *= factor;
    }
}

/// `T_{n-1} / (n-1)!` over `T_n / n!`, about.
fn about(t: f64, n: usize) -> f64 {
    0.5 * (t + (t * t + 4.0 * n as f64).sqrt())
}

/// That ratio at [`START`], relative to [`about`], as a Chebyshev series in `t / sqrt(t^2 + 4 n)`.
struct Fit {
    middle: f64,
    half: f64,
    coefficients: [f64; TERMS],
}

fn fit() -> &'static Fit {
    static FIT: OnceLock<Fit> = OnceLock::new();
    FIT.get_or_init(Fit::new)
}

impl Fit {
    fn variable(t: f64) -> f64 {
        t / (t * t + 4.0 * START as f64).sqrt()
    }

    /// From ratios found downwards from far up.
    fn new() -> Self {
        let (low, high) = (Self::variable(LEAST), Self::variable(END));
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let angle = |i: usize| PI * (i as f64 + 0.5) / TERMS as f64;
        let samples: [f64; TERMS] = std::array::from_fn(|i| {
            let x = middle + half * angle(i).cos();
            let t = x * (4.0 * START as f64).sqrt() / (1.0 - x * x).sqrt();
            let first = ((START as f64).sqrt() + FORGOTTEN / t).powi(2) as usize + 2;
            let mut ratio = about(t, first);
            for k in (START + 1..=first).rev() {
                ratio = t + k as f64 / ratio;
            }
            ratio / about(t, START)
        });
        let coefficients = std::array::from_fn(|k| {
            let terms = samples.iter().enumerate();
            let sum: f64 = terms.map(|(i, v)| v * (k as f64 * angle(i)).cos()).sum();
            sum * if k == 0 { 1.0 } else { 2.0 } / TERMS as f64
        });
        Self {
            middle,
            half,
            coefficients,
        }
    }

    fn ratio(&self, t: f64) -> f64 {
        let x = (Self::variable(t) - self.middle) / self.half;
        let (mut next, mut here) = (0.0, 0.0);
        for c in self.coefficients[1..].iter().rev() {
            (next, here) = (here, (2.0 * x).mul_add(here, c - next));
        }
        (self.coefficients[0] + x * here - next) * about(t, START)
    }
}
