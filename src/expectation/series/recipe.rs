//! The Hermite series as a recipe: what a program outside this library needs to repeat it.
//!
//! Given `x = z / sqrt(q)`, the teacher's averages are series in `c = m / sqrt(q)` (Mehler):
//!
//! ```text
//! E[sigma* | x]   = sum_k t_k c^k h_k(x),    t_k = E[sigma* h_k]
//! E[sigma*' | x]  = sum_k sqrt(k+1) t_{k+1} c^k h_k(x)
//! E[sigma*^2 | x] = sum_k s_k c^k h_k(x),    s_k = E[sigma*^2 h_k]
//! ```
//!
//! and what is left is one average over `x`, on the nodes that this module uses itself. What breaks
//! of a piecewise polynomial add to these averages is closed, so that kinks of both links may meet.

use thiserror::Error;

use super::{NoiseSlice, SeriesKernel, Slice, TAIL_TOLERANCE};
use crate::expectation::gaussian::{PANEL_PER_SPACING, legendre, reach};
use crate::expectation::piecewise::{PiecewisePolynomial, Step};
use crate::link::{Form, Link, Parity};

/// Coefficients and nodes for the averages of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRecipe {
    /// `E[sigma* h_k]`, those that count.
    pub teacher: Vec<f64>,
    /// `E[sigma*^2 h_k]`, those that count.
    pub teacher_square: Vec<f64>,
    /// Added to a piecewise polynomial teacher at its breaks; the coefficients above are then those of its
    /// first piece.
    pub steps: Vec<Step>,
    /// The same for its square.
    pub square_steps: Vec<Step>,
    /// Up to this self-overlap the series is complete; above it the tail is missed, slowly more.
    pub largest_overlap: f64,
    /// Distance of nodes that resolves the student, in its own argument; widths of panels of
    /// [`gauss`](Self::gauss) nodes when it breaks.
    pub spacing: f64,
    /// The largest distance or width in `x`.
    pub coarsest: f64,
    /// Nodes are needed in `[-reach, reach]`.
    pub reach: f64,
    /// Where the student breaks, in its own argument, with the jump of its slope there.
    pub breaks: Vec<(f64, f64)>,
    /// Gauss-Legendre nodes and weights on [-1, 1], for panels between breaks of either link; none
    /// where neither breaks.
    pub gauss: Vec<(f64, f64)>,
}

/// Why there is no recipe.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NoRecipe {
    /// Both links break somewhere.
    #[error(
        "both links have kinks and their averages no closed form, so that the Hermite series converges too slowly"
    )]
    KinksMeet,
    /// Too slow at `q = 1` already.
    #[error("its Hermite series needs more than {0} terms")]
    Slow(
        /// The most terms that are tried.
        usize,
    ),
}

/// Self-overlaps that the series is made for, if it takes no more than [`MANY`] terms.
const LARGEST: [f64; 3] = [4.0, 2.0, 1.0];
/// Smaller ones at which terms must not be missed either.
const SMALLER: [f64; 3] = [0.04, 0.25, 1.0];
/// Terms that make a program long.
const MANY: usize = 400;
/// Terms below this part of the sum are left out.
const NEGLIGIBLE: f64 = 1e-17;
/// Rounding error of a coefficient, relative to the norm.
const ROUNDING: f64 = 4e-16;

impl SeriesRecipe {
    /// The recipe of a pair.
    ///
    /// # Errors
    /// [`NoRecipe`] where the series does not converge for all overlaps up to `q = 1`.
    pub fn of(teacher: &Link, student: &Link) -> Result<Self, NoRecipe> {
        let kernel = SeriesKernel::new(teacher, student);
        if let Some(pieces) = &kernel.teacher.pieces {
            return Ok(kernel.by_steps(pieces));
        }
        if kernel.kinks_meet() {
            return Err(NoRecipe::KinksMeet);
        }
        let mut found = None;
        for largest in LARGEST {
            let overlaps = SMALLER.iter().chain([&largest]).copied();
            if let Some(terms) = overlaps
                .map(|q| kernel.terms(q))
                .try_fold(0, |most, n| Some(n?.max(most)))
            {
                found = Some((largest, terms));
                if terms <= MANY {
                    break;
                }
            }
        }
        let (largest_overlap, terms) = found.ok_or(NoRecipe::Slow(super::MAX_TERMS))?;
        let resolution = &kernel.student.resolution;
        let (spacing, coarsest, nearest) = resolution.uniform_limits();
        let broken = !resolution.breaks().is_empty();
        Ok(Self {
            teacher: kernel.teacher_coefficients(terms),
            teacher_square: kernel.square_coefficients(terms),
            steps: Vec::new(),
            square_steps: Vec::new(),
            largest_overlap,
            spacing,
            coarsest,
            reach: reach(student, largest_overlap.sqrt()).max(nearest),
            breaks: student
                .breaks()
                .iter()
                .map(|b| (b.at, b.slope_jump))
                .collect(),
            gauss: if broken {
                legendre().to_vec()
            } else {
                Vec::new()
            },
        })
    }
}

