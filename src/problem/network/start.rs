//! What is trained, at the start of a run, in the frame.

use nalgebra::DMatrix;

use super::frame::{check_size, check_square};
use super::rest::{rest_of, rounding_of};
use super::{NetworkError, NetworkSetup};

/// What the length 1 and contradictions are known to.
const ROUNDING: f64 = 1e-10;

/// The adapter at the start; what is left out is typical of what SGD draws: `U = 0`, rows of `V` of length 1 and
/// orthogonal to each other, row `i` with the overlap `1/sqrt(d)` with teacher `i mod K*` and 0 with the others, and
/// nothing along the rest of `W0`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdapterStart {
    /// `U`, `K x r`.
    pub u: Option<DMatrix<f64>>,
    /// `P = V T'`, `r x K*`.
    pub alignment: Option<DMatrix<f64>>,
    /// `s = V W0'`, `r x K`.
    pub s: Option<DMatrix<f64>>,
    /// `C = V V'`, `r x r`.
    pub c: Option<DMatrix<f64>>,
}

impl AdapterStart {
    /// The size of `s`, where it is given.
    pub(crate) fn check_s(&self, (rank, units): (usize, usize)) -> Result<(), NetworkError> {
        let sides = "a row for each rank, a column for each student unit";
        let s = self.s.as_ref();
        s.map_or(Ok(()), |s| check_size("s", s, (rank, units), sides))
    }
}

/// What is trained, in the frame: its components, and the Gram matrix of what lies outside.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkStart {
    /// `W = W0 + U V`.
    Lora {
        /// `U`, `K x r`.
        u: DMatrix<f64>,
        /// `V_f`, `r x D`.
        v: DMatrix<f64>,
        /// `R = C - V_f V_f'`, `r x r`.
        rest: DMatrix<f64>,
    },
    /// All of `W`, by its components along the teachers.
    Whole {
        /// `W_f`, `K x` the dimension of the teachers' span.
        w: DMatrix<f64>,
        /// `R = Q - W_f W_f'`, `K x K`.
        rest: DMatrix<f64>,
    },
}

impl NetworkStart {
    /// Of a setup.
    pub(super) fn of(setup: &NetworkSetup) -> Result<Self, NetworkError> {
        let (frame, facts) = (&setup.frame, setup.adapter.facts());
        if facts.is_lora {
            return lora(setup);
        }
        let task = frame.task();
        let w = frame.weights().columns(0, task).into_owned();
        let outside = frame.weights().columns(task, frame.dim() - task);
        let rest = outside * outside.transpose();
        if facts.on_sphere {
            check_unit(
                "weights at the start (scratch)",
                &(&w * w.transpose() + &rest),
            )?;
        }
        Ok(Self::Whole { w, rest })
    }
}

fn lora(setup: &NetworkSetup) -> Result<NetworkStart, NetworkError> {
    let (frame, asked, rank) = (&setup.frame, &setup.start, setup.rank);
    let (units, stars) = (frame.units(), frame.teacher_units());
    let sides = "a row for each student unit, a column for each rank";
    let u = match &asked.u {
        Some(u) => check_size("u", u, (units, rank), sides).map(|()| u.clone())?,
        None => DMatrix::zeros(units, rank),
    };
    let typical = 1.0 / setup.scaling.dim.sqrt();
    let chance = |i: usize, j: usize| if j == i % stars { typical } else { 0.0 };
    let sides = "a row for each rank, a column for each teacher unit";
    let alignment = match &asked.alignment {
        Some(p) => check_size("alignment", p, (rank, stars), sides).map(|()| p.clone())?,
        None => DMatrix::from_fn(rank, stars, chance),
    };
    asked.check_s((rank, units))?;
    let (v, rounding) = along_frame(setup, &alignment)?;
    let c = match &asked.c {
        Some(c) => {
            check_square("c", c)?;
            let sides = "a row and a column for each rank";
            check_size("c", c, (rank, rank), sides).map(|()| c.clone())?
        }
        None => DMatrix::identity(rank, rank),
    };
    if setup.adapter.facts().on_sphere {
        check_unit("c", &c)?;
    }
    let rest = rest_of(&c, &v, rounding)?;
    Ok(NetworkStart::Lora { u, v, rest })
}

/// `V_f` with these overlaps with the teachers, and with `W0` where they are given; and what is rounding of its squares.
fn along_frame(
    setup: &NetworkSetup,
    alignment: &DMatrix<f64>,
) -> Result<(DMatrix<f64>, f64), NetworkError> {
    let (frame, s) = (&setup.frame, setup.start.s.as_ref());
    let mut seen = frame.teachers().clone();
    let mut overlaps = alignment.clone();
    if let Some(s) = s {
        let stars = frame.teacher_units();
        seen = seen.insert_rows(stars, frame.units(), 0.0);
        seen.rows_mut(stars, frame.units())
            .copy_from(frame.weights());
        overlaps = overlaps.insert_columns(stars, frame.units(), 0.0);
        overlaps.columns_mut(stars, frame.units()).copy_from(s);
    }
    // The shortest V_f: without s nothing lies along the rest of W0. Units of length 0 alone span nothing.
    let known = (!seen.is_empty()).then(|| seen.clone().svd(true, true));
    let inverse = known.and_then(|svd| svd.pseudo_inverse(1e-13).ok());
    let inverse = inverse.unwrap_or_else(|| DMatrix::zeros(frame.dim(), seen.nrows()));
    let v = &overlaps * inverse.transpose();
    let by = (&v * seen.transpose() - &overlaps).amax();
    if by > ROUNDING {
        let is_typical = setup.start.alignment.is_none() && s.is_none();
        return Err(match is_typical {
            true => NetworkError::NoTypicalStart,
            false => NetworkError::Contradiction { by },
        });
    }
    let rounding = rounding_of(&v, (&v * inverse).norm(), (&seen, &overlaps));
    Ok((v, rounding))
}

/// Vectors on the unit sphere.
fn check_unit(argument: &'static str, gram: &DMatrix<f64>) -> Result<(), NetworkError> {
    let off = |row: &usize| (gram[(*row, *row)] - 1.0).abs() > ROUNDING;
    match (0..gram.nrows()).find(off) {
        Some(row) => Err(NetworkError::NotUnit {
            argument,
            row,
            square: gram[(row, row)],
        }),
        None => Ok(()),
    }
}
