//! What the figures of studies say and how their axes are scaled.

use lorode::output::{Mark, Scale};
use lorode::prelude::*;

fn problem(links: &[&str], mu: &str) -> ProblemOptions {
    ProblemOptions {
        link: links.iter().map(|link| (*link).into()).collect(),
        mu: Some(mu.parse().unwrap()),
        ..ProblemOptions::default()
    }
}

fn drawn<S: Study>(study: &S) -> Figure {
    let report = study.run(&Cancel::default()).unwrap();
    report.figure().unwrap()
}

fn search(links: &[&str], mu: &str, what: &[What]) -> Figure {
    drawn(&Search {
        problem: problem(links, mu),
        what: what.to_vec(),
        ..Search::default()
    })
}

fn marks(figure: &Figure) -> Vec<&str> {
    let marks = figure.panels.iter().flat_map(|panel| &panel.marks);
    marks.map(label).collect()
}

fn label(mark: &Mark) -> &str {
    match mark {
        Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } => label,
    }
}

#[test]
fn searches_say_what_they_draw() {
    let both = search(&["relu"], "0.3:0.6:3", &[]);
    assert_eq!(both.panels[0].title, "τ (solid), exit time (dashed)");
    let tau = search(&["relu", "he3"], "0.3:0.6:3", &[What::Tau]);
    let titles: Vec<&str> = tau.panels.iter().map(|p| p.title.as_str()).collect();
    assert_eq!(
        titles,
        ["(a) search time τ", "(b) Hermite links: search time τ"]
    );
    assert!(tau.panels[0].y.label.starts_with("search time τ ["));
    let lone = search(&["erf"], "0.5", &[]);
    assert_eq!(lone.panels[0].title, "τ (dots), exit time (rings)");
}

#[test]
fn critical_strengths_are_named_also_of_long_links() {
    let long = "he1 + 0.5*he3 - 0.25*he5 + 0.125*he2";
    let figure = search(&[long], "0.2:0.6:3", &[What::Tau]);
    assert_eq!(marks(&figure), ["trap, μ = 0.3476"]);
    let figure = search(&["he3"], "0.2:0.6:3", &[What::Tau]);
    assert_eq!(marks(&figure), ["he3 trap, μ = 0.3207"]);
}

#[test]
fn curves_that_differ_by_a_number_are_named_by_it() {
    let mut search = Search {
        problem: problem(&["he1+c*he3"], "0.2:0.6:3"),
        what: vec![What::Tau],
        also: Some("c=0:2:31".into()),
        ..Search::default()
    };
    let figure = drawn(&search);
    assert_eq!(figure.panels[0].title, "he1+c*he3: search time τ");
    let curves = &figure.panels[0].curves;
    let names: Vec<&str> = curves.iter().map(|c| c.label.as_str()).collect();
    // Of many some are named, evenly spread.
    let named: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let ends = ["c = 0", "c = 0.3333", "c = 1.667", "c = 2.000"];
    assert!(
        named.len() == 7 && named.starts_with(&ends[..2]) && named.ends_with(&ends[2..]),
        "{named:?}"
    );
    // More curves than colours take shades in their order.
    assert!(curves.iter().all(|curve| curve.shade.is_some()));
    search.also = Some("c=0:2:3".into());
    assert!(
        drawn(&search).panels[0]
            .curves
            .iter()
            .all(|c| c.shade.is_none())
    );
}

