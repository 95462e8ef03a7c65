//! The curves of a search that was saved.

use serde_json::Value;

use crate::error::Error;
use crate::search::{CriticalKind, CriticalStrength};
use crate::study::read::Saved;
use crate::study::schema::SEARCH;
use crate::sweep::{Along, SearchCurve, SearchPoint};

/// The curves, as far as the figure shows them.
///
/// # Errors
/// A file without what a search writes.
pub(super) fn curves(saved: &Saved) -> Result<Vec<SearchCurve>, Error> {
    let (teachers, students) = (saved.words("teacher"), saved.words("student"));
    let mut names = saved.table().columns.iter().map(|column| column.name());
    let also = names.find(|name| !SEARCH.has(name));
    let values = also.map(|key| (key, saved.numbers(key)));
    let (mu, tau, exit) = (
        saved.numbers("mu"),
        saved.numbers("tau"),
        saved.numbers("exit_time"),
    );
    let mut curves: Vec<SearchCurve> = Vec::new();
    for (row, (teacher, student)) in teachers.iter().zip(&students).enumerate() {
        let along = values.as_ref().and_then(|(key, values)| {
            Some(Along {
                key: (*key).to_owned(),
                value: values[row]?,
                is_whole: false,
            })
        });
        let is_same = |curve: &SearchCurve| {
            (&curve.teacher, &curve.student, &curve.also) == (teacher, student, &along)
        };
        if !curves.last().is_some_and(is_same) {
            let critical = critical(saved, curves.len());
            curves.push(SearchCurve {
                teacher: teacher.clone(),
                student: student.clone(),
                also: along,
                points: Vec::new(),
                critical_strengths: critical,
                critical_unsearched: None,
                critical_underflow: Vec::new(),
            });
        }
        if let Some(curve) = curves.last_mut() {
            curve.points.push(SearchPoint {
                mu: mu[row],
                tau: tau[row],
                exit_time: exit[row],
                ..SearchPoint::default()
            });
        }
    }
    match curves.is_empty() {
        false => Ok(curves),
        true => Err(Error::Setting(format!(
            "the result of `{}` has no points to draw",
            saved.command
        ))),
    }
}

/// The critical strengths of a curve.
fn critical(saved: &Saved, curve: usize) -> Vec<CriticalStrength> {
    let all = saved.fact("curves").and_then(|curves| curves.get(curve));
    let all = all.and_then(|curve| curve["critical_strengths"].as_array());
    let one = |found: &Value| {
        Some(CriticalStrength {
            mu: found["mu"].as_f64()?,
            curvature: found["curvature"].as_f64()?,
            kind: match found["kind"].as_str()? {
                "trap" => CriticalKind::Trap,
                _ => CriticalKind::Saddle,
            },
            within: found["within"].as_f64(),
        })
    };
    all.into_iter().flatten().filter_map(one).collect()
}
