//! Curves turned from values into lines, markers, bars and areas inside the frame.

use super::clip;
use super::colour_scale::sequential;
use super::geometry::{Point, Rect};
use super::palette::{self, Colour, DASHED, DASHES, DOTTED, Dash, Marker, SOLID};
use super::place::Place;
use super::placement::Ink;
use super::sketch::{LINE, Sketch};
use super::{Curve, CurveStyle, Panel};

/// Lines in a panel that are told apart by colour alone; with more, dash patterns help.
const BY_COLOUR_ALONE: usize = 4;
const THIN_LINE: f64 = 0.9;
/// What a halo adds to the width of a line.
const HALO: f64 = 1.6;
const MARKER_RADIUS: f64 = 2.5;
/// Half the width of the cap of an error bar.
const CAP: f64 = 2.2;
const BAND_OPACITY: f64 = 0.18;

/// How a curve looks, in the panel and in the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub(super) colour: Colour,
    /// `None` for markers only.
    pub(super) dash: Option<Dash>,
    pub(super) width: f64,
    pub(super) marker: Option<Marker>,
    pub(super) band: bool,
}

/// A curve ready to draw, in canvas units.
#[derive(Debug)]
pub(super) struct Drawn<'a> {
    pub(super) label: &'a str,
    pub(super) look: Look,
    /// Visible pieces of the line.
    pub(super) pieces: Vec<Vec<Point>>,
    /// Places of markers.
    pub(super) spots: Vec<Point>,
    /// Visible parts of error bars with their caps.
    bars: Vec<Vec<Point>>,
    /// Visible parts of the band.
    pub(super) bands: Vec<Vec<Point>>,
}

impl Drawn<'_> {
    /// What stands for a point without neighbours: a dot for a solid line, a ring for another.
    fn lone(&self) -> Marker {
        match self.look.dash {
            Some(dash) if !dash.is_empty() => Marker::Ring,
            _ => Marker::Disc,
        }
    }

    /// The marker in the legend, also of a line that came to points only.
    pub(super) fn sample(&self) -> Option<Marker> {
        let points_only = self.pieces.is_empty() && !self.spots.is_empty();
        self.look.marker.or(points_only.then_some(self.lone()))
    }

    pub(super) fn is_visible(&self) -> bool {
        !(self.pieces.is_empty() && self.spots.is_empty() && self.bands.is_empty())
    }

    /// Every line that has ink.
    fn lines(&self) -> impl Iterator<Item = &Vec<Point>> {
        self.pieces.iter().chain(&self.bars)
    }

    /// All its ink, for those who look for free space.
    pub(super) fn add_to(&self, ink: &mut Ink) {
        self.lines().for_each(|line| ink.add_line(line));
        self.bands.iter().for_each(|band| ink.add_edge(band));
        self.spots.iter().for_each(|spot| ink.add_spot(*spot));
    }

    pub(super) fn draw_band(&self, sketch: &mut Sketch) {
        for band in &self.bands {
            sketch.fill(band.clone(), self.look.colour.with_alpha(BAND_OPACITY));
        }
    }

    /// White seams that lift the lines off the colours of a field.
    pub(super) fn draw_halo(&self, sketch: &mut Sketch) {
        let lines = self
            .pieces
            .iter()
            .flat_map(|piece| clip::dashes(piece, self.look.dash.unwrap_or(SOLID)));
        sketch.line(lines.collect(), self.look.width + HALO, Colour::PAPER);
        sketch.line(self.bars.clone(), THIN_LINE + HALO, Colour::PAPER);
    }

    pub(super) fn draw(&self, sketch: &mut Sketch) {
        let Look {
            colour,
            dash,
            width,
            marker,
            ..
        } = self.look;
        let line = self
            .pieces
            .iter()
            .flat_map(|piece| clip::dashes(piece, dash.unwrap_or(SOLID)));
        sketch.line(line.collect(), width, colour);
        sketch.line(self.bars.clone(), THIN_LINE, colour);
        for spot in &self.spots {
            draw_marker(sketch, *spot, marker.unwrap_or(self.lone()), colour);
        }
    }
}

/// The curves of a panel, in order.
pub(super) fn prepare<'a>(panel: &'a Panel, place: &Place) -> Vec<Drawn<'a>> {
    looks(&panel.curves)
        .into_iter()
        .zip(&panel.curves)
        .map(|(look, curve)| prepare_one(curve, look, place))
        .collect()
}

