//! What one stage of a history leaves to the next.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::space::View;
use crate::observable::network::{of_rows, rows};

/// Weights of a network in the space of all tasks, or an adapter and the weights that it is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct NetworkStudent {
    pub(super) trained: Trained,
    /// Readouts, one a unit.
    pub(super) readout: Vec<f64>,
}

/// What is trained.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trained {
    /// All of `W`: components in the space, and the Gram matrix of what lies outside.
    Whole { w: DMatrix<f64>, rest: DMatrix<f64> },
    /// `W = W0 + U V`: components in the space and along what `W0` has outside, and the Gram matrix of what `V` has beyond.
    Lora {
        w0: DMatrix<f64>,
        u: DMatrix<f64>,
        v: DMatrix<f64>,
        rest: DMatrix<f64>,
    },
}

impl NetworkStudent {
    /// Of weights in the space (`K x` its dimension), the Gram matrix of what lies outside, and readouts.
    pub(super) fn whole(w: DMatrix<f64>, rest: DMatrix<f64>, readout: Vec<f64>) -> Self {
        let trained = Trained::Whole { w, rest };
        Self { trained, readout }
    }

    /// `W` itself: an adapter merged into its weights. Components in a space of so many dimensions, and the Gram matrix of
    /// what lies outside.
    pub(super) fn merged(&self, space: usize) -> (DMatrix<f64>, DMatrix<f64>) {
        match &self.trained {
            Trained::Whole { w, rest } => (w.clone(), rest.clone()),
            Trained::Lora { w0, u, v, rest } => {
                let all = w0 + u * v;
                let beside = all.columns(space, all.ncols() - space);
                let outside = beside * beside.transpose() + u * rest * u.transpose();
                (all.columns(0, space).into_owned(), outside)
            }
        }
    }

    /// The same from a turned frame, or into it.
    pub(super) fn turned(&self, turn: impl Fn(&DMatrix<f64>) -> DMatrix<f64>) -> Self {
        let trained = match &self.trained {
            Trained::Whole { w, rest } => Trained::Whole {
                w: turn(w),
                rest: rest.clone(),
            },
            Trained::Lora { w0, u, v, rest } => Trained::Lora {
                w0: turn(w0),
                u: u.clone(),
                v: turn(v),
                rest: rest.clone(),
            },
        };
        let readout = self.readout.clone();
        Self { trained, readout }
    }

    /// As a teacher's view of the space shows it.
    pub(super) fn seen_from(&self, view: &View) -> Self {
        self.turned(|rows| view.turn(rows))
    }
}

/// As it stands in checkpoints.
#[derive(Serialize, Deserialize)]
struct Written {
    weights: Vec<Vec<f64>>,
    u: Option<Vec<Vec<f64>>>,
    v: Option<Vec<Vec<f64>>>,
    rest: Vec<Vec<f64>>,
    readout: Vec<f64>,
}

impl From<NetworkStudent> for Written {
    fn from(student: NetworkStudent) -> Self {
        let readout = student.readout;
        match student.trained {
            Trained::Whole { w, rest } => Self {
                weights: rows(&w),
                u: None,
                v: None,
                rest: rows(&rest),
                readout,
            },
            Trained::Lora { w0, u, v, rest } => Self {
                weights: rows(&w0),
                u: Some(rows(&u)),
                v: Some(rows(&v)),
                rest: rows(&rest),
                readout,
            },
        }
    }
}

impl TryFrom<Written> for NetworkStudent {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let matrix = |rows: &Vec<Vec<f64>>| of_rows(rows).ok_or("rows of different lengths");
        let (w, rest) = (matrix(&written.weights)?, matrix(&written.rest)?);
        let trained = match (&written.u, &written.v) {
            (Some(u), Some(v)) => Trained::Lora {
                w0: w,
                u: matrix(u)?,
                v: matrix(v)?,
                rest,
            },
            _ => Trained::Whole { w, rest },
        };
        let readout = written.readout;
        Ok(Self { trained, readout })
    }
}
