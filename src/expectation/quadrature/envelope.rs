//! What is far out weighs less: how much an average can have of what is beyond a distance.
//!
//! Averages that need the Gaussian as far as `R` deviations are at most like those of a power, `|x|^p phi(x)` with the
//! `p` that has fallen by `e^-41` from its largest value at `x = R`.

/// Logarithm of what is left at the reach.
const LEFT: f64 = -41.0;
/// How much larger than that the averages of links may be which are no powers.
const MARGIN: f64 = 30.0;

/// The largest part of averages of a reach, by distance from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope {
    power: f64,
    /// Logarithm of the largest value.
    highest: f64,
}

impl Envelope {
    /// For averages that need the Gaussian as far as that, in deviations.
    pub(super) fn of(reach: f64) -> Self {
        let made = |power: f64| {
            // At x = sqrt(p); 0 at p = 0.
            let highest = 0.5 * power * (power.max(f64::MIN_POSITIVE).ln() - 1.0);
            Self { power, highest }
        };
        let (mut low, mut high) = (0.0, reach * reach);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if made(middle).logarithm(reach) < LEFT {
                low = middle;
            } else {
                high = middle;
            }
        }
        made(high)
    }

    fn logarithm(&self, x: f64) -> f64 {
        self.power * x.ln() - 0.5 * x * x - self.highest
    }

    /// What is farther out than `x >= 0`, at most 1.
    pub(super) fn beyond(&self, x: f64) -> f64 {
        if x * x <= self.power {
            return 1.0;
        }
        (MARGIN * self.logarithm(x).exp()).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_fall_to_what_is_left_at_their_reach() {
        for reach in [9.5, 10.0, 13.0, 37.0] {
            let envelope = Envelope::of(reach);
            let left = envelope.beyond(reach) / MARGIN;
            assert!((left.ln() - LEFT).abs() < 1e-9, "{reach}: {left:e}");
            let values: Vec<f64> = (0..100)
                .map(|i| envelope.beyond(0.1 * f64::from(i)))
                .collect();
            assert!(
                values[0] >= 1.0 && values.windows(2).all(|v| v[1] <= v[0]),
                "{reach}"
            );
        }
        // Bounded links: the density itself, but for the margin and a power below 2.
        let (ours, density) = (Envelope::of(9.5).beyond(6.0), (-18.0_f64).exp());
        assert!(ours > MARGIN * density && ours < 36.0 * 3.0 * MARGIN * density);
    }
}
