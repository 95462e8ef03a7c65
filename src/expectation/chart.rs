//! Coordinates in which averages of pairs are smooth functions of the angle.

use super::Overlaps;
use crate::link::Parity;

/// Coordinates of the angle between `w` and `omega*`: the averages are smooth functions of the
/// angle, hence of its cosine in the middle and of its sine towards the two aligned limits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chart {
    Aligned,
    Middle,
    Opposed,
}

/// `cos(pi/4)`, where the charts meet.
const MEETING: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// What is known of the averages of a pair as functions of the angle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symmetry {
    /// Where one of the links is smooth they are smooth functions of the cosine everywhere, hence of the square of the
    /// sine.
    pub(super) even: bool,
    /// Where one of the links is even all but `alpha` keep their value as the cosine changes its sign, and `alpha` is the
    /// cosine times what does: all are smooth functions of its square.
    pub(super) mirrored: bool,
}

/// Whether one of the links is even.
pub(super) fn is_mirrored(parities: [Parity; 2]) -> bool {
    parities.contains(&Parity::Even)
}

/// `alpha`, the first of some averages and their errors, over the cosine where the pair is mirrored: what is interpolated,
/// so that it is exactly odd, and 0 where the cosine is.
pub(super) fn over_cosine<const F: usize>(
    mirrored: bool,
    at: &Overlaps,
    mut averages: [[f64; F]; 2],
) -> [[f64; F]; 2] {
    if mirrored {
        averages.iter_mut().for_each(|of| of[0] /= at.cosine());
    }
    averages
}

impl Chart {
    /// The chart of a point and its coordinate in [0, 1] there.
    pub(super) fn of(at: &Overlaps, Symmetry { even, mirrored }: Symmetry) -> (Self, f64) {
        let inverse = 1.0 / at.q;
        let sine2 = at.residual * inverse;
        if sine2 > 0.5 {
            let c = at.m * inverse.sqrt() / MEETING;
            let place = if mirrored { c * c } else { 0.5 + 0.5 * c };
            return (Self::Middle, place.clamp(0.0, 1.0));
        }
        let chart = if at.m > 0.0 || mirrored {
            Self::Aligned
        } else {
            Self::Opposed
        };
        let square = (sine2 / (MEETING * MEETING)).min(1.0);
        (chart, if even { square } else { square.sqrt() })
    }

    /// The point with coordinate `t` in [0, 1] and self-overlap `q`.
    pub(super) fn overlaps(self, t: f64, q: f64, symmetry: Symmetry) -> Overlaps {
        match self {
            Self::Middle if symmetry.mirrored => Overlaps::from_cosine(MEETING * t.sqrt(), q),
            Self::Middle => Overlaps::from_cosine(MEETING * (2.0 * t - 1.0), q),
            Self::Aligned | Self::Opposed => {
                let sine = MEETING * if symmetry.even { t.sqrt() } else { t };
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
