//! Vectors and matrices of a size known when the program is compiled, or only when it runs, and linear
//! equations of as many unknowns. Everything works in place, in plain loops: the small sizes unroll.

/// So many numbers: `[f64; N]` on the stack, or `Vec<f64>`.
pub(super) trait Numbers: Clone + AsRef<[f64]> + AsMut<[f64]> {
    /// As many rows of them.
    type Rows: Clone + AsRef<[Self]> + AsMut<[Self]>;
    fn zeros(dim: usize) -> Self;
    fn zero_rows(dim: usize) -> Self::Rows;
}

impl<const N: usize> Numbers for [f64; N] {
    type Rows = [[f64; N]; N];

    fn zeros(_: usize) -> Self {
        [0.0; N]
    }

    fn zero_rows(_: usize) -> Self::Rows {
        [[0.0; N]; N]
    }
}

impl Numbers for Vec<f64> {
    type Rows = Vec<Vec<f64>>;

    fn zeros(dim: usize) -> Self {
        vec![0.0; dim]
    }

    fn zero_rows(dim: usize) -> Self::Rows {
        vec![vec![0.0; dim]; dim]
    }
}

/// `out = sum_j c_j v_j`, over as many `v` as there are `c`.
#[inline(always)]
pub(super) fn mix<V: Numbers, const K: usize>(c: &[f64; K], v: &[V], out: &mut V) {
    let out = out.as_mut();
    for i in 0..out.len() {
        let mut sum = 0.0;
        for j in 0..K {
            sum += c[j] * v[j].as_ref()[i];
        }
        out[i] = sum;
    }
}

/// `out += v`.
#[inline(always)]
pub(super) fn add<V: Numbers>(out: &mut V, v: &V) {
    let (out, v) = (out.as_mut(), v.as_ref());
    for i in 0..v.len() {
        out[i] += v[i];
    }
}

/// `out = sum_j x_j columns_j`.
#[inline(always)]
pub(super) fn combine<V: Numbers>(columns: &V::Rows, x: &V, out: &mut V) {
    let (columns, x, out) = (columns.as_ref(), x.as_ref(), out.as_mut());
    for i in 0..x.len() {
        let mut sum = 0.0;
        for j in 0..x.len() {
            sum += columns[j].as_ref()[i] * x[j];
        }
        out[i] = sum;
    }
}

pub(super) fn all_finite<V: Numbers>(v: &V) -> bool {
    v.as_ref().iter().all(|x| x.is_finite())
}

/// Largest of `x` against what is allowed; NaN does not pass.
#[inline(always)]
pub(super) fn largest<V: Numbers>(x: &V, allowed: &V) -> f64 {
    let (x, allowed) = (x.as_ref(), allowed.as_ref());
    let mut worst = 0.0_f64;
    for i in 0..x.len() {
        let part = x[i].abs() / allowed[i];
        if !(part <= worst) {
            worst = part;
        }
    }
    worst
}

/// Factors of a square matrix, rows exchanged for the largest pivot.
pub(super) struct Lu<V: Numbers> {
    /// Inverse pivots on the diagonal.
    factors: V::Rows,
    order: Vec<usize>,
}

impl<V: Numbers> Lu<V> {
    /// Room for the factors of matrices of a size.
    pub(super) fn room(dim: usize) -> Self {
        Self {
            factors: V::zero_rows(dim),
            order: (0..dim).collect(),
        }
    }

    /// The factors of a matrix, if it has them.
    pub(super) fn of(matrix: V::Rows) -> Option<Self> {
        let mut lu = Self {
            order: vec![0; matrix.as_ref().len()],
            factors: matrix,
        };
        lu.factor().then_some(lu)
    }

    /// The matrix to be factored, to be written to.
    pub(super) fn matrix(&mut self) -> &mut [V] {
        self.factors.as_mut()
    }

    /// Factors the matrix that was written; `false` when a pivot is 0 or not finite.
    pub(super) fn factor(&mut self) -> bool {
        let a = self.factors.as_mut();
        let n = a.len();
        for (i, place) in self.order.iter_mut().enumerate() {
            *place = i;
        }
        for k in 0..n {
            let mut best = k;
            for i in k + 1..n {
                if a[i].as_ref()[k].abs() > a[best].as_ref()[k].abs() {
                    best = i;
                }
            }
            if best != k {
                a.swap(k, best);
                self.order.swap(k, best);
            }
            let pivot = a[k].as_ref()[k];
            if !(pivot.abs() > 0.0 && pivot.is_finite()) {
                return false;
            }
            let inverse = 1.0 / pivot;
            a[k].as_mut()[k] = inverse;
            let (above, below) = a.split_at_mut(k + 1);
            let row = above[k].as_ref();
            for other in below {
                let other = other.as_mut();
                let ratio = other[k] * inverse;
                other[k] = ratio;
                for j in k + 1..n {
                    other[j] -= ratio * row[j];
                }
            }
        }
        true
    }

    /// The solution `x` of `matrix x = b`.
    pub(super) fn solution(&self, b: &V) -> V {
        let mut x = b.clone();
        self.solve(b, &mut x);
        x
    }

    /// The same into `x`.
    #[inline(always)]
    pub(super) fn solve(&self, b: &V, x: &mut V) {
        let (a, b, x) = (self.factors.as_ref(), b.as_ref(), x.as_mut());
        let n = b.len();
        for i in 0..n {
            let row = a[i].as_ref();
            let mut sum = b[self.order[i]];
            for j in 0..i {
                sum -= row[j] * x[j];
            }
            x[i] = sum;
        }
        for i in (0..n).rev() {
            let row = a[i].as_ref();
            let mut sum = x[i];
            for j in i + 1..n {
                sum -= row[j] * x[j];
            }
            x[i] = sum * row[i];
        }
    }
}
