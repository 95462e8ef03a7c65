//! Functions of one number: where they vanish, and where they are lowest.
//!
//! A value that is no number ends a search: so does a caller whose function fails or is cancelled.

/// A place and the value there.
type Point = (f64, f64);

/// Trials in which a bracket must halve, or the next one halves it.
const PATIENCE: usize = 2;

/// The zero of a function between two places at which its values, given with them, have different
/// signs: within `precision`, or the last bit where that is wider. Of the places looked at, the one
/// with the smallest value.
///
/// By inverse quadratic interpolation, as in R. P. Brent, *Algorithms for Minimization without
/// Derivatives* (1973), chapter 4, but with a halving wherever [`PATIENCE`] trials have not halved the
/// bracket: there are at most `3 log2(width / precision)` of them, where Brent's rule may take the
/// square of the logarithm.
pub(crate) fn zero(
    mut function: impl FnMut(f64) -> f64,
    (mut low, mut high): (Point, Point),
    precision: f64,
) -> f64 {
    let mut third = None;
    let mut widths = [f64::INFINITY; PATIENCE];
    loop {
        let best = if low.1.abs() <= high.1.abs() {
            low
        } else {
            high
        };
        let width = high.0 - low.0;
        let finest = precision.max(f64::EPSILON * best.0.abs());
        let middle = low.0 + 0.5 * width;
        if best.1 == 0.0 || width <= finest || !(low.0 < middle && middle < high.0) {
            return best.0;
        }
        let slow = width > 0.5 * widths[0];
        widths.rotate_left(1);
        widths[PATIENCE - 1] = width;
        let at = match interpolated(low, high, third) {
            // Not nearer to an end than the precision: beyond the zero, the other end follows.
            Some(at) if !slow => at.max(low.0 + 0.5 * finest).min(high.0 - 0.5 * finest),
            _ => middle,
        };
        let at = if low.0 < at && at < high.0 {
            at
        } else {
            middle
        };
        let value = function(at);
        if value.is_nan() {
            return best.0;
        }
        let end = if (value < 0.0) == (low.1 < 0.0) {
            &mut low
        } else {
            &mut high
        };
        third = Some(std::mem::replace(end, (at, value)));
    }
}

/// Where the inverse of the function is at 0, by the parabola through three points or the line through
/// two, if that is between the first two.
fn interpolated(low: Point, high: Point, third: Option<Point>) -> Option<f64> {
    let (near, far) = if low.1.abs() <= high.1.abs() {
        (low, high)
    } else {
        (high, low)
    };
    let slope = (far.0 - near.0) / (far.1 - near.1);
    let line = near.0 - near.1 * slope;
    let parabola = third.map(|third| {
        let other = (third.0 - far.0) / (third.1 - far.1);
        line + near.1 * far.1 * (other - slope) / (third.1 - near.1)
    });
    let inside = |x: &f64| low.0 <= *x && *x <= high.0;
    parabola.filter(inside).or(Some(line).filter(inside))
}

/// The lowest point of a function with one minimum between `low` and `high`, its place within
/// `precision` (values tell it to `sqrt(2^-52)` of the width over which the function doubles).
///
/// Golden sections, and parabolas where they are trusted: Brent's method, chapter 5 of the same book.
pub(crate) fn minimum(
    mut function: impl FnMut(f64) -> f64,
    (mut low, mut high): (f64, f64),
    precision: f64,
) -> Point {
    const GOLDEN: f64 = 0.381_966_011_250_105_2;
    let first = low + GOLDEN * (high - low);
    let mut best = (first, function(first));
    let (mut second, mut third) = (best, best);
    let (mut step, mut before) = (0.0_f64, 0.0_f64);
    loop {
        let middle = 0.5 * (low + high);
        let finest = precision.max(f64::EPSILON * best.0.abs());
        if (best.0 - middle).abs() <= 2.0 * finest - 0.5 * (high - low) {
            return best;
        }
        let inwards = if best.0 < middle {
            high - best.0
        } else {
            low - best.0
        };
        let parabola = vertex(best, second, third);
        let trusted = before.abs() > finest
            && parabola.abs() < 0.5 * before.abs()
            && low < best.0 + parabola
            && best.0 + parabola < high;
        (step, before) = if trusted {
            (parabola, step)
        } else {
            (GOLDEN * inwards, inwards)
        };
        let at = best.0 + step;
        if trusted && (at - low < 2.0 * finest || high - at < 2.0 * finest) {
            step = finest.copysign(inwards);
        }
        let at = best.0 + step.abs().max(finest).copysign(step);
        let point = (at, function(at));
        if point.1.is_nan() {
            return best;
        }
        let lower = point.1 <= best.1;
        let end = if lower { best.0 } else { at };
        if (at < best.0) == lower {
            high = end;
        } else {
            low = end;
        }
        if lower {
            (best, second, third) = (point, best, second);
        } else if point.1 <= second.1 || second == best {
            (second, third) = (point, second);
        } else if point.1 <= third.1 || third == best || third == second {
            third = point;
        }
    }
}

