//! SGD of a network on the theory's curves.

use serde_json::Value;

use crate::error::Error;
use crate::output::{Axis, Curve, CurveStyle, Figure, PALETTE, suggested_scale};
use crate::study::along_run::{columns, groups, over_time, time_scale};
use crate::study::compare::caption;
use crate::study::read::Saved;
use crate::study::saved::options;

/// Loss, cosine, the overlaps of each unit with its teachers, and how far both are apart.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (options, t, steps) = (options(saved)?, saved.all("t")?, saved.all("step")?);
    let threshold: f64 = saved.parameter("threshold")?;
    let cosine = saved.numbers("cosine_theory");
    let exit = cosine
        .iter()
        .position(|x| x.is_some_and(|x| x >= threshold));
    let last = steps.last().copied().unwrap_or(0.0);
    let scale = time_scale(exit.map(|row| steps[row]), last);
    let empty =
        |index: usize, title: &str, y: Axis| over_time((index, title), (&options, scale), y);
    let losses = saved.numbers("loss_theory").into_iter().flatten();
    let mut panels = vec![
        empty(
            0,
            "loss, mean and 5–95 % band",
            Axis::new("loss L", suggested_scale(losses)),
        ),
        empty(
            1,
            "alignment",
            Axis::linear("largest cosine with the teachers"),
        ),
    ];
    panels[0]
        .curves
        .extend(both((saved, &t), "loss", 0, Some("")));
    panels[1]
        .curves
        .extend(both((saved, &t), "cosine", 0, None));
    let (units, teachers) = saved.shape("m", "_theory");
    for (group, title) in groups(units) {
        let y = Axis::linear("overlaps with the teacher M");
        let mut panel = empty(panels.len(), &title, y);
        for (i, j) in group.flat_map(|i| (0..teachers).map(move |j| (i, j))) {
            let name = format!("teacher unit {}: ", j + 1);
            let label = (i == 0).then_some(name.as_str());
            let column = format!("m_{}_{}", i + 1, j + 1);
            panel.curves.extend(both((saved, &t), &column, j, label));
        }
        panels.push(panel);
    }
    let columns = columns(panels.len());
    Ok(Figure::new(panels, columns).with_provenance(caption(saved)?))
}

/// The mean of SGD with its band, the theory over it, and the map where the step is large; named where there is a label.
fn both(
    (saved, t): (&Saved, &[f64]),
    number: &str,
    colour: usize,
    label: Option<&str>,
) -> Vec<Curve> {
    let named = |what: &str| label.map_or(String::new(), |label| format!("{label}{what}"));
    let summaries = saved.summaries(number);
    let mean = t
        .iter()
        .copied()
        .zip(summaries.iter().map(|s| s.map(|s| s.mean)));
    let sgd =
        Curve::new(named("SGD"), mean.collect(), CurveStyle::Line).with_colour(colour % PALETTE);
    let band = summaries.iter().flatten().map(|s| (s.q05, s.q95));
    let theory = saved.numbers(&format!("{number}_theory"));
    let theory = t.iter().copied().zip(theory).collect();
    let theory =
        Curve::new(named("ODE"), theory, CurveStyle::Dashed).with_colour((colour + 6) % PALETTE);
    let mut curves = vec![sgd.with_band(band.collect()), theory];
    if saved.fact("is_step_large") == Some(&Value::Bool(true)) {
        let map = saved.numbers(&format!("{number}_map"));
        let map = t.iter().copied().zip(map).collect();
        let map = Curve::new(named("map"), map, CurveStyle::Dashed);
        curves.push(map.with_colour((colour + 3) % PALETTE));
    }
    curves
}