/// Breaks with the jumps of the slope.
fn breaks(link: &Link) -> Vec<(f64, f64)> {
    link.breaks().iter().map(|b| (b.at, b.slope_jump)).collect()
}

/// Widest panel in `x` beside the teacher's smoothed steps.
const WIDEST: f64 = 1.5;

impl SeriesKernel {
    /// The recipe for a piecewise polynomial teacher.
    fn by_steps(&self, pieces: &PiecewisePolynomial) -> SeriesRecipe {
        let (first, steps) = pieces.steps();
        let (square, square_steps) = pieces.square().steps();
        let (teacher, student) = (&self.teacher.link, &self.student.link);
        let (spacing, _, nearest) = self.student.resolution.uniform_limits();
        let width = match self.student.resolution.breaks() {
            [] => PANEL_PER_SPACING * spacing,
            _ => spacing,
        };
        SeriesRecipe {
            teacher: hermite_of_powers(&first),
            teacher_square: hermite_of_powers(&square),
            steps,
            square_steps,
            largest_overlap: f64::INFINITY,
            spacing: width,
            coarsest: WIDEST,
            reach: reach(student, 2.0).max(reach(teacher, 1.0)).max(nearest),
            breaks: breaks(student),
            gauss: legendre().to_vec(),
        }
    }

    /// Terms that count at self-overlap `q`; `None` where the series does not converge.
    fn terms(&self, q: f64) -> Option<usize> {
        let (drift, noise) = (self.slice(q), self.noise_slice(q));
        let most = match self.student.link.form() {
            // What the noise projects on is of degree 3 d - 2.
            Form::Polynomial(hermite) => (3 * hermite.len()).saturating_sub(4),
            _ => super::MAX_TERMS,
        };
        let whole = drift.converged(1.0) && noise.worst_tail <= 10.0 * TAIL_TOLERANCE * noise.scale;
        whole.then(|| drift.terms().max(noise.terms()).min(most))
    }

    /// `E[sigma* h_k]` for `k < terms`, without those that are 0 to rounding at the end.
    fn teacher_coefficients(&self, terms: usize) -> Vec<f64> {
        let mut made = match self.teacher.link.form() {
            Form::Polynomial(hermite) => normalised(hermite),
            _ => self.coefficients[..terms].to_vec(),
        };
        let parity = self.teacher.link.parity();
        clear(&mut made, parity);
        trim(&mut made);
        made
    }

    /// `E[sigma*^2 h_k]`, as far.
    fn square_coefficients(&self, terms: usize) -> Vec<f64> {
        let degree = match self.teacher.link.form() {
            Form::Polynomial(hermite) => 2 * hermite.len() - 1,
            _ => terms,
        };
        let mut made = self.square_coefficients[..degree.min(super::MAX_TERMS)].to_vec();
        if self.teacher.link.parity() != Parity::Neither {
            clear(&mut made, Parity::Even);
        }
        trim(&mut made);
        made
    }
}

/// Coefficients by `h_k` of a polynomial given by its powers: `x h_k` is
/// `sqrt(k+1) h_{k+1} + sqrt(k) h_{k-1}`.
fn hermite_of_powers(powers: &[f64]) -> Vec<f64> {
    let mut made = vec![0.0; powers.len().max(1)];
    for c in powers.iter().rev() {
        let mut next = vec![0.0; made.len()];
        for (k, a) in made.iter().enumerate() {
            if let Some(above) = next.get_mut(k + 1) {
                *above += ((k + 1) as f64).sqrt() * a;
            }
            if k > 0 {
                next[k - 1] += (k as f64).sqrt() * a;
            }
        }
        next[0] += c;
        made = next;
    }
    trim(&mut made);
    made
}

