//! Whole figures with a field.

use super::*;

/// 0, 1/n, ... as centres; values from a function of both.
fn heat_map(columns: usize, rows: usize, f: impl Fn(usize, usize) -> Option<f64>) -> HeatMap {
    let centres = |n: usize| (0..n).map(|k| k as f64).collect::<Vec<_>>();
    let values = (0..rows * columns).map(|k| f(k % columns, k / columns));
    HeatMap::new(
        centres(columns),
        centres(rows),
        values.collect(),
        "time τ (steps)",
        Scale::Linear,
    )
}

fn figure(field: Field) -> Figure {
    let panel = Panel::new("", Axis::linear("x"), Axis::linear("y")).with_field(field);
    Figure::new(vec![panel], 1)
}

fn slope() -> HeatMap {
    heat_map(8, 6, |i, j| Some((i + j) as f64)).with_contours(vec![4.0, 8.0])
}

fn place(figure: &Figure) -> place::Place {
    let font = font::Font::load().unwrap();
    layout::plan(figure, &figure.panels, &font)
        .unwrap()
        .places
        .remove(0)
}

/// The pixel at the middle of a cell, if neither line nor text lies there.
fn pixel(image: &image::Image, place: &place::Place, x: f64, y: f64) -> (u8, u8, u8) {
    let at = place.point(x, y).unwrap();
    let (column, row) = ((at.x * image.scale) as usize, (at.y * image.scale) as usize);
    let start = 3 * (row * image.width + column);
    let [r, g, b] = [0, 1, 2].map(|k| image.pixels[start + k]);
    (r, g, b)
}

#[test]
fn the_axes_end_at_the_edges_of_the_cells() {
    let figure = figure(Field::HeatMap(slope()));
    let place = place(&figure);
    for (x, y, corner) in [
        (-0.5, -0.5, (place.frame.left, place.frame.bottom)),
        (7.5, 5.5, (place.frame.right, place.frame.top)),
    ] {
        let point = place.point(x, y).unwrap();
        assert!((point.x - corner.0).abs() < 1e-9 && (point.y - corner.1).abs() < 1e-9);
    }
    let mut zoomed = figure;
    zoomed.panels[0].x.range = Some((1.0, 2.0));
    let place = self::place(&zoomed);
    assert!((place.point(1.0, 0.0).unwrap().x - place.frame.left).abs() < 1e-9);
    assert!(zoomed.to_svg().unwrap().matches("<svg ").count() == 2);
    assert!(zoomed.to_png().is_ok());
}

#[test]
fn cells_have_their_colours_and_what_is_missing_is_hatched() {
    let mut map = heat_map(4, 4, |i, j| (i < 2 || j < 2).then_some(i as f64));
    map.values[0] = Some(3.0);
    let figure = figure(Field::HeatMap(map));
    let place = place(&figure);
    let image = raster::paint(&figure.sketch().unwrap()).unwrap();
    assert_eq!(pixel(&image, &place, 0.0, 3.0), (0x44, 0x01, 0x54));
    assert_eq!(pixel(&image, &place, 0.0, 0.0), (0xfd, 0xe7, 0x25));
    assert_eq!(pixel(&image, &place, 3.0, 1.0), (0xfd, 0xe7, 0x25));
    let mut white = 0;
    for step in 0..400 {
        let (x, y) = (
            1.6 + 1.8 * f64::from(step % 20) / 20.0,
            1.6 + 1.8 * f64::from(step / 20) / 20.0,
        );
        let (r, g, b) = pixel(&image, &place, x, y);
        assert!(r == g && g == b && r >= 0x99, "{x} {y}: {r} {g} {b}");
        white += usize::from(r == 0xff);
    }
    assert!((150..390).contains(&white), "{white}");
}

