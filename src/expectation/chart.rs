//! Coordinates in which averages of pairs are smooth functions of the angle.

use super::Overlaps;

/// Coordinates of the angle between `w` and `omega*`: the averages are smooth functions of the
/// angle, hence of its cosine in the middle and of its sine towards the two aligned limits.
/// Where one of the links is smooth they are smooth functions of the cosine everywhere, hence of the
/// square of the sine: `even`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chart {
    Aligned,
    Middle,
    Opposed,
}

/// `cos(pi/4)`, where the charts meet.
const MEETING: f64 = std::f64::consts::FRAC_1_SQRT_2;

impl Chart {
    /// The chart of a point and its coordinate in [0, 1] there.
    pub(super) fn of(at: &Overlaps, even: bool) -> (Self, f64) {
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
        let square = (sine2 / (MEETING * MEETING)).min(1.0);
        (chart, if even { square } else { square.sqrt() })
    }

    /// The point with coordinate `t` in [0, 1] and self-overlap `q`.
    pub(super) fn overlaps(self, t: f64, q: f64, even: bool) -> Overlaps {
        match self {
            Self::Middle => Overlaps::from_cosine(MEETING * (2.0 * t - 1.0), q),
            Self::Aligned | Self::Opposed => {
                let sine = MEETING * if even { t.sqrt() } else { t };
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
