//! How fast an expression grows, computed with logarithms so that nothing overflows.

use super::builtin::Kind;
use super::tape::{Op, Tape};

/// Where the growth is measured: so far out that `exp(c|x|^a)` with `a < 1.8` is clearly below
/// `exp(c x^2)`, and `x^2` still is a number.
const FAR: f64 = 1.606_938_044_258_990_3e60; // 2^200

/// The fractions of `FAR` that are looked at, irregular so that oscillating factors do not hide.
const FRACTIONS: [f64; 5] = [1.0, 0.8317, 0.7113, 0.6129, 0.5371];

/// `log|f| / x^2` above this is Gaussian growth or faster.
const GAUSSIAN: f64 = 1e-9;

/// True when `|f(x)| >= exp(c x^2)` far out, for a `c` that matters.
pub(super) fn too_fast(tape: &Tape) -> bool {
    FRACTIONS.iter().flat_map(|f| [f * FAR, -f * FAR]).any(|x| {
        let log = magnitude(tape, x).log;
        log / (x * x) > GAUSSIAN
    })
}

/// A number that may be far too large for `f64`: its value (possibly 0 or infinite, but with the
/// right sign) and the logarithm of its absolute value.
#[derive(Clone, Copy)]
struct Wide {
    value: f64,
    log: f64,
}

impl Wide {
    fn new(value: f64) -> Self {
        Self {
            value,
            log: value.abs().ln(),
        }
    }

    fn from_log(sign: f64, log: f64) -> Self {
        Self {
            value: sign * log.exp(),
            log,
        }
    }

    fn sign(self) -> f64 {
        1.0_f64.copysign(self.value)
    }
}

fn magnitude(tape: &Tape, x: f64) -> Wide {
    let (count, result) = tape.registers();
    let mut registers = vec![Wide::new(0.0); count];
    let mut values = vec![0.0; count];
    for (op, target) in tape.steps() {
        let plain = op.value(x, &values);
        let wide = if plain.is_finite() && plain != 0.0 {
            Wide::new(plain)
        } else {
            by_logarithms(op, plain, &registers)
        };
        registers[*target] = wide;
        values[*target] = wide.value;
    }
    registers[result]
}

/// The result of an operation whose plain value is zero, infinite or not a number.
fn by_logarithms(op: &Op, plain: f64, r: &[Wide]) -> Wide {
    match op {
        Op::Number(_) | Op::X => Wide::new(plain),
        Op::Add(a, b) => sum(r[*a], r[*b]),
        Op::Subtract(a, b) => {
            let b = r[*b];
            sum(
                r[*a],
                Wide {
                    value: -b.value,
                    log: b.log,
                },
            )
        }
        Op::Multiply(a, b) => {
            let (a, b) = (r[*a], r[*b]);
            Wide::from_log(a.sign() * b.sign(), a.log + b.log)
        }
        Op::Divide(a, b) => {
            let (a, b) = (r[*a], r[*b]);
            Wide::from_log(a.sign() * b.sign(), a.log - b.log)
        }
        Op::Negate(a) => Wide {
            value: -r[*a].value,
            log: r[*a].log,
        },
        Op::Power(a, n) => Wide::from_log(r[*a].sign().powi(*n), f64::from(*n) * r[*a].log),
        Op::RealPower(a, c) => Wide::from_log(1.0, c * r[*a].log),
        Op::Choose(test, a, b) => r[if r[*test].value < 0.0 { *a } else { *b }],
        Op::Call(f, a) => call(f.kind(), plain, r[*a]),
    }
}

fn call(kind: Kind, plain: f64, g: Wide) -> Wide {
    match kind {
        Kind::Exp => Wide::from_log(1.0, g.value),
        Kind::Log => Wide::new(g.log),
        Kind::Hermite(k) => {
            let log = f64::from(k) * g.log;
            Wide::from_log(g.sign().powi(k.cast_signed()), log)
        }
        Kind::ExponentialTail if plain == 0.0 => Wide {
            value: plain,
            log: -g.value.abs(),
        },
        // At most linear growth; an oscillation at infinity counts as bounded.
        _ if plain.is_nan() => Wide::new(1.0),
        _ if plain.is_infinite() => Wide {
            value: plain,
            log: g.log,
        },
        _ => Wide::new(plain),
    }
}

fn sum(a: Wide, b: Wide) -> Wide {
    let (large, small) = if a.log >= b.log { (a, b) } else { (b, a) };
    if large.log == f64::NEG_INFINITY {
        return Wide::new(0.0);
    }
    let ratio = large.sign() * small.sign() * (small.log - large.log).exp();
    Wide::from_log(large.sign(), large.log + ratio.ln_1p())
}