/// `p_k sqrt(k!)`.
fn normalised(hermite: &[f64]) -> Vec<f64> {
    let mut root = 1.0;
    let scaled = hermite.iter().enumerate().map(|(k, p)| {
        root *= (k.max(1) as f64).sqrt();
        p * root
    });
    scaled.collect()
}

/// What vanishes by symmetry is 0, not rounding.
fn clear(coefficients: &mut [f64], parity: Parity) {
    let first = match parity {
        Parity::Even => 1,
        Parity::Odd => 0,
        Parity::Neither => return,
    };
    coefficients
        .iter_mut()
        .skip(first)
        .step_by(2)
        .for_each(|c| *c = 0.0);
}

/// Takes off the end what is 0 to rounding: coefficients are averages, off by rounding of the norm.
fn trim(coefficients: &mut Vec<f64>) {
    let norm = coefficients
        .iter()
        .fold(0.0, |norm, c| f64::hypot(norm, *c));
    let last = coefficients.iter().rposition(|c| c.abs() > ROUNDING * norm);
    coefficients.truncate(last.unwrap_or(0) + 1);
}

/// How many of `terms` there are up to the last that counts in a sum of size `scale`.
fn counting(terms: &[f64], scale: f64) -> usize {
    let last = terms.iter().rposition(|t| t.abs() > NEGLIGIBLE * scale);
    last.map_or(0, |k| k + 1)
}

impl Slice {
    fn terms(&self) -> usize {
        // The slope's term k is made of coefficient k + 1.
        let slope = counting(&self.alpha, self.scale) + 1;
        slope.max(counting(&self.beta, self.scale))
    }
}

impl NoiseSlice {
    fn terms(&self) -> usize {
        counting(&self.series, self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(teacher: &str, student: &str) -> Result<SeriesRecipe, NoRecipe> {
        let link = |text: &str| Link::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        SeriesRecipe::of(&link(teacher), &link(student))
    }

    #[test]
    fn polynomials_are_exact_and_end() {
        let cubic = recipe("he3", "tanh").unwrap();
        assert_eq!(cubic.teacher.len(), 4);
        assert_eq!(cubic.teacher[..3], [0.0; 3]);
        assert!((cubic.teacher[3] - 6f64.sqrt()).abs() < 1e-15);
        assert_eq!(cubic.teacher_square.len(), 7);
        // In the noise a student of degree 3 sees degree 7 of any teacher.
        let seen = recipe("tanh", "he3").unwrap();
        assert_eq!(seen.teacher.len(), 8);
    }

    #[test]
    fn kinks_that_meet_are_refused() {
        let curved = "tanh(x) + abs(x - 1)";
        assert_eq!(recipe(curved, "abs(x-1)"), Err(NoRecipe::KinksMeet));
        assert_eq!(recipe(curved, "tanh(40*x)"), Err(NoRecipe::Slow(768)));
    }

    #[test]
    fn piecewise_polynomials_are_exact() {
        let made = recipe("max(x^3, x^3 + x)", "abs(x-1)").unwrap();
        // x^3 = He_3 + 3 He_1.
        let gaps = made.teacher.iter().zip([0.0, 3.0, 0.0, 6f64.sqrt()]);
        assert!(gaps.clone().all(|(a, b)| (a - b).abs() < 1e-15) && gaps.len() == 4);
        let step = |powers: &[f64]| Step {
            at: 0.0,
            powers: powers.to_vec(),
        };
        assert_eq!(made.steps, [step(&[0.0, 1.0])]);
        assert_eq!(made.square_steps, [step(&[0.0, 0.0, 1.0, 0.0, 2.0])]);
    }

    #[test]
    fn broken_students_have_panels() {
        let broken = recipe("tanh", "abs(x - 1)").unwrap();
        assert_eq!(broken.breaks, [(1.0, 2.0)]);
        let whole: f64 = broken.gauss.iter().map(|(_, w)| w).sum();
        assert!((whole - 2.0).abs() < 1e-14);
        assert!(recipe("tanh", "tanh").unwrap().gauss.is_empty());
    }
}
