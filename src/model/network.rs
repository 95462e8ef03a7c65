//! Averages of networks: what drives `K` student units that learn from `K*` teacher units (docs/theory.md, section 5).
//!
//! With `F` the [pair average](PairAverages) of teacher and student and `H` that of the student with itself,
//!
//! ```text
//! L        = (a*' F_TT a* + a' H(Q) a) / 2 - a' F(M) a* + Delta / 2
//! alpha_ij = a_i a*_j dF_ij/dM_ij                        beta_ik = -a_i a_k dH_ik/dQ_ik   (i != k)
//! beta_ii  = 2 a_i sum_j a*_j dF_ij/dQ_ii - a_i^2 S'(Q_ii) - 2 a_i sum_{k != i} a_k dH_ik/dQ_ii
//! -grad_W L = alpha T + beta W                           -dL/da_i = sum_j a*_j F_ij - sum_k a_k H_ik
//! ```

use std::sync::Arc;

use nalgebra::DMatrix;

use crate::expectation::{
    Covariance, CovarianceError, Ensemble, FourPoint, LatticeNoise, PairAverages, PairError,
    PairGradient, Way, flow_pair_averages, four_point, mean_product,
};
use crate::link::Link;

/// The averages of one pair of links over networks of any size.
#[derive(Debug)]
pub struct NetworkAverages {
    teacher: Link,
    student: Link,
    /// Teacher with student.
    cross: Arc<dyn PairAverages>,
    /// Student with student.
    own: Arc<dyn PairAverages>,
    noise: Option<Arc<dyn FourPoint>>,
}

/// The Gram matrix of all pre-activations, pair by pair, but for teachers with teachers.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkGram {
    /// `K*`.
    pub teachers: usize,
    /// Teacher `j` with unit `i`, a row for each unit: `v1 = (TT')_jj`, `v2 = Q_ii`, `c = M_ij`.
    pub cross: Vec<Covariance>,
    /// Unit `i` with unit `k < i`, row after row of the lower triangle: `v1 = Q_ii`, `v2 = Q_kk`, `c = Q_ik`.
    pub pairs: Vec<Covariance>,
    /// `Q_ii > 0`.
    pub variances: Vec<f64>,
}

impl NetworkGram {
    /// Room for `K` units and `K*` teachers, all of variance 1 and independent.
    pub fn room(units: usize, teachers: usize) -> Self {
        let apart = Covariance {
            v1: 1.0,
            v2: 1.0,
            c: 0.0,
            determinant: 1.0,
        };
        Self {
            teachers,
            cross: vec![apart; units * teachers],
            pairs: vec![apart; units * (units - 1) / 2],
            variances: vec![1.0; units],
        }
    }

    /// Of `teachers = T T'`, `m = W T'` (`K x K*`), `q = W W'`.
    ///
    /// # Errors
    /// [`CovarianceError`]: a variance that is not above 0, or overlaps of two units that no vectors have.
    pub fn of(
        teachers: &DMatrix<f64>,
        m: &DMatrix<f64>,
        q: &DMatrix<f64>,
    ) -> Result<Self, CovarianceError> {
        let (units, stars) = m.shape();
        let mut gram = Self::room(units, stars);
        for i in 0..units {
            gram.variances[i] = q[(i, i)];
            for j in 0..stars {
                gram.cross[i * stars + j] =
                    Covariance::new(teachers[(j, j)], q[(i, i)], m[(i, j)])?;
            }
            for k in 0..i {
                gram.pairs[i * (i - 1) / 2 + k] = Covariance::new(q[(i, i)], q[(k, k)], q[(i, k)])?;
            }
        }
        Ok(gram)
    }
}

/// Readouts of both networks.
#[derive(Clone, Copy, Debug)]
pub struct Readouts<'a> {
    /// `a*`, `K*` numbers.
    pub teacher: &'a [f64],
    /// `a`, `K` numbers.
    pub student: &'a [f64],
}

/// `alpha` and `beta`, with room to compute them.
#[derive(Clone, Debug)]
pub struct NetworkSlopes {
    /// `alpha`, `K x K*`, row after row.
    pub alpha: Vec<f64>,
    /// `beta`, `K x K` and symmetric.
    pub beta: Vec<f64>,
    cross: Vec<PairGradient>,
    pairs: Vec<PairGradient>,
    alone: Vec<PairGradient>,
    selves: Vec<Covariance>,
}

impl NetworkSlopes {
    /// Room for `K` units and `K*` teachers.
    pub fn room(units: usize, teachers: usize) -> Self {
        let none = PairGradient::default();
        Self {
            alpha: vec![0.0; units * teachers],
            beta: vec![0.0; units * units],
            cross: vec![none; units * teachers],
            pairs: vec![none; units * (units - 1) / 2],
            alone: vec![none; units],
            selves: vec![Covariance::alone(1.0); units],
        }
    }
}

impl NetworkAverages {
    /// Of a teacher link and a student link.
    ///
    /// # Errors
    /// [`PairError`] when both links of a pair jump.
    pub fn new(teacher: &Link, student: &Link) -> Result<Self, PairError> {
        Ok(Self {
            teacher: teacher.clone(),
            student: student.clone(),
            cross: flow_pair_averages(teacher, student)?,
            own: flow_pair_averages(student, student)?,
            noise: four_point(teacher, student),
        })
    }

