//! Problems of networks from the reference files, and random ones.

use lorode::model::Model;
use lorode::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup};
use nalgebra::DMatrix;
use serde::Deserialize;

use super::link;

pub type Rows = Vec<Vec<f64>>;

pub fn matrix(rows: &Rows) -> DMatrix<f64> {
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

/// Largest deviation of two matrices.
pub fn apart(ours: &DMatrix<f64>, theirs: &Rows) -> f64 {
    (ours - matrix(theirs)).amax()
}

/// A run of networks.json.
#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    teacher: String,
    student: String,
    adapter: String,
    teacher_overlaps: Rows,
    m0: Rows,
    q0: Rows,
    readout: Vec<f64>,
    teacher_readout: Vec<f64>,
    nu: f64,
    noise: f64,
    readout_ratio: f64,
    decay: f64,
    u0: Option<Rows>,
    alignment0: Option<Rows>,
    s0: Option<Rows>,
    c0: Option<Rows>,
    pub records: Vec<Record>,
}

/// Its state at a time.
#[derive(Deserialize)]
pub struct Record {
    pub t: f64,
    pub m: Rows,
    pub q: Rows,
    pub readout: Vec<f64>,
    pub loss: f64,
    pub u: Option<Rows>,
    pub alignment: Option<Rows>,
    pub s: Option<Rows>,
    pub c: Option<Rows>,
}

/// The runs of networks.json.
pub fn reference() -> Vec<Case> {
    serde_json::from_str(include_str!("../reference/networks.json")).unwrap()
}

impl Case {
    pub fn setup(&self) -> NetworkSetup {
        let model = Model::new(link(&self.teacher), link(&self.student));
        let frame = Frame::of_overlaps(
            &matrix(&self.teacher_overlaps),
            &matrix(&self.m0),
            &matrix(&self.q0),
        );
        let mut setup = NetworkSetup::new(model, frame.unwrap());
        setup.adapter = serde_json::from_value(self.adapter.clone().into()).unwrap();
        setup.readout.clone_from(&self.readout);
        setup.teacher_readout.clone_from(&self.teacher_readout);
        setup.scaling.nu = self.nu;
        setup.label_noise = self.noise;
        setup.readout_ratio = self.readout_ratio;
        setup.weight_decay = self.decay;
        if let Some(u) = &self.u0 {
            setup.rank = u[0].len();
            setup.start = AdapterStart {
                u: Some(matrix(u)),
                alignment: self.alignment0.as_ref().map(matrix),
                s: self.s0.as_ref().map(matrix),
                c: self.c0.as_ref().map(matrix),
            };
        }
        setup
    }

    pub fn problem(&self) -> NetworkProblem {
        NetworkProblem::new(self.setup()).unwrap()
    }
}
