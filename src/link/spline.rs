//! The natural cubic spline: of all functions through some points the one that bends least.
//!
//! Natural (`S'' = 0` at both ends) and not not-a-knot, because continued along straight lines it is
//! then twice differentiable everywhere, ends included.

/// Chebyshev coefficients of each piece of the spline through `(x[i], y[i])`, `x` ascending, at
/// least three points.
pub(super) fn natural(x: &[f64], y: &[f64]) -> Vec<Vec<f64>> {
    let width: Vec<f64> = x.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rise = y.windows(2).zip(&width);
    let rise: Vec<f64> = rise.map(|(pair, h)| (pair[1] - pair[0]) / h).collect();
    let bend = bends(&width, &rise);
    (0..width.len())
        .map(|i| {
            let square = 0.25 * width[i] * width[i];
            // In t the second derivative is 4 c_2 + 24 c_3 t.
            let c2 = square * (bend[i] + bend[i + 1]) / 8.0;
            let c3 = square * (bend[i + 1] - bend[i]) / 48.0;
            let c0 = 0.5 * (y[i] + y[i + 1]) - c2;
            let c1 = 0.5 * (y[i + 1] - y[i]) - c3;
            vec![c0, c1, c2, c3]
        })
        .collect()
}

/// `S''` at the points: `h_{i-1} S''_{i-1} + 2 (h_{i-1} + h_i) S''_i + h_i S''_{i+1} = 6 (r_i - r_{i-1})`
/// with widths `h` and rises `r`, solved from left to right and back; the diagonal dominates.
fn bends(width: &[f64], rise: &[f64]) -> Vec<f64> {
    let n = width.len();
    let mut bend = vec![0.0; n + 1];
    let mut above = vec![0.0; n + 1];
    for i in 1..n {
        let diagonal = 2.0 * (width[i - 1] + width[i]) - width[i - 1] * above[i - 1];
        above[i] = width[i] / diagonal;
        let rest = 6.0 * (rise[i] - rise[i - 1]) - width[i - 1] * bend[i - 1];
        bend[i] = rest / diagonal;
    }
    bend[n] = 0.0;
    for i in (1..n).rev() {
        bend[i] -= above[i] * bend[i + 1];
    }
    bend
}