#[test]
fn logarithmic_colours_hatch_what_has_no_logarithm() {
    let mut map = heat_map(3, 1, |i, _| Some([0.0, 1.0, 100.0][i]));
    map.scale = Scale::Log;
    let figure = figure(Field::HeatMap(map));
    let place = place(&figure);
    let image = raster::paint(&figure.sketch().unwrap()).unwrap();
    let (r, g, b) = pixel(&image, &place, 0.0, 0.0);
    assert!(r == g && g == b);
    assert_eq!(pixel(&image, &place, 1.0, 0.0), (0x44, 0x01, 0x54));
}

#[test]
fn svg_holds_image_bar_and_label() {
    let mut map = slope();
    map.values[3] = None;
    let figure = figure(Field::HeatMap(map));
    let text = figure.to_svg().unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let images: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("image"))
        .collect();
    assert_eq!(images.len(), 2, "the field and the colour bar");
    assert_eq!(
        images[0].attribute("style"),
        Some("image-rendering: pixelated")
    );
    assert_eq!(images[0].attribute("preserveAspectRatio"), Some("none"));
    let frame = place(&figure).frame;
    let number = |name: &str| images[0].attribute(name).unwrap().parse::<f64>().unwrap();
    assert!((number("x") - 8.0 * frame.left).abs() < 1.0);
    assert!((number("height") - 8.0 * frame.height()).abs() < 1.0);
    assert!(
        document.descendants().any(|n| n.has_tag_name("path")),
        "hatching"
    );
    let words: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("text"))
        .filter_map(|n| n.text())
        .map(str::trim)
        .collect();
    for word in ["time τ (steps)", "10", "12", "4", "8"] {
        assert!(words.contains(&word), "{word} not in {words:?}");
    }
}

#[test]
fn the_image_has_a_pixel_per_cell_with_y_upwards() {
    let mut map = slope();
    map.values[0] = None;
    let figure = figure(Field::HeatMap(map));
    let cells = field_canvas::cells(&figure.panels[0], &place(&figure)).unwrap();
    let bytes = png::encode_indexed(&cells).unwrap();
    let mut decoder = ::png::Decoder::new(std::io::Cursor::new(&bytes));
    decoder.set_transformations(::png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (8, 6));
    let at = |column: usize, row: usize| &pixels[4 * (row * 8 + column)..][..4];
    assert_eq!(
        at(7, 0),
        [0xfd, 0xe7, 0x25, 0xff],
        "greatest at the top right"
    );
    assert_eq!(at(0, 5)[3], 0, "nothing at the bottom left");
}

#[test]
fn categories_are_named_if_they_occur() {
    let values = vec![Some(0), Some(2), None, Some(2)];
    let names = ["escapes", "never seen", "stuck"];
    let map = Categories::new(vec![0.1, 1.0], vec![1.0, 2.0], values, names);
    let mut figure = figure(Field::Categories(map));
    figure.panels[0].x.scale = Scale::Log;
    let text = figure.to_svg().unwrap();
    assert!(roxmltree::Document::parse(&text).is_ok());
    for (word, occurs) in [
        ("escapes", true),
        ("stuck", true),
        ("unfinished", true),
        ("never seen", false),
        ("no data", false),
    ] {
        assert_eq!(text.contains(word), occurs, "{word}");
    }
    assert!(matches!(
        place(&figure).legend,
        place::LegendPlace::Right(_)
    ));
    let image = raster::paint(&figure.sketch().unwrap()).unwrap();
    let theme = palette::Theme::of(&crate::output::Style::default());
    let tint = theme.resolved(palette::tint(2)).rgb;
    assert_eq!(pixel(&image, &place(&figure), 1.0, 2.0), tint);
}

