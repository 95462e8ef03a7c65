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
        matches!(place.legend, LegendPlace::Below { .. }),
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
    let LegendPlace::Below { height, .. } = place.legend else {
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

#[test]
fn a_legend_below_takes_the_room_of_its_row() {
    let named = names(5, |k| format!("the strength of number {k} of five"));
    let empty = || Panel::new("", Axis::linear("x"), Axis::linear("y"));
    let alone = figure(&named);
    let LegendPlace::Below { height: high, .. } = place(&alone).legend else {
        panic!("{:?}", place(&alone).legend);
    };
    let mut grid = alone;
    let last = grid.panels.pop().unwrap();
    for panels in [
        vec![last.clone(), empty(), empty()],
        vec![empty(), empty(), last.clone()],
    ] {
        let index = panels
            .iter()
            .position(|panel| !panel.curves.is_empty())
            .unwrap();
        let font = font::Font::load().unwrap();
        let plan = layout::plan(&Figure::new(panels.clone(), 3), &panels, &font).unwrap();
        let LegendPlace::Below { ends, height } = plan.places[index].legend else {
            panic!("{:?}", plan.places[index].legend);
        };
        assert_eq!(ends, (0.0, plan.width));
        assert!(height < 0.7 * high, "{height} {high}");
        let curves = curves::prepare(&panels[index], &plan.places[index]);
        let entries = legend::entries(&panels[index], &curves);
        let legend = legend::below(&entries, &plan.places[index], ends, &font).unwrap();
        assert!(legend.rect.left >= 0.0 && legend.rect.right <= plan.width);
    }
    // Two of them share it.
    let both = vec![last.clone(), empty(), last];
    let font = font::Font::load().unwrap();
    let plan = layout::plan(&Figure::new(both.clone(), 3), &both, &font).unwrap();
    let ends = |index: usize| match plan.places[index].legend {
        LegendPlace::Below { ends, .. } => ends,
        other => panic!("{other:?}"),
    };
    assert_eq!(ends(0), (0.0, 700.0));
    assert_eq!(ends(2), (700.0, 1050.0));
}

#[test]
fn a_name_inside_is_as_long_as_the_frame_allows() {
    let long = "he1 + 0.5*he3 - 0.25*he5 + 0.125*he2 and more of it";
    let line = vec![(0.0, Some(0.0)), (1.0, Some(1.0))];
    let mut panel = Panel::new("", Axis::linear("x"), Axis::linear("y"));
    panel = panel.with_curve(Curve::new(long, line, CurveStyle::Line));
    let mut wide = Figure::new(vec![panel], 1);
    wide.style.width = Some("7in".parse().unwrap());
    assert_eq!(place(&wide).legend, LegendPlace::Inside);
    assert!(
        words(&wide).contains(&long.to_owned()),
        "{:?}",
        words(&wide)
    );
}

#[test]
fn many_lines_without_names_stand_at_the_foot() {
    let heights = |count: u32| -> Vec<f64> {
        let mut filled = figure(&names(1, |_| String::new()));
        filled.panels[0].marks = (0..count)
            .map(|k| Mark::vertical(f64::from(k), "", None))
            .chain([Mark::vertical(20.0, "named", None)])
            .collect();
        let place = place(&filled);
        let lines = marks::prepare(&filled.panels[0].marks, &place);
        let part = |line: &marks::Line| (line.ends[0].y - line.ends[1].y) / place.frame.height();
        lines.iter().map(part).collect()
    };
    assert!(heights(6).iter().all(|height| *height > 0.99));
    let many = heights(7);
    assert!(many[..7].iter().all(|height| *height < 0.06), "{many:?}");
    assert!(many[7] > 0.99, "{many:?}");
}

#[test]
fn labels_up_the_axis_break_into_even_lines() {
    let font = font::Font::load().unwrap();
    let label = "student–teacher overlap m";
    let room = font.width("student–teacher overlap", 9.0);
    let (lines, _) = frame::y_lines(label, room, &font);
    assert_eq!(lines.join(" "), label);
    assert!(lines.iter().all(|line| line.len() > 3), "{lines:?}");
}

#[test]
fn a_legend_leaves_the_text_of_a_mark_the_only_place_it_has() {
    let long = "a text that is nearly as wide as all of the frame";
    let of = |top: f64| {
        let mut panel = Panel::new("", Axis::linear("x"), Axis::linear("y"));
        (panel.x.range, panel.y.range) = (Some((0.0, 1.0)), Some((0.0, 1.0)));
        let zigzag = (0..80).map(|i| (0.45 + f64::from(i) / 160.0, Some(top * f64::from(i % 2))));
        let panel = panel
            .with_curve(Curve::new("zigzag", zigzag.collect(), CurveStyle::Line))
            .with_mark(Mark::vertical(0.02, long, None));
        Figure::new(vec![panel], 1)
    };
    // Above the zigzag there is room for the legend or for the text, to its left for the legend only.
    let top = 1.0 - 29.0 / place(&of(0.5)).frame.height();
    let figure = of(top);
    let place = place(&figure);
    let at = |wanted: &str| {
        let shapes = figure.sketch().unwrap().shapes.into_iter();
        let mut found = shapes.filter_map(|shape| match shape {
            Shape::Text(text) if text.text == wanted => Some(text.at),
            _ => None,
        });
        found.next_back().unwrap()
    };
    assert!(at(long).y < place.y.to_canvas(top).unwrap());
    assert!(at("zigzag").x < place.x.to_canvas(0.45).unwrap());
}

#[test]
fn a_legend_keeps_off_the_edge_of_a_band() {
    let mut panel = Panel::new("", Axis::linear("x"), Axis::linear("y"));
    panel.y.range = Some((0.0, 1.0));
    let line = |y: f64| (0..40).map(move |i| (f64::from(i), y));
    let middle = line(0.5).map(|(x, y)| (x, Some(y))).collect();
    // Down to the foot on the right, where the legend would else stand first, and to the top as well.
    let band = line(0.0).map(|(x, _)| if x < 20.0 { (0.45, 0.55) } else { (0.1, 0.9) });
    let curve = Curve::new("curve", middle, CurveStyle::Line).with_band(band.collect());
    let figure = Figure::new(vec![panel.with_curve(curve)], 1);
    let place = place(&figure);
    let shapes = figure.sketch().unwrap().shapes.into_iter();
    let mut name = shapes.filter_map(|shape| match shape {
        Shape::Text(text) if text.text == "curve" => Some(text.at.x),
        _ => None,
    });
    assert!(name.next_back().unwrap() < place.x.to_canvas(20.0).unwrap());
}
