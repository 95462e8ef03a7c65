//! What a stage begins with.

use serde::{Deserialize, Serialize};

use super::{Begin, Frame, Stage, StageError};
use crate::dynamics::frame::{Adapted, Student, Weights, outside};
use crate::observable::Observed;

/// A student seen from a frame, or from the space of the directions again.
pub(super) fn turned(student: &Student, frame: &Frame) -> Student {
    let turn = |weights: &Weights| Weights {
        along: frame.turn(&weights.along),
        rest: weights.rest,
    };
    match student {
        Student::Whole(weights) => Student::Whole(turn(weights)),
        Student::Lora(lora) => Student::Lora(Adapted {
            w0: turn(&lora.w0),
            along: frame.turn(&lora.along),
            ..lora.clone()
        }),
    }
}

/// A direction as SGD draws it at the start of a stage: of an adapter, or of a student from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// LoRA amplitude; 0 from scratch.
    pub u: f64,
    /// Components in the frame of the stage's task.
    pub along: Vec<f64>,
    /// Component along what `w0` has outside the frame.
    pub beside: f64,
}

impl Stage {
    /// Whether its adapter is a fresh one of which nothing is given. `v -> -v`, `u -> -u` changes nothing then, and a run by
    /// SGD, of which chance decides the sign, is shown with a positive alignment at the end of the stage.
    fn has_free_sign(&self) -> bool {
        let is_lora = self.problem.adapter().is_lora();
        let given = self.problem.setup().alignment0.is_some();
        is_lora && !given && matches!(self.begin, Begin::Anew { s0: None })
    }

    /// Whether such a run, ended so, is shown by its mirror image.
    pub(super) fn is_mirrored(&self, end: &Observed) -> bool {
        self.has_free_sign() && end.alignment < 0.0
    }
}

/// The mirror image of an adapter.
pub(super) fn mirrored(student: Student) -> Student {
    match student {
        Student::Lora(mut lora) => {
            lora.along.iter_mut().for_each(|x| *x = -*x);
            (lora.u, lora.beside) = (-lora.u, -lora.beside);
            Student::Lora(lora)
        }
        whole => whole,
    }
}

/// What a stage begins with, in its frame.
pub(super) fn begun(
    stage: &Stage,
    before: &Student,
    drawn: Option<&Drawn>,
) -> Result<Student, StageError> {
    let facts = stage.problem.adapter().facts();
    let s0 = match stage.begin {
        Begin::On { u, flip } => {
            let mut student = before.clone();
            if let Student::Lora(lora) = &mut student {
                lora.u = u.unwrap_or(if flip { -lora.u } else { lora.u });
            }
            return Ok(student);
        }
        Begin::Anew { s0 } => s0,
    };
    let w0 = before.merged();
    if !facts.has_direction {
        return Ok(Student::Whole(w0));
    }
    let Drawn { u, along, beside } = match drawn {
        Some(drawn) => drawn.clone(),
        None => usual(stage, &w0, s0)?,
    };
    if !facts.is_lora {
        let rest = outside(&along);
        return Ok(Student::Whole(Weights { along, rest }));
    }
    // Without weights outside there is no direction beside them.
    let beside = if w0.rest > 0.0 { beside } else { 0.0 };
    let rest = (outside(&along) - beside * beside).max(0.0);
    Ok(Student::Lora(Adapted {
        w0,
        u,
        along,
        beside,
        rest,
    }))
}

/// The direction that a deterministic run takes: along the task as given, as `s0` says along `w0`, all else orthogonal.
fn usual(stage: &Stage, w0: &Weights, s0: Option<f64>) -> Result<Drawn, StageError> {
    let start = stage.problem.start();
    let mut along = vec![0.0; w0.along.len()];
    along[0] = start.alignment;
    let mut beside = 0.0;
    if let Some(part) = across(s0, start.alignment, w0)? {
        let others = along.iter_mut().zip(&w0.along).skip(1);
        others.for_each(|(v, w)| *v = part * w);
        beside = part * w0.rest.sqrt();
    }
    Ok(Drawn {
        u: start.u,
        along,
        beside,
    })
}

/// The multiple of the part of `w0` that is orthogonal to `omega*` which a direction of this alignment has in it for
/// `<v, w0> = s0`.
pub(super) fn across(
    s0: Option<f64>,
    alignment: f64,
    w0: &Weights,
) -> Result<Option<f64>, StageError> {
    let Some(s0) = s0 else {
        return Ok(None);
    };
    let across: f64 = w0.along[1..].iter().map(|x| x * x).sum();
    let (rho, orthogonal) = (w0.along[0], (across + w0.rest).sqrt());
    let most = orthogonal * (1.0 - alignment * alignment).max(0.0).sqrt();
    let off = s0 - rho * alignment;
    if !(off.abs() <= most * (1.0 + 4.0 * f64::EPSILON) || off == 0.0) {
        return Err(StageError::Start {
            alignment,
            s0,
            most,
            rho,
        });
    }
    Ok(Some(if off == 0.0 {
        0.0
    } else {
        off / (orthogonal * orthogonal)
    }))
}
