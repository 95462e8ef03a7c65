//! Any two links: adaptive Gauss-Legendre panels on the half-line, both signs of `x` at once.
//!
//! Only the even part of an integrand counts. It is put together from the even and odd parts of its factors,
//! where a link of known parity has one part that is exactly 0: averages that vanish by parity are exactly 0.

use super::parts::{NODES, Parts};
use super::{AlignedDrift, GradientSample};
use crate::expectation::gaussian::{density, legendre};
use crate::expectation::mesh::Mesh;
use crate::expectation::prepared_link::bends;
use crate::expectation::symmetry::{END, MOST_EDGES, symmetry};
use crate::link::{Link, Parity};

/// Where the panels of both links are taken over, so that no feature is missed, unless they are too many.
const SEEN: f64 = 9.0;
/// First panels: of width 1 where the density has its weight, of width 2 beyond.
const CENTRE: usize = 10;
/// Panels below this share of the whole are not looked at twice.
const FAINT: f64 = 1e-18;
/// Change by halving, against the whole, up to which a panel is left alone.
const QUIET: f64 = 0.25 * f64::EPSILON;
/// The same against the panel itself: its own rounding.
const ROUNDING: f64 = 8.0 * f64::EPSILON;
/// Most halvings; what is left then is in the estimate.
const MOST_HALVINGS: usize = 4_000;
/// Where most of the Gaussian is, and panels there whose features some tens of points see.
const TYPICAL: (f64, f64) = (0.25, 2.0);
const PANELS: f64 = 32.0;
/// Part of an average that is lost on panels that need not be halved.
const TRUNCATED: f64 = 4.0 * f64::EPSILON;
/// Density below which values that overflow have no weight, as links grow more slowly than it falls.
const WEIGHTLESS: f64 = 1e-100;
/// Products of tiny numbers lose their digits below this.
const UNDERFLOW: f64 = 1e-300;
/// Error against the sum of all sizes up to which an average below it vanishes to rounding.
const TO_ROUNDING: f64 = 1e-12;

/// Averages of one pair along the target's direction.
#[derive(Debug)]
pub(super) struct Average {
    teacher: Link,
    student: Link,
    /// Where they bend: the teacher, the student.
    meshes: [Mesh; 2],
    /// Their symmetries.
    parities: [Parity; 2],
    /// Whether the student's second derivative is infinite at a break.
    cusped: bool,
    /// Operations that both links take at a node.
    operations: usize,
}

/// Both averages at one `rho`.
struct Integral {
    sums: Sums,
    /// How far each may be off, rounding apart.
    moved: [f64; 2],
    /// How many panels were summed.
    panels: usize,
}

/// The sums over nodes: `A`, `B` (or `alpha`, for cusps), the sizes of their terms, and what their rounding
/// errors are proportional to.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    values: [f64; 2],
    sizes: [f64; 2],
    rounding: [f64; 2],
}

impl Sums {
    fn add(&mut self, other: &Self) {
        for i in 0..2 {
            self.values[i] += other.values[i];
            self.sizes[i] += other.sizes[i];
            self.rounding[i] += other.rounding[i];
        }
    }

    /// Absolute error of an average that is off by `moved` apart from rounding.
    fn error(&self, i: usize, moved: f64) -> f64 {
        let underflow = if self.sizes[i] > 0.0 { UNDERFLOW } else { 0.0 };
        moved + f64::EPSILON * self.rounding[i] + underflow
    }

    /// `A`; 0 where it vanishes to rounding.
    fn gradient(&self, error: f64) -> f64 {
        let gradient = self.values[0];
        let vanishes =
            gradient.abs() <= error && error <= TO_ROUNDING * self.sizes[0] + 2.0 * UNDERFLOW;
        if vanishes { 0.0 } else { gradient }
    }

    fn is_finite(&self) -> bool {
        let all = self.values.iter().chain(&self.sizes).chain(&self.rounding);
        all.into_iter().all(|x| x.is_finite())
    }
}

#[derive(Clone, Copy)]
struct Piece {
    from: f64,
    to: f64,
    sums: Sums,
}

