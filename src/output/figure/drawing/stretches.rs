//! Stretches of x: light areas below all else, and small text in them.

use super::Stretch;
use super::font::{CAPITAL, DESCENT, Font};
use super::geometry::{Point, Rect};
use super::palette::Colour;
use super::place::Place;
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};

/// Share of the ink in a shaded area.
const SHADE: f64 = 0.06;
const SIZE: f64 = 9.5;
/// Letters shrink to this part of their size before a text is left out.
const LEAST: f64 = 0.7;
/// From the frame to the first text, beyond the ticks.
const INSET: f64 = 7.0;
const ROW: f64 = 12.0;
/// From a text to the nearest line that does not touch it.
const CLEAR: f64 = 2.0;
/// Rows tried for a text, from the top and from the bottom.
const ROWS: usize = 6;

/// Costs of a place, in samples that it hides: for each row from the frame, and at an end.
const OF_ROW: f64 = 0.8;
const OF_END: f64 = 0.3;

/// A stretch as far as it lies in the frame.
pub(super) struct Area<'a> {
    stretch: &'a Stretch,
    rect: Rect,
}

/// The stretches that can be seen.
pub(super) fn prepare<'a>(stretches: &'a [Stretch], place: &Place) -> Vec<Area<'a>> {
    let frame = place.frame;
    let inside = |x: f64| x.clamp(frame.left, frame.right);
    let area = |stretch: &'a Stretch| {
        // A scale without a place for the beginning, as a logarithmic one for 0, begins at the frame.
        let from = place.x.to_canvas(stretch.from).map_or(frame.left, inside);
        let to = place.x.to_canvas(stretch.to).map_or(frame.left, inside);
        let rect = Rect::new(from, frame.top, to - from, frame.height());
        (rect.width() > 0.0).then_some(Area { stretch, rect })
    };
    stretches.iter().filter_map(area).collect()
}

/// The areas.
pub(super) fn draw(sketch: &mut Sketch, areas: &[Area]) {
    for area in areas.iter().filter(|area| area.stretch.shaded) {
        sketch.fill(area.rect.corners(), Colour::INK.with_alpha(SHADE));
    }
}

/// The texts, each in the place of its area where it hides least; one that is too wide for it is left out.
pub(super) fn draw_labels(sketch: &mut Sketch, areas: &[Area], ink: &mut Ink, font: &Font) {
    for Area { stretch, rect } in areas.iter().filter(|area| !area.stretch.label.is_empty()) {
        let room = rect.width() - INSET;
        let (text, size) = (stretch.label.as_str(), SIZE);
        let size = size * (room / font.width(text, size)).min(1.0);
        if size < LEAST * SIZE {
            continue;
        }
        let (width, height) = (font.width(text, size), (CAPITAL + DESCENT) * size + 1.0);
        let middle = rect.middle().x - width / 2.0;
        let ends = [rect.left + INSET / 2.0, rect.right - INSET / 2.0 - width];
        let rows = (0..ROWS).flat_map(|row| {
            let down = INSET + row as f64 * ROW;
            let tops = [rect.top + down, rect.bottom - down - height];
            tops.map(|top| (row, top))
        });
        // In the middle rather than at an end, near the frame rather than far from it.
        let places = rows.flat_map(|(row, top)| {
            let far = OF_ROW * row as f64;
            let lefts = [
                (middle, far),
                (ends[0], far + OF_END),
                (ends[1], far + OF_END),
            ];
            lefts.map(|(left, cost)| (cost, Rect::new(left, top, width, height)))
        });
        let best = places
            .map(|(cost, place)| (cost + ink.hidden_by(&place.grown(CLEAR)), place))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, place)) = best else { continue };
        sketch.veil(&place);
        let at = Point::new(place.left, place.top + CAPITAL * size + 1.0);
        sketch.text(Text {
            text: text.to_owned(),
            at,
            anchor: Anchor::Start,
            size,
            colour: Colour::GREY,
            upwards: false,
        });
        ink.add_block(place);
    }
}
