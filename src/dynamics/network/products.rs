//! Products of small matrices stored row after row, added to what stands in `out`.

/// `out += a b`, `a` being `rows x inner` and `b` `inner x columns`.
#[inline]
pub(super) fn add_product(a: &[f64], b: &[f64], inner: usize, columns: usize, out: &mut [f64]) {
    let mut place = 0;
    for out in out.chunks_exact_mut(columns) {
        // By places: iterators over rows divide by their length, which costs more than the row.
        for k in 0..inner {
            add_scaled(a[place + k], &b[k * columns..(k + 1) * columns], out);
        }
        place += inner;
    }
}

/// `out += a b'`, the rows of both having `inner` numbers.
#[inline]
pub(super) fn add_product_of_rows(a: &[f64], b: &[f64], inner: usize, out: &mut [f64]) {
    let columns = b.len() / inner;
    for (i, out) in out.chunks_exact_mut(columns).enumerate() {
        let row = &a[i * inner..(i + 1) * inner];
        for (k, out) in out.iter_mut().enumerate() {
            *out += dot(row, &b[k * inner..(k + 1) * inner]);
        }
    }
}

/// `out += a' b`, `a` being `inner x rows` and `b` `inner x columns`.
#[inline]
pub(super) fn add_product_of_columns(
    a: &[f64],
    b: &[f64],
    rows: usize,
    columns: usize,
    out: &mut [f64],
) {
    for (k, line) in b.chunks_exact(columns).enumerate() {
        for i in 0..rows {
            let out = &mut out[i * columns..(i + 1) * columns];
            add_scaled(a[k * rows + i], line, out);
        }
    }
}

/// Part of a diagonal entry that is rounding.
const ROUNDING: f64 = 1e-15;

/// `L` with `L L' = a`, lower triangular (Cholesky), `a` being positive semidefinite; a column of 0 where nothing is left.
pub(super) fn factor(a: &[f64], size: usize, out: &mut [f64]) {
    out.fill(0.0);
    for j in 0..size {
        let row = |out: &[f64], i: usize, k: usize| {
            dot(&out[i * size..i * size + j], &out[k * size..k * size + j])
        };
        let left = a[j * size + j] - row(out, j, j);
        if left <= ROUNDING * a[j * size + j] {
            continue;
        }
        let root = left.sqrt();
        for i in j..size {
            out[i * size + j] = (a[i * size + j] - row(out, i, j)) / root;
        }
    }
}

#[inline]
fn add_scaled(x: f64, line: &[f64], out: &mut [f64]) {
    for (out, y) in out.iter_mut().zip(line) {
        *out += x * y;
    }
}

#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Sums of the products of all components but one.
pub(super) struct Others<'a> {
    p: &'a [f64],
    v: &'a [f64],
    sum: f64,
    /// The largest component of `v`, and the sum without it, which would cancel in a difference.
    largest: usize,
    rest: f64,
}

impl<'a> Others<'a> {
    #[inline]
    pub(super) fn of(p: &'a [f64], v: &'a [f64]) -> Self {
        let mut largest = 0;
        for (x, value) in v.iter().enumerate() {
            if value.abs() > v[largest].abs() {
                largest = x;
            }
        }
        let (below, above) = (largest, largest + 1);
        let rest = dot(&p[..below], &v[..below]) + dot(&p[above..], &v[above..]);
        Self {
            p,
            v,
            sum: rest + p[largest] * v[largest],
            largest,
            rest,
        }
    }

    /// `sum_{y != x} p_y v_y`.
    #[inline]
    pub(super) fn than(&self, x: usize) -> f64 {
        if x == self.largest {
            self.rest
        } else {
            self.sum - self.p[x] * self.v[x]
        }
    }
}
