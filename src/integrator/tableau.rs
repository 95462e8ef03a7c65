//! The coefficients of Rodas5P, as published with the Julia package OrdinaryDiffEq (see `rodas`).

// Digit by digit.
#![allow(clippy::excessive_precision)]

use super::numbers::Numbers;

pub(super) const STAGES: usize = 8;
pub(super) const GAMMA: f64 = 0.211_937_563_194_290_14;
/// Rows of the method; stages 7 and 8 start where the one before ended.
pub(super) const A2: [f64; 1] = [3.0];
pub(super) const A3: [f64; 2] = [2.849394379747939, 0.45842242204463923];
pub(super) const A4: [f64; 3] = [-6.954028509809101, 2.489845061869568, -10.358996098473584];
pub(super) const A5: [f64; 4] = [
    2.8029986275628964,
    0.5072464736228206,
    -0.3988312541770524,
    -0.04721187230404641,
];
pub(super) const A6: [f64; 5] = [
    -7.502846399306121,
    2.561846144803919,
    -11.627539656261098,
    -0.18268767659942256,
    0.030198172008377946,
];
pub(super) const C2: [f64; 1] = [-14.155112264123755];
pub(super) const C3: [f64; 2] = [-17.97296035885952, -2.859693295451294];
pub(super) const C4: [f64; 3] = [147.12150275711716, -1.41221402718213, 71.68940251302358];
pub(super) const C5: [f64; 4] = [
    165.43517024871676,
    -0.4592823456491126,
    42.90938336958603,
    -5.961986721573306,
];
pub(super) const C6: [f64; 5] = [
    24.854864614690072,
    -3.0009227002832186,
    47.4931110020768,
    5.5814197821558125,
    -0.6610691825249471,
];
pub(super) const C7: [f64; 6] = [
    30.91273214028599,
    -3.1208243349937974,
    77.79954646070892,
    34.28646028294783,
    -19.097331116725623,
    -28.087943162872662,
];
pub(super) const C8: [f64; 7] = [
    37.80277123390563,
    -3.2571969029072276,
    112.26918849496327,
    66.9347231244047,
    -40.06618937091002,
    -54.66780262877968,
    -9.48861652309627,
];
/// The interpolant, of order 4.
const H: [[f64; STAGES]; 3] = [
    [
        25.948786856663858,
        -2.5579724845846235,
        10.433815404888879,
        -2.3679251022685204,
        0.524948541321073,
        1.1241088310450404,
        0.4272876194431874,
        -0.17202221070155493,
    ],
    [
        -9.91568850695171,
        -0.9689944594115154,
        3.0438037242978453,
        -24.495224566215796,
        20.176138334709044,
        15.98066361424651,
        -6.789040303419874,
        -6.710236069923372,
    ],
    [
        11.419903575922262,
        2.8879645146136994,
        72.92137995996029,
        80.12511834622643,
        -52.072871366152654,
        -59.78993625266729,
        -0.15582684282751913,
        4.883087185713722,
    ],
];

/// What the stages of a step solve for.
pub(super) type Stages<V> = [V; STAGES];

