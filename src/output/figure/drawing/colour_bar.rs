//! The bar that tells the numbers behind the colours of a heat map.

use super::axis::AxisMap;
use super::cell_grid::Cells;
use super::colour_scale::Shades;
use super::font::{CAPITAL, DESCENT, Font};
use super::frame::{LEAST_SIZE, LINE, centred};
use super::geometry::{Point, Rect};
use super::palette::Colour;
use super::place::{
    EDGE, LABEL_GAP, LABEL_SIZE, Place, TICK_GAP, TICK_SIZE, most_on_height, widest,
};
use super::sketch::{Anchor, Sketch, Text};
use super::ticks::{Tick, ticks};
use super::{Field, HeatMap, Panel};

/// From the frame to the bar.
const GAP: f64 = 9.0;
const WIDTH: f64 = 11.0;
const MAJOR: f64 = 3.0;
const MINOR: f64 = 1.7;

fn heat_map(panel: &Panel) -> Option<(&HeatMap, Shades)> {
    match panel.field.as_ref()? {
        Field::HeatMap(map) => Some((map, Shades::of(map)?)),
        Field::Categories(_) => None,
    }
}

fn bar_ticks(map: &HeatMap, shades: &Shades, height: f64) -> Vec<Tick> {
    ticks(map.scale, shades.range, most_on_height(map.scale, height))
}

/// From the frame to the right end of the bar's label, for a frame of this height; 0 without a bar.
pub(super) fn width(panel: &Panel, height: f64, font: &Font) -> f64 {
    let Some((map, shades)) = heat_map(panel) else {
        return 0.0;
    };
    let numbers = widest(&bar_ticks(map, &shades, height), font);
    let label = if map.label.is_empty() {
        0.0
    } else {
        LABEL_GAP + (CAPITAL + DESCENT) * LABEL_SIZE
    };
    GAP + WIDTH + TICK_GAP + numbers + label
}

/// Draw the bar with its numbers and its label, if the panel has one.
pub(super) fn draw(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    let Some((map, shades)) = heat_map(panel) else {
        return;
    };
    let frame = place.frame;
    let bar = Rect::new(frame.right + GAP, frame.top, WIDTH, frame.height());
    sketch.cells(Cells {
        outline: bar,
        clip: bar,
        columns: 1,
        colours: shades.colours(),
        indices: shades.bar(),
    });
    let ticks = bar_ticks(map, &shades, frame.height());
    let along = AxisMap::new(map.scale, shades.range, (bar.bottom, bar.top));
    draw_ticks(sketch, &bar, &ticks, along);
    draw_label(
        sketch,
        &map.label,
        place,
        bar.right + TICK_GAP + widest(&ticks, font),
        font,
    );
}

fn draw_ticks(sketch: &mut Sketch, bar: &Rect, ticks: &[Tick], along: AxisMap) {
    let start = Point::new(bar.middle().x, bar.top);
    let mut outline = vec![start, Point::new(bar.right, bar.top)];
    outline.extend([
        Point::new(bar.right, bar.bottom),
        Point::new(bar.left, bar.bottom),
        Point::new(bar.left, bar.top),
        start,
    ]);
    let mut pieces = vec![outline];
    for (tick, at) in ticks
        .iter()
        .filter_map(|tick| Some((tick, along.to_canvas(tick.value)?)))
    {
        let length = if tick.label.is_some() { MAJOR } else { MINOR };
        pieces.push(vec![
            Point::new(bar.right, at),
            Point::new(bar.right + length, at),
        ]);
        sketch.text(Text {
            text: tick.label.clone().unwrap_or_default(),
            at: Point::new(bar.right + TICK_GAP, at + CAPITAL * TICK_SIZE / 2.0),
            anchor: Anchor::Start,
            size: TICK_SIZE,
            colour: Colour::INK,
            upwards: false,
        });
    }
    sketch.stroke(pieces, LINE, Colour::INK);
}

fn draw_label(sketch: &mut Sketch, label: &str, place: &Place, numbers_end: f64, font: &Font) {
    let frame = place.frame;
    let top = place.cell.top + EDGE;
    let bottom = frame.bottom + TICK_GAP + CAPITAL * TICK_SIZE;
    let (text, size) = font.fitted(label, LABEL_SIZE, LEAST_SIZE, bottom - top);
    let y = centred(
        frame.middle().y,
        font.width(&text, size) / 2.0,
        (top, bottom),
    );
    sketch.text(Text {
        text,
        at: Point::new(numbers_end + LABEL_GAP + CAPITAL * LABEL_SIZE, y),
        anchor: Anchor::Middle,
        size,
        colour: Colour::INK,
        upwards: true,
    });
}
