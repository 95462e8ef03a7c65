//! Noise of networks: averages over four units against a quadrature made elsewhere, closed forms, and drawn inputs.

use lorode::expectation::{Ensemble, FourPoint, LatticeNoise, PairError, four_point};

use crate::support::link;

/// Two teachers, one leaning on the other, two student units, in four dimensions.
const VECTORS: [[f64; 4]; 4] = [
    [1.0, 0.0, 0.0, 0.0],
    [0.3, 0.9, 0.0, 0.0],
    [0.6, -0.2, 0.5, 0.1],
    [-0.3, 0.4, 0.2, 0.7],
];
/// `b`: readouts of the teachers, and those of the student with the other sign.
const READOUTS: [f64; 4] = [0.5, 0.7, -0.4, -0.6];
const LABEL_NOISE: f64 = 0.3;

/// Vectors, their Gram matrix and readouts.
struct Units {
    vectors: Vec<f64>,
    gram: Vec<f64>,
    readouts: Vec<f64>,
    dim: usize,
}

impl Units {
    fn new(vectors: Vec<f64>, readouts: &[f64]) -> Self {
        let dim = vectors.len() / readouts.len();
        let rows: Vec<&[f64]> = vectors.chunks(dim).collect();
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let gram = rows
            .iter()
            .flat_map(|x| rows.iter().map(move |y| dot(x, y)))
            .collect();
        Self {
            gram,
            readouts: readouts.to_vec(),
            dim,
            vectors,
        }
    }

    fn four() -> Self {
        Self::new(VECTORS.concat(), &READOUTS)
    }

    fn ensemble(&self, teachers: usize) -> Ensemble<'_> {
        Ensemble {
            teachers,
            gram: &self.gram,
            weights: &self.readouts,
            label_noise: LABEL_NOISE,
            vectors: &self.vectors,
            dim: self.dim,
        }
    }

    fn noise(&self, teachers: usize, of: &dyn FourPoint) -> Vec<f64> {
        let students = self.readouts.len() - teachers;
        let mut out = vec![0.0; students * students];
        of.noise(self.ensemble(teachers), &mut Vec::new(), &mut out);
        out
    }

    fn lattice(
        &self,
        teacher: &str,
        student: &str,
        allowed: f64,
    ) -> Result<LatticeNoise, PairError> {
        let both = [self.ensemble(2), self.ensemble(2)];
        LatticeNoise::fitted((&link(teacher), &link(student)), both, allowed)
    }
}

fn closed(teacher: &str, student: &str) -> std::sync::Arc<dyn FourPoint> {
    four_point(&link(teacher), &link(student)).unwrap()
}

/// Largest difference, against the largest entry.
fn apart(ours: &[f64], theirs: &[f64]) -> f64 {
    let size = theirs.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    off.fold(0.0, f64::max) / size
}

/// The references are 64 x 64 Gauss-Legendre nodes in each quadrant of `(z_k, z_l)`, all else being bivariate normal
/// probabilities given these two: good to 1e-13.
#[test]
fn lines_on_each_side_of_0_agree_with_a_quadrature() {
    let cases = [
        (
            ("relu", "relu"),
            [
                0.056_625_583_575_127_06,
                0.040_307_993_069_819_19,
                0.117_218_301_347_232_74,
            ],
        ),
        (
            ("max(x, 0.2*x)", "0.5 + max(x, -0.3*x)"),
            [
                0.082_806_877_780_954_36,
                0.026_900_819_125_885_21,
                0.229_234_634_486_530_6,
            ],
        ),
    ];
    for ((teacher, student), [first, cross, last]) in cases {
        let ours = Units::four().noise(2, &*closed(teacher, student));
        let off = apart(&ours, &[first, cross, cross, last]);
        println!("{teacher} -> {student}: {ours:?}, off by {off:.1e}");
        assert!(off < 1e-12, "{teacher} -> {student}: {ours:?}");
    }
}

/// Lines through 0 are polynomials, of which Wick's theorem knows the noise; and two links that are lines on either side
/// only in writing.
#[test]
fn plain_lines_are_polynomials() {
    let units = Units::four();
    let wick = units.noise(2, &*closed("0.4*x + 0.1", "x"));
    let lines = units.noise(
        2,
        &*closed(
            "0.4*relu(x) - 0.4*relu(-x) + 0.1 + 0*abs(x)",
            "relu(x) - relu(-x) + 0*abs(x)",
        ),
    );
    assert!(apart(&lines, &wick) < 1e-14, "{lines:?} against {wick:?}");
    // |z|' is a sign: with one unit E[(|t| - |w|)^2] and no sign is left.
    let one = Units::new(vec![1.0, 0.0, 0.6, 0.7], &[1.0, -1.0]);
    let [t, w, c] = [one.gram[0], one.gram[3], one.gram[1]];
    let (rest, angle) = ((t * w - c * c).sqrt(), (c / (t * w).sqrt()).asin());
    let exact = t + w - 4.0 / std::f64::consts::PI * (rest + c * angle) + LABEL_NOISE;
    let ours = one.noise(1, &*closed("abs", "abs"));
    assert!((ours[0] / exact - 1.0).abs() < 1e-14, "{ours:?} {exact}");
}

