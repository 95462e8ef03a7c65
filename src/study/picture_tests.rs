//! Every key of a style changes every kind of figure that has what the key is about.

#![allow(
    clippy::field_reassign_with_default,
    reason = "settings are written as in the library's examples"
)]

use super::*;
use crate::output::{Field, LegendSpot, Mark, PanelStyle, Rgb, Scale, Titles};
use crate::study::links::Links;

#[path = "picture_kinds_tests.rs"]
mod kinds;

use kinds::{drawn, figures};

fn words(figure: &Figure) -> Vec<String> {
    let mut words = legend_words(figure);
    for panel in &figure.panels {
        words.extend(panel.marks.iter().map(|mark| match mark {
            Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } => label.clone(),
        }));
        if let Some(Field::HeatMap(map)) = &panel.field {
            words.push(map.label.clone());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn legend_words(figure: &Figure) -> Vec<String> {
    let curves = figure.panels.iter().flat_map(|panel| &panel.curves);
    let labels = curves.map(|curve| curve.label.clone());
    labels.filter(|label| !label.is_empty()).collect()
}

/// A change of every key, and whether a figure has what it is about.
#[allow(clippy::type_complexity, reason = "a list of cases")]
fn changes(figure: &Figure) -> Vec<(&'static str, Style, bool)> {
    let change = |change: &dyn Fn(&mut Style)| {
        let mut style = Style::default();
        change(&mut style);
        style
    };
    let first = figure.panels[0].clone();
    let panel = |own: PanelStyle| Style {
        panel: vec![own],
        ..Style::default()
    };
    let opposite = |scale| match scale {
        Scale::Linear => Scale::Log,
        Scale::Log => Scale::Linear,
    };
    let has_legend = !legend_words(figure).is_empty();
    let named = words(figure).first().cloned();
    // That of a map follows its cells.
    let free = first.field.is_none();
    let rename = |style: &mut Style| {
        style.names = named
            .iter()
            .map(|name| (name.clone(), "other".into()))
            .collect();
    };
    vec![
        (
            "width",
            change(&|s| s.width = Some("9cm".parse().unwrap())),
            true,
        ),
        (
            "height",
            change(&|s| s.height = Some("9cm".parse().unwrap())),
            true,
        ),
        ("dpi", change(&|s| s.dpi = 600.0), true),
        ("font-size", change(&|s| s.font_size = 10.0), true),
        (
            "least-font-size",
            change(&|s| s.least_font_size = 9.0),
            true,
        ),
        ("line-width", change(&|s| s.line_width = Some(2.0)), true),
        (
            "colours",
            change(&|s| s.colours = vec![Rgb(1, 2, 3); 8]),
            true,
        ),
        ("ink", change(&|s| s.ink = Rgb(1, 2, 3)), true),
        ("paper", change(&|s| s.paper = Rgb(1, 2, 3)), true),
        (
            "legend",
            change(&|s| s.legend = LegendSpot::None),
            has_legend,
        ),
        ("titles", change(&|s| s.titles = Titles::None), true),
        ("caption", change(&|s| s.caption = false), true),
        ("names", change(&rename), named.is_some()),
        (
            "title",
            panel(PanelStyle {
                title: Some("A".into()),
                ..PanelStyle::default()
            }),
            true,
        ),
        (
            "x-label",
            panel(PanelStyle {
                x_label: Some("A".into()),
                ..PanelStyle::default()
            }),
            true,
        ),
        (
            "y-label",
            panel(PanelStyle {
                y_label: Some("A".into()),
                ..PanelStyle::default()
            }),
            true,
        ),
        (
            "x-limits",
            panel(PanelStyle {
                x_limits: Some([0.3, 0.5]),
                ..PanelStyle::default()
            }),
            true,
        ),
        (
            "y-limits",
            panel(PanelStyle {
                y_limits: Some([0.3, 0.5]),
                ..PanelStyle::default()
            }),
            true,
        ),
        (
            "x-scale",
            panel(PanelStyle {
                x_scale: Some(opposite(first.x.scale)),
                ..PanelStyle::default()
            }),
            free,
        ),
        (
            "y-scale",
            panel(PanelStyle {
                y_scale: Some(opposite(first.y.scale)),
                ..PanelStyle::default()
            }),
            free,
        ),
    ]
}

#[test]
fn every_key_changes_every_kind_of_figure() {
    for (kind, figure) in figures() {
        let before = figure.drawn().unwrap();
        assert_eq!(figure.missing_letters().unwrap(), "", "{kind}");
        for (key, style, changes) in changes(&figure) {
            let after = figure.clone().with_style(style).drawn();
            if key.ends_with("scale") && !changes {
                let said = after.unwrap_err().to_string();
                let leave = format!("or leave {key} out");
                assert!(
                    said.starts_with(key) && said.ends_with(&leave),
                    "{kind}: {said}"
                );
                continue;
            }
            assert_eq!(before != after.unwrap(), changes, "{kind}, {key}");
        }
        for preset in PRESETS {
            let style = Style::named(preset.name).unwrap();
            let drawn = figure.clone().with_style(style).drawn();
            assert!(drawn.is_ok(), "{kind}, {}: {drawn:?}", preset.name);
        }
    }
}

/// The example is read, and has every key, commented out with its default where it has one.
#[test]
fn the_example_has_every_key() {
    let text = include_str!("../../examples/style.toml");
    let (read, _) = file(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/style.toml")).unwrap();
    assert_eq!(read, Style::default());
    let is_key = |line: &&str| line.contains(" = ") || line.starts_with('[');
    let keys = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(is_key);
    let all: Vec<&str> = keys.collect();
    let style: Style = toml::from_str(&all.join("\n")).unwrap();
    assert_eq!(style.names.len(), 2);
    let own = style.panel[0].clone();
    assert!(own.title.is_some() && own.y_scale == Some(Scale::Log) && own.x_limits.is_some());
    let plain = Style {
        width: None,
        height: None,
        line_width: None,
        names: Default::default(),
        panel: Vec::new(),
        ..style.clone()
    };
    assert_eq!(plain, Style::default());
    let keys = serde_json::to_value(&style).unwrap();
    let own = keys["panel"][0].as_object().unwrap().keys();
    for key in keys.as_object().unwrap().keys().chain(own) {
        let shown = format!("{key} = ");
        let there = all.iter().any(|line| line.starts_with(&shown))
            || text.contains(&format!("# [{key}]"))
            || text.contains(&format!("# [[{key}]]"));
        assert!(there, "{key}");
    }
}

#[test]
fn styles_add_up_and_what_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, "caption = true\nfont-size = 9\n").unwrap();
    let picture = Picture {
        style: vec!["aps-column".into(), path.display().to_string()],
        dpi: Some(600.0),
        ..Picture::default()
    };
    let style = picture.style().unwrap();
    assert_eq!(
        (style.caption, style.font_size, style.dpi),
        (true, 9.0, 600.0)
    );
    assert_eq!(style.width, Some("3.375in".parse().unwrap()));
    let wrong = |style: &str| {
        let picture = Picture {
            style: vec![style.into()],
            ..Picture::default()
        };
        picture.style().unwrap_err().to_string()
    };
    assert!(
        wrong("aps").contains("did you mean 'aps-page'"),
        "{}",
        wrong("aps")
    );
    assert!(wrong("none.toml").contains("cannot read the style file 'none.toml'"));
    std::fs::write(&path, "fontsize = 9\n").unwrap();
    let text = wrong(&path.display().to_string());
    assert!(
        text.contains("unknown key 'fontsize': did you mean 'font-size'?"),
        "{text}"
    );
    std::fs::write(&path, "width = 9\n").unwrap();
    let text = wrong(&path.display().to_string());
    assert!(text.contains(":1: "), "{text}");
    std::fs::write(&path, "font-size = 900\n").unwrap();
    assert!(wrong(&path.display().to_string()).contains("font-size is 900: it must be 3 to 72"));
}

#[test]
fn the_command_of_a_figure_repeats_the_picture() {
    let links = Links {
        link: Some("relu".into()),
    };
    let picture = Picture {
        style: vec!["aps-column".into(), "dark".into()],
        width: Some("8.6cm".parse().unwrap()),
        ..Picture::default()
    };
    let figure = picture.on(drawn(&links)).unwrap();
    let expected = "lorode links relu --style aps-column,dark --width 8.6cm, lorode";
    assert!(
        figure.provenance.starts_with(expected),
        "{}",
        figure.provenance
    );
}
