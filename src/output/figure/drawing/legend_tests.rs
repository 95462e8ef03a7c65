//! Where legends go, and what they name, in whole figures.

use super::place::LegendPlace;
use super::sketch::Shape;
use super::*;

/// Zigzags all over the frame, with these names.
fn figure(names: &[String]) -> Figure {
    let mut panel = Panel::new("", Axis::linear("x"), Axis::linear("y"));
    for (k, name) in names.iter().enumerate() {
        let points = (0..40).map(|i| {
            let up = f64::from(i % 2);
            (f64::from(i), Some(up + k as f64 * 1e-3))
        });
        panel = panel.with_curve(Curve::new(name, points.collect(), CurveStyle::Line));
    }
    Figure::new(vec![panel], 1)
}

fn names(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

fn place(figure: &Figure) -> place::Place {
    let font = font::Font::load().unwrap();
    layout::plan(figure, &figure.panels, &font)
        .unwrap()
        .places
        .remove(0)
}

fn words(figure: &Figure) -> Vec<String> {
    let shapes = figure.sketch().unwrap().shapes.into_iter();
    let words = shapes.filter_map(|shape| match shape {
        Shape::Text(text) => Some(text.text),
        _ => None,
    });
    words.collect()
}

#[test]
fn a_long_name_leaves_the_frame_its_width() {
    let long = "he1 + 0.5*he3 - 0.25*he5 + 0.125*he2";
    let filled = figure(&names(3, |k| format!("{long} + {k}")));
    let place = place(&filled);
    assert!(
        matches!(place.legend, LegendPlace::Below(_)),
        "{:?}",
        place.legend
    );
    assert!(place.frame.width() > 250.0, "{}", place.frame.width());
    // Below the cell there is room for it, and nothing of it is cut.
    assert!(filled.sketch().unwrap().height > 340.0);
    assert!(words(&filled).contains(&format!("{long} + 2")));
}

#[test]
fn many_names_stand_below_in_columns_and_more_are_counted() {
    let many = figure(&names(33, |k| format!("c = {k}")));
    let place = place(&many);
    let LegendPlace::Below(height) = place.legend else {
        panic!("{:?}", place.legend);
    };
    assert!(height < 150.0, "{height}");
    let words = words(&many);
    assert!(words.contains(&"c = 22".to_owned()) && !words.contains(&"c = 23".to_owned()));
    assert!(words.contains(&"and 10 more".to_owned()));
}

#[test]
fn lone_points_of_two_quantities_differ() {
    let lone = |style| Curve::new("erf", vec![(0.5, Some(1.0))], style).with_colour(0);
    let of = |style| {
        let panel = Panel::new("", Axis::linear("x"), Axis::linear("y")).with_curve(lone(style));
        Figure::new(vec![panel], 1).sketch().unwrap()
    };
    let hollow = |sketch: &sketch::Sketch| {
        let white = |shape: &&Shape| matches!(shape, Shape::Disc { radius, colour, .. } if *radius < 2.0 && colour.rgb == (255, 255, 255));
        sketch.shapes.iter().filter(white).count()
    };
    // In the frame and in the legend.
    assert_eq!(hollow(&of(CurveStyle::Dashed)), 2);
    assert_eq!(hollow(&of(CurveStyle::Line)), 0);
}

#[test]
fn numbers_on_contours_keep_off_other_lines() {
    let centres: Vec<f64> = (0..40).map(f64::from).collect();
    let values = (0..1600).map(|k| Some(f64::from(k % 40)));
    let map = HeatMap::new(
        centres.clone(),
        centres,
        values.collect(),
        "",
        Scale::Linear,
    )
    .with_contours(vec![10.5, 38.5]);
    let panel = Panel::new("", Axis::linear(""), Axis::linear("")).with_field(Field::HeatMap(map));
    let count = |panel: Panel, text: &str| {
        let words = words(&Figure::new(vec![panel], 1));
        words.iter().filter(|word| *word == text).count()
    };
    assert_eq!(count(panel.clone(), "10.5"), 1);
    // Beside the frame the number moves inwards.
    assert_eq!(count(panel.clone(), "38.5"), 1);
    let along = vec![(10.6, Some(-0.5)), (10.6, Some(39.5))];
    let boundary = Curve::new("", along, CurveStyle::Dashed);
    assert_eq!(count(panel.with_curve(boundary), "10.5"), 0);
}

#[test]
fn labels_and_numbers_are_whole_in_small_panels() {
    let long = "search time τ, exit time [t = η · steps]";
    let mut panel = Panel::new("", Axis::linear("x"), Axis::linear(long));
    let line = vec![(0.0, Some(0.0)), (1.0, Some(1.0))];
    panel = panel.with_curve(Curve::new("", line, CurveStyle::Line));
    panel.marks = vec![Mark::vertical(0.4, "he5 trap, μ = 0.4253", None)];
    let mut style = crate::output::Style::named("aps-column").unwrap();
    style.width = Some("1.6in".parse().unwrap());
    let figure = Figure::new(vec![panel], 1).with_style(style);
    let words = words(&figure);
    assert!(words.iter().all(|word| !word.contains('…')), "{words:?}");
    assert!(
        words.iter().any(|word| word.ends_with("μ = 0.4253")),
        "{words:?}"
    );
    let sketch = figure.sketch().unwrap();
    assert!((sketch.inches(sketch.width) - 1.6).abs() < 1e-4);
    // Seven points, the least that journals print.
    for shape in &sketch.shapes {
        if let Shape::Text(text) = shape {
            assert!(text.size * sketch.unit > 6.999, "{}", text.text);
        }
    }
}
