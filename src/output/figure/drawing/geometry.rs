//! Points and boxes on the canvas: x to the right, y downwards, in canvas units.

/// A place on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub(super) fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point a fraction `t` of the way to `other`.
    pub(super) fn towards(self, other: Self, t: f64) -> Self {
        Self::new(
            self.x + t * (other.x - self.x),
            self.y + t * (other.y - self.y),
        )
    }
}

/// An upright box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Rect {
    pub(super) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn middle(&self) -> Point {
        Point::new(
            f64::midpoint(self.left, self.right),
            f64::midpoint(self.top, self.bottom),
        )
    }

    /// The same with so much more on its left and its right.
    pub(super) fn widened(&self, by: f64) -> Self {
        Self::new(
            self.left - by,
            self.top,
            self.width() + 2.0 * by,
            self.height(),
        )
    }

    /// The same with so much more on every side.
    pub(super) fn grown(&self, by: f64) -> Self {
        Self::new(
            self.left - by,
            self.top - by,
            self.width() + 2.0 * by,
            self.height() + 2.0 * by,
        )
    }

    /// Whether the point lies inside, allowing for rounding on the border.
    pub(super) fn contains(&self, point: Point) -> bool {
        const ROUNDING: f64 = 1e-6;
        point.x >= self.left - ROUNDING
            && point.x <= self.right + ROUNDING
            && point.y >= self.top - ROUNDING
            && point.y <= self.bottom + ROUNDING
    }

    /// Area shared with another box.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }

    /// The corners in drawing order.
    pub(super) fn corners(&self) -> Vec<Point> {
        vec![
            Point::new(self.left, self.top),
            Point::new(self.right, self.top),
            Point::new(self.right, self.bottom),
            Point::new(self.left, self.bottom),
        ]
    }
}
