//! Cutting lines and areas at the frame, and lines into dashes.

use super::geometry::{Point, Rect};
use super::palette::Dash;

/// Points nearer than this to the one before add nothing that can be seen.
const RESOLUTION: f64 = 0.12;

/// The visible pieces of a line.
pub(super) fn polyline(line: &[Point], frame: &Rect) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in line.windows(2) {
        let &[from, to] = pair else { continue };
        let Some((a, b)) = segment(from, to, frame) else {
            continue;
        };
        match pieces.last_mut() {
            // The line never left the frame since the last segment.
            Some(piece) if a == from && piece.last() == Some(&a) => piece.push(b),
            _ => pieces.push(vec![a, b]),
        }
    }
    pieces.into_iter().map(|piece| thinned(&piece)).collect()
}

/// The visible part of a segment (Liang and Barsky 1984).
fn segment(a: Point, b: Point, frame: &Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let borders = [
        (-dx, a.x - frame.left),
        (dx, frame.right - a.x),
        (-dy, a.y - frame.top),
        (dy, frame.bottom - a.y),
    ];
    for (speed, room) in borders {
        if speed == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if speed < 0.0 {
            enter = enter.max(room / speed);
        } else {
            leave = leave.min(room / speed);
        }
    }
    let start = if enter > 0.0 { a.towards(b, enter) } else { a };
    let end = if leave < 1.0 { a.towards(b, leave) } else { b };
    (enter <= leave).then_some((start, end))
}

/// The pieces of a line outside a box.
pub(super) fn outside(line: &[Point], hole: &Rect) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = vec![Vec::new()];
    let mut add = |point: Point, anew: bool| {
        if anew {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces
            .last_mut()
            .filter(|piece| piece.last() != Some(&point))
        {
            piece.push(point);
        }
    };
    for pair in line.windows(2) {
        let &[from, to] = pair else { continue };
        if let Some((enter, leave)) = segment(from, to, hole) {
            add(from, false);
            add(enter, false);
            add(leave, true);
        } else {
            add(from, false);
        }
        add(to, false);
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

fn thinned(line: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(line.len());
    for point in line {
        if kept
            .last()
            .is_none_or(|last| last.distance(*point) >= RESOLUTION)
        {
            kept.push(*point);
        }
    }
    // The end stays where it is.
    if let Some(end) = line.last().filter(|end| kept.last() != Some(end)) {
        if kept.len() > 1 {
            kept.pop();
        }
        kept.push(*end);
    }
    kept
}

/// The part of a polygon inside the frame (Sutherland and Hodgman 1974).
pub(super) fn polygon(outline: &[Point], frame: &Rect) -> Vec<Point> {
    // Each border as the depth of a point behind it; positive is inside.
    let borders: [&dyn Fn(Point) -> f64; 4] = [
        &|p| p.x - frame.left,
        &|p| frame.right - p.x,
        &|p| p.y - frame.top,
        &|p| frame.bottom - p.y,
    ];
    borders
        .into_iter()
        .fold(outline.to_vec(), |outline, depth| {
            half_plane(&outline, depth)
        })
}

fn half_plane(outline: &[Point], depth: &dyn Fn(Point) -> f64) -> Vec<Point> {
    let mut kept = Vec::with_capacity(outline.len() + 2);
    let Some(mut from) = outline.last().copied() else {
        return kept;
    };
    for to in outline.iter().copied() {
        let (a, b) = (depth(from), depth(to));
        if (a < 0.0) != (b < 0.0) {
            kept.push(from.towards(to, a / (a - b)));
        }
        if b >= 0.0 {
            kept.push(to);
        }
        from = to;
    }
    kept
}

/// The inked parts of a line drawn with a dash pattern.
pub(super) fn dashes(line: &[Point], dash: Dash) -> Vec<Vec<Point>> {
    if dash.is_empty() {
        return vec![line.to_vec()];
    }
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut current: Vec<Point> = line.first().copied().into_iter().collect();
    let mut index = 0;
    let mut left = dash[0];
    for pair in line.windows(2) {
        let &[mut from, to] = pair else { continue };
        loop {
            let length = from.distance(to);
            if length < left {
                left -= length;
                current.push(to);
                break;
            }
            from = from.towards(to, left / length.max(f64::MIN_POSITIVE));
            current.push(from);
            if index % 2 == 0 {
                pieces.push(std::mem::take(&mut current));
            }
            current = vec![from];
            index += 1;
            left = dash[index % dash.len()];
        }
    }
    if index % 2 == 0 && current.len() > 1 {
        pieces.push(current);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 10.0,
        bottom: 10.0,
    };

    fn points(list: &[(f64, f64)]) -> Vec<Point> {
        list.iter().map(|(x, y)| Point::new(*x, *y)).collect()
    }

    #[test]
    fn a_line_stops_at_the_frame_and_comes_back() {
        let pieces = polyline(
            &points(&[(5.0, 5.0), (15.0, 5.0), (15.0, 8.0), (5.0, 8.0)]),
            &FRAME,
        );
        assert_eq!(
            pieces,
            [
                points(&[(5.0, 5.0), (10.0, 5.0)]),
                points(&[(10.0, 8.0), (5.0, 8.0)])
            ]
        );
        assert_eq!(
            polyline(&points(&[(-5.0, 5.0), (15.0, 5.0)]), &FRAME),
            [points(&[(0.0, 5.0), (10.0, 5.0)])]
        );
        assert!(polyline(&points(&[(-5.0, 12.0), (15.0, 12.0)]), &FRAME).is_empty());
    }

    #[test]
    fn an_area_is_cut_to_the_frame() {
        let cut = polygon(
            &points(&[(-5.0, 2.0), (5.0, 2.0), (5.0, 20.0), (-5.0, 20.0)]),
            &FRAME,
        );
        assert!(cut.len() >= 4 && cut.iter().all(|point| FRAME.contains(*point)));
    }

    #[test]
    fn dashes_cover_their_share() {
        let pieces = dashes(&points(&[(0.0, 0.0), (3.0, 0.0), (10.0, 0.0)]), &[2.0, 2.0]);
        let ink: f64 = pieces
            .iter()
            .map(|piece| piece[0].distance(piece[piece.len() - 1]))
            .sum();
        assert!((ink - 6.0).abs() < 1e-9, "{pieces:?}");
    }
}
