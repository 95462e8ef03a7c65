//! Whole figures.

use super::*;
use std::path::Path;

fn line(label: &str, points: &[(f64, f64)]) -> Curve {
    Curve::new(
        label,
        points.iter().map(|(x, y)| (*x, Some(*y))).collect(),
        CurveStyle::Line,
    )
}

fn example() -> Figure {
    let panel = Panel::new(
        "(a) smooth & <links>",
        Axis::log("pre-training strength μ"),
        Axis::log("search time τ"),
    )
    .with_curve(line("ReLU, λ₊", &[(0.01, 1e5), (0.1, 1e3), (1.0, 10.0)]))
    .with_mark(Mark::Vertical {
        at: 0.1,
        label: "μ*".into(),
        colour: None,
    });
    Figure::new(vec![panel], 1).with_provenance("lorode 0.1, seed 7")
}

#[test]
fn sizes_of_letters_in_svg_are_short() {
    let mut figure = example();
    figure.style.font_size = 7.3;
    for figure in [example(), figure] {
        let text = figure.to_svg().unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let sizes: Vec<_> = document
            .descendants()
            .filter_map(|n| n.attribute("font-size"))
            .collect();
        assert!(
            sizes.len() > 5 && sizes.iter().all(|size| size.len() < 7),
            "{sizes:?}"
        );
    }
}

#[test]
fn svg_is_well_formed_and_holds_the_labels() {
    let text = example().to_svg().unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("width"), Some("3.5in"));
    assert!(root.attribute("viewBox").unwrap().starts_with("0 0 2800 "));
    let texts: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("text"))
        .collect();
    assert!(
        texts
            .iter()
            .all(|n| n.attribute("font-family") == Some("DejaVu Sans, sans-serif"))
    );
    let words: Vec<_> = texts
        .iter()
        .filter_map(|n| n.text())
        .map(str::trim)
        .collect();
    for word in [
        "(a) smooth & <links>",
        "pre-training strength μ",
        "search time τ",
        "ReLU, λ₊",
        "μ*",
        "10³",
        "lorode 0.1, seed 7",
    ] {
        assert!(words.contains(&word), "{word} not in {words:?}");
    }
}

/// The dashes of a line are one element: a viewer takes as long for each element as for many dashes.
#[test]
fn a_dashed_line_is_one_element() {
    let mut figure = example();
    figure.panels[0].curves[0].style = CurveStyle::Dashed;
    let text = figure.to_svg().unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let blue = |n: &roxmltree::Node<'_, '_>| n.attribute("stroke") == Some("#0072B2");
    let paths: Vec<_> = document.descendants().filter(blue).collect();
    // In the panel and in the legend.
    assert_eq!(paths.len(), 2, "{text}");
    let dashes = |n: &roxmltree::Node<'_, '_>| n.attribute("d").unwrap().matches('M').count();
    assert!(dashes(&paths[0]) > 20 && dashes(&paths[1]) > 1);
    assert_eq!(paths[0].attribute("stroke-width"), Some("12"));
    assert_eq!(paths[0].attribute("fill"), Some("none"));
}

#[test]
fn png_has_the_size_and_is_not_blank() {
    let mut figure = example();
    figure.provenance.clear();
    let bytes = figure.to_png().unwrap();
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (1050, 900));
    let coloured = pixels.chunks(3).filter(|p| p[0] != p[2]).count();
    assert!(coloured > 1000, "{coloured}");
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    assert_eq!(example().to_png().unwrap(), example().to_png().unwrap());
    assert_eq!(example().to_svg().unwrap(), example().to_svg().unwrap());
}

#[test]
fn what_is_not_finite_is_refused_with_its_place() {
    let mut figure = example();
    figure.panels[0].curves[0].points[1].1 = Some(f64::NAN);
    let text = figure.to_svg().unwrap_err().to_string();
    assert!(text.contains("ReLU") && text.contains("row 1"), "{text}");
    let mut figure = example();
    figure.panels[0].curves[0].band = Some(vec![(0.0, 1.0)]);
    assert!(matches!(
        figure.to_svg(),
        Err(OutputError::UnequalLengths {
            expected: 3,
            actual: 1,
            ..
        })
    ));
}

