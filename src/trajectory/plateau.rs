//! Where the loss of a run stands still before it falls further.

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

/// The plateaus between the first fall of the loss and the last; `floor` is the loss of the labels' noise.
pub fn plateaus(t: &[f64], loss: &[f64], floor: f64) -> Vec<Plateau> {
    let (t, loss): (Vec<f64>, Vec<f64>) = {
        let seen = t.iter().zip(loss);
        let seen = seen.filter(|(t, loss)| **t > 0.0 && **loss > floor);
        seen.map(|(t, loss)| (*t, loss - floor)).unzip()
    };
    let Some(&first) = loss.first() else {
        return Vec::new();
    };
    let is_flat = |i: usize| {
        let slope = (loss[i + 1] / loss[i]).ln() / (t[i + 1] / t[i]).ln();
        slope.abs() < FLAT
    };
    let mut found = Vec::new();
    let mut begin = 0;
    for i in 0..t.len().saturating_sub(1) {
        if is_flat(i) {
            continue;
        }
        let (from, to) = (t[begin], t[i]);
        let half = (from * to).sqrt();
        let middle = t.partition_point(|t| *t < half).min(i);
        let level = loss[middle];
        let later = loss[i..].iter().copied().fold(f64::INFINITY, f64::min);
        // Before the first fall nothing is a plateau: that is the start.
        if level < FALLS * first && to > LASTS * from && later < FALLS * level {
            let loss = level + floor;
            found.push(Plateau { from, to, loss });
        }
        begin = i + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two falls with a stretch between them, on a grid even in the logarithm.
    fn run(levels: [f64; 3], floor: f64) -> (Vec<f64>, Vec<f64>) {
        let t: Vec<f64> = (0..600)
            .map(|i| 10f64.powf(-2.0 + 0.01 * f64::from(i)))
            .collect();
        let step = |t: f64, at: f64| 1.0 / (1.0 + (t / at).powi(4));
        let [a, b, c] = levels;
        let loss = |t: &f64| floor + c + (b - c) * step(*t, 100.0) + (a - b) * step(*t, 1.0);
        let losses = t.iter().map(loss).collect();
        (t, losses)
    }

    #[test]
    fn a_plateau_lies_between_two_falls() {
        let (t, loss) = run([1.0, 0.2, 1e-6], 0.05);
        let found = plateaus(&t, &loss, 0.05);
        let [one] = found[..] else {
            panic!("{found:?}");
        };
        assert!(one.from > 1.0 && one.from < 5.0 && one.to > 20.0 && one.to < 100.0);
        assert!((one.loss - 0.25).abs() < 1e-3, "{one:?}");
    }

    #[test]
    fn neither_the_start_nor_the_rest_is_one() {
        for levels in [[1.0, 0.2, 0.2], [1.0, 1.0, 0.1]] {
            let (t, loss) = run(levels, 0.0);
            assert_eq!(plateaus(&t, &loss, 0.0), []);
        }
        assert_eq!(plateaus(&[], &[], 0.0), []);
    }
}