#[test]
fn long_names_and_bars_leave_the_frame_its_room() {
    let names = ["escapes before the end of the run, whatever happens"];
    let map = Categories::new(vec![0.0, 1.0], vec![0.0], vec![Some(0); 2], names);
    let mut figure = figure(Field::Categories(map));
    let mut below = figure.panels[0].clone();
    below.field = Some(Field::HeatMap(slope()));
    figure.panels.push(below);
    let font = font::Font::load().unwrap();
    let plan = layout::plan(&figure, &figure.panels, &font).unwrap();
    assert!(
        matches!(plan.places[0].legend, place::LegendPlace::Right(_))
            && plan.places[1].legend == place::LegendPlace::Inside
    );
    let sketch = figure.sketch().unwrap();
    for shape in &sketch.shapes {
        let sketch::Shape::Text(text) = shape else {
            continue;
        };
        let width = font.width(&text.text, text.size);
        let (left, right) = match (text.upwards, text.anchor) {
            (true, _) => (text.at.x - text.size, text.at.x + 0.3 * text.size),
            (_, sketch::Anchor::Start) => (text.at.x, text.at.x + width),
            (_, sketch::Anchor::Middle) => (text.at.x - width / 2.0, text.at.x + width / 2.0),
            (_, sketch::Anchor::End) => (text.at.x - width, text.at.x),
        };
        assert!(left > 0.0 && right < sketch.width, "{}", text.text);
    }
    assert!(plan.places[0].frame.width() > 110.0);
}

#[test]
fn the_same_field_gives_the_same_bytes() {
    let figure = figure(Field::HeatMap(slope()));
    assert_eq!(figure.to_png().unwrap(), figure.to_png().unwrap());
    assert_eq!(figure.to_svg().unwrap(), figure.to_svg().unwrap());
}

#[test]
fn a_million_cells_are_drawn() {
    let map = heat_map(1000, 1000, |i, j| {
        (i + j < 1900).then_some((i as f64 / 90.0).sin() * (j as f64 / 70.0).cos())
    });
    let figure = figure(Field::HeatMap(map.with_contours(vec![-0.5, 0.0, 0.5])));
    assert!(figure.to_png().unwrap().len() > 10_000);
    assert!(figure.to_svg().unwrap().len() < 2_000_000);
}

#[test]
fn nothing_to_colour_is_no_trouble() {
    for map in [
        HeatMap::default(),
        heat_map(3, 2, |_, _| None).with_contours(vec![1.0]),
        heat_map(1, 1, |_, _| Some(2.0)).with_contours(vec![2.0]),
    ] {
        let figure = figure(Field::HeatMap(map));
        assert!(figure.to_png().is_ok());
        assert!(roxmltree::Document::parse(&figure.to_svg().unwrap()).is_ok());
    }
    assert!(
        figure(Field::HeatMap(HeatMap::default()))
            .to_svg()
            .unwrap()
            .contains("no data")
    );
}

#[test]
fn errors_name_what_is_wrong() {
    type Case<'a> = (&'a dyn Fn(&mut HeatMap), [&'a str; 2]);
    let refusal = |change: &dyn Fn(&mut HeatMap)| {
        let mut map = slope();
        change(&mut map);
        figure(Field::HeatMap(map))
            .to_svg()
            .unwrap_err()
            .to_string()
    };
    let cases: [Case; 7] = [
        (&|m| m.values.truncate(40), ["values of heat map", "48"]),
        (&|m| m.x[3] = 1.0, ["x of heat map", "ascend"]),
        (&|m| m.y[3] = f64::NAN, ["y of heat map", "row 3"]),
        (&|m| m.y[3] = 3.5, ["row 3", "evenly spaced"]),
        (&|m| m.values[7] = Some(f64::INFINITY), ["time τ", "row 7"]),
        (&|m| m.contours[1] = f64::NAN, ["contours", "row 1"]),
        (
            &|m| (m.scale, m.centre) = (Scale::Log, Some(0.0)),
            ["centre", "positive"],
        ),
    ];
    for (change, words) in cases {
        let text = refusal(change);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let mut log = figure(Field::HeatMap(slope()));
    log.panels[0].x.scale = Scale::Log;
    let text = log.to_svg().unwrap_err().to_string();
    assert!(text.contains("log axis"), "{text}");
    let map = Categories::new(vec![0.0], vec![0.0], vec![Some(1)], ["only"]);
    let text = figure(Field::Categories(map))
        .to_svg()
        .unwrap_err()
        .to_string();
    assert!(text.contains("value 1 in row 0"), "{text}");
}
