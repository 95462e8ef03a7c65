//! What is kept of the steps of an integration, and the states between them.

use super::{
    Field, IntegrationError, Keep, Method, Solution, Span, Tolerances, cancellable, driver,
};

/// Steps kept; beyond, every other one is dropped.
const MAX_STEPS: usize = 20_000;
/// Numbers kept of all steps; 128 MB.
const MAX_NUMBERS: usize = 1 << 24;

/// States of an integration in the order of time: at the times asked for, or at its steps, and then
/// with what tells the states between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    dim: usize,
    t: Vec<f64>,
    states: Vec<f64>,
    /// Of the steps, the first ones at least: the interpolant from one state to the next.
    bows: Vec<f64>,
    stride: usize,
    seen: usize,
    /// Time of the last step, kept or dropped.
    end: f64,
}

impl Path {
    pub(super) fn new(dim: usize) -> Self {
        Self {
            dim,
            stride: 1,
            ..Self::default()
        }
    }

    /// For states of some length, without what tells them between its times.
    pub(crate) fn without_steps(dim: usize) -> Self {
        Self {
            stride: 2,
            ..Self::new(dim)
        }
    }

    /// Adds the states of a path that began at `from`, the first numbers of each.
    pub(crate) fn go_on(&mut self, from: f64, later: &Self) {
        for (t, state) in later.t.iter().zip(later.states()) {
            self.push(from + t, &state[..self.dim]);
        }
        self.end = from + later.end;
    }

    /// Times.
    pub fn times(&self) -> &[f64] {
        &self.t
    }

    /// States, one per time.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.states.chunks_exact(self.dim.max(1))
    }

    pub(super) fn push(&mut self, t: f64, state: &[f64]) {
        self.t.push(t);
        self.states.extend_from_slice(state);
    }

    /// Whether the interpolants of steps are still kept.
    pub(super) fn is_dense(&self) -> bool {
        self.stride == 1
    }

    /// The end of a step, with its interpolant if that is kept.
    pub(super) fn push_step(&mut self, (t, state): (f64, &[f64]), bow: &[f64]) {
        self.seen += 1;
        self.end = t;
        if self.is_dense() {
            self.bows.extend_from_slice(bow);
        }
        if self.seen.is_multiple_of(self.stride) {
            self.push(t, state);
        }
        if self.t.len() >= MAX_STEPS || self.states.len() + self.bows.len() >= MAX_NUMBERS {
            self.thin();
        }
    }

    fn thin(&mut self) {
        self.bows = Vec::new();
        self.stride *= 2;
        let kept = self.t.len().div_ceil(2);
        for i in 1..kept {
            self.t[i] = self.t[2 * i];
            let from = 2 * i * self.dim;
            self.states.copy_within(from..from + self.dim, i * self.dim);
        }
        self.t.truncate(kept);
        self.states.truncate(kept * self.dim);
    }

    fn state(&self, k: usize) -> &[f64] {
        &self.states[k * self.dim..(k + 1) * self.dim]
    }

    /// Gives the states at some times, ascending, to `each`, times beyond the last step excepted: from
    /// the interpolants, or where those do not hold, or steps were dropped, by integrating once more
    /// from the last state kept.
    ///
    /// # Errors
    /// When an integration fails that did not fail before, or is cancelled.
    pub fn at_times(
        &self,
        times: &[f64],
        (field, tolerances): (Field<'_>, &Tolerances),
        mut each: impl FnMut(f64, &[f64]),
    ) -> Result<(), IntegrationError> {
        let mut room = vec![0.0; self.dim];
        let mut left = times;
        while let Some(first) = left.first().filter(|t| **t <= self.end) {
            let after = self.t.partition_point(|kept| kept <= first);
            let k = after.saturating_sub(1);
            let next = self.t.get(after).copied().unwrap_or(f64::INFINITY);
            let within = left.partition_point(|t| *t < next && *t <= self.end);
            let (here, later) = left.split_at(within);
            left = later;
            let bow = self.bows.get(3 * k * self.dim..3 * (k + 1) * self.dim);
            if let Some(bow) = bow.filter(|bow| bow.iter().all(|x| x.is_finite())) {
                for t in here {
                    let x = (t - self.t[k]) / (next - self.t[k]);
                    drawn((self.state(k), self.state(after)), bow, x, &mut room);
                    each(*t, &room);
                }
                continue;
            }
            let again = self.look_again(k, here, (field, tolerances))?;
            for (t, state) in here.iter().zip(again.path.states()) {
                each(*t, state);
            }
        }
        Ok(())
    }

    /// Integrates from a state kept over some times.
    fn look_again(
        &self,
        k: usize,
        times: &[f64],
        (field, tolerances): (Field<'_>, &Tolerances),
    ) -> Result<Solution, IntegrationError> {
        let later: Vec<f64> = times.iter().map(|t| t - self.t[k]).collect();
        let span = Span {
            end: later.last().copied().unwrap_or(0.0),
            keep: Keep::Times(&later),
        };
        let mut precision = tolerances.precision(&field, self.state(k));
        if let (true, Some(next)) = (self.is_dense(), self.t.get(k + 1)) {
            // It was one step.
            precision.first = next - self.t[k];
            if precision.method == Method::Auto {
                precision.method = Method::Implicit;
            }
        }
        cancellable(field, tolerances.cancel, |field| {
            driver::run(field, self.state(k), span, precision, &[])
        })
    }
}

/// The state at a fraction `x` of a step,
/// `(1 - x) y_0 + x y_1 + x (1 - x) (b_0 + x (b_1 + x b_2))` with the three vectors `b` of the bow.
pub(super) fn drawn((y0, y1): (&[f64], &[f64]), bow: &[f64], x: f64, out: &mut [f64]) {
    let (rest, dim) = (1.0 - x, out.len());
    for i in 0..dim {
        let curve = bow[i] + x * (bow[dim + i] + x * bow[2 * dim + i]);
        out[i] = rest * y0[i] + x * (y1[i] + rest * curve);
    }
}

/// Makes the bow of a step that of its first part `x`.
pub(super) fn shorten(bow: &mut [f64], x: f64) {
    let dim = bow.len() / 3;
    for i in 0..dim {
        let (a, b, c) = (bow[i], bow[dim + i], bow[2 * dim + i]);
        // Coefficients of powers of the fraction of the part.
        let (square, cube, fourth) = (x * x * (b - a), x * x * x * (c - b), x.powi(4) * c);
        bow[2 * dim + i] = fourth;
        bow[dim + i] = fourth - cube;
        bow[i] = fourth - cube - square;
    }
}
