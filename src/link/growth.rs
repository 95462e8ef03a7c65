//! How fast an expression grows, computed with numbers of any size.

use super::builtin::{Kind, LinkFunction};
use super::compiled::{Tape, evaluate};
use super::wide::{Wide, function};

/// Where the growth is measured: so far out that `exp(c|x|^a)` with `a < 1.8` is clearly below
/// `exp(c x^2)`, and `x^2` still is a number.
const FAR: f64 = 1.606_938_044_258_990_3e60; // 2^200

/// The fractions of `FAR` that are looked at, irregular so that oscillating factors do not hide.
const FRACTIONS: [f64; 5] = [1.0, 0.8317, 0.7113, 0.6129, 0.5371];

/// `log|f| / x^2` above this is Gaussian growth or faster.
const GAUSSIAN: f64 = 1e-9;

/// True when `|f(x)| >= exp(c x^2)` far out, for a `c` that matters.
pub(super) fn too_fast(tape: &Tape) -> bool {
    FRACTIONS
        .iter()
        .flat_map(|f| [f * FAR, -f * FAR])
        .any(|x| evaluate(tape, x, size).log() / (x * x) > GAUSSIAN)
}

/// `f(g)` as far as its size goes: an oscillation counts as 1, an exponential tail does not vanish.
fn size(f: &dyn LinkFunction, g: Wide) -> Wide {
    let found = function(f, g);
    if found.log() == f64::NEG_INFINITY && f.kind() == Kind::ExponentialTail {
        return Wide::power_of_two(1.0, -g.value().abs() * std::f64::consts::LOG2_E);
    }
    if found.log().is_nan() {
        Wide::new(1.0)
    } else {
        found
    }
}