#[test]
fn axes_are_scaled_as_their_grids_are_spaced() {
    let scale = |mu: &str| search(&["erf"], mu, &[What::Tau]).panels[0].x.scale;
    assert_eq!(scale("0.1:0.9:9"), Scale::Linear);
    assert_eq!(scale("log:0.01:0.9:9"), Scale::Log);
    let gaps = search(&["erf"], "gap:0.9:0.9999:9", &[What::Tau]);
    assert_eq!(gaps.panels[0].x.scale, Scale::Log);
    assert!(gaps.panels[0].x.label.contains("1 − μ"));

    let map = |x: &str, y: Option<&str>| {
        drawn(&Phase {
            problem: ProblemOptions {
                link: vec!["erf".into()],
                ..ProblemOptions::default()
            },
            x: x.into(),
            y: y.map(Into::into),
            value: "tau".into(),
            ..Phase::default()
        })
    };
    let curve = map("mu=gap:0.9:0.9999:9", None);
    assert_eq!(curve.panels[0].title, "erf: search time τ");
    assert_eq!(curve.panels[0].x.scale, Scale::Log);
    assert!((curve.panels[0].curves[0].points[0].0 - 0.1).abs() < 1e-12);
    let sheet = map("mu=gap:0.9:0.9999:9", Some("angle=0:40:4"));
    let Some(lorode::output::Field::HeatMap(field)) = &sheet.panels[0].field else {
        panic!("{:?}", sheet.panels[0].field);
    };
    assert!((field.x[0] / 1e-4 - 1.0).abs() < 1e-9 && (field.x[8] - 0.1).abs() < 1e-12);
    // The column nearest to 1 comes first, and its search is longest.
    assert!(field.values[0] > field.values[8]);
    // Whole dimensions are not quite even, and have contours all the same.
    let rounded = map("mu=0.1:0.9:9", Some("dim=log:10:100000:14"));
    let Some(lorode::output::Field::HeatMap(field)) = &rounded.panels[0].field else {
        panic!("{:?}", rounded.panels[0].field);
    };
    assert_eq!((field.y.len(), field.contours.is_empty()), (14, false));
}

#[test]
fn lines_of_ratio_one_are_named() {
    let ratio = Phase {
        problem: ProblemOptions {
            link: vec!["he3".into()],
            loss_tolerance: Some(1e-3),
            dim: Some(1e6.into()),
            ..ProblemOptions::default()
        },
        x: "mu=0.34:0.98:9".into(),
        value: "speedup_over_scratch".into(),
        ..Phase::default()
    };
    let figure = drawn(&ratio);
    assert_eq!(
        figure.panels[0].title,
        "he3: speed-up over training from scratch"
    );
    let named = marks(&figure);
    assert!(
        named
            .iter()
            .any(|label| label.starts_with("ratio 1 at 0.37")),
        "{named:?}"
    );
    assert!(named.contains(&"ratio 1"));
}

/// A line at the chosen strength, where the axis shows it, also where strengths are shown by their gaps.
#[test]
fn the_chosen_strength_is_marked_in_every_panel() {
    for (grid, shown) in [("0.1:0.9:5", 0.6), ("gap:0.9:0.999999:5", 0.4)] {
        let search = Search {
            problem: problem(&["erf", "he3"], grid),
            what: vec![What::Tau],
            ..Search::default()
        };
        let report = search.run(&Cancel::default()).unwrap();
        let (plain, marked) = (report.figure().unwrap(), report.figure_at(0.6));
        assert_eq!(marked.panels.len(), 2);
        for (before, after) in plain.panels.iter().zip(&marked.panels) {
            let (mark, others) = after.marks.split_last().unwrap();
            assert_eq!(others, before.marks);
            assert!(
                matches!(mark, Mark::Vertical { at, label, .. } if (at - shown).abs() < 1e-15 && label == "μ = 0.6000"),
                "{mark:?}"
            );
        }
    }
}

/// The picture of a map fills its frame: the fractions are those of the document.
#[test]
fn frames_are_where_the_picture_is() {
    let map = Phase {
        problem: ProblemOptions {
            link: vec!["erf".into()],
            ..ProblemOptions::default()
        },
        x: "mu=0.1:0.9:3".into(),
        y: Some("angle=0:60:2".into()),
        value: "tau".into(),
        ..Phase::default()
    };
    let figure = drawn(&map);
    let svg = figure.to_svg().unwrap();
    let numbers = |from: &str, names: [&str; 4]| {
        let element = svg.split(from).nth(1).unwrap().split('>').next().unwrap();
        names.map(|name| {
            let text = element.split(&format!(" {name}=\"")).nth(1).unwrap();
            text.split('"').next().unwrap().parse::<f64>().unwrap()
        })
    };
    let [.., width, height] = numbers("<rect", ["x", "y", "width", "height"]);
    let [left, top, across, down] = numbers("<image", ["x", "y", "width", "height"]);
    let picture = [left / width, top / height, across / width, down / height];
    let [frame] = figure.frames().unwrap()[..] else {
        panic!("one panel")
    };
    // The document has whole eighths of a unit.
    for (one, other) in frame.iter().zip(picture) {
        assert!((one - other).abs() < 1e-3, "{frame:?}, {picture:?}");
    }
}
