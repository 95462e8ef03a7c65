//! Gauss's hypergeometric function along the whole interval, its logarithms and fractional powers at 1 included.

/// Terms of Taylor's series that are kept: arguments are a third of the distance to the nearest singularity.
const TERMS: usize = 36;
/// Terms that a step of half that distance takes, and the series around 0 at [`FROM_ZERO`].
const STEP: usize = 60;
const MOST_TERMS: usize = 110;
/// Middles of the first two octaves, as `z`: around the first the other solution of the equation, singular at `z = 0`, is as near.
const FROM_ZERO: [f64; 2] = [0.25, 0.625];
/// Octaves of `1 - z`.
const OCTAVES: usize = 128;

/// `factor F(a, b; c; z)` for `z` in [0, 1], `c - a - b >= 0`.
///
/// Taylor series around the middle of every octave of `w = 1 - z`, each stepped to from the one before by the
/// differential equation: powers `w^n ln w` and `w^p` for any `p` come out alike, without the formulas that connect `z = 0` to
/// `z = 1`, whose terms cancel where `c - a - b` is near a whole number.
#[derive(Debug)]
pub(super) struct Curve {
    octaves: Vec<[f64; TERMS]>,
    /// At `z = 1`, and what is left of the way to it at the last octave.
    limit: f64,
    left: f64,
    /// `c - a - b`.
    exponent: f64,
    /// The largest value there is.
    size: f64,
}

/// The differential equation in `w`.
struct Equation {
    a: f64,
    b: f64,
    /// `a + b - c + 1`.
    c: f64,
}

impl Curve {
    /// With the value at `z = 1`, which is finite where `c - a - b > 0` or the series ends.
    pub(super) fn new([a, b, c]: [f64; 3], factor: f64, limit: f64) -> Self {
        let equation = Equation {
            a,
            b,
            c: a + b - c + 1.0,
        };
        let [first, second] = FROM_ZERO.map(|z| around_zero([a, b, c], z).map(|v| factor * v));
        let (mut place, mut jet) = (0.75, first);
        let mut octaves: Vec<[f64; TERMS]> = Vec::with_capacity(OCTAVES);
        while octaves.len() < OCTAVES {
            if octaves.len() == 1 {
                jet = second;
            }
            let series = equation.series(place, place / 3.0, jet);
            octaves.push(std::array::from_fn(|n| series[n]));
            // On to the middle of the next octave, 3/2 half widths down.
            let half = place / 3.0;
            let (mut value, mut slope) = (0.0, 0.0);
            for (n, term) in series.iter().enumerate().rev() {
                value = value * -1.5 + term;
                if n > 0 {
                    slope = slope * -1.5 + n as f64 * term;
                }
            }
            jet = [value, slope / half];
            place *= 0.5;
        }
        let last = octaves.last().map_or(limit, |series| at(series, -1.0));
        let ends = factor.abs().max(limit.abs());
        Self {
            octaves,
            limit,
            left: last - limit,
            exponent: c - a - b,
            size: ends,
        }
    }

    /// At `w = 1 - z`.
    #[inline]
    pub(super) fn at(&self, w: f64) -> f64 {
        let bits = w.to_bits();
        let octave = 1022_usize.wrapping_sub((bits >> 52) as usize);
        match self.octaves.get(octave) {
            Some(series) => {
                let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
                // From 1 to 2, to -1 to 1.
                at(series, 2.0 * mantissa - 3.0)
            }
            None if w >= 1.0 => at(&self.octaves[0], 1.0),
            None => self.faint(w),
        }
    }

    #[cold]
    fn faint(&self, w: f64) -> f64 {
        let part = w * (OCTAVES as f64).exp2();
        self.limit + self.left * part.powf(self.exponent.clamp(0.0, 1.0))
    }

    pub(super) fn size(&self) -> f64 {
        self.size
    }
}

/// A polynomial at `x` in [-1, 1], by four sums that do not wait for each other.
#[inline]
fn at(series: &[f64; TERMS], x: f64) -> f64 {
    let (square, fourth) = (x * x, x * x * x * x);
    let mut sums = [0.0; 4];
    for part in series.chunks_exact(4).rev() {
        for (sum, term) in sums.iter_mut().zip(part) {
            *sum = *sum * fourth + term;
        }
    }
    (sums[0] + sums[1] * x) + (sums[2] + sums[3] * x) * square
}

/// `F` and `-dF/dz` by the series around `z = 0`.
fn around_zero([a, b, c]: [f64; 3], z: f64) -> [f64; 2] {
    let (mut term, mut value, mut slope) = (1.0, 0.0, 0.0);
    for n in 0..MOST_TERMS {
        let k = n as f64;
        value += term;
        slope += k * term / z;
        term *= (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z;
    }
    [value, -slope]
}

impl Equation {
    /// Taylor's series around `w` in units of `half`, from value and slope there.
    fn series(&self, w: f64, half: f64, [value, slope]: [f64; 2]) -> [f64; STEP] {
        let mut made = [0.0; STEP];
        (made[0], made[1]) = (value, slope * half);
        let first = half / (w * (1.0 - w));
        for n in 0..STEP - 2 {
            let k = n as f64;
            let slopes = k * (1.0 - 2.0 * w) + self.c - (self.a + self.b + 1.0) * w;
            let sum =
                (k + 1.0) * slopes * made[n + 1] - half * (k + self.a) * (k + self.b) * made[n];
            made[n + 2] = -first * sum / ((k + 1.0) * (k + 2.0));
        }
        made
    }
}
