//! Where the loss of a run stands still before it falls further.

use super::FlowError;
use crate::root::zero;

/// A stretch of time on which the excess loss hardly falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    /// When it begins.
    pub from: f64,
    /// When it ends.
    pub to: f64,
    /// The loss half way in the logarithm of time, label noise included.
    pub loss: f64,
}

/// `|d ln L / d ln t|` below which the loss stands still.
const FLAT: f64 = 0.05;
/// How many times longer a plateau lasts than it took to get there, at least.
const LASTS: f64 = 2.0;
/// What the loss falls to after a plateau, against it, at most.
const FALLS: f64 = 0.9;
/// Where an end is, in the logarithm of time, in parts of it.
const PRECISION: f64 = 1e-12;
/// How far along the rates the loss is looked at for its slope, against the state: a cube root of rounding.
const REACH: f64 = 6e-6;

/// A run at one time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) t: f64,
    /// Loss above the noise of the labels.
    pub(super) excess: f64,
    /// `d ln L / d ln t` of it.
    pub(super) slope: f64,
}

impl Sample {
    /// Of a state at a time.
    pub(super) fn of(
        (t, state): (f64, &[f64]),
        excess: &dyn Fn(&[f64]) -> f64,
        rates: &dyn Fn(&[f64], &mut [f64]),
    ) -> Self {
        let largest = |all: &[f64]| all.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        let mut rate = vec![0.0; state.len()];
        rates(state, &mut rate);
        let (here, speed) = (excess(state), largest(&rate));
        let slope = if speed > 0.0 {
            let reach = REACH * largest(state) / speed;
            let [after, before] = beside((state, &rate), reach, excess);
            t * (after - before) / (2.0 * reach * here)
        } else {
            0.0
        };
        Self {
            t,
            excess: here,
            slope,
        }
    }

    fn is_flat(&self) -> bool {
        self.slope.abs() < FLAT
    }
}

/// A loss so much later and so much earlier than at a state, along a straight line with its rates.
pub(crate) fn beside(
    (state, rates): (&[f64], &[f64]),
    time: f64,
    loss: &dyn Fn(&[f64]) -> f64,
) -> [f64; 2] {
    [time, -time].map(|time| {
        let moved = state.iter().zip(rates).map(|(y, f)| y + time * f);
        loss(&moved.collect::<Vec<_>>())
    })
}

/// A run at some times, ascending.
type At<'a> = &'a dyn Fn(&[f64]) -> Result<Vec<Sample>, FlowError>;

/// The plateaus between the first fall of the loss and the last, of a run whose steps end at some times; `floor` is the
/// loss of the labels' noise.
///
/// # Errors
/// When the run cannot be looked at.
pub(super) fn plateaus(steps: &[f64], at: At<'_>, floor: f64) -> Result<Vec<Plateau>, FlowError> {
    // A step that is shorter has no whole plateau within.
    let wide = steps.windows(2).filter(|pair| pair[1] > LASTS * pair[0]);
    let middles = wide.map(|pair| 0.5 * (pair[0] + pair[1]));
    let mut times: Vec<f64> = steps.iter().copied().chain(middles).collect();
    times.sort_by(f64::total_cmp);
    let mut seen = at(&times)?;
    seen.retain(|one| one.excess > 0.0);
    let mut found = Vec::new();
    // The last sample before a stretch on which all are flat.
    let mut steep = 0;
    for i in 1..seen.len() {
        if seen[i].is_flat() {
            continue;
        }
        // The stretch from the start is no plateau.
        let is_wide = seen[i].t > LASTS * seen[steep].t;
        if i > steep + 1 && is_wide && !seen[steep].is_flat() {
            let ends = [(steep, steep + 1), (i - 1, i)].map(|(a, b)| end((seen[a], seen[b]), at));
            let [from, to] = ends;
            let (from, to) = (from?, to?);
            let middle = at(&[(from * to).sqrt()])?;
            let level = middle.first().map_or(f64::NAN, |one| one.excess);
            let later = seen[i..].iter().map(|one| one.excess);
            let later = later.fold(f64::INFINITY, f64::min);
            if level < FALLS * seen[0].excess && to > LASTS * from && later < FALLS * level {
                let loss = level + floor;
                found.push(Plateau { from, to, loss });
            }
        }
        steep = i;
    }
    Ok(found)
}