impl Average {
    pub(super) fn new(teacher: &Link, student: &Link) -> Self {
        let breaks = student.breaks().iter();
        let meshes = [teacher, student].map(Mesh::of);
        let infinite = |at: f64| !student.second_derivative(at).is_finite();
        Self {
            teacher: teacher.clone(),
            student: student.clone(),
            parities: [0, 1].map(|i| {
                let edges = meshes[i].edges(-END, END).unwrap_or_default();
                symmetry([teacher, student][i], &edges)
            }),
            meshes,
            cusped: breaks.into_iter().any(|b| infinite(b.at)),
            operations: teacher.operations() + student.operations(),
        }
    }

    pub(super) fn seams(&self) -> Vec<f64> {
        let teachers = self.teacher.breaks();
        let meet = |k: f64| teachers.iter().map(move |b| k / b.at);
        let all = self.student.breaks().iter().flat_map(|b| meet(b.at));
        all.filter(|rho| *rho > 0.0 && rho.is_finite()).collect()
    }

    pub(super) fn at(&self, rho: f64) -> AlignedDrift {
        let edges = self.edges(rho).0;
        let Integral { sums, moved, .. } = self.integrate(rho, &edges);
        let second = sums.values[1];
        let gradient_error = sums.error(0, moved[0]);
        let second_error = sums.error(1, moved[1]);
        let (curvature, curvature_error) = if self.by_parts(rho) {
            let (jumps, size) = self.jumps(rho);
            let alpha_error = second_error + 4.0 * f64::EPSILON * size;
            let curvature = (sums.values[0] - second - jumps) / rho;
            (curvature, (gradient_error + alpha_error) / rho.abs())
        } else {
            let (kinks, size) = self.kinks(rho);
            (second + kinks, second_error + 4.0 * f64::EPSILON * size)
        };
        AlignedDrift {
            gradient: sums.gradient(gradient_error),
            gradient_error,
            curvature,
            curvature_error,
        }
    }

    pub(super) fn sample(&self, rho: f64) -> GradientSample {
        let (edges, known) = self.edges(rho);
        let once = if known { self.once(rho, &edges) } else { None };
        let integral = once.unwrap_or_else(|| self.integrate(rho, &edges));
        let error = integral.sums.error(0, integral.moved[0]);
        GradientSample {
            gradient: integral.sums.gradient(error),
            error,
            work: (integral.panels * NODES * self.operations) as u64,
        }
    }

    /// The square of one link averages to a function of `ln rho` that is as smooth as the density, from where the
    /// student's argument leaves its first panel; the product of both bends only where both links do.
    pub(super) fn is_wide(&self, from: f64, to: f64) -> bool {
        let [teacher, student] = &self.meshes;
        let finest = |mesh: &Mesh, low: f64, high: f64| {
            mesh.feature(-high, -low).min(mesh.feature(low, high))
        };
        let (near, far) = TYPICAL;
        let theirs = from * finest(teacher, near, far);
        let ours = finest(student, from * near, to * far);
        let first = finest(student, 0.0, f64::MIN_POSITIVE);
        let feature = PANELS * theirs.max(ours);
        to - from > feature || (to - from > from && to > first / PANELS)
    }

    /// Both averages on panels that need not be halved; `None` where they come from so far out that the density
    /// bends too much on them.
    fn once(&self, rho: f64, edges: &[f64]) -> Option<Integral> {
        let (mut sums, mut far) = (Sums::default(), Sums::default());
        for e in edges.windows(2) {
            let side = if e[0] < SEEN { &mut sums } else { &mut far };
            side.add(&self.piece(rho, e[0], e[1]).sums);
        }
        sums.add(&far);
        let moved = sums.sizes.map(|size| TRUNCATED * size);
        (0..2)
            .all(|i| far.sizes[i] <= moved[i])
            .then_some(Integral {
                moved,
                panels: edges.len(),
                sums,
            })
    }

    /// Whether `B = (A - alpha) / rho` is taken, `alpha = E[sigma*' sigma']`, where `sigma''` is infinite.
    fn by_parts(&self, rho: f64) -> bool {
        self.cusped && rho != 0.0
    }