/// Units that nearly are teachers, in one and in two directions: no jump, no loss of digits, down to the very same vectors.
#[test]
fn noise_is_continuous_where_units_become_parallel() {
    let relu = closed("relu", "relu");
    for rests in [[[1.0, 0.0], [0.7, 0.0]], [[1.0, 0.2], [-0.3, 0.8]]] {
        let at = |x: f64| {
            let [[a, b], [c, d]] = rests;
            let students = [0.5, 0.0, x * a, x * b, 0.0, 0.5, x * c, x * d];
            let vectors = [&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0][..], &students].concat();
            Units::new(vectors, &[0.5, 0.5, -0.5, -0.5]).noise(2, &*relu)
        };
        let answer = at(0.0);
        for power in 2..15 {
            let x = 0.1_f64.powi(power);
            let off = apart(&at(x), &answer);
            // The slope of N in x is of order 1.
            assert!(off < 2.0 * x + 1e-14, "{x:e}: {off:e}");
        }
    }
}

/// The rule on erf, whose closed form is known, is as good as it says: four standard deviations of eight shifts.
#[test]
fn the_lattice_rule_is_as_good_as_it_says() {
    let units = Units::four();
    let exact = units.noise(2, &*closed("erf", "erf"));
    for allowed in [1e-2, 1e-3, 1e-4] {
        let rule = units.lattice("erf", "erf", allowed).unwrap();
        let said = rule.error(units.ensemble(2)).unwrap();
        let off = apart(&units.noise(2, &rule), &exact);
        println!(
            "{allowed:e}: {:?} points, said {said:.1e}, off by {off:.1e}",
            rule.points()
        );
        assert!(
            said <= allowed && off < 4.0 * said + 1e-14,
            "{allowed:e}: {said:e} {off:e}"
        );
    }
    let rule = units.lattice("relu", "relu", 5e-2).unwrap();
    let said = rule.error(units.ensemble(2)).unwrap();
    let off = apart(
        &units.noise(2, &rule),
        &units.noise(2, &*closed("relu", "relu")),
    );
    assert!(off < 4.0 * said, "relu: {said:e} {off:e}");
}

/// One unit in two dimensions: tanh to the error it says, against the single index.
#[test]
fn one_unit_is_the_single_index() {
    let units = Units::new(vec![1.0, 0.0, 0.6, 0.7], &[1.0, -1.0]);
    for text in ["tanh", "gelu", "x*sigmoid(x)"] {
        let both = [units.ensemble(1), units.ensemble(1)];
        let rule = LatticeNoise::fitted((&link(text), &link(text)), both, 1e-3).unwrap();
        let at = lorode::expectation::Overlaps::new(0.6, 0.85).unwrap();
        let exact = lorode::expectation::kernel(&link(text), &link(text))
            .noise(&at)
            .total(LABEL_NOISE);
        let (said, ours) = (
            rule.error(units.ensemble(1)).unwrap(),
            units.noise(1, &rule)[0],
        );
        println!("{text}: said {said:.1e}, off by {:.1e}", ours / exact - 1.0);
        assert!(
            said < 1e-3 && (ours / exact - 1.0).abs() < 4.0 * said + 1e-12,
            "{text}: {ours} {exact}"
        );
    }
}

/// Too many dimensions, and errors that no rule reaches, are refused with their sizes.
#[test]
fn what_no_rule_reaches_is_refused() {
    let units = Units::four();
    let error = units
        .lattice("heaviside(x)", "tanh(40*x)", 1e-6)
        .unwrap_err();
    assert!(
        matches!(error, PairError::NoiseError { error, .. } if error > 1e-6),
        "{error}"
    );
    assert!(
        error.to_string().contains("noise-error = 1.0e-6"),
        "{error}"
    );
    let mut vectors = vec![0.0; 13 * 13];
    (0..13).for_each(|i| vectors[14 * i] = 1.0);
    let many = Units::new(vectors, &[0.1; 13]);
    let error = many.lattice("tanh", "tanh", 0.1).unwrap_err();
    assert!(
        matches!(error, PairError::NoiseDimensions { dim: 13, .. }),
        "{error}"
    );
}
