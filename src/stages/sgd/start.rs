//! Where a seed begins a stage, and what it leaves.

use super::super::begin::{Drawn, across, begun, turned};
use super::super::{Begin, History, Stage, StageError};
use crate::dynamics::frame::{Adapted, Student, Weights};
use crate::simulation::{FramedWeights, Stream, direction};

/// The weights with which a seed begins a stage, and the direction drawn for it, if one is.
pub(super) fn start(
    history: &History,
    stage: &Stage,
    before: &Student,
    stream: &mut Stream,
) -> Result<(FramedWeights, Option<Drawn>), StageError> {
    let frame = history.directions.frame(stage.task);
    let before = turned(before, &frame);
    let drawn = draw(stage, &before.merged(), stream)?;
    let student = begun(stage, &before, drawn.as_ref())?;
    Ok((framed(student), drawn))
}

/// The components of a student as SGD holds them.
fn framed(student: Student) -> FramedWeights {
    match student {
        Student::Whole(weights) => {
            let mut trained = weights.along;
            trained.push(weights.rest.sqrt());
            FramedWeights {
                w0: Vec::new(),
                u: 0.0,
                trained,
                last: Vec::new(),
            }
        }
        Student::Lora(lora) => {
            let (mut w0, mut trained) = (lora.w0.along, lora.along);
            w0.push(lora.w0.rest.sqrt());
            trained.extend([lora.beside, lora.rest.sqrt()]);
            let u = lora.u;
            let last = Vec::new();
            FramedWeights {
                w0,
                u,
                trained,
                last,
            }
        }
    }
}

/// What SGD holds, as a student in the frame, which has so many vectors.
pub(super) fn student(at: &FramedWeights, frame: usize) -> Student {
    let square = |x: f64| x * x;
    if at.w0.is_empty() {
        return Student::Whole(Weights {
            along: at.trained[..frame].to_vec(),
            rest: square(at.trained[frame]),
        });
    }
    Student::Lora(Adapted {
        w0: Weights {
            along: at.w0[..frame].to_vec(),
            rest: square(at.w0[frame]),
        },
        u: at.u,
        along: at.trained[..frame].to_vec(),
        beside: at.trained[frame],
        rest: square(at.trained[frame + 1]),
    })
}

/// A fresh direction, where a stage begins with one: as given, and uniform in all that is not.
fn draw(stage: &Stage, w0: &Weights, stream: &mut Stream) -> Result<Option<Drawn>, StageError> {
    let Begin::Anew { s0 } = stage.begin else {
        return Ok(None);
    };
    let (facts, problem) = (stage.problem.adapter().facts(), &stage.problem);
    if !facts.has_direction {
        return Ok(None);
    }
    let frame = w0.along.len();
    let coordinates = frame + usize::from(facts.is_lora);
    let alignment0 = problem.setup().alignment0;
    let given = given(alignment0, s0, w0, coordinates)?;
    let dim = problem.scaling().dim;
    let mut along = direction(&given, coordinates, dim, stream);
    let u = problem.setup().u0;
    let beside = if facts.is_lora { along[frame] } else { 0.0 };
    along.truncate(frame);
    Ok(Some(Drawn { u, along, beside }))
}

/// The directions along which a fresh one has given components, orthonormal.
fn given(
    alignment0: Option<f64>,
    s0: Option<f64>,
    w0: &Weights,
    coordinates: usize,
) -> Result<Vec<(Vec<f64>, f64)>, StageError> {
    let mut weights = w0.along.clone();
    weights.push(w0.rest.sqrt());
    let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let unit = |mut x: Vec<f64>| {
        let length = length(&x);
        x.iter_mut().for_each(|x| *x /= length);
        x
    };
    let Some(alignment) = alignment0 else {
        let all = length(&weights);
        return match s0 {
            None => Ok(Vec::new()),
            Some(s0) if s0.abs() <= all && all > 0.0 => Ok(vec![(unit(weights), s0 / all)]),
            Some(0.0) => Ok(Vec::new()),
            Some(s0) => Err(StageError::TooLong { s0, length: all }),
        };
    };
    let mut first = vec![0.0; coordinates];
    first[0] = 1.0;
    let mut all = vec![(first, alignment)];
    weights[0] = 0.0;
    let orthogonal = length(&weights);
    if let Some(part) = across(s0, alignment, w0)?.filter(|_| orthogonal > 0.0) {
        all.push((unit(weights), part * orthogonal));
    }
    Ok(all)
}
