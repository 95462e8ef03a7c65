//! Figures of any finite data: no panic, no number that is none, a document that is well formed.

use super::*;
use crate::output::{suggested_levels, suggested_scale};
use proptest::prelude::*;

/// Of every size, with near neighbours and the ends.
fn any_finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        3 => NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
        1 => SUBNORMAL | ZERO | POSITIVE,
        2 => prop::sample::select(vec![
            0.0, 5e-324, -5e-324, 1e-323, 2.2e-308, 1e-300, 1.0, 1.0 + f64::EPSILON, -1.0, 1e15,
            1e300, 1e308, -1e308, f64::MAX, -f64::MAX,
        ]),
        1 => 0.0..1.0f64,
    ]
}

/// Numbers of one kind: none, one, all equal, neighbours, or anything.
fn values(length: usize) -> impl Strategy<Value = Vec<f64>> {
    let neighbours =
        (any_finite(), prop::collection::vec(0..4_i32, length)).prop_map(|(x, steps)| {
            let near = |k: &i32| {
                (0..*k)
                    .fold(x, |x, _| x.next_up())
                    .clamp(-f64::MAX, f64::MAX)
            };
            steps.iter().map(near).collect()
        });
    prop_oneof![
        4 => prop::collection::vec(any_finite(), length),
        1 => any_finite().prop_map(move |x| vec![x; length]),
        1 => neighbours,
    ]
}

fn scale() -> impl Strategy<Value = Scale> {
    prop_oneof![Just(Scale::Linear), Just(Scale::Log)]
}

fn curve_style() -> impl Strategy<Value = CurveStyle> {
    prop::sample::select(vec![
        CurveStyle::Line,
        CurveStyle::Dashed,
        CurveStyle::Dotted,
        CurveStyle::Points,
        CurveStyle::LineAndPoints,
    ])
}

fn curve() -> impl Strategy<Value = Curve> {
    (0_usize..9).prop_flat_map(|length| {
        let points = (
            values(length),
            values(length),
            prop::collection::vec(0..5_u8, length),
        );
        let ends = (values(length), values(length));
        (points, ends, curve_style(), 0..3_u8).prop_map(
            |((x, y, gaps), (low, high), style, kind)| {
                let y = y
                    .into_iter()
                    .zip(gaps)
                    .map(|(y, gap)| (gap > 0).then_some(y));
                let curve = Curve::new("a & <b>", x.into_iter().zip(y).collect(), style);
                let ends = low.into_iter().zip(high).collect();
                match kind {
                    0 => curve,
                    1 => curve.with_error_bars(ends),
                    _ => curve.with_band(ends),
                }
            },
        )
    })
}

/// Even centres, as even as rounding leaves them.
fn centres(scale: Scale, (first, step): (f64, f64), count: usize) -> Option<Vec<f64>> {
    let at = |k: usize| match scale {
        Scale::Linear => first + step.abs() * k as f64,
        Scale::Log => first.abs() * (1.0 + step.abs().min(1e3)).powi(k as i32),
    };
    let all: Vec<f64> = (0..count).map(at).collect();
    let rises = all.windows(2).all(|pair| pair[0] < pair[1]);
    let fits = all.iter().all(|x| x.is_finite() && scale.shows(*x));
    (rises && fits).then_some(all)
}

fn field() -> impl Strategy<Value = (Field, Scale, Scale)> {
    let size = (1_usize..5, 1_usize..5);
    (size, scale(), scale(), scale()).prop_flat_map(|((nx, ny), sx, sy, colours)| {
        let ends = || (any_finite(), any_finite());
        let holes = prop::collection::vec(0..4_u8, nx * ny);
        (
            ends(),
            ends(),
            values(nx * ny),
            holes,
            prop::option::of(any_finite()),
        )
            .prop_map(move |(x, y, values, holes, centre)| {
                let x = centres(sx, x, nx).unwrap_or_else(|| vec![1.0]);
                let y = centres(sy, y, ny).unwrap_or_else(|| vec![1.0]);
                let there = values.into_iter().zip(holes).take(x.len() * y.len());
                let cells: Vec<Option<f64>> = there
                    .map(|(value, hole)| (hole > 0).then_some(value))
                    .collect();
                let levels = suggested_levels(cells.iter().copied().flatten(), colours);
                let map = HeatMap::new(x, y, cells, "τ", colours).with_contours(levels);
                let map = match centre.filter(|centre| colours.shows(*centre)) {
                    Some(centre) => map.with_centre(centre),
                    None => map,
                };
                (Field::HeatMap(map), sx, sy)
            })
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    (any_finite(), any::<bool>()).prop_map(|(at, is_vertical)| {
        let (label, colour) = ("mark".to_owned(), None);
        if is_vertical {
            Mark::Vertical { at, label, colour }
        } else {
            Mark::Horizontal { at, label, colour }
        }
    })
}

fn draws(panel: Panel) -> Result<(), TestCaseError> {
    let figure = Figure::new(vec![panel], 1);
    let text = figure
        .to_svg()
        .map_err(|e| TestCaseError::fail(e.to_string()))?;
    let document = roxmltree::Document::parse(&text);
    let document = document.map_err(|e| TestCaseError::fail(e.to_string()))?;
    for node in document.descendants() {
        for attribute in node.attributes() {
            let value = attribute.value();
            prop_assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
        }
    }
    figure
        .to_png()
        .map_err(|e| TestCaseError::fail(e.to_string()))?;
    Ok(())
}

proptest! {
    #![proptest_config(crate::cases::cases(128))]

    #[test]
    fn curves(
        curves in prop::collection::vec(curve(), 0..4),
        marks in prop::collection::vec(mark(), 0..3),
        (sx, sy) in (scale(), scale()),
    ) {
        let mut panel = Panel::new("(a)", Axis::new("x", sx), Axis::new("y", sy));
        // As the commands choose it.
        if sy == Scale::Linear {
            panel.y.scale = suggested_scale(
                curves.iter().flat_map(|c| &c.points).filter_map(|point| point.1),
            );
        }
        panel.curves = curves;
        panel.marks = marks;
        draws(panel)?;
    }

    #[test]
    fn fields((field, sx, sy) in field(), curve in curve()) {
        let panel = Panel::new("(a)", Axis::new("x", sx), Axis::new("y", sy));
        draws(panel.with_field(field).with_curve(curve))?;
    }
}
