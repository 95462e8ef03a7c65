//! Averages at the nodes of a cell as sums of products: the teacher at each angle on panels, made once for all
//! self-overlaps, and the moments of the student on these panels at each self-overlap, made once for all angles.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::learned::{Learned, Node, Weights};
use crate::expectation::Overlaps;
use crate::expectation::cells::{Family, NODES, Nodes, Strip};
use crate::expectation::chart::{is_mirrored, over_cosine};
use crate::expectation::gaussian::dot;
use crate::expectation::prepared_link::Side;
use crate::expectation::quadrature::{self, Taught, vanishes};
use crate::expectation::series::{NoiseSlice, SeriesKernel, Slice};
use crate::link::{Form, Parity};

/// Reaches, in deviations, for which the teacher is tabulated.
const REACHES: [f64; 8] = [9.5, 10.0, 11.0, 12.0, 13.0, 16.0, 20.0, 37.0];

/// Place of `sigma*^2` among the functions of the teacher.
const SQUARE: usize = 1;

/// Largest ratio of sines of angles that share panels, where the teacher breaks: these follow the smallest.
const ALIKE: f64 = 14.0;

/// A teacher at the angles of a strip.
#[derive(Debug)]
struct Lesson {
    /// Those that share panels; nothing where that takes too much.
    groups: Vec<Option<Taught>>,
    /// The group of each angle and its place there.
    places: [(usize, usize); NODES],
}

type SharedLesson = Arc<OnceLock<Lesson>>;

impl Lesson {
    fn new(teacher: &Side, angles: &[Overlaps; NODES], range: [f64; 2]) -> Self {
        let broken = !teacher.resolution.breaks().is_empty();
        let (mut places, mut groups) = ([(0, 0); NODES], Vec::new());
        let mut first = 0;
        for i in 0..NODES {
            let ends = [angles[first].sine(), angles[i].sine()];
            if broken && ends[0] > ALIKE * ends[1] {
                groups.push(Taught::new(teacher, &angles[first..i], range));
                first = i;
            }
            places[i] = (groups.len(), i - first);
        }
        groups.push(Taught::new(teacher, &angles[first..], range));
        Self { groups, places }
    }
}

/// What is known of a pair so far.
#[derive(Debug)]
pub(super) struct Products {
    pub(super) pair: SeriesKernel,
    lessons: Mutex<HashMap<(Strip, usize), SharedLesson>>,
    /// Whether one of the links is a polynomial, so that the series ends.
    finite: bool,
    /// Whether both links have a parity, so that one half of the line tells all; and whether it is not the same one.
    halved: bool,
    opposite: bool,
    /// Whether one of them is even.
    pub(super) mirrored: bool,
    /// Whether `alpha`, `E[sigma* sigma'']` and `E[sigma* sigma]` vanish by symmetry.
    vanish: [bool; 3],
}

impl Products {
    pub(super) fn new(pair: SeriesKernel) -> Self {
        let [t, s] = [&pair.teacher, &pair.student].map(|side| side.link.symmetries());
        let parities = [&pair.teacher, &pair.student].map(Side::parity);
        Self {
            vanish: [(1, 1), (0, 2), (0, 0)].map(|(i, j)| vanishes(t[i], s[j], false)),
            lessons: Mutex::new(HashMap::new()),
            halved: !parities.contains(&Parity::Neither),
            opposite: parities[0] != parities[1],
            mirrored: is_mirrored(parities),
            finite: [&pair.teacher, &pair.student]
                .iter()
                .any(|side| matches!(side.link.form(), Form::Polynomial(_))),
            pair,
        }
    }

    /// The teacher at the angles of row `j` of a cell, which are those of all rows of its strip.
    fn lesson(&self, nodes: &Nodes, j: usize) -> Option<SharedLesson> {
        let (teacher, student) = (&self.pair.teacher, &self.pair.student);
        let needed = nodes.all().map(|at| at.q).fold(0.0, f64::max);
        let needed = quadrature::reach(teacher, student, needed);
        let class = REACHES.iter().position(|reach| *reach >= needed)?;
        let (lesson, angles) = match &nodes.strip {
            None => (SharedLesson::default(), &nodes.at[j]),
            Some((strip, angles)) => {
                let mut lessons = self.lessons.lock().unwrap_or_else(PoisonError::into_inner);
                let lesson = lessons.entry((*strip, class)).or_default();
                (Arc::clone(lesson), angles)
            }
        };
        let low = if self.halved { 0.0 } else { -REACHES[class] };
        lesson.get_or_init(|| Lesson::new(teacher, angles, [low, REACHES[class]]));
        Some(lesson)
    }