fn prepare_one<'a>(curve: &'a Curve, look: Look, place: &Place) -> Drawn<'a> {
    let mut drawn = Drawn {
        label: &curve.label,
        look,
        pieces: Vec::new(),
        spots: Vec::new(),
        bars: bars(curve, place),
        bands: bands(curve, place),
    };
    for run in runs(curve, place) {
        if look.dash.is_some() {
            drawn.pieces.extend(clip::polyline(&run, &place.frame));
        }
        // A point without neighbours makes no line; a dot keeps it from getting lost.
        if look.marker.is_some() || run.len() == 1 {
            drawn
                .spots
                .extend(run.into_iter().filter(|point| place.frame.contains(*point)));
        }
    }
    drawn
}

/// Colour, dash and marker of each curve.
fn looks(curves: &[Curve]) -> Vec<Look> {
    let asked = |style: CurveStyle| curves.iter().filter(|curve| curve.style == style).count();
    // Where dashes mean something, or colours are in order, lines differ by colour alone.
    let meant = asked(CurveStyle::Dashed) + asked(CurveStyle::Dotted) > 0;
    let mut shades: Vec<f64> = curves.iter().filter_map(|curve| curve.shade).collect();
    shades.sort_by(f64::total_cmp);
    shades.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let many = asked(CurveStyle::Line) > BY_COLOUR_ALONE && !meant && shades.is_empty();
    let (mut lines, mut markers) = (0, 0);
    let mut looks = Vec::with_capacity(curves.len());
    for (index, curve) in curves.iter().enumerate() {
        let mut next_marker = || {
            markers += 1;
            Some(palette::marker(markers - 1))
        };
        let (dash, width, marker) = match curve.style {
            CurveStyle::Line => {
                lines += 1;
                let dash = if many {
                    DASHES[(lines - 1) % DASHES.len()]
                } else {
                    SOLID
                };
                (Some(dash), LINE, None)
            }
            CurveStyle::Dashed => (Some(DASHED), LINE, None),
            CurveStyle::Dotted => (Some(DOTTED), LINE, None),
            CurveStyle::Points => (None, LINE, next_marker()),
            CurveStyle::LineAndPoints => (Some(SOLID), THIN_LINE, next_marker()),
        };
        let colour = match curve.shade {
            Some(place) => {
                let before = shades.partition_point(|shade| shade.total_cmp(&place).is_lt());
                sequential(place).in_order(before, shades.len())
            }
            None => palette::colour(curve.colour.unwrap_or(index)),
        };
        looks.push(Look {
            colour,
            dash,
            width,
            marker,
            band: curve.band.is_some(),
        });
    }
    looks
}

/// The unbroken stretches of a curve on the canvas.
fn runs(curve: &Curve, place: &Place) -> Vec<Vec<Point>> {
    let points = curve.points.iter().map(|(x, y)| place.point(*x, (*y)?));
    split(points.collect())
}

