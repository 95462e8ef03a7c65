//! Corners of the plane of (angle, `q`): where a break of each link meet, at `sqrt(q) h = k` and angle 0.
//!
//! Averages depend there on `d / sine`, with `d = 1 - k / (h sqrt(q))`: a normal that both breaks cut at `h` and
//! `(1 - d) h` has exponent `h^2 d^2 / (2 sine^2)` and analytic terms. Around a corner they are therefore smooth
//! functions of (`sine`, `d / sine`) where `|d|` is of the order of the sine, and of (`sine / d`, `d`) on either side
//! of that, down to the corner itself. Where a link has a cusp they go with powers of the distance that are not whole,
//! and the distance is a power of its coordinate.

use super::Overlaps;
use super::prepared_link::cusped;
use crate::link::Link;

/// Breaks farther out than this, in deviations, have no weight.
const FARTHEST: f64 = 9.0;
/// Breaks nearer to 0 than this are at 0 to any purpose: they meet at every `q`.
const NEAREST: f64 = 1e-6;
/// Corners nearer to each other than this, relative to `q`, are the same.
const SAME: f64 = 1e-10;
/// Largest `|d|` of the box around a corner, and in parts of the distance to the next.
const WIDEST: f64 = 0.25;
const BETWEEN: f64 = 0.4;
/// Largest sine.
const HIGHEST: f64 = 0.5;
/// `|h d| / sine` beyond which little of the step between the two sides is left.
const APART: f64 = 4.0;
/// Squares that make the distance of its coordinate where a link has a cusp: a power 2 of the distance, times its
/// logarithm, is resolved in few halvings then.
const CUSPED: u32 = 2;
/// Corners of more pairs of breaks than these are too close together to have a box each.
const MOST: usize = 1000;

/// The boxes around the corners of a pair.
#[derive(Debug)]
pub(super) struct Corners {
    /// Aligned and opposed ones, ascending in `q`.
    sides: [Vec<Corner>; 2],
    /// Whether both links break somewhere.
    meet: bool,
}

/// A box: `|d| <= width`, `sine <= width / slope`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corner {
    /// Among all.
    pub(super) index: usize,
    opposed: bool,
    /// Self-overlap at the corner.
    q: f64,
    /// The breaks, by size.
    breaks: [f64; 2],
    width: f64,
    /// `|d| / sine` where its parts meet.
    slope: f64,
    /// How often the distance from the corner is squared: a coordinate of 0 is at the corner.
    squared: u32,
}

/// A part of the box around a corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `|d|` of the order of the sine: coordinates sine and `d / sine`.
    Near,
    /// Small and large `q`: coordinates `sine / |d|` and `|d|`.
    Below,
    Above,
}

impl Corners {
    /// Those of a pair of links with self-overlaps in `range`.
    pub(super) fn of(teacher: &Link, student: &Link, range: [f64; 2]) -> Self {
        let mut sides = [Vec::new(), Vec::new()];
        for h in teacher.breaks().iter().map(|b| b.at) {
            for k in student.breaks().iter().map(|b| b.at) {
                let root = (k / h).abs();
                let q = root * root;
                let far = h.abs() > FARTHEST || h.abs().min(k.abs()) < NEAREST;
                if !far && q > range[0] && q < range[1] {
                    let opposed = (h > 0.0) != (k > 0.0);
                    sides[usize::from(opposed)].push((q, h.abs(), k.abs()));
                }
            }
        }
        let squared = match [teacher, student].iter().any(|link| cusped(link)) {
            true => CUSPED,
            false => 0,
        };
        let few = sides.iter().map(Vec::len).sum::<usize>() <= MOST;
        let mut index = 0;
        let sides = [false, true].map(|opposed| {
            let places = &mut sides[usize::from(opposed)];
            places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            // Of those that are the same the nearest to 0, which feels the step farthest.
            places.dedup_by(|next, kept| {
                let same = (next.0 - kept.0).abs() <= SAME * kept.0;
                if same && next.1 < kept.1 {
                    *kept = *next;
                }
                same
            });
            let gap = |i: usize, j: usize| match (places.get(i), places.get(j)) {
                (Some(a), Some(b)) => BETWEEN * (1.0 - (a.0 / b.0).sqrt()),
                _ => WIDEST,
            };
            let boxed = |(i, &(q, h, k)): (usize, &(f64, f64, f64))| {
                let slope = APART / h;
                let width = WIDEST.min(gap(i, i + 1)).min(gap(i.wrapping_sub(1), i));
                index += 1;
                Corner {
                    index: index - 1,
                    opposed,
                    q,
                    breaks: [h, k],
                    width: width.min(HIGHEST * slope),
                    slope,
                    squared,
                }
            };
            let places = if few { places.as_slice() } else { &[] };
            places.iter().enumerate().map(boxed).collect()
        });
        let meet = [teacher, student]
            .iter()
            .all(|link| !link.breaks().is_empty());
        Self { sides, meet }
    }