/// The interpolant of a step, as [`super::path::drawn`] takes it.
pub(super) fn bow<V: Numbers>(stages: &Stages<V>, out: &mut [f64]) {
    let dim = stages[0].as_ref().len();
    for (row, out) in H.iter().zip(out.chunks_exact_mut(dim)) {
        for (i, out) in out.iter_mut().enumerate() {
            let terms = row.iter().zip(stages).map(|(h, u)| h * u.as_ref()[i]);
            *out = terms.sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrator::numbers::Lu;

    type Square = [[f64; STAGES]; STAGES];

    /// Rows of `A` (what a stage starts from) and the weights of the end.
    fn starts() -> ([[f64; STAGES]; STAGES], [f64; STAGES]) {
        let mut a = [[0.0; STAGES]; STAGES];
        a[1][..1].copy_from_slice(&A2);
        a[2][..2].copy_from_slice(&A3);
        a[3][..3].copy_from_slice(&A4);
        a[4][..4].copy_from_slice(&A5);
        a[5][..5].copy_from_slice(&A6);
        for row in 6..STAGES {
            a[row] = a[row - 1];
            a[row][row - 1] = 1.0;
        }
        let mut end = a[STAGES - 1];
        end[STAGES - 1] = 1.0;
        (a, end)
    }

    /// `Gamma`, from `Gamma^-1 = I/GAMMA - C`.
    fn gammas() -> Square {
        let mut inverse = [[0.0; STAGES]; STAGES];
        let rows: [&[f64]; STAGES] = [&[], &C2, &C3, &C4, &C5, &C6, &C7, &C8];
        for (i, row) in rows.iter().enumerate() {
            for (j, c) in row.iter().enumerate() {
                inverse[i][j] = -c;
            }
            inverse[i][i] = 1.0 / GAMMA;
        }
        let lu = Lu::<[f64; STAGES]>::of(inverse).unwrap();
        let columns: Square = std::array::from_fn(|j| {
            let mut unit = [0.0; STAGES];
            unit[j] = 1.0;
            lu.solution(&unit)
        });
        std::array::from_fn(|i| std::array::from_fn(|j| columns[j][i]))
    }

    fn row_times(row: &[f64; STAGES], m: &Square) -> [f64; STAGES] {
        std::array::from_fn(|j| (0..STAGES).map(|k| row[k] * m[k][j]).sum())
    }

    fn dot(a: &[f64; STAGES], b: &[f64; STAGES]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    struct Method {
        alpha: Square,
        beta: Square,
        gammas: Square,
    }

    fn method() -> Method {
        let (a, gammas) = (starts().0, gammas());
        let alpha = a.map(|row| row_times(&row, &gammas));
        let beta = std::array::from_fn(|i| std::array::from_fn(|j| alpha[i][j] + gammas[i][j]));
        Method {
            alpha,
            beta,
            gammas,
        }
    }

    /// A rooted tree.
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
    struct Tree(Vec<Tree>);

    impl Tree {
        fn order(&self) -> usize {
            1 + self.0.iter().map(Tree::order).sum::<usize>()
        }

        fn density(&self) -> f64 {
            self.order() as f64 * self.0.iter().map(Tree::density).product::<f64>()
        }

        /// Hairer & Wanner II, section IV.7: a node with one branch counts by beta, with more by
        /// alpha.
        fn value(&self, method: &Method) -> [f64; STAGES] {
            let matrix = if self.0.len() == 1 {
                &method.beta
            } else {
                &method.alpha
            };
            let mut out = [1.0; STAGES];
            for branch in &self.0 {
                let below = branch.value(method);
                for i in 0..STAGES {
                    out[i] *= dot(&matrix[i], &below);
                }
            }
            out
        }

        /// With one leaf more, at any node.
        fn grown(&self) -> Vec<Tree> {
            let mut all = vec![[self.0.clone(), vec![Tree(Vec::new())]].concat()];
            for (k, branch) in self.0.iter().enumerate() {
                for larger in branch.grown() {
                    let mut branches = self.0.clone();
                    branches[k] = larger;
                    all.push(branches);
                }
            }
            let sorted = all.into_iter().map(|mut branches| {
                branches.sort();
                Tree(branches)
            });
            sorted.collect()
        }
    }

    fn trees(order: usize) -> Vec<Tree> {
        let mut all = vec![Tree(Vec::new())];
        for _ in 1..order {
            all = all.iter().flat_map(Tree::grown).collect();
            all.sort();
            all.dedup();
        }
        all
    }

    /// Largest violation of the conditions of an order by weights of the `U`, at a part of a step.
    fn violation(order: usize, weights: &[f64; STAGES], x: f64) -> f64 {
        let method = method();
        let b = row_times(weights, &method.gammas);
        let gap = |tree: &Tree| {
            let exact = x.powi(order as i32) / tree.density();
            (dot(&b, &tree.value(&method)) - exact).abs()
        };
        trees(order).iter().map(gap).fold(0.0, f64::max)
    }

    #[test]
    fn the_method_has_order_five_and_the_embedded_one_four() {
        let (a, end) = starts();
        assert_eq!([1, 2, 3, 4, 5].map(|n| trees(n).len()), [1, 1, 2, 4, 9]);
        for order in 1..=5 {
            assert!(violation(order, &end, 1.0) < BOUND, "{order}");
        }
        for order in 1..=4 {
            assert!(violation(order, &a[STAGES - 1], 1.0) < BOUND, "{order}");
        }
        assert!(violation(6, &end, 1.0) > 1e-5 && violation(5, &a[STAGES - 1], 1.0) > 1e-5);
    }

    /// Coefficients of up to 165 are given to 16 digits.
    const BOUND: f64 = 1e-13;

    #[test]
    fn the_interpolant_has_order_four() {
        let end = starts().1;
        for x in [0.1, 0.37, 0.5, 0.9] {
            let weights = std::array::from_fn(|j| {
                let bow = H[0][j] + x * (H[1][j] + x * H[2][j]);
                x * (end[j] + (1.0 - x) * bow)
            });
            for order in 1..=4 {
                let gap = violation(order, &weights, x);
                assert!(gap < BOUND, "{order} at {x}: {gap:e}");
            }
        }
    }

    #[test]
    fn it_is_stiffly_accurate_and_damps_what_is_infinitely_stiff() {
        let (method, end) = (method(), starts().1);
        let b = row_times(&end, &method.gammas);
        for (b, last) in b.iter().zip(&method.beta[STAGES - 1]) {
            assert!((b - last).abs() < BOUND);
        }
        // R(infinity) = 1 - b beta^-1 1.
        let ones = Lu::of(method.beta).unwrap().solution(&[1.0; STAGES]);
        assert!((1.0 - dot(&b, &ones)).abs() < BOUND);
    }
}