/// The time between two samples, of which one is flat, at which the loss begins or ceases to stand still.
fn end((before, after): (Sample, Sample), at: At<'_>) -> Result<f64, FlowError> {
    let mut failed = None;
    let margin = |one: &Sample| one.slope.abs() - FLAT;
    let function = |time: f64| match at(&[time.exp()]) {
        Ok(seen) => seen.first().map_or(f64::NAN, margin),
        Err(error) => {
            failed = Some(error);
            f64::NAN
        }
    };
    let (from, to) = (before.t.ln(), after.t.ln());
    let precision = PRECISION * from.abs().max(1.0);
    let ends = ((from, margin(&before)), (to, margin(&after)));
    let time = zero(function, ends, precision);
    failed.map_or(Ok(time.exp()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with two falls and a stretch between them.
    fn run([a, b, c]: [f64; 3], t: f64) -> Sample {
        let step = |at: f64| 1.0 / (1.0 + (t / at).powi(4));
        let bend = |at: f64| -4.0 * (t / at).powi(4) * step(at) * step(at);
        let excess = c + (b - c) * step(100.0) + (a - b) * step(1.0);
        let slope = ((b - c) * bend(100.0) + (a - b) * bend(1.0)) / excess;
        Sample { t, excess, slope }
    }

    fn found(levels: [f64; 3], steps: usize) -> Vec<Plateau> {
        let times: Vec<f64> = (0..steps)
            .map(|i| 10f64.powf(-2.0 + 6.0 * i as f64 / steps as f64))
            .collect();
        let at = |times: &[f64]| Ok(times.iter().map(|t| run(levels, *t)).collect());
        plateaus(&times, &at, 0.05).unwrap()
    }

    #[test]
    fn a_plateau_lies_between_two_falls_wherever_steps_end() {
        let levels = [1.0, 0.2, 1e-6];
        let [one] = found(levels, 40)[..] else {
            panic!("{:?}", found(levels, 40));
        };
        assert!(one.from > 1.0 && one.from < 5.0 && one.to > 20.0 && one.to < 100.0);
        assert!((one.loss - 0.25).abs() < 1e-3, "{one:?}");
        for end in [one.from, one.to] {
            let slope = run(levels, end).slope.abs();
            assert!((slope / FLAT - 1.0).abs() < 1e-10, "{slope}");
        }
        let [other] = found(levels, 601)[..] else {
            panic!("{:?}", found(levels, 601));
        };
        assert!((other.from / one.from - 1.0).abs() < 1e-11);
        assert!((other.to / one.to - 1.0).abs() < 1e-11);
    }

    #[test]
    fn neither_the_start_nor_the_rest_is_one() {
        for levels in [[1.0, 0.2, 0.2], [1.0, 1.0, 0.1]] {
            assert_eq!(found(levels, 600), []);
        }
        assert_eq!(plateaus(&[], &|_| Ok(Vec::new()), 0.0).unwrap(), []);
    }

    #[test]
    fn the_slope_is_that_of_the_run() {
        // L = exp(-t^2 / 2) for x = t: d ln L / d ln t = -t^2.
        let excess = |state: &[f64]| (-0.5 * state[0] * state[0]).exp();
        let rates = |_: &[f64], out: &mut [f64]| out.fill(1.0);
        for t in [0.1, 1.0, 3.0] {
            let one = Sample::of((t, &[t]), &excess, &rates);
            assert!((one.slope / (t * t) + 1.0).abs() < 1e-8, "{one:?}");
        }
    }
}