/// How far from the first point the vertex of the parabola through three is.
fn vertex(best: Point, second: Point, third: Point) -> f64 {
    let a = (best.0 - second.0) * (best.1 - third.1);
    let b = (best.0 - third.0) * (best.1 - second.1);
    -0.5 * ((best.0 - third.0) * b - (best.0 - second.0) * a) / (b - a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    type Case = (fn(f64) -> f64, f64, f64);

    /// With simple zeros, and the most trials that they take.
    const SMOOTH: [(Case, usize); 4] = [
        ((|x| x * x - 2.0, 0.0, 2.0), 8),
        ((|x| 2.0 - x * x, 0.0, 2.0), 8),
        ((|x| x.cos() - x, 0.0, 1.0), 5),
        ((|x| x.exp() - x - 2.0, 1.0, 2.0), 6),
    ];
    /// Steep, flat, of a high order, a step, near a pole, at the ends of the range of numbers.
    const HARD: [Case; 10] = [
        (|x| x.exp() - 1e6, 0.0, 100.0),
        (|x| (x - 1.0).powi(9), 0.0, 3.0),
        (|x| (1e6 * (x - 0.3)).tanh(), -1.0, 5.0),
        (|x| if x < 0.7 { -1e-300 } else { 1e300 }, 0.0, 1.0),
        (|x| if x < 0.7 { 1.0 } else { -1.0 }, 0.0, 1.0),
        (|x| x.ln() + 690.0, 1e-308, 1.0),
        (|x| (1.0 - x).recip() - 1e3, -5.0, 0.9999),
        (|x| x.powi(3), -1.0, 0.5),
        (|x| x - 1e-320, 0.0, 1.0),
        (|x| x.powi(19) - 1e-19, 0.0, 7.0),
    ];

    /// The zero, and how often the function was asked for.
    fn searched((f, low, high): Case, precision: f64) -> (f64, usize) {
        let count = Cell::new(0);
        let counted = |x| {
            count.set(count.get() + 1);
            f(x)
        };
        let x = zero(counted, ((low, f(low)), (high, f(high))), precision);
        (x, count.get())
    }

    fn changes_sign((f, low, high): Case, around: f64, by: f64) -> bool {
        let (left, right) = ((around - by).max(low), (around + by).min(high));
        f(around) == 0.0 || (f(left) < 0.0) != (f(right) < 0.0)
    }

    #[test]
    fn zeros_are_found_to_the_last_bit() {
        for case in SMOOTH.map(|(case, _)| case).into_iter().chain(HARD) {
            let (x, count) = searched(case, 0.0);
            let last_bit = (x.next_up() - x).max(f64::EPSILON * x.abs());
            assert!(changes_sign(case, x, last_bit), "{x}");
            let halvings = ((case.2 - case.1) / last_bit).log2();
            assert!(count as f64 <= 3.0 * halvings + 3.0, "{x}: {count}");
        }
        for (case, most) in SMOOTH {
            let (x, count) = searched(case, 0.0);
            assert!(count <= most, "{x}: {count}");
        }
    }

    #[test]
    fn a_precision_is_kept() {
        for case in SMOOTH.map(|(case, _)| case).into_iter().chain(HARD) {
            let (x, count) = searched(case, 1e-8);
            assert!(changes_sign(case, x, 1e-8), "{x}");
            let halvings = ((case.2 - case.1) / 1e-8).log2();
            assert!(count as f64 <= 3.0 * halvings + 3.0, "{x}: {count}");
        }
    }

    #[test]
    fn minima_are_found_within_the_precision() {
        let cases: [(Case, f64); 5] = [
            ((|x| (x - 0.3).powi(2), 0.0, 1.0), 0.3),
            ((|x| x.exp() - 2.0 * x, 0.0, 2.0), std::f64::consts::LN_2),
            ((|x| x, 0.0, 1.0), 0.0),
            ((|x| (x - 0.4).abs(), 0.0, 1.0), 0.4),
            (
                (|x| if x < 0.2 { f64::INFINITY } else { -x.sin() }, 0.0, 3.0),
                std::f64::consts::FRAC_PI_2,
            ),
        ];
        for ((f, low, high), exact) in cases {
            for precision in [1e-3, 1e-5, 1e-7] {
                let count = Cell::new(0);
                let counted = |x| {
                    count.set(count.get() + 1);
                    f(x)
                };
                let (x, value) = minimum(counted, (low, high), precision);
                // The bracket that is left is two precisions to each side.
                assert!((x - exact).abs() <= 2.0 * precision, "{exact}: {x}");
                assert!(value <= f(x) && f(x) <= value);
                // Golden sections alone take this many.
                let most = ((high - low) / precision).ln() / 1.618_f64.ln();
                assert!(count.get() as f64 <= most + 5.0, "{exact}: {}", count.get());
            }
        }
    }

    #[test]
    fn no_number_ends_a_search() {
        let count = Cell::new(0);
        let cancelled = |x: f64| {
            count.set(count.get() + 1);
            if count.get() > 3 {
                f64::NAN
            } else {
                x * x - 2.0
            }
        };
        let x = zero(cancelled, ((0.0, -2.0), (2.0, 2.0)), 0.0);
        assert!((1.0..1.5).contains(&x) && count.get() == 4, "{x}");
        let (x, _) = minimum(|x| if x < 0.1 { f64::NAN } else { x }, (0.0, 1.0), 1e-9);
        assert!(x > 0.1);
    }
}