    /// Whether both links break somewhere, if not at a corner.
    pub(super) fn meet(&self) -> bool {
        self.meet
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.sides.iter().map(Vec::len).sum()
    }

    /// The corner that is near, and where: the part and the coordinates in [0, 1] there.
    pub(super) fn find(&self, at: &Overlaps) -> Option<(&Corner, Part, [f64; 2])> {
        let side = &self.sides[usize::from(at.m < 0.0)];
        if side.is_empty() {
            return None;
        }
        let next = side.partition_point(|corner| corner.q <= at.q);
        let near = side[next.saturating_sub(1)..].iter().take(2);
        let sine = at.sine();
        near.filter_map(|corner| corner.place(at, sine).map(|(part, x)| (corner, part, x)))
            .next()
    }
}

impl Corner {
    fn place(&self, at: &Overlaps, sine: f64) -> Option<(Part, [f64; 2])> {
        let d = self.distance(at);
        let turned = self.slope * sine;
        if d.abs() > self.width || turned > self.width {
            return None;
        }
        if d.abs() <= turned {
            let turn = if turned > 0.0 { d / turned } else { 0.0 };
            return Some((Part::Near, [turned / self.width, 0.5 + 0.5 * turn]));
        }
        let part = if d < 0.0 { Part::Below } else { Part::Above };
        Some((
            part,
            [turned / d.abs(), self.coordinate(d.abs() / self.width)],
        ))
    }

    /// The coordinate of a distance in parts of the width.
    fn coordinate(&self, distance: f64) -> f64 {
        (0..self.squared).fold(distance, |x, _| x.sqrt())
    }

    /// `d = (h sqrt(q) - k) / (h sqrt(q))`, of `m` and the residual, where nothing cancels: it is divided by sines.
    fn distance(&self, at: &Overlaps) -> f64 {
        let ([h, k], m, root) = (self.breaks, at.m.abs(), at.q.sqrt());
        (h.mul_add(m, -k) + h * at.residual / (root + m)) / (h * root)
    }

    /// The point with coordinates in [0, 1] of a part.
    pub(super) fn overlaps(&self, part: Part, [x, y]: [f64; 2]) -> Overlaps {
        let distance =
            |coordinate: f64| self.width * (0..self.squared).fold(coordinate, |x, _| x * x);
        let (turned, d) = match part {
            Part::Near => (self.width * x, self.width * x * (2.0 * y - 1.0)),
            Part::Below => (distance(y) * x, -distance(y)),
            Part::Above => (distance(y) * x, distance(y)),
        };
        let [h, k] = self.breaks;
        let (sine, scale) = (turned / self.slope, k / (h * (1.0 - d)));
        let (q, cosine) = (scale * scale, ((1.0 - sine) * (1.0 + sine)).sqrt());
        Overlaps {
            m: if self.opposed { -scale } else { scale } * cosine,
            q,
            residual: q * sine * sine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::cases::cases(200))]

        /// Places in a box are found again, to the digits that `d` keeps: rounding of `m` moves it by 1e-16, and it is at
        /// least 1e-3 where it is a coordinate or a fourth power of one.
        #[test]
        fn places_are_found_again(
            corner in any::<prop::sample::Index>(),
            part in prop::sample::select(vec![Part::Near, Part::Below, Part::Above]),
            (power, least) in prop::sample::select(vec![("1", 0.01), ("1.5", 0.3)]),
            x in 0.01..0.99_f64,
            y in 0.01..0.99_f64,
        ) {
            let y = if y < least { y + least } else { y };
            let teacher = format!("abs(x-0.7)^{power}+abs(x+2)");
            let [teacher, student] = [teacher.as_str(), "relu(x-0.5)-relu(x+1.1)"]
                .map(|text| text.parse().unwrap());
            let corners = Corners::of(&teacher, &student, [1e-6, 1e6]);
            prop_assert_eq!(corners.count(), 4);
            let all: Vec<&Corner> = corners.sides.iter().flatten().collect();
            let corner = *corner.get(&all);
            let (found, there, [x2, y2]) = corners.find(&corner.overlaps(part, [x, y])).unwrap();
            prop_assert_eq!((found.index, there), (corner.index, part));
            prop_assert!((x2 - x).abs() < 1e-10 && (y2 - y).abs() < 1e-10, "{} {}", x2, y2);
        }
    }
}
