//! The panels of a figure in the words and on the axes that its style gives them.

use super::{Axis, Field, Figure, Mark, Panel, Scale, Style, Titles};

/// The panels as they are to be drawn.
pub(super) fn panels(figure: &Figure) -> Vec<Panel> {
    let mut panels = figure.panels.clone();
    for (index, panel) in panels.iter_mut().enumerate() {
        change(panel, index, &figure.style);
    }
    panels
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
    if style.names.is_empty() {
        return;
    }
    let rename = |word: &mut String| {
        if let Some(name) = style.names.get(word) {
            word.clone_from(name);
        }
    };
    panel
        .curves
        .iter_mut()
        .for_each(|curve| rename(&mut curve.label));
    let stretches = panel.stretches.iter_mut();
    stretches.for_each(|one| rename(&mut one.label));
    for mark in &mut panel.marks {
        let (Mark::Vertical { label, .. } | Mark::Horizontal { label, .. }) = mark;
        rename(label);
    }
    match &mut panel.field {
        Some(Field::HeatMap(map)) => rename(&mut map.label),
        Some(Field::Categories(map)) => map.names.iter_mut().for_each(rename),
        None => {}
    }
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
