//! Drawing one panel, from the lowest layer to the highest.

use super::curves::{self, Drawn};
use super::font::{CAPITAL, Font};
use super::geometry::{Point, Rect};
use super::layout::{Place, TICK_SIZE};
use super::legend::{self, Legend};
use super::marks;
use super::palette::Colour;
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};
use super::{Panel, frame};

/// Put a panel on the sketch.
pub(super) fn draw(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    let curves = curves::prepare(panel, place);
    let lines = marks::prepare(&panel.marks, place);
    let mut ink = ink(&curves, &lines);
    let legend = find_legend(&curves, place, &ink, font);

    for curve in &curves {
        curve.draw_band(sketch);
    }
    marks::draw_lines(sketch, &lines);
    for curve in &curves {
        curve.draw(sketch);
    }
    frame::draw(sketch, place);
    frame::draw_text(sketch, panel, place, font);
    if !curves.iter().any(Drawn::is_visible) {
        no_data(sketch, panel, place, font, &mut ink);
    }
    if let Some(legend) = legend {
        ink.add_block(legend.rect);
        legend::draw(sketch, &curves, &legend, font);
    }
    marks::draw_labels(sketch, &lines, &place.frame, &mut ink, font);
}

/// Whether the legend would hide too much inside the frame.
pub(super) fn is_crowded(panel: &Panel, place: &Place, font: &Font) -> bool {
    let curves = curves::prepare(panel, place);
    let ink = ink(&curves, &marks::prepare(&panel.marks, place));
    legend::inside(&curves, &place.frame, &ink, font).is_some_and(|legend| legend.is_crowded())
}

fn find_legend(curves: &[Drawn], place: &Place, ink: &Ink, font: &Font) -> Option<Legend> {
    if place.legend_outside {
        legend::outside(curves, &place.frame, font)
    } else {
        legend::inside(curves, &place.frame, ink, font)
    }
}

fn ink(curves: &[Drawn], marks: &[marks::Line]) -> Ink {
    let mut ink = Ink::default();
    for curve in curves {
        curve.lines().for_each(|line| ink.add_line(line));
        curve.spots.iter().for_each(|spot| ink.add_spot(*spot));
    }
    marks.iter().for_each(|mark| ink.add_line(&mark.ends));
    ink
}

/// Say that the frame is empty, and whether only the ranges are to blame.
fn no_data(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font, ink: &mut Ink) {
    let exists = panel
        .curves
        .iter()
        .flat_map(|curve| &curve.points)
        .any(|(x, y)| y.is_some_and(|y| place.point(*x, y).is_some()));
    let text = if exists {
        "no data in this range"
    } else {
        "no data"
    };
    let middle = place.frame.middle();
    let (width, height) = (font.width(text, TICK_SIZE), CAPITAL * TICK_SIZE);
    ink.add_block(Rect::new(
        middle.x - width / 2.0,
        middle.y - height / 2.0,
        width,
        height,
    ));
    sketch.text(Text {
        text: text.to_owned(),
        at: Point::new(middle.x, middle.y + height / 2.0),
        anchor: Anchor::Middle,
        size: TICK_SIZE,
        colour: Colour::GREY,
        upwards: false,
    });
}