    /// The averages of a recipe at the nodes of a cell, row by row as they are asked for.
    fn sampler<const F: usize>(
        &self,
        nodes: &Nodes,
        recipe: &impl Recipe<F>,
    ) -> impl FnMut(usize, usize) -> Option<[[f64; F]; 2]> {
        let mut lessons: [Option<SharedLesson>; NODES] = Default::default();
        // The student at the last self-overlap of each row, beside each group of angles.
        let mut students: [Vec<Option<(f64, Learned)>>; NODES] = Default::default();
        move |i: usize, j: usize| {
            let row = if nodes.strip.is_some() { 0 } else { j };
            if lessons[row].is_none() {
                lessons[row] = self.lesson(nodes, j);
            }
            let (lesson, at) = (lessons[row].as_ref()?.get()?, &nodes.at[j][i]);
            let (group, place) = lesson.places[i];
            let taught = lesson.groups[group].as_ref()?;
            students[j].resize_with(lesson.groups.len(), || None);
            let slot = &mut students[j][group];
            if slot
                .as_ref()
                .is_none_or(|(q, _)| q.to_bits() != at.q.to_bits())
            {
                let student = Learned::new(&self.pair.student, at.q, &taught.edges, recipe)?;
                *slot = Some((at.q, student));
            }
            let (student, angle) = (&slot.as_ref()?.1, &taught.angles[place]);
            // Of the teacher's functions its square alone is even where the link is odd.
            let zero = |t: usize| self.halved && self.opposite && t != SQUARE;
            let product = |t: usize, s: usize| {
                if zero(t) {
                    return [0.0; 2];
                }
                let value = dot(&angle.coefficients[t], &student.moments[s]);
                let error = dot(&angle.sizes[t], &student.errors[s])
                    + dot(&angle.missing[t], &student.sizes[s]);
                [value, error]
            };
            let made = recipe.combine(at.m, at.q, &product, student);
            made.iter().flatten().all(|v| v.is_finite()).then_some(made)
        }
    }
}

/// How averages are made of products.
trait Recipe<const F: usize>: Weights {
    /// From the products of a function of the teacher (value, square, slope) with one of the student, each with its
    /// error, and what the student does alone: values and errors.
    fn combine(
        &self,
        m: f64,
        q: f64,
        product: &dyn Fn(usize, usize) -> [f64; 2],
        student: &Learned,
    ) -> [[f64; F]; 2];
}

/// `alpha`, `beta`, loss.
pub(super) struct FlowOf<'a>(pub(super) &'a Products);
/// Noise signal, slope power.
pub(super) struct NoiseOf<'a>(pub(super) &'a Products);

/// One of two ways to sample.
fn either<const F: usize>(
    finite: bool,
    mut sum: impl FnMut(usize, usize) -> Option<[f64; F]>,
    mut product: impl FnMut(usize, usize) -> Option<[[f64; F]; 2]>,
) -> impl FnMut(usize, usize) -> Option<[[f64; F]; 2]> {
    move |i: usize, j: usize| match finite {
        // The series keeps digits where the terms of a polynomial cancel; its errors are known to it.
        true => sum(i, j).map(|values| [values, [0.0; F]]),
        false => product(i, j),
    }
}

impl Family<3> for FlowOf<'_> {
    fn sampler(&self, nodes: &Nodes) -> Option<impl FnMut(usize, usize) -> Option<[[f64; 3]; 2]>> {
        let pair = &self.0.pair;
        let mut slices: [Option<Slice>; NODES] = Default::default();
        let sum = move |i: usize, j: usize| {
            let at = &nodes.at[j][i];
            let slice = slices[j].get_or_insert_with(|| pair.slice(at.q));
            pair.series_flow(slice, at)
        };
        let mut made = either(self.0.finite, sum, self.0.sampler(nodes, self));
        let mirrored = self.0.mirrored;
        Some(move |i: usize, j: usize| {
            made(i, j).map(|averages| over_cosine(mirrored, &nodes.at[j][i], averages))
        })
    }
}

