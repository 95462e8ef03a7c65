//! Vectors of a few numbers, and linear equations of as many unknowns.

/// Factors of a square matrix, rows exchanged for the largest pivot.
pub(super) struct Lu<const N: usize> {
    /// Inverse pivots on the diagonal.
    factors: [[f64; N]; N],
    order: [usize; N],
}

impl<const N: usize> Lu<N> {
    /// `None` when a pivot is 0 or not finite.
    pub(super) fn new(mut a: [[f64; N]; N]) -> Option<Self> {
        let mut order: [usize; N] = std::array::from_fn(|i| i);
        for k in 0..N {
            let mut best = k;
            for i in k + 1..N {
                if a[i][k].abs() > a[best][k].abs() {
                    best = i;
                }
            }
            a.swap(k, best);
            order.swap(k, best);
            let pivot = a[k][k];
            if !(pivot.abs() > 0.0 && pivot.is_finite()) {
                return None;
            }
            a[k][k] = 1.0 / pivot;
            for i in k + 1..N {
                let ratio = a[i][k] * a[k][k];
                a[i][k] = ratio;
                for j in k + 1..N {
                    a[i][j] -= ratio * a[k][j];
                }
            }
        }
        Some(Self { factors: a, order })
    }

    pub(super) fn solve(&self, b: [f64; N]) -> [f64; N] {
        let a = &self.factors;
        let mut x: [f64; N] = std::array::from_fn(|i| b[self.order[i]]);
        for i in 0..N {
            for j in 0..i {
                x[i] -= a[i][j] * x[j];
            }
        }
        for i in (0..N).rev() {
            for j in i + 1..N {
                x[i] -= a[i][j] * x[j];
            }
            x[i] *= a[i][i];
        }
        x
    }
}

pub(super) fn sum<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| a[i] + b[i])
}

/// Largest of `x` against what is allowed; NaN does not pass.
pub(super) fn largest<const N: usize>(x: &[f64; N], allowed: &[f64; N]) -> f64 {
    let mut worst = 0.0_f64;
    for (x, allowed) in x.iter().zip(allowed) {
        let part = x.abs() / allowed;
        if !(part <= worst) {
            worst = part;
        }
    }
    worst
}
