//! The panels of a figure in the words and on the axes that its style gives them.

use super::{Axis, Field, Figure, Mark, Panel, Scale, Style, Titles};
use crate::output::OutputError;

/// The panels as they are to be drawn.
pub(super) fn panels(figure: &Figure) -> Vec<Panel> {
    let mut panels = figure.panels.clone();
    for (index, panel) in panels.iter_mut().enumerate() {
        change(panel, index, &figure.style);
    }
    panels
}

/// Refuses another scale for an axis of a map, whose cells would not be even on it.
pub(super) fn check(figure: &Figure) -> Result<(), OutputError> {
    for (panel, own) in figure.panels.iter().zip(&figure.style.panel) {
        let axes = [
            ("x-scale", &panel.x, own.x_scale),
            ("y-scale", &panel.y, own.y_scale),
        ];
        for (key, axis, asked) in axes {
            let other = asked.filter(|scale| panel.field.is_some() && *scale != axis.scale);
            let Some(scale) = other else { continue };
            let (given, is) = (word(scale), word(axis.scale));
            return Err(OutputError::InvalidStyle {
                key,
                given: given.to_owned(),
                allowed: format!(
                    "the cells of this map are even on a {is} axis; compute it over a {given} grid ({}), or leave {key} out",
                    match scale {
                        Scale::Linear => "start:stop:count",
                        Scale::Log => "log:start:stop:count",
                    }
                ),
            });
        }
    }
    Ok(())
}

fn word(scale: Scale) -> &'static str {
    match scale {
        Scale::Linear => "linear",
        Scale::Log => "log",
    }
}

/// All that is written in the panels of a figure and below it, but for numbers.
pub(super) fn text(figure: &Figure) -> String {
    let mut panels = panels(figure);
    let mut all = String::new();
    for panel in &mut panels {
        let [x, y] = [&panel.x.label, &panel.y.label];
        all.extend([&panel.title, x, y].map(String::as_str));
        named(panel).for_each(|word| all.push_str(word));
    }
    if figure.style.caption {
        all.push_str(&figure.provenance);
    }
    all
}

fn change(panel: &mut Panel, index: usize, style: &Style) {
    match style.titles {
        Titles::Full => {}
        Titles::Letters => panel.title = letter(&panel.title).to_owned(),
        Titles::None => panel.title.clear(),
    }
    rename(panel, style);
    let Some(own) = style.panel.get(index) else {
        return;
    };
    if let Some(title) = &own.title {
        panel.title.clone_from(title);
    }
    let scales = [own.x_scale, own.y_scale];
    let labels = [&own.x_label, &own.y_label];
    let limits = [own.x_limits, own.y_limits];
    let axes = [&mut panel.x, &mut panel.y].into_iter();
    for (((axis, label), limits), scale) in axes.zip(labels).zip(limits).zip(scales) {
        change_axis(axis, label.as_deref(), limits, scale);
    }
}

fn change_axis(
    axis: &mut Axis,
    label: Option<&str>,
    limits: Option<[f64; 2]>,
    scale: Option<Scale>,
) {
    if let Some(label) = label {
        label.clone_into(&mut axis.label);
    }
    if let Some(scale) = scale.filter(|scale| *scale != axis.scale) {
        axis.scale = scale;
        // What suited the other scale may have no place on this one.
        axis.range = None;
    }
    if let Some([low, high]) = limits {
        axis.range = Some((low, high));
    }
}

/// The letter that a title begins with, as in `(a)`.
fn letter(title: &str) -> &str {
    match title.char_indices().nth(2) {
        Some((end, ')')) if title.starts_with('(') => &title[..=end],
        _ => "",
    }
}

fn rename(panel: &mut Panel, style: &Style) {
    for word in named(panel) {
        if let Some(name) = style.names.get(word) {
            word.clone_from(name);
        }
    }
}

/// The words of curves, areas, marks and colours.
fn named(panel: &mut Panel) -> impl Iterator<Item = &mut String> {
    let curves = panel.curves.iter_mut().map(|curve| &mut curve.label);
    let stretches = panel.stretches.iter_mut().map(|one| &mut one.label);
    let marks = panel.marks.iter_mut().map(|mark| {
        let (Mark::Vertical { label, .. } | Mark::Horizontal { label, .. }) = mark;
        label
    });
    let field = match &mut panel.field {
        Some(Field::HeatMap(map)) => std::slice::from_mut(&mut map.label),
        Some(Field::Categories(map)) => &mut map.names[..],
        None => &mut [],
    };
    curves.chain(stretches).chain(marks).chain(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_what_titles_begin_with() {
        for (title, expected) in [
            ("(a) mean", "(a)"),
            ("(b)", "(b)"),
            ("erf: exit time", ""),
            ("(τ) x", "(τ)"),
            ("", ""),
        ] {
            assert_eq!(letter(title), expected);
        }
    }
}
