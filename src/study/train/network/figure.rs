//! The loss on every task with the stages shaded, the cosine, and the overlaps with the units of every task.

use crate::error::Error;
use crate::observable::{LOSS, M};
use crate::output::{Axis, Column, Curve, CurveStyle, Figure, PALETTE, Panel, Scale};
use crate::study::along_run::columns;
use crate::study::read::Saved;
use crate::study::train::figure::{Stages, areas, axis};

/// Curves of one panel, at most: more units are not told apart.
const MOST: usize = 64;

pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let stages = Stages::of(saved)?;
    let curve = |label: String, colour: usize, column: &str| {
        let points = stages.line(&saved.numbers(column));
        Curve::new(label, points, CurveStyle::Line).with_colour(colour % PALETTE)
    };
    let panel = |title: &str, y: Axis| {
        let x = Axis::new(format!("time [{}]", stages.unit), Scale::Linear);
        let mut panel = Panel::new(title, x, y);
        panel.stretches = areas(&stages.spans, title == "(a)");
        panel
    };
    let names = saved.table().columns.iter().map(Column::name);
    let task = |name: &str| {
        name.strip_prefix(LOSS.name)?
            .strip_prefix('_')
            .map(str::to_owned)
    };
    let tasks: Vec<String> = names.filter_map(task).collect();
    let loss = |task: &str| format!("{}_{task}", LOSS.name);
    let all = tasks
        .iter()
        .flat_map(|task| saved.numbers(&loss(task)))
        .flatten();
    let mut panels = vec![panel("(a)", axis("population loss L", true, all))];
    for (k, task) in tasks.iter().enumerate() {
        panels[0].curves.push(curve(task.clone(), k, &loss(task)));
    }
    let cosine = Axis::linear("largest cosine with the teachers");
    panels.push(panel("(b)", cosine).with_curve(curve(String::new(), 0, "cosine")));
    for task in &tasks {
        let letter = char::from(b'a' + (panels.len() % 26) as u8);
        let mut of_task = panel(&format!("({letter}) {task}"), Axis::linear(M.label));
        let matrix = format!("{}_{task}", M.name);
        let (units, stars) = saved.shape(&matrix, "");
        let entries = (0..units).flat_map(|i| (0..stars).map(move |j| (i, j)));
        for (i, j) in entries.take(MOST) {
            let label = match i == 0 && stars > 1 {
                true => format!("teacher unit {}", j + 1),
                false => String::new(),
            };
            let entry = format!("{matrix}_{}_{}", i + 1, j + 1);
            of_task.curves.push(curve(label, j, &entry));
        }
        panels.push(of_task);
    }
    let across = columns(panels.len());
    Ok(Figure::new(panels, across).with_provenance(saved.caption()))
}
