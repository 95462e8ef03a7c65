//! Coordinates in which averages of pairs are smooth functions of the angle.

use super::Overlaps;
use super::chebyshev_patch::Interval;

/// Coordinates of the angle between `w` and `omega*`: the averages are smooth functions of the
/// angle, hence of its cosine in the middle and of its sine towards the two aligned limits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chart {
    Aligned,
    Middle,
    Opposed,
}

/// `cos(pi/4)`, where the charts meet.
pub(super) const MEETING: f64 = std::f64::consts::FRAC_1_SQRT_2;

impl Chart {
    /// The chart of a point and its coordinate in [0, 1] there.
    pub(super) fn of(at: &Overlaps) -> (Self, f64) {
        let inverse = 1.0 / at.q;
        let sine2 = at.residual * inverse;
        if sine2 > 0.5 {
            let c = at.m * inverse.sqrt();
            return (Self::Middle, (0.5 + 0.5 * c / MEETING).clamp(0.0, 1.0));
        }
        let chart = if at.m > 0.0 {
            Self::Aligned
        } else {
            Self::Opposed
        };
        (chart, (sine2.sqrt() / MEETING).min(1.0))
    }

    /// The largest `|cosine|` on an interval of the coordinate.
    pub(super) fn largest_cosine(self, place: Interval) -> f64 {
        let (low, high) = (place.low, place.low + place.width);
        match self {
            Self::Middle => MEETING * (2.0 * low - 1.0).abs().max((2.0 * high - 1.0).abs()),
            Self::Aligned | Self::Opposed => (1.0 - (MEETING * low).powi(2)).sqrt(),
        }
    }

    /// The point with coordinate `t` in [0, 1] and self-overlap `q`.
    pub(super) fn overlaps(self, t: f64, q: f64) -> Overlaps {
        match self {
            Self::Middle => Overlaps::from_cosine(MEETING * (2.0 * t - 1.0), q),
            Self::Aligned | Self::Opposed => {
                let sine = MEETING * t;
                let m = (q * (1.0 - sine) * (1.0 + sine)).sqrt();
                Overlaps {
                    m: if matches!(self, Self::Aligned) { m } else { -m },
                    q,
                    residual: q * sine * sine,
                }
            }
        }
    }
}
