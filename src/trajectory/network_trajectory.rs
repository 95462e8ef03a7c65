//! What is recorded along the run of a network.

use nalgebra::DMatrix;

use crate::observable::network::NetworkObserved;

/// The overlaps and the loss along a run, one value per time; what LoRA alone has is empty without it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkTrajectory {
    /// ODE time.
    pub t: Vec<f64>,
    /// Population loss, label noise included.
    pub loss: Vec<f64>,
    /// `M`, `K x K*`.
    pub m: Vec<DMatrix<f64>>,
    /// `Q`, `K x K`.
    pub q: Vec<DMatrix<f64>>,
    /// `U`, `K x r`.
    pub u: Vec<DMatrix<f64>>,
    /// `P = V T'`, `r x K*`.
    pub alignment: Vec<DMatrix<f64>>,
    /// `s = V W0'`, `r x K`.
    pub s: Vec<DMatrix<f64>>,
    /// `C = V V'`, `r x r`.
    pub c: Vec<DMatrix<f64>>,
    /// `a`.
    pub readout: Vec<Vec<f64>>,
    /// The cosine that ends the search.
    pub cosine: Vec<f64>,
}

impl NetworkTrajectory {
    pub(super) fn push(&mut self, t: f64, loss: f64, seen: NetworkObserved) {
        self.t.push(t);
        self.loss.push(loss);
        self.m.push(seen.m);
        self.q.push(seen.q);
        self.u.extend(seen.u);
        self.alignment.extend(seen.alignment);
        self.s.extend(seen.s);
        self.c.extend(seen.c);
        self.readout.push(seen.readout);
        self.cosine.push(seen.cosine);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.t.truncate(length);
        self.loss.truncate(length);
        let matrices = [&mut self.m, &mut self.q, &mut self.u];
        let more = [&mut self.alignment, &mut self.s, &mut self.c];
        let all = matrices.into_iter().chain(more);
        all.for_each(|one| one.truncate(length));
        self.readout.truncate(length);
        self.cosine.truncate(length);
    }
}
