//! Gaussian averages of a cubic spline, in closed form where the normal law sees few of its pieces.

use super::{End, Smoothed, add_piece};
use crate::link::Link;

/// Most seams under a normal law: sums over nodes that all laws share cost less where there are more.
const MOST_SEAMS: usize = 12;

/// A function that is a polynomial of degree at most 3 between its seams.
#[derive(Debug, Clone)]
pub(in crate::expectation) struct Spline {
    /// Seams, ascending.
    seams: Vec<f64>,
    /// One more than seams: a point of each piece, and the powers of the distance from it.
    pieces: Vec<(f64, [f64; 4])>,
}

impl Spline {
    /// `None` unless the link is the spline of a table.
    pub(in crate::expectation) fn of(link: &Link) -> Option<Self> {
        let seams = link.is_spline().then(|| link.seams())?;
        let (first, last) = (*seams.first()?, *seams.last()?);
        let line = |at: f64| (at, [link.value(at), link.derivative(at), 0.0, 0.0]);
        let mut pieces = vec![line(first - 1.0)];
        pieces.extend(seams.windows(2).map(|pair| {
            let (middle, half) = (0.5 * (pair[0] + pair[1]), 0.25 * (pair[1] - pair[0]));
            let [before, bend, after] =
                [middle - half, middle, middle + half].map(|x| link.second_derivative(x));
            let cubic = (after - before) / (12.0 * half);
            let powers = [
                link.value(middle),
                link.derivative(middle),
                0.5 * bend,
                cubic,
            ];
            (middle, powers)
        }));
        pieces.push(line(last + 1.0));
        Some(Self { seams, pieces })
    }

    /// Averages of `f(mean + s xi)`, `s > 0`, seen as far as `reach` deviations; `None` where there are many pieces.
    pub(in crate::expectation) fn smoothed(
        &self,
        mean: f64,
        s: f64,
        reach: f64,
    ) -> Option<Smoothed> {
        let first = self.seams.partition_point(|b| *b <= mean - reach * s);
        let end = self
            .seams
            .partition_point(|b| *b < mean + reach * s)
            .max(first);
        if end - first > MOST_SEAMS {
            return None;
        }
        let mut sum = Smoothed::default();
        let mut lower = End::infinite(f64::NEG_INFINITY);
        for (i, (origin, powers)) in self.pieces.iter().enumerate().take(end + 1).skip(first) {
            let upper = if i < end {
                End::at((self.seams[i] - mean) / s)
            } else {
                End::infinite(f64::INFINITY)
            };
            add_piece(&mut sum, powers, mean - origin, s, lower, upper);
            lower = upper;
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::gaussian::Rule;
    use crate::link::Outside;

    /// Against panels split at the seams, straight and held outside, on narrow laws and wide ones: to rounding of the
    /// largest of the terms.
    #[test]
    fn averages_of_splines_equal_quadrature() {
        let x: Vec<f64> = (0..61).map(|i| 0.2 * f64::from(i) - 6.0).collect();
        let y: Vec<f64> = x.iter().map(|x| x.sin() + 0.1 * x * x).collect();
        for outside in [Outside::Linear, Outside::Held] {
            let link = Link::from_table(&x, &y, outside).unwrap();
            let spline = Spline::of(&link).unwrap();
            for (mean, s) in [
                (0.31, 0.1),
                (5.97, 0.05),
                (-6.3, 0.06),
                (1.0, 1e-3),
                (-7.5, 0.1),
            ] {
                let mut cuts: Vec<f64> = link.seams().iter().map(|b| (b - mean) / s).collect();
                cuts.retain(|x| x.abs() < 12.0);
                cuts.extend([-12.0, 12.0]);
                cuts.sort_by(f64::total_cmp);
                let rule = Rule::panels(&cuts, 0.5, 1);
                let average = |f: &dyn Fn(f64) -> f64| rule.mean(|x| f(mean + s * x));
                let closed = spline.smoothed(mean, s, 9.0).unwrap();
                let gap = (closed.value - average(&|x| link.value(x))).abs()
                    + (closed.square - average(&|x| link.value(x).powi(2))).abs()
                    + (closed.slope - average(&|x| link.derivative(x))).abs();
                assert!(gap < 1e-13 * (1.0 + closed.square), "{mean}, {s}: {gap:e}");
            }
            assert!(spline.smoothed(0.0, 0.5, 9.0).is_none());
        }
        assert!(Spline::of(&"tanh".parse().unwrap()).is_none());
    }
}
