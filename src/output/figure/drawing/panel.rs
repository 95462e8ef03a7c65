//! Drawing one panel, from the lowest layer to the highest.

use super::cell_grid::Cells;
use super::curves::{self, Drawn};
use super::font::{CAPITAL, Font};
use super::geometry::{Point, Rect};
use super::legend::{self, Entry, Legend};
use super::marks;
use super::palette::Colour;
use super::place::{EDGE, LegendPlace, Place, TICK_SIZE};
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};
use super::{Field, LegendSpot, Panel, colour_bar, field_canvas, frame, stretches};

/// A frame narrower than this is not worth a legend of areas beside it ...
const LEAST_FRAME: f64 = 110.0;
/// ... and one narrower than this no legend of curves, which then stands below.
const LEAST_FRAME_OF_CURVES: f64 = 170.0;

/// Put a panel on the sketch.
pub(super) fn draw(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    let curves = curves::prepare(panel, place);
    let lines = marks::prepare(&panel.marks, place);
    let mut ink = ink(&curves, &lines);
    let cells = field_canvas::cells(panel, place);
    let has_field = cells.is_some();
    if let Some(area) = cells.as_ref().and_then(Cells::unfinished) {
        ink.add_area(area);
    }
    let entries = entries(panel, &curves, place);
    let legend = find_legend(&entries, panel, (place, &lines), &ink, font);
    if let Some(legend) = &legend {
        ink.add_block(legend.rect);
    }

    let areas = stretches::prepare(&panel.stretches, place);
    stretches::draw(sketch, &areas);
    cells.into_iter().for_each(|cells| sketch.cells(cells));
    field_canvas::draw_contours(
        sketch,
        &field_canvas::contours(panel, place),
        place,
        &ink,
        font,
    );
    for curve in &curves {
        curve.draw_band(sketch);
    }
    marks::draw_lines(sketch, &lines, has_field);
    for curve in &curves {
        if has_field {
            curve.draw_halo(sketch);
        }
        curve.draw(sketch);
    }
    frame::draw(sketch, place, has_field);
    frame::draw_text(sketch, panel, place, font);
    colour_bar::draw(sketch, panel, place, font);
    if !has_field && !curves.iter().any(Drawn::is_visible) {
        no_data(sketch, panel, place, font, &mut ink);
    }
    if let Some(legend) = legend {
        legend::draw(sketch, &entries, &legend, font);
    }
    stretches::draw_labels(sketch, &areas, &mut ink, font);
    marks::draw_labels(sketch, &lines, &place.frame, &mut ink, font);
}

/// What the legend names, as long as its place allows.
fn entries<'a>(panel: &'a Panel, curves: &'a [Drawn<'a>], place: &Place) -> Vec<Entry<'a>> {
    let mut entries = legend::entries(panel, curves);
    match place.legend {
        LegendPlace::Below { ends, .. } => legend::widen(&mut entries, ends.1 - ends.0),
        LegendPlace::Nowhere => entries.clear(),
        LegendPlace::Inside => legend::lengthen(&mut entries, place.frame.width()),
        _ => {}
    }
    entries
}

/// Where the legend belongs: to the right of the frame if it explains the field and there is room, or if it
/// would hide too much inside; below if the frame would get too narrow. A style may put it elsewhere, and in a figure
/// of `fixed` height frames keep what they have.
pub(super) fn legend_place(
    panel: &Panel,
    place: &Place,
    (spot, fixed): (LegendSpot, bool),
    font: &Font,
) -> LegendPlace {
    let curves = curves::prepare(panel, place);
    let entries = legend::entries(panel, &curves);
    if entries.is_empty() {
        return LegendPlace::Inside;
    }
    let width = legend::width_outside(&entries, font);
    let bar = colour_bar::width(panel, place.frame.height(), font);
    let room = place.cell.right - EDGE - width - bar - place.frame.left;
    match spot {
        LegendSpot::Auto => {}
        LegendSpot::TopRight => return LegendPlace::Corner(true, false),
        LegendSpot::TopLeft => return LegendPlace::Corner(false, false),
        LegendSpot::BottomRight => return LegendPlace::Corner(true, true),
        LegendSpot::BottomLeft => return LegendPlace::Corner(false, true),
        LegendSpot::Right => return LegendPlace::Right(width),
        LegendSpot::Below => return below(entries, ends(place), font),
        LegendSpot::None => return LegendPlace::Nowhere,
    }
    if let Some(Field::Categories(_)) = &panel.field {
        return if room >= LEAST_FRAME {
            LegendPlace::Right(width)
        } else {
            LegendPlace::Inside
        };
    }
    let lines = marks::prepare(&panel.marks, place);
    let ink = ink(&curves, &lines);
    let mut whole = legend::entries(panel, &curves);
    legend::lengthen(&mut whole, place.frame.width());
    let inside = legend::inside(&whole, (place, &lines), &ink, font);
    let fits = |legend: &Legend| !legend.is_crowded() || fixed && legend.hidden.is_finite();
    if inside.is_none_or(|legend| fits(&legend)) {
        LegendPlace::Inside
    } else if room >= LEAST_FRAME_OF_CURVES && legend::fits_beside(&entries, &place.frame, font) {
        LegendPlace::Right(width)
    } else {
        below(entries, ends(place), font)
    }
}

/// The place of a legend that stands below, between these ends.
pub(super) fn legend_below(
    panel: &Panel,
    place: &Place,
    ends: (f64, f64),
    font: &Font,
) -> LegendPlace {
    let curves = curves::prepare(panel, place);
    below(legend::entries(panel, &curves), ends, font)
}

/// Those of its own cell.
fn ends(place: &Place) -> (f64, f64) {
    (place.cell.left, place.cell.right)
}

fn below(mut entries: Vec<Entry>, ends: (f64, f64), font: &Font) -> LegendPlace {
    let width = ends.1 - ends.0;
    legend::widen(&mut entries, width);
    let height = legend::height_below(&entries, width, font);
    LegendPlace::Below { ends, height }
}

fn find_legend(
    entries: &[Entry],
    panel: &Panel,
    (place, lines): (&Place, &[marks::Line]),
    ink: &Ink,
    font: &Font,
) -> Option<Legend> {
    match place.legend {
        LegendPlace::Right(_) => {
            let bar = colour_bar::width(panel, place.frame.height(), font);
            legend::outside(entries, &place.frame, bar, font)
        }
        LegendPlace::Below { ends, .. } => legend::below(entries, place, ends, font),
        LegendPlace::Corner(right, bottom) => {
            legend::corner(entries, &place.frame, (right, bottom), font)
        }
        LegendPlace::Nowhere => None,
        LegendPlace::Inside => legend::inside(entries, (place, lines), ink, font),
    }
}

fn ink(curves: &[Drawn], marks: &[marks::Line]) -> Ink {
    let mut ink = Ink::default();
    for curve in curves {
        curve.add_to(&mut ink);
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