/// The stretches without a gap.
fn split<T>(items: Vec<Option<T>>) -> Vec<Vec<T>> {
    let mut runs = vec![Vec::new()];
    for item in items {
        match (item, runs.last_mut()) {
            (Some(item), Some(run)) => run.push(item),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Both ends of a bar at each point; a low end that a log axis cannot show lies at the frame.
fn ends(curve: &Curve, list: &[(f64, f64)], place: &Place) -> Vec<Option<(Point, Point)>> {
    let one = |(point, (low, high)): (&(f64, Option<f64>), &(f64, f64))| {
        point.1?;
        let top = place.point(point.0, *high)?;
        let bottom = place.y.to_canvas(*low).unwrap_or(place.y.start());
        Some((Point::new(top.x, bottom), top))
    };
    curve.points.iter().zip(list).map(one).collect()
}

fn bars(curve: &Curve, place: &Place) -> Vec<Vec<Point>> {
    let Some(list) = &curve.error_bars else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (low, high) in ends(curve, list, place).into_iter().flatten() {
        lines.extend(clip::polyline(&[low, high], &place.frame));
        for end in [low, high] {
            if place.frame.contains(end) {
                let cap = [
                    Point::new(end.x - CAP, end.y),
                    Point::new(end.x + CAP, end.y),
                ];
                lines.extend(clip::polyline(&cap, &place.frame));
            }
        }
    }
    lines
}

fn bands(curve: &Curve, place: &Place) -> Vec<Vec<Point>> {
    let Some(list) = &curve.band else {
        return Vec::new();
    };
    split(ends(curve, list, place))
        .into_iter()
        .map(|run| {
            let there = run.iter().map(|(low, _)| *low);
            let back = run.iter().rev().map(|(_, high)| *high);
            clip::polygon(&there.chain(back).collect::<Vec<_>>(), &place.frame)
        })
        .filter(|area| area.len() > 2)
        .collect()
}

/// A marker with a thin white rim that parts it from its neighbours.
pub(super) fn draw_marker(sketch: &mut Sketch, at: Point, marker: Marker, colour: Colour) {
    const RIM: f64 = 0.5;
    for (radius, colour) in [
        (MARKER_RADIUS + RIM, Colour::PAPER),
        (MARKER_RADIUS, colour),
    ] {
        match marker {
            Marker::Disc | Marker::Ring => sketch.disc(at, radius, colour),
            Marker::Square => {
                let half = 0.88 * radius;
                sketch.fill(
                    Rect::new(at.x - half, at.y - half, 2.0 * half, 2.0 * half).corners(),
                    colour,
                );
            }
            Marker::Up => sketch.fill(triangle(at, 1.25 * radius, -1.0), colour),
            Marker::Down => sketch.fill(triangle(at, 1.25 * radius, 1.0), colour),
            Marker::Diamond => {
                let r = 1.25 * radius;
                let outline = [(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0)];
                sketch.fill(
                    outline
                        .map(|(x, y)| Point::new(at.x + x, at.y + y))
                        .to_vec(),
                    colour,
                );
            }
            Marker::Cross => sketch.fill(cross(at, 1.2 * radius, 0.4 * radius), colour),
        }
    }
    if marker == Marker::Ring {
        sketch.disc(at, 0.55 * MARKER_RADIUS, Colour::PAPER);
    }
}

/// A triangle with its tip above (`down` = -1) or below (1) the centre.
fn triangle(at: Point, r: f64, down: f64) -> Vec<Point> {
    let (side, base) = (0.866 * r, -0.5 * r * down);
    vec![
        Point::new(at.x, at.y + r * down),
        Point::new(at.x + side, at.y + base),
        Point::new(at.x - side, at.y + base),
    ]
}

/// An upright cross with arms of length `r` and half-width `w`.
fn cross(at: Point, r: f64, w: f64) -> Vec<Point> {
    let outline = [
        (-w, -r),
        (w, -r),
        (w, -w),
        (r, -w),
        (r, w),
        (w, w),
        (w, r),
        (-w, r),
        (-w, w),
        (-r, w),
        (-r, -w),
        (-w, -w),
    ];
    outline
        .map(|(x, y)| Point::new(at.x + x, at.y + y))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(styles: &[CurveStyle]) -> Vec<Curve> {
        styles
            .iter()
            .map(|style| Curve::new("", Vec::new(), *style))
            .collect()
    }

    #[test]
    fn few_lines_are_solid_and_many_all_differ() {
        assert!(
            looks(&curves(&[CurveStyle::Line; 4]))
                .iter()
                .all(|look| look.dash == Some(SOLID))
        );
        let many = looks(&curves(&[CurveStyle::Line; 6]));
        for (i, a) in many.iter().enumerate() {
            let before = many[..i].iter();
            assert!(
                before
                    .clone()
                    .all(|b| a.dash != b.dash && a.colour != b.colour)
            );
        }
        let mut styles = vec![CurveStyle::Line; 6];
        styles.push(CurveStyle::Dashed);
        let meant = looks(&curves(&styles));
        assert!(meant[..6].iter().all(|look| look.dash == Some(SOLID)));
        assert_eq!(meant[6].dash, Some(DASHED));
    }

    #[test]
    fn shades_follow_their_order() {
        let shaded: Vec<Curve> = (0..9)
            .map(|i| Curve::new("", Vec::new(), CurveStyle::Line).with_shade(f64::from(i) / 8.0))
            .collect();
        let looks = looks(&shaded);
        assert!(looks.iter().all(|look| look.dash == Some(SOLID)));
        let blue = |look: &Look| look.colour.rgb.1;
        assert!(looks.windows(2).all(|pair| blue(&pair[0]) < blue(&pair[1])));
        // Each stands out from the paper it is on.
        for style in ["dark", "beamer"] {
            let style = crate::output::Style::named(style).unwrap();
            let theme = palette::Theme::of(&style);
            let light = |rgb: (u8, u8, u8)| i32::from(rgb.0) + i32::from(rgb.1) + i32::from(rgb.2);
            let paper = light(theme.resolved(palette::Colour::PAPER).rgb);
            for look in &looks {
                let drawn = light(theme.resolved(look.colour).rgb);
                assert!((drawn - paper).abs() > 150, "{drawn} on {paper}");
            }
        }
    }

    #[test]
    fn gaps_split() {
        assert_eq!(
            split(vec![None, Some(1), Some(2), None, None, Some(3)]),
            [vec![1, 2], vec![3]]
        );
    }
}
