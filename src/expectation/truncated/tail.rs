//! Averages of truncated powers of one normal number, each to a few roundings of itself.

use crate::expectation::gaussian::density;

/// Beyond this many deviations the density is 0 in floating point.
const END: f64 = 38.6;
/// The recursion upwards loses digits like `e^(2 t sqrt n)`: beyond this `t sqrt n` it goes downwards.
const UPWARDS: f64 = 1.2;
/// Half the logarithm of what a start downwards has to be forgotten by.
const FORGOTTEN: f64 = 18.0;

/// `P(xi > t)`.
pub(super) fn above(t: f64) -> f64 {
    0.5 * libm::erfc(t * std::f64::consts::FRAC_1_SQRT_2)
}

/// `out[n] = E[(s xi - gap)_+^n]`, `xi ~ N(0,1)`, `s >= 0`.
///
/// Upwards by Stein's identity, `T_n = (n-1) s^2 T_{n-2} - gap T_{n-1}`; where that cancels, downwards.
pub(super) fn tail_powers(gap: f64, s: f64, out: &mut [f64]) {
    let n = out.len();
    if n == 0 {
        return;
    }
    if s <= 0.0 {
        let mut power = 1.0;
        for slot in out.iter_mut() {
            *slot = if gap < 0.0 { power } else { 0.0 };
            power *= -gap;
        }
        // The limit of a step is half its height where it stands.
        if gap.abs() <= 0.0 {
            out[0] = 0.5;
        }
        return;
    }
    let t = gap / s;
    if t > END {
        out.fill(0.0);
        return;
    }
    out[0] = above(t);
    if n == 1 {
        return;
    }
    if t * ((n - 1) as f64).sqrt() > UPWARDS {
        downwards(t, s, out);
        return;
    }
    out[1] = s * density(t) - gap * out[0];
    for k in 2..n {
        out[k] = (k - 1) as f64 * s * s * out[k - 2] - gap * out[k - 1];
    }
}

/// `T_{n-2} / (n-2)! = n T_n / n! + t T_{n-1} / (n-1)!`: the tail is the solution that this finds from any
/// start far enough up.
fn downwards(t: f64, s: f64, out: &mut [f64]) {
    let n = out.len();
    let start = (((n as f64).sqrt() + FORGOTTEN / t).powi(2)).ceil() as usize + 2;
    // A start with about the right ratio.
    let (mut upper, mut here) = (1.0, 0.5 * (t + (t * t + 4.0 * start as f64).sqrt()));
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
    let mut factor = above(t) / out[0];
    for (k, slot) in out.iter_mut().enumerate() {
        if k > 0 {
            factor *= k as f64 * s;
        }
        *slot *= factor;
    }
}