    /// `J phi(k) sigma'(rho k)` summed over the teacher's jumps, and the size of it.
    fn jumps(&self, rho: f64) -> (f64, f64) {
        let jumps = self.teacher.breaks().iter().filter(|b| b.jump != 0.0);
        let terms = jumps.map(|b| b.jump * density(b.at) * self.student.derivative(rho * b.at));
        terms.fold((0.0, 0.0), |(sum, size), t| (sum + t, size + t.abs()))
    }

    /// The kinks' part of `B`, and the size of it.
    fn kinks(&self, rho: f64) -> (f64, f64) {
        let kinks = self.student.breaks().iter().filter(|b| b.slope_jump != 0.0);
        kinks.fold((0.0, 0.0), |(sum, size), kink| {
            let x = kink.at / rho;
            let weight = density(x);
            // Far out the teacher may overflow; it has no weight there.
            if weight <= 0.0 || weight.is_nan() {
                return (sum, size);
            }
            let (target, own) = (self.teacher.value(x), self.student.value(kink.at));
            let front = kink.slope_jump * weight / rho.abs();
            let moved = (1.0 + x * x) * (target.abs() + own.abs());
            (sum + front * (target - own), size + front.abs() * moved)
        })
    }

    /// Both averages with how far they moved when the last panels were halved.
    fn integrate(&self, rho: f64, edges: &[f64]) -> Integral {
        let panels = edges.windows(2).map(|e| self.piece(rho, e[0], e[1]));
        let mut open: Vec<Piece> = panels.collect();
        let mut whole = [0.0; 2];
        for piece in &open {
            (0..2).for_each(|i| whole[i] += piece.sums.sizes[i]);
        }
        let (mut sums, mut moved) = (Sums::default(), [0.0; 2]);
        let mut halvings = 0;
        while let Some(piece) = open.pop() {
            let size = piece.sums.sizes;
            if (0..2).all(|i| size[i] <= FAINT * whole[i]) {
                sums.add(&piece.sums);
                (0..2).for_each(|i| moved[i] += size[i]);
                continue;
            }
            let middle = 0.5 * (piece.from + piece.to);
            let halves = [
                self.piece(rho, piece.from, middle),
                self.piece(rho, middle, piece.to),
            ];
            halvings += 1;
            let change = [0, 1].map(|i| {
                let fine = halves[0].sums.values[i] + halves[1].sums.values[i];
                (fine - piece.sums.values[i]).abs()
            });
            let quiet = (0..2).all(|i| change[i] <= (QUIET * whole[i]).max(ROUNDING * size[i]));
            let narrow = !(piece.from < middle && middle < piece.to);
            if quiet || narrow || halvings >= MOST_HALVINGS {
                halves.iter().for_each(|half| sums.add(&half.sums));
                (0..2).for_each(|i| moved[i] += change[i]);
            } else {
                open.extend(halves);
            }
        }
        Integral {
            panels: edges.len() + 2 * halvings,
            sums,
            moved,
        }
    }

    /// Where the first panels begin and end: at the breaks of both links, and graded towards 0 down to where
    /// the student's argument is small; and whether both links are polynomials to rounding between them.
    fn edges(&self, rho: f64) -> (Vec<f64>, bool) {
        let mut edges: Vec<f64> = (0..=CENTRE).map(|i| i as f64).collect();
        let mut far = CENTRE as f64 + 2.0;
        while far < END {
            edges.push(far);
            far += 2.0;
        }
        edges.push(END);
        let mut near = 0.5;
        while near > 0.25 / rho.abs().max(1.0) {
            edges.push(near);
            near *= 0.5;
        }
        let breaks = |link: &Link, scale: f64| -> Vec<f64> {
            let at = link.breaks().iter().map(|b| (b.at / scale).abs());
            at.filter(|x| *x < END).collect()
        };
        edges.extend(breaks(&self.teacher, 1.0));
        if rho != 0.0 {
            edges.extend(breaks(&self.student, rho));
        }
        let mut known = rho != 0.0;
        for (mesh, scale) in self.meshes.iter().zip([1.0, rho.abs()]) {
            let panels = mesh.edges(-SEEN * scale, SEEN * scale).unwrap_or_default();
            if panels.len() <= MOST_EDGES && scale > 0.0 {
                let at = panels.iter().map(|z| (z / scale).abs());
                edges.extend(at.filter(|x| *x < END));
            }
            known &= (1..=MOST_EDGES).contains(&panels.len());
        }
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        (edges, known)
    }

