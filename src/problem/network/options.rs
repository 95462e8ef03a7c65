//! The network that options ask for.

use nalgebra::DMatrix;

use super::{AdapterStart, Frame, Matrix, NetworkError, NetworkProblem, NetworkSetup};
use crate::model::Model;
use crate::problem::error::require;
use crate::problem::options::single;
use crate::problem::{Grid, PreTraining, ProblemError, ProblemOptions};

/// Most units of a network, and most ranks: the Gram matrix of all pre-activations is kept whole.
const MOST: f64 = 1000.0;

impl ProblemOptions {
    /// Whether they ask for a network. `K = K* = r = 1` without a matrix is the single index.
    pub fn is_network(&self) -> bool {
        self.of_network().is_some()
    }

    /// What makes them ask for a network.
    fn of_network(&self) -> Option<&'static str> {
        let many = |grid: &Option<Grid>| {
            let values = grid.as_ref().map(Grid::values);
            values.is_some_and(|values| values.iter().any(|x| x.to_bits() != 1.0_f64.to_bits()))
        };
        let given = [
            ("units", many(&self.units)),
            ("teacher-units", many(&self.teacher_units)),
            ("rank", many(&self.rank)),
            ("train-readout", self.train_readout.is_some()),
            ("noise-error", self.noise_error.is_some()),
            ("teacher-overlap", self.teacher_overlap.is_some()),
            ("teacher-overlaps", self.teacher_overlaps.is_some()),
            ("teacher-readout", self.teacher_readout.is_some()),
            ("student-readout", self.student_readout.is_some()),
            ("pretraining-m", self.pretraining_m.is_some()),
            ("pretraining-q", self.pretraining_q.is_some()),
            ("start-u", self.start_u.is_some()),
            ("start-alignment", self.start_alignment.is_some()),
            ("start-s", self.start_s.is_some()),
            ("start-c", self.start_c.is_some()),
            ("start-m", self.start_m.is_some()),
            ("start-q", self.start_q.is_some()),
            ("a table of a problem file (or network)", self.network),
        ];
        let first = given.into_iter().find(|(_, is_given)| *is_given);
        first.map(|(name, _)| name)
    }

    /// Refuses a network where a question is about one unit.
    pub(in crate::problem) fn refuse_network(&self) -> Result<(), ProblemError> {
        match self.of_network() {
            Some(argument) => Err(ProblemError::Network(NetworkError::Unanswered { argument })),
            None => Ok(()),
        }
    }

    /// The network of one model at one strength, checked. With matrices of the pre-training, the strength `x` is that of
    /// `x W0`.
    ///
    /// # Errors
    /// Whatever [`NetworkProblem::new`] refuses, conflicts between options, options of one unit, and grids.
    pub fn network_problem(
        &self,
        model: &Model,
        mu: Option<f64>,
    ) -> Result<NetworkProblem, ProblemError> {
        self.refuse_one_unit()?;
        let (units, stars) = self.sizes()?;
        let defaults = NetworkSetup::new(model.clone(), one_unit()?);
        let scaling = self.scaling(defaults.scaling.dim)?;
        let frame = self.frame((units, stars), scaling.dim, mu)?;
        let rank = whole("rank", &self.rank)?.unwrap_or(defaults.rank);
        let numbers = |matrix: &Option<Matrix>| matrix.as_ref().map(|m| m.numbers().clone());
        let start = AdapterStart {
            u: numbers(&self.start_u),
            alignment: numbers(&self.start_alignment),
            s: numbers(&self.start_s),
            c: numbers(&self.start_c),
        };
        let facts = self.adapter.unwrap_or_default().facts();
        if rank > 1 && !facts.is_lora {
            let (argument, context) = ("rank", "without a LoRA adapter (full or scratch)");
            return Err(ProblemError::Meaningless { argument, context });
        }
        let is_scratch = facts.has_direction && !facts.is_lora;
        NetworkProblem::new(NetworkSetup {
            frame,
            draws_weights: is_scratch && self.start_m.is_none() && self.start_q.is_none(),
            teacher_readout: self.readouts(&self.teacher_readout, stars)?,
            readout: self.readouts(&self.student_readout, units)?,
            readout_ratio: self.train_readout.unwrap_or(defaults.readout_ratio),
            adapter: self.adapter.unwrap_or_default(),
            rank,
            dynamics: self.dynamics.unwrap_or_default(),
            label_noise: single("noise", &self.noise)?.unwrap_or(defaults.label_noise),
            scaling,
            step_ratio: single("chi", &self.chi)?.unwrap_or(defaults.step_ratio),
            weight_decay: single("decay", &self.decay)?.unwrap_or(defaults.weight_decay),
            start,
            threshold: single("threshold", &self.threshold)?.unwrap_or(defaults.threshold),
            t_max: self.t_max.unwrap_or(defaults.t_max),
            loss_tolerance: self.loss_tolerance.unwrap_or(defaults.loss_tolerance),
            noise_error: self.noise_error.unwrap_or(defaults.noise_error),
            ..defaults
        })
    }

    /// The one network of a command that takes one pair of links and one strength.
    ///
    /// # Errors
    /// When there are more, or none; and whatever [`NetworkProblem::new`] refuses.
    pub fn one_network(&self, command: &'static str) -> Result<NetworkProblem, ProblemError> {
        let model = self.one_model(command)?;
        self.network_problem(&model, single("mu", &self.mu)?)
    }

    /// Refuses what only one unit has.
    fn refuse_one_unit(&self) -> Result<(), ProblemError> {
        let meaningless = |argument, context| Err(ProblemError::Meaningless { argument, context });
        let weights = "with a network: give mu, or pretraining-m with pretraining-q ([pretraining] in a file)";
        let start = "with a network: the start is start-u, start-alignment, start-s, start-c ([start] in a file)";
        for (argument, is_given, context) in [
            ("rho", self.rho.is_some(), weights),
            ("kappa", self.kappa.is_some(), weights),
            ("gap", self.gap.is_some(), weights),
            ("u0", self.u0.is_some(), start),
            ("alignment0", self.alignment0.is_some(), start),
            ("s0", self.s0.is_some(), start),
            ("friction", self.friction.is_some(), super::NO_HEAVY_BALL),
        ] {
            if is_given {
                return meaningless(argument, context);
            }
        }
        Ok(())
    }

    /// `K` and `K*`: as they are given, which square matrices agree with, else those of the first matrix that says.
    fn sizes(&self) -> Result<(usize, usize), ProblemError> {
        let rows = |matrix: &Option<Matrix>| matrix.as_ref().map(|m| m.numbers().nrows());
        let columns = |matrix: &Option<Matrix>| matrix.as_ref().map(|m| m.numbers().ncols());
        let count = |grid: &Option<Grid>| grid.as_ref().map(|grid| grid.values().len());
        let units = whole("units", &self.units)?;
        agrees(
            ("units", units),
            [
                ("pretraining-q", rows(&self.pretraining_q), "row"),
                ("start-q", rows(&self.start_q), "row"),
            ],
        )?;
        let units = units
            .or(rows(&self.pretraining_q))
            .or(rows(&self.start_q))
            .or(count(&self.student_readout))
            .or(rows(&self.pretraining_m))
            .or(rows(&self.start_m))
            .or(rows(&self.start_u))
            .or(columns(&self.start_s));
        // A matrix M that is transposed is refused by its size, with that which is needed.
        let is_transposed = |matrix: &Option<Matrix>| {
            units != rows(matrix) && units.is_some() && units == columns(matrix)
        };
        let beside = |matrix: &Option<Matrix>| match is_transposed(matrix) {
            true => rows(matrix),
            false => columns(matrix),
        };
        let upright = |matrix| columns(matrix).filter(|_| !is_transposed(matrix));
        let stars = whole("teacher-units", &self.teacher_units)?;
        agrees(
            ("teacher-units", stars),
            [
                ("teacher-overlaps", rows(&self.teacher_overlaps), "row"),
                ("pretraining-m", upright(&self.pretraining_m), "column"),
                ("start-m", upright(&self.start_m), "column"),
            ],
        )?;
        let stars = stars
            .or(rows(&self.teacher_overlaps))
            .or(count(&self.teacher_readout))
            .or(beside(&self.pretraining_m))
            .or(beside(&self.start_m))
            .or(columns(&self.start_alignment));
        Ok((units.unwrap_or(1), stars.unwrap_or(1)))
    }

    /// Readouts given one by one, or in a word.
    fn readouts(&self, given: &Option<Grid>, units: usize) -> Result<Vec<f64>, ProblemError> {
        match (given, self.readout) {
            (Some(_), Some(_)) => Err(ProblemError::Conflict {
                first: "readout",
                second: "teacher-readout or student-readout",
                reason: "readout sets those of both; give the word, or the numbers",
            }),
            (Some(grid), None) => Ok(grid.values().to_vec()),
            (None, word) => Ok(word.unwrap_or_default().of(units)),
        }
    }

    /// Teachers and pre-trained weights (from scratch: the weights at the start).
    fn frame(
        &self,
        (units, stars): (usize, usize),
        dim: f64,
        mu: Option<f64>,
    ) -> Result<Frame, ProblemError> {
        let overlaps = self.overlaps(stars)?;
        let facts = self.adapter.unwrap_or_default().facts();
        let pretrained = self.pretraining_m.is_some() || self.pretraining_q.is_some();
        if let Some((first, reason)) = facts.no_pretraining {
            let second = "mu, angle, mixture or pretraining";
            if mu.is_some() || self.angle.is_some() || self.mixture || pretrained {
                return Err(ProblemError::Conflict {
                    first,
                    second,
                    reason,
                });
            }
            let typical = |i: usize, j: usize| {
                if j == i % stars {
                    1.0 / dim.sqrt()
                } else {
                    0.0
                }
            };
            let m = || DMatrix::from_fn(units, stars, typical);
            let m = self
                .start_m
                .as_ref()
                .map_or_else(m, |m| m.numbers().clone());
            let q = || DMatrix::identity(units, units);
            let q = self
                .start_q
                .as_ref()
                .map_or_else(q, |q| q.numbers().clone());
            return Ok(Frame::of_overlaps(&overlaps, &m, &q)?);
        }
        if self.start_m.is_some() || self.start_q.is_some() {
            let argument = "start-m or start-q (m or q in [start])";
            let context = "with pre-trained weights, which are pretraining-m and pretraining-q";
            return Err(ProblemError::Meaningless { argument, context });
        }
        if pretrained {
            return self.of_matrices(&overlaps, mu);
        }
        self.of_strength((units, stars), &overlaps, mu)
    }

    /// `T T'`.
    fn overlaps(&self, stars: usize) -> Result<DMatrix<f64>, ProblemError> {
        let overlap = single("teacher-overlap", &self.teacher_overlap)?;
        match (&self.teacher_overlaps, overlap) {
            (Some(_), Some(_)) => Err(ProblemError::Conflict {
                first: "teacher-overlap",
                second: "teacher-overlaps",
                reason: "give the overlap of all pairs, or the matrix",
            }),
            (Some(given), None) => Ok(given.numbers().clone()),
            // Where teacher-units is given it may be an axis that begins with 1.
            (None, Some(_)) if stars == 1 && self.teacher_units.is_none() => {
                Err(ProblemError::Meaningless {
                    argument: "teacher-overlap",
                    context: "with one teacher unit (teacher-units gives more)",
                })
            }
            (None, overlap) => {
                let c = overlap.unwrap_or(0.0);
                let allowed = "the overlap of two vectors of length 1 is a number in [-1, 1]";
                require((-1.0..=1.0).contains(&c), "teacher-overlap", c, allowed)?;
                let entry = |i: usize, j: usize| if i == j { 1.0 } else { c };
                Ok(DMatrix::from_fn(stars, stars, entry))
            }
        }
    }

    /// `x W0` of matrices.
    fn of_matrices(&self, overlaps: &DMatrix<f64>, mu: Option<f64>) -> Result<Frame, ProblemError> {
        if self.angle.is_some() || self.mixture {
            return Err(ProblemError::Conflict {
                first: "pretraining-m and pretraining-q",
                second: "angle or mixture",
                reason: "give the pre-training once: matrices, or mu with angle or mixture",
            });
        }
        let reason = "with its partner: give both M0 (pretraining-m) and Q0 (pretraining-q)";
        let missing = |argument| ProblemError::Missing { argument, reason };
        let m = self
            .pretraining_m
            .as_ref()
            .ok_or(missing("pretraining-m"))?;
        let q = self
            .pretraining_q
            .as_ref()
            .ok_or(missing("pretraining-q"))?;
        let x = mu.unwrap_or(1.0);
        PreTraining::aligned(x)?;
        let (m, q) = (m.numbers() * x, q.numbers() * (x * x));
        Ok(Frame::of_overlaps(overlaps, &m, &q)?)
    }

    /// Unit `i` pre-trained towards teacher unit `i mod K*`; with angle or mixture each unit has a direction of its own.
    fn of_strength(
        &self,
        (units, stars): (usize, usize),
        overlaps: &DMatrix<f64>,
        mu: Option<f64>,
    ) -> Result<Frame, ProblemError> {
        let Some(mu) = mu else {
            let (argument, reason) = (
                "mu",
                "(or pretraining-m with pretraining-q, [pretraining] in a file): the pre-training strength, as in --mu=0.5",
            );
            return Err(ProblemError::Missing { argument, reason });
        };
        // The same checks, and the same sentences, as for one unit.
        let one = self.pretraining(Some(mu))?;
        let task = self.task(overlaps, stars)?;
        let own = if one.orthogonal() == 0.0 { 0 } else { units };
        let dim = task.ncols() + own;
        let teachers = task.clone().insert_columns(task.ncols(), own, 0.0);
        let weights = DMatrix::from_fn(units, dim, |i, k| {
            let j = i % stars;
            match k.checked_sub(task.ncols()) {
                None => one.rho() * task[(j, k)],
                Some(k) if k == i => one.orthogonal() * overlaps[(j, j)].sqrt(),
                Some(_) => 0.0,
            }
        });
        Ok(Frame::of_components(teachers, weights, task.ncols())?)
    }

    /// Components of the teachers in a frame of their span.
    fn task(&self, overlaps: &DMatrix<f64>, stars: usize) -> Result<DMatrix<f64>, ProblemError> {
        if self.teacher_overlaps.is_none() && self.teacher_overlap.is_none() {
            return Ok(overlaps.clone());
        }
        let nothing =
            Frame::of_overlaps(overlaps, &DMatrix::zeros(1, stars), &DMatrix::zeros(1, 1))?;
        Ok(nothing.teachers().clone())
    }
}

/// The smallest frame there is: defaults do not depend on it.
fn one_unit() -> Result<Frame, ProblemError> {
    let one = DMatrix::identity(1, 1);
    Ok(Frame::of_components(one.clone(), one, 1)?)
}

/// A number of units, and that of matrices which have a row or a column for each.
fn agrees<const N: usize>(
    (argument, units): (&'static str, Option<usize>),
    matrices: [(&'static str, Option<usize>, &'static str); N],
) -> Result<(), NetworkError> {
    let Some(units) = units else { return Ok(()) };
    for (matrix, count, side) in matrices {
        if let Some(count) = count.filter(|count| *count != units) {
            return Err(NetworkError::Sizes {
                argument,
                units,
                matrix,
                count,
                side,
            });
        }
    }
    Ok(())
}

/// A number of units.
fn whole(argument: &'static str, grid: &Option<Grid>) -> Result<Option<usize>, ProblemError> {
    let Some(value) = single(argument, grid)? else {
        return Ok(None);
    };
    let allowed = "a network has a whole number of units, and an adapter of ranks, from 1 to 1000";
    require(
        value.fract() == 0.0 && (1.0..=MOST).contains(&value),
        argument,
        value,
        allowed,
    )?;
    Ok(Some(value as usize))
}