#[test]
fn an_empty_panel_says_so() {
    for points in [vec![], vec![(-1.0, Some(1.0))], vec![(1.0, None)]] {
        let curve = Curve::new("a", points, CurveStyle::Line);
        let panel = Panel::new("", Axis::log(""), Axis::linear("")).with_curve(curve);
        assert!(
            Figure::new(vec![panel], 3)
                .to_svg()
                .unwrap()
                .contains("no data\n")
        );
    }
    let panel = Panel::new("", Axis::linear("").with_range(5.0, 6.0), Axis::linear(""))
        .with_curve(line("", &[(0.0, 1.0), (1.0, 2.0)]));
    assert!(
        Figure::new(vec![panel], 1)
            .to_svg()
            .unwrap()
            .contains("no data in this range")
    );
    assert!(Figure::new(Vec::new(), 0).to_svg().is_ok());
}

#[test]
fn lines_stay_inside_the_frame() {
    let mut figure = example();
    figure.panels[0].curves = vec![line("", &[(1e-9, 1e-30), (0.1, 1e3), (1e9, 1e300)])];
    figure.panels[0].x.range = Some((0.01, 1.0));
    figure.panels[0].y.range = Some((1.0, 1e6));
    let text = figure.to_svg().unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let lines = document
        .descendants()
        .filter(|n| n.attribute("stroke") == Some("#0072B2"));
    let numbers: Vec<f64> = lines
        .flat_map(|n| {
            n.attribute("points")
                .unwrap()
                .split([',', ' '])
                .filter_map(|w| w.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        !numbers.is_empty() && numbers.iter().all(|v| (0.0..=2800.0).contains(v)),
        "{numbers:?}"
    );
}

#[test]
fn texts_that_act_are_drawn_as_texts() {
    let mut figure = example();
    let hostile = "a\u{1b}[31m <b> & \"c\" 'd' ]]> \u{0}\n\u{9b}";
    figure.panels[0].title = hostile.to_owned();
    figure.panels[0].x.label = hostile.to_owned();
    figure.panels[0].curves[0].label = hostile.to_owned();
    figure.provenance = hostile.to_owned();
    let text = figure.to_svg().unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let words: Vec<_> = document.descendants().filter_map(|n| n.text()).collect();
    assert!(
        words
            .iter()
            .any(|word| word.contains("<b> & \"c\" 'd' ]]>")),
        "{words:?}"
    );
    figure.to_png().unwrap();
}

#[test]
fn unknown_extensions_are_refused() {
    let error = example().save(Path::new("/tmp/figure.eps")).unwrap_err();
    assert!(error.to_string().contains(".svg, .png, .pdf"), "{error}");
}

#[test]
fn pdf_is_one_page_with_its_texts_as_text() {
    let bytes = example().to_pdf().unwrap();
    assert_eq!(bytes, example().to_pdf().unwrap());
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-1.7") && text.trim_end().ends_with("%%EOF"));
    for part in [
        "/Count 1",
        "/ToUnicode",
        "/FontFile2",
        "(lorode 0.1, seed 7)",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let stream = |name: &str| {
        let object = bytes
            .windows(name.len())
            .position(|w| w == name.as_bytes())
            .unwrap();
        let start = object
            + bytes[object..]
                .windows(7)
                .position(|w| w == b"stream\n")
                .unwrap()
            + 7;
        miniz_oxide::inflate::decompress_to_vec_zlib(&bytes[start..]).unwrap()
    };
    let content = String::from_utf8_lossy(&stream("4 0 obj")).into_owned();
    let texts = example().sketch().unwrap().shapes;
    let texts = texts
        .iter()
        .filter(|shape| matches!(shape, sketch::Shape::Text(_)))
        .count();
    assert!(texts > 10);
    assert_eq!(content.matches(" Tj").count(), texts);
    assert_eq!(stream("10 0 obj"), font::Font::bytes());
}
