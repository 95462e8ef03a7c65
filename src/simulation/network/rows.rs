//! Loops over samples, which lie side by side: a row is a number of every sample.
//!
//! Sums are kept in parts and added in a fixed order, with IEEE operations only, so that the result does not depend on
//! the machine's vector instructions.

use nalgebra::DMatrix;
use pulp::{Arch, Simd, WithSimd};

/// Samples combined together: as many as stay in registers.
const WIDE: usize = 32;
/// Partial sums of a product, side by side.
const SIDE: usize = 8;

/// `out = sum_k coefficients[k] rows[k]`; rows as long as `out`, one after the other.
pub(super) fn combine(arch: Arch, coefficients: &[f64], rows: &[f64], out: &mut [f64]) {
    arch.dispatch(Combine {
        coefficients,
        rows,
        out,
    });
}

/// `rows[i] *= factors[i] * by`, sample by sample.
pub(super) fn weigh(arch: Arch, factors: &[f64], by: &[f64], rows: &mut [f64]) {
    arch.dispatch(Weigh { factors, by, rows });
}

/// Sums of products of rows, in parts that are added at the end only.
#[derive(Clone, Debug, Default)]
pub(super) struct Products {
    /// Column by column.
    parts: Vec<[f64; SIDE]>,
    shape: (usize, usize),
}

impl Products {
    /// Nothing yet, for `rows` rows on one side and `columns` on the other.
    pub(super) fn begin(&mut self, rows: usize, columns: usize) {
        self.parts.clear();
        self.parts.resize(rows * columns, [0.0; SIDE]);
        self.shape = (rows, columns);
    }

    /// Adds `<a[k], b[i]>` for rows of `length` samples.
    pub(super) fn add(&mut self, arch: Arch, (a, b): (&[f64], &[f64]), length: usize) {
        let rows = self.shape.0;
        let parts = &mut self.parts[..];
        arch.dispatch(AddProducts {
            a,
            b,
            length,
            rows,
            parts,
        });
    }

    /// The sums times a factor.
    pub(super) fn total(&self, factor: f64) -> DMatrix<f64> {
        let sums = self
            .parts
            .iter()
            .map(|parts| factor * parts.iter().sum::<f64>());
        DMatrix::from_iterator(self.shape.0, self.shape.1, sums)
    }
}

struct Combine<'a> {
    coefficients: &'a [f64],
    rows: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let length = self.out.len();
        let (blocks, rest) = self.out.as_chunks_mut::<WIDE>();
        let done = blocks.len() * WIDE;
        for (i, block) in blocks.iter_mut().enumerate() {
            let mut sum = [0.0; WIDE];
            for (&c, row) in self.coefficients.iter().zip(self.rows.chunks_exact(length)) {
                // Frames are triangular, teachers often orthogonal.
                if c == 0.0 {
                    continue;
                }
                if let Some(x) = row[i * WIDE..].first_chunk::<WIDE>() {
                    for (sum, x) in sum.iter_mut().zip(x) {
                        *sum = x.mul_add(c, *sum);
                    }
                }
            }
            *block = sum;
        }
        rest.fill(0.0);
        for (&c, row) in self.coefficients.iter().zip(self.rows.chunks_exact(length)) {
            for (sum, x) in rest.iter_mut().zip(&row[done..]) {
                *sum = x.mul_add(c, *sum);
            }
        }
    }
}

struct Weigh<'a> {
    factors: &'a [f64],
    by: &'a [f64],
    rows: &'a mut [f64],
}

impl WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (row, factor) in self.rows.chunks_exact_mut(self.by.len()).zip(self.factors) {
            for (x, by) in row.iter_mut().zip(self.by) {
                *x *= factor * by;
            }
        }
    }
}

struct AddProducts<'a> {
    a: &'a [f64],
    b: &'a [f64],
    length: usize,
    rows: usize,
    parts: &'a mut [[f64; SIDE]],
}

impl WithSimd for AddProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (length, rows) = (self.length, self.rows);
        let a = |k: usize| &self.a[k * length..][..length];
        let columns = self.b.chunks_exact(length);
        for (b, parts) in columns.zip(self.parts.chunks_exact_mut(rows)) {
            let mut k = 0;
            while k + 4 <= rows {
                let four = [a(k), a(k + 1), a(k + 2), a(k + 3)];
                add_products(four, b, &mut parts[k..]);
                k += 4;
            }
            while k + 2 <= rows {
                add_products([a(k), a(k + 1)], b, &mut parts[k..]);
                k += 2;
            }
            if k < rows {
                add_products([a(k)], b, &mut parts[k..]);
            }
        }
    }
}

/// Adds the products of `N` rows with one to the first of `parts`.
#[inline(always)]
fn add_products<const N: usize>(a: [&[f64]; N], b: &[f64], parts: &mut [[f64; SIDE]]) {
    let (b, rest) = b.as_chunks::<SIDE>();
    let mut sums = [[0.0; SIDE]; N];
    sums.copy_from_slice(&parts[..N]);
    for (c, b) in b.iter().enumerate() {
        for n in 0..N {
            let a = &a[n][c * SIDE..][..SIDE];
            for i in 0..SIDE {
                sums[n][i] = a[i].mul_add(b[i], sums[n][i]);
            }
        }
    }
    let done = b.len() * SIDE;
    for n in 0..N {
        for (i, b) in rest.iter().enumerate() {
            sums[n][i] = a[n][done + i].mul_add(*b, sums[n][i]);
        }
    }
    parts[..N].copy_from_slice(&sums);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_weights_and_products_are_those_of_matrices() {
        for (rows, others, length) in [(1, 1, 1), (3, 2, 7), (5, 3, 67), (8, 1, 128)] {
            let number = |i: usize| ((7 * i + 3) % 19) as f64 - 9.0;
            let a: Vec<f64> = (0..rows * length).map(number).collect();
            let b: Vec<f64> = (0..others * length).map(|i| number(i + 5)).collect();
            let coefficients: Vec<f64> = (0..rows).map(|k| number(2 * k)).collect();
            // Whole numbers: every order of summation gives the same.
            let matrix = DMatrix::from_column_slice(length, rows, &a);
            let second = DMatrix::from_column_slice(length, others, &b);
            let mut out = vec![1.0; length];
            combine(Arch::new(), &coefficients, &a, &mut out);
            let expected = &matrix * DMatrix::from_column_slice(rows, 1, &coefficients);
            assert_eq!(out, expected.as_slice());
            let mut products = Products::default();
            products.begin(rows, others);
            products.add(Arch::new(), (&a, &b), length);
            products.add(Arch::new(), (&a, &b), length);
            assert_eq!(products.total(0.5), matrix.transpose() * second);
            let mut weighed = a.clone();
            weigh(Arch::new(), &coefficients, &b[..length], &mut weighed);
            let at = (rows - 1) * length;
            assert_eq!(
                weighed[at].to_bits(),
                (a[at] * (coefficients[rows - 1] * b[0])).to_bits()
            );
        }
    }
}