    /// `E[(sum_j a*_j sigma_*(<t_j, x>))^2]`, the power of a target without label noise; `overlaps = T T'`.
    ///
    /// # Errors
    /// [`CovarianceError`]: overlaps that no vectors have.
    pub fn target_power(
        &self,
        overlaps: &DMatrix<f64>,
        readout: &[f64],
    ) -> Result<f64, CovarianceError> {
        let mut sum = 0.0;
        for (i, a) in readout.iter().enumerate() {
            let square = overlaps[(i, i)];
            // A teacher of length 0 is a constant.
            if square == 0.0 {
                sum += a * a * self.teacher.value(0.0).powi(2);
                continue;
            }
            sum += a * a * mean_product(&self.teacher, &self.teacher, &Covariance::alone(square));
            for (k, b) in readout.iter().enumerate().take(i) {
                let at = Covariance::new(square, overlaps[(k, k)], overlaps[(i, k)])?;
                sum += 2.0 * a * b * mean_product(&self.teacher, &self.teacher, &at);
            }
        }
        Ok(sum)
    }

    /// How the averages of a pair are taken where its variances differ: by the way of the slower of the two kinds of pairs.
    pub fn way(&self) -> Way {
        let at = Covariance {
            v1: 1.0,
            v2: 0.5,
            c: 0.3,
            determinant: 0.41,
        };
        let routes = [&self.cross, &self.own].map(|pair| pair.route(&at));
        let [cross, own] = routes.map(Way::of_pairs);
        if matches!(cross, Way::ClosedForm(_)) {
            own
        } else {
            cross
        }
    }

    /// The four-point averages of the noise of SGD, of links that have them in closed form.
    pub fn noise(&self) -> Option<&Arc<dyn FourPoint>> {
        self.noise.as_ref()
    }

    /// Those of all other links: a rule fitted to units as they are in `ensembles`.
    ///
    /// # Errors
    /// [`PairError::NoiseDimensions`], [`PairError::NoiseError`].
    pub fn fitted_noise(
        &self,
        ensembles: [Ensemble<'_>; 2],
        allowed: f64,
    ) -> Result<Arc<dyn FourPoint>, PairError> {
        let fitted = LatticeNoise::fitted((&self.teacher, &self.student), ensembles, allowed)?;
        Ok(Arc::new(fitted))
    }

    /// `alpha` and `beta` at a Gram matrix, into `out`; nothing is allocated.
    pub fn slopes(&self, gram: &NetworkGram, readouts: Readouts<'_>, out: &mut NetworkSlopes) {
        let (units, stars) = (readouts.student.len(), readouts.teacher.len());
        self.cross.student_gradients(&gram.cross, &mut out.cross);
        self.own.gradients(&gram.pairs, &mut out.pairs);
        for (own, variance) in out.selves.iter_mut().zip(&gram.variances) {
            *own = Covariance::alone(*variance);
        }
        self.own.gradients(&out.selves, &mut out.alone);
        for (i, a) in readouts.student.iter().enumerate() {
            let row = i * stars..(i + 1) * stars;
            let mut pull = 0.0;
            let both = out.alpha[row.clone()].iter_mut().zip(&out.cross[row]);
            for ((alpha, slope), star) in both.zip(readouts.teacher) {
                *alpha = a * star * slope.c;
                pull += star * slope.v2;
            }
            let own = out.alone[i];
            out.beta[i * units + i] = 2.0 * a * pull - a * a * (own.c + own.v1 + own.v2);
        }
        for i in 1..units {
            for k in 0..i {
                let slope = out.pairs[i * (i - 1) / 2 + k];
                let both = readouts.student[i] * readouts.student[k];
                out.beta[i * units + k] = -both * slope.c;
                out.beta[k * units + i] = -both * slope.c;
                out.beta[i * units + i] -= 2.0 * both * slope.v1;
                out.beta[k * units + k] -= 2.0 * both * slope.v2;
            }
        }
    }

    /// `-dL/da` at a Gram matrix, into `out`.
    pub fn readout_slopes(&self, gram: &NetworkGram, readouts: Readouts<'_>, out: &mut [f64]) {
        let stars = readouts.teacher.len();
        for (i, (a, out)) in readouts.student.iter().zip(out.iter_mut()).enumerate() {
            let row = gram.cross[i * stars..(i + 1) * stars].iter();
            let taught: f64 = row
                .zip(readouts.teacher)
                .map(|(at, star)| star * self.cross.value(at))
                .sum();
            *out = taught - a * self.own.value(&Covariance::alone(gram.variances[i]));
        }
        for i in 1..out.len() {
            for k in 0..i {
                let product = self.own.value(&gram.pairs[i * (i - 1) / 2 + k]);
                out[i] -= readouts.student[k] * product;
                out[k] -= readouts.student[i] * product;
            }
        }
    }

    /// The population loss without label noise, from the power of the [target](Self::target_power).
    pub fn loss(&self, target: f64, gram: &NetworkGram, readouts: Readouts<'_>) -> f64 {
        let stars = readouts.teacher.len();
        let mut sum = 0.5 * target;
        for (i, a) in readouts.student.iter().enumerate() {
            let own = self.own.value(&Covariance::alone(gram.variances[i]));
            sum += 0.5 * a * a * own;
            let row = gram.cross[i * stars..(i + 1) * stars].iter();
            for (at, star) in row.zip(readouts.teacher) {
                sum -= a * star * self.cross.value(at);
            }
            for (k, b) in readouts.student.iter().enumerate().take(i) {
                sum += a * b * self.own.value(&gram.pairs[i * (i - 1) / 2 + k]);
            }
        }
        // NaN stays NaN.
        if sum < 0.0 { 0.0 } else { sum }
    }
}