impl Family<2> for NoiseOf<'_> {
    fn sampler(&self, nodes: &Nodes) -> Option<impl FnMut(usize, usize) -> Option<[[f64; 2]; 2]>> {
        let pair = &self.0.pair;
        let mut slices: [Option<NoiseSlice>; NODES] = Default::default();
        let sum = move |i: usize, j: usize| {
            let at = &nodes.at[j][i];
            let slice = slices[j].get_or_insert_with(|| pair.noise_slice(at.q));
            pair.series_noise(slice, at)
        };
        Some(either(self.0.finite, sum, self.0.sampler(nodes, self)))
    }
}

impl Weights for FlowOf<'_> {
    fn beside(&self, node: &Node) -> [[f64; 2]; 3] {
        let [value, slope, bend] = node.sizes;
        let last = if self.bends() {
            [node.bend, bend]
        } else {
            [node.slope * node.z, slope * node.z.abs()]
        };
        [[node.value, value], [node.slope, slope], last]
    }

    fn alone(&self, node: &Node) -> [[f64; 2]; 2] {
        let (value, slope, bend) = (node.value, node.slope, node.bend);
        let [value_off, slope_off, bend_off] = node.sizes;
        let own = if self.bends() {
            let off = value_off * bend.abs() + value.abs() * bend_off;
            [
                value * bend + slope * slope,
                off + 2.0 * slope.abs() * slope_off,
            ]
        } else {
            let off = value_off * slope.abs() + value.abs() * slope_off;
            [value * slope * node.z, off * node.z.abs()]
        };
        [own, [value * value, 2.0 * value.abs() * value_off]]
    }

    fn bends(&self) -> bool {
        !self.0.pair.student.cusped
    }
}

impl Recipe<3> for FlowOf<'_> {
    fn combine(
        &self,
        m: f64,
        q: f64,
        product: &dyn Fn(usize, usize) -> [f64; 2],
        student: &Learned,
    ) -> [[f64; 3]; 2] {
        let pairs = [(2, 1), (0, 2), (0, 0)];
        let mut parts = pairs.map(|(t, s)| product(t, s));
        let (mut own, mut own_error) = (student.alone[0], student.alone_errors[0]);
        let by_symmetry = |part: &mut [f64; 2], zero: bool| {
            if zero {
                *part = [0.0; 2];
            }
        };
        by_symmetry(&mut parts[0], self.0.vanish[0]);
        if !self.bends() {
            // Stein: E[h sigma' z] = m E[h_lambda sigma'] + q E[(h sigma')_z].
            let [alpha, error] = parts[0];
            parts[1][0] = (parts[1][0] - m * alpha) / q;
            parts[1][1] = (parts[1][1] + m.abs() * error) / q;
            own /= q;
            own_error /= q;
        }
        by_symmetry(&mut parts[1], self.0.vanish[1]);
        by_symmetry(&mut parts[2], self.0.vanish[2]);
        let [[alpha, alpha_error], [pull, pull_error], [product, error]] = parts;
        let squares = self.0.pair.teacher_square() + student.alone[1];
        [
            [alpha, pull - own, 0.5 * squares - product],
            [
                alpha_error,
                pull_error + own_error,
                error + 0.5 * student.alone_errors[1] + f64::EPSILON * squares,
            ],
        ]
    }
}

impl Weights for NoiseOf<'_> {
    fn beside(&self, node: &Node) -> [[f64; 2]; 3] {
        let power = node.slope * node.slope;
        let bent = 2.0 * node.slope.abs() * node.sizes[1];
        let off = node.sizes[0] * power + node.value.abs() * bent;
        [[power, bent], [node.value * power, off], [0.0; 2]]
    }

    fn alone(&self, node: &Node) -> [[f64; 2]; 2] {
        let ([power, bent], square) = (self.beside(node)[0], node.value * node.value);
        let off = 2.0 * node.value.abs() * node.sizes[0] * power + square * bent;
        [[power, bent], [square * power, off]]
    }

    fn bends(&self) -> bool {
        false
    }
}

impl Recipe<2> for NoiseOf<'_> {
    fn combine(
        &self,
        _: f64,
        _: f64,
        product: &dyn Fn(usize, usize) -> [f64; 2],
        student: &Learned,
    ) -> [[f64; 2]; 2] {
        let ([square, square_error], [cross, cross_error]) = (product(1, 0), product(0, 1));
        let ([slope, quartic], errors) = (student.alone, student.alone_errors);
        [
            [square - 2.0 * cross + quartic, slope],
            [square_error + 2.0 * cross_error + errors[1], errors[0]],
        ]
    }
}
