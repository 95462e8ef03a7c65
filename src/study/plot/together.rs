//! Figures of several results in one: panels with the same axes hold the curves of all.

use crate::error::Error;
use crate::output::{Curve, Figure, Mark, PALETTE, Panel};

/// A result: its file, its name in the legend, its figure.
type Named<'a> = ((&'a str, String), Figure);

/// Puts the curves of all figures into the panels of the first, and adds the panels that it has not.
///
/// # Errors
/// A figure without a panel in common with those before it; times in different units.
pub(super) fn together(all: Vec<Named<'_>>) -> Result<Figure, Error> {
    let mut figures = all.into_iter();
    let Some(((first, name), mut drawn)) = figures.next() else {
        return Ok(Figure::new(Vec::new(), 1));
    };
    for (index, panel) in drawn.panels.iter_mut().enumerate() {
        name_curves(panel, &name, index == 0);
    }
    let first_name = name;
    for ((file, name), figure) in figures {
        let before: Vec<String> = drawn.panels.iter().map(shown).collect();
        let (mut found, mut more) = (false, Vec::new());
        for (index, mut panel) in figure.panels.into_iter().enumerate() {
            name_curves(&mut panel, &name, index == 0);
            match place(&drawn.panels, &panel) {
                Some(place) => {
                    found = true;
                    name_both((&mut drawn.panels[place], &first_name), (&mut panel, &name));
                    lay(&mut drawn.panels[place], panel, (first, file))?;
                }
                None => more.push(panel),
            }
        }
        if !found {
            let own: Vec<String> = more.iter().map(shown).collect();
            return Err(Error::Setting(format!(
                "'{file}' shows {}, and what is drawn with it {}: they have no panel in common; name columns that all have \
                 with --x and --y, or draw them apart",
                own.join("; "),
                before.join("; ")
            )));
        }
        drawn.panels.extend(more);
    }
    drawn.panels.iter_mut().for_each(shade_many);
    Ok(drawn)
}

/// Words and unit of an axis.
fn parts(label: &str) -> (&str, &str) {
    label.split_once(" [").unwrap_or((label, ""))
}

/// What a panel shows, whatever the unit, and of numbers their sizes too.
fn shown(panel: &Panel) -> String {
    let y = parts(&panel.y.label).0.replace('|', "");
    format!("{y} against {}", parts(&panel.x.label).0)
}

/// The panel that shows the same, the one with the same title first.
fn place(panels: &[Panel], panel: &Panel) -> Option<usize> {
    let same = |one: &Panel| shown(one) == shown(panel) && one.field.is_none();
    let titled = panels
        .iter()
        .position(|one| same(one) && one.title == panel.title);
    let any = || panels.iter().position(same);
    titled.or_else(any).filter(|_| panel.field.is_none())
}

/// Names the curves of a result: those that have a name get it in front; else the first curve, in the first panel.
fn name_curves(panel: &mut Panel, name: &str, is_first: bool) {
    if panel.curves.iter().all(|curve| curve.label.is_empty()) {
        if let Some(curve) = panel.curves.first_mut().filter(|_| is_first) {
            name.clone_into(&mut curve.label);
        }
        return;
    }
    for curve in panel.curves.iter_mut().filter(|c| !c.label.is_empty()) {
        curve.label = match curve.label == name {
            true => name.to_owned(),
            false => format!("{name}: {}", curve.label),
        };
    }
}

/// Where only one of two panels names its curves, as those of a median, the other's have the name of their result.
fn name_both((below, first): (&mut Panel, &str), (panel, name): (&mut Panel, &str)) {
    let is_named = |panel: &Panel| panel.curves.iter().any(|curve| !curve.label.is_empty());
    let (unnamed, name) = match (is_named(below), is_named(panel)) {
        (true, false) => (panel, name),
        (false, true) => (below, first),
        _ => return,
    };
    if let Some(curve) = unnamed.curves.first_mut() {
        name.clone_into(&mut curve.label);
    }
}

/// Lays a panel over one that shows the same.
fn lay(below: &mut Panel, mut panel: Panel, (first, file): (&str, &str)) -> Result<(), Error> {
    for (one, other) in [
        (&below.x.label, &panel.x.label),
        (&below.y.label, &panel.y.label),
    ] {
        let (one, other) = (unit(one), unit(other));
        if !is_same(one, other) {
            return Err(Error::Setting(format!(
                "'{first}' and '{file}' have different units: {one} and {other}; compute one again with the --time of the \
                 other"
            )));
        }
    }
    in_common(&mut below.title, &panel.title);
    // Where one shows a size, both do.
    let is_size = |panel: &Panel| panel.y.label.contains('|');
    match (is_size(below), is_size(&panel)) {
        (true, false) => sizes(&mut panel),
        (false, true) => {
            below.y.label.clone_from(&panel.y.label);
            below.title.clone_from(&panel.title);
            sizes(below);
        }
        _ => {}
    }
    let used = below.curves.iter().filter_map(|curve| curve.colour).max();
    let shift = used.map_or(0, |most| most + 1);
    for curve in &mut panel.curves {
        curve.colour = curve.colour.map(|colour| colour + shift);
    }
    let lead = panel.curves.iter().find_map(|curve| curve.colour);
    for mut mark in panel.marks {
        match &mut mark {
            Mark::Horizontal { .. } => {}
            Mark::Vertical { colour, .. } => *colour = colour.map(|c| c + shift).or(lead),
        }
        if !below.marks.contains(&mark) {
            below.marks.push(mark);
        }
    }
    below.curves.append(&mut panel.curves);
    if below.y.range != panel.y.range {
        below.y.range = None;
    }
    if below.x.range != panel.x.range {
        below.x.range = None;
    }
    Ok(())
}

/// The unit of the time of stages, each of which has its own step size.
const OF_STAGES: &str = "t";
/// The same of one step size, and of a schedule.
const OF_STEPS: [&str; 2] = ["t = η · steps", "t = Σ η"];

fn unit(label: &str) -> &str {
    parts(label).1.trim_end_matches(']')
}

/// Whether units are the same.
fn is_same(one: &str, other: &str) -> bool {
    let is_either = |a: &str, b: &str| a == OF_STAGES && OF_STEPS.contains(&b);
    one == other || is_either(one, other) || is_either(other, one)
}

/// Leaves of a title what another has too, where they differ in the links before it, as in `he1: exit time`.
fn in_common(title: &mut String, other: &str) {
    let tail = |text: &str| {
        text.rsplit_once(": ")
            .map_or(text, |(_, tail)| tail)
            .to_owned()
    };
    if title != other && tail(title) == tail(other) {
        *title = tail(other);
    }
}

fn sizes(panel: &mut Panel) {
    for curve in &mut panel.curves {
        for point in &mut curve.points {
            point.1 = point.1.map(f64::abs);
        }
    }
}

/// More curves than there are colours have those of the sequential scale.
fn shade_many(panel: &mut Panel) {
    let colour = |curve: &Curve| curve.colour.filter(|_| curve.shade.is_none());
    let most = panel.curves.iter().filter_map(colour).max().unwrap_or(0);
    if most < PALETTE {
        return;
    }
    for curve in &mut panel.curves {
        if let Some(place) = colour(curve) {
            curve.shade = Some(place as f64 / most as f64);
        }
    }
}