    fn piece(&self, rho: f64, from: f64, to: f64) -> Piece {
        let mut sums = self.panel(rho, from, to);
        if !sums.is_finite() && density(from) < WEIGHTLESS {
            sums = Sums::default();
        }
        Piece { from, to, sums }
    }

    fn panel(&self, rho: f64, from: f64, to: f64) -> Sums {
        let half = 0.5 * (to - from);
        let (mut x, mut w) = ([0.0; NODES], [0.0; NODES]);
        for (i, (node, weight)) in legendre().iter().enumerate().take(NODES) {
            x[i] = from + half * (1.0 + node);
            // Both signs of x: twice the even part.
            w[i] = 2.0 * half * weight * density(x[i]);
        }
        let z = x.map(|x| rho * x);
        let [teacher, student] = self.parities;
        let value = Parts::of(&z, student, |z, out| self.student.values(z, out));
        let slope = Parts::of(&z, of_derivative(student), |z, out| {
            self.student.derivatives(z, out)
        });
        let bend = Parts::of(&z, student, |z, out| bends(&self.student, z, out));
        let target = Parts::of(&x, teacher, |x, out| self.teacher.values(x, out));
        let target_slope = self.by_parts(rho).then(|| {
            Parts::of(&x, of_derivative(teacher), |x, out| {
                self.teacher.derivatives(x, out)
            })
        });
        let mut sums = Sums::default();
        for i in 0..NODES {
            // What the rounding of z = rho x took off.
            let rest = rho.mul_add(x[i], -z[i]);
            let gap_even = target.even[i] - value.even[i] - slope.odd[i] * rest;
            let gap_odd = target.odd[i] - value.odd[i] - slope.even[i] * rest;
            let (f, g) = (slope.even[i], slope.odd[i]);
            let sizes_even = target.even[i].abs() + value.even[i].abs();
            let sizes_odd = target.odd[i].abs() + value.odd[i].abs();
            let (f_size, g_size) = (f.abs(), g.abs());
            let turned = z[i].abs() * (gap_odd * bend.odd[i]).abs()
                + z[i].abs() * (gap_even * bend.even[i]).abs();
            let size = x[i] * (sizes_odd * f_size + sizes_even * g_size);
            sums.values[0] += w[i] * x[i] * (gap_odd * f + gap_even * g);
            sums.sizes[0] += w[i] * size;
            // Far out the density has lost what the square of x has.
            let tail = 0.5 * x[i] * x[i];
            sums.rounding[0] += w[i] * ((2.0 + tail) * size + 4.0 * x[i] * turned);
            let (second, size) = match &target_slope {
                Some(t) => {
                    let product = t.even[i] * f + t.odd[i] * g;
                    (product, (t.even[i] * f).abs() + (t.odd[i] * g).abs())
                }
                None => {
                    let power = f * f + g * g;
                    let bent = gap_even * bend.even[i] + gap_odd * bend.odd[i];
                    let size = sizes_even * bend.even[i].abs() + sizes_odd * bend.odd[i].abs();
                    (bent - power, size + power)
                }
            };
            sums.values[1] += w[i] * second;
            sums.sizes[1] += w[i] * size;
            sums.rounding[1] += w[i] * (4.0 + tail) * size;
        }
        sums
    }
}

/// The parity of the derivative of a link of this parity.
fn of_derivative(parity: Parity) -> Parity {
    match parity {
        Parity::Odd => Parity::Even,
        Parity::Even => Parity::Odd,
        Parity::Neither => Parity::Neither,
    }
}
