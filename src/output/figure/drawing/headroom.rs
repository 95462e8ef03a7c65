//! Room above the curves for the texts of vertical lines, where these would stand on them.

use super::axis::{AxisMap, stretched};
use super::font::Font;
use super::place::Place;
use super::placement::Ink;
use super::{Panel, Scale, curves, marks};

/// Ink of curves that a text may hide: less than a line that crosses it.
const LITTLE: f64 = 0.5;
/// The most that is given, as a share of the height.
const MOST: f64 = 0.35;

/// The range of a panel's vertical axis, higher by as many rows of text as are wanted: none where the axis was given, or
/// where it does not help.
pub(super) fn range(
    panel: &Panel,
    place: &Place,
    (scale, range): (Scale, (f64, f64)),
    font: &Font,
) -> (f64, f64) {
    if panel.field.is_some() || panel.y.range.is_some() {
        return range;
    }
    let frame = place.frame;
    let hidden = |room: f64| {
        let y = AxisMap::new(scale, range, (frame.bottom, frame.top + room));
        let lower = Place { y, ..place.clone() };
        let mut ink = Ink::default();
        for curve in curves::prepare(panel, &lower) {
            curve.add_to(&mut ink);
        }
        marks::hidden(&marks::prepare(&panel.marks, &lower), &frame, &ink, font)
    };
    if hidden(0.0) <= LITTLE {
        return range;
    }
    let rooms = (1..)
        .map(marks::room)
        .take_while(|room| *room <= MOST * frame.height());
    let enough = rooms.into_iter().find(|room| hidden(*room) <= LITTLE);
    enough.map_or(range, |room| {
        stretched(scale, range, frame.height() / (frame.height() - room))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Curve, CurveStyle, Figure, Mark};
    use super::*;
    use crate::output::Style;

    /// A peak at a critical strength, in a narrow figure.
    fn peak(y: Axis) -> Figure {
        let points = (0..=100).map(|i| {
            let x = 0.01 * f64::from(i);
            (x, Some(0.01 + (x - 0.32).abs()))
        });
        let points = points.map(|(x, y)| (x, y.map(|y: f64| 1.0 / y)));
        let mut panel = Panel::new("", Axis::linear("x"), y);
        panel = panel.with_curve(Curve::new("", points.collect(), CurveStyle::Line));
        for at in [0.32, 0.43] {
            panel = panel.with_mark(Mark::vertical(at, format!("trap, μ = {at:.4}"), None));
        }
        let style = Style {
            width: Some("1.7in".parse().unwrap()),
            ..Style::default()
        };
        Figure::new(vec![panel], 1).with_style(style)
    }

    /// Ink of the curve under the texts, and the place.
    fn hidden(figure: &Figure) -> (f64, Place) {
        let (mut plan, font) = figure.plan(&figure.panels).unwrap();
        let (panel, place) = (&figure.panels[0], plan.places.remove(0));
        let mut ink = Ink::default();
        for curve in curves::prepare(panel, &place) {
            curve.add_to(&mut ink);
        }
        let lines = marks::prepare(&panel.marks, &place);
        (marks::hidden(&lines, &place.frame, &ink, &font), place)
    }

    #[test]
    fn texts_of_lines_stand_above_curves() {
        let (ink, place) = hidden(&peak(Axis::log("y")));
        assert!(ink <= LITTLE, "{ink}");
        // Two rows above the peak, at 100.
        let top = place.y.to_canvas(100.0).unwrap() - place.frame.top;
        assert!((20.0..50.0).contains(&top), "{top}");
        // Ends that are given stay.
        let (ink, place) = hidden(&peak(Axis::log("y").with_range(1.0, 100.0)));
        assert!(ink > LITTLE, "{ink}");
        assert!((place.y.to_canvas(100.0).unwrap() - place.frame.top).abs() < 1e-6);
    }
}
