//! The search phase of networks: growth rates around `U = 0` (docs/theory.md, section 5).
//!
//! Each column `u` of `U` and row `p` of `V` obey
//!
//! ```text
//! d(u, p)/dt = [[beta - lambda, G0], [chi G0', -lambda']] (u, p),   G0 = alpha T + beta W0
//! ```
//!
//! with the decay `lambda`, and `lambda' = lambda` for free LoRA, 0 on the sphere. The rank changes no rate.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::Serialize;

use crate::dynamics::network::{AtWeights, at_weights};
use crate::expectation::PairError;
use crate::problem::ProblemError;
use crate::problem::network::{AdapterStart, Frame, NetworkProblem};
use crate::root;

/// Gradient below which nothing grows towards the target, against what its terms are made of.
const VANISHED: f64 = 1e-14;
/// Newton steps of the largest rate; four are usual.
const NEWTON_STEPS: usize = 30;

/// The linearised search phase of a network with a LoRA adapter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkSearch {
    /// The largest growth rate.
    pub growth_rate: f64,
    /// All growth rates, descending: `K` and the lesser of `K` and the dimension of the frame.
    pub growth_rates: Vec<f64>,
    /// Singular values of `G0`, descending.
    pub gradient_singular_values: Vec<f64>,
    /// `beta` at the pre-trained weights, `K x K`.
    #[serde(serialize_with = "by_rows")]
    pub curvature_matrix: DMatrix<f64>,
    /// `tau = 1 / growth_rate`; `None` where nothing grows towards the target, and for free LoRA with weight decay,
    /// whose rate is not constant.
    pub tau: Option<f64>,
    /// The population loss at the pre-trained weights, label noise included.
    pub loss: f64,
    /// Whether the growth rates hold beyond the start.
    #[serde(skip)]
    is_constant: bool,
}

impl NetworkSearch {
    /// `tau` as results give it: infinite where nothing grows towards the target; `None` for free LoRA with weight decay,
    /// whose rate is not constant.
    pub fn search_time(&self) -> Option<f64> {
        // What is not known stays that.
        let rest = if self.growth_rate.is_nan() {
            f64::NAN
        } else {
            f64::INFINITY
        };
        self.tau.or(self.is_constant.then_some(rest))
    }
}

fn by_rows<S: serde::Serializer>(matrix: &DMatrix<f64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(
        matrix
            .row_iter()
            .map(|row| row.iter().copied().collect::<Vec<f64>>()),
    )
}

/// Where the largest growth rate is least along the ray `W0 -> x W0`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateMinimum {
    /// The factor `x`.
    pub strength: f64,
    /// The largest growth rate there, 0 to rounding where it vanishes.
    pub growth_rate: f64,
    /// Whether it vanishes: the gradient does.
    pub is_zero: bool,
}

/// The search phase of a problem; `None` without a LoRA adapter, and where a unit has no weights and the student a break
/// at 0, so that its gradient is not linear.
///
/// # Errors
/// [`PairError`]: links that have no averages.
pub fn network_search(problem: &NetworkProblem) -> Result<Option<NetworkSearch>, PairError> {
    let (setup, facts) = (problem.setup(), problem.setup().adapter.facts());
    let breaks = problem.model().student().breaks();
    let is_bare = problem.frame().has_bare_units();
    if !facts.is_lora || is_bare && breaks.iter().any(|b| b.at == 0.0) {
        return Ok(None);
    }
    let at = at_weights(problem)?;
    let decay = setup.weight_decay;
    let (on_u, on_both) = if facts.on_sphere {
        (decay, 0.0)
    } else {
        (0.0, decay)
    };
    let own = &at.curvature - DMatrix::identity(problem.units(), problem.units()) * on_u;
    let coupling = &at.gradient * setup.step_ratio.sqrt();
    let mut rates = eigenvalues(&own, &coupling);
    let scale = at.curvature.norm() * problem.frame().weights().norm();
    let gradient = singular_values(&at);
    let grows = gradient
        .first()
        .is_some_and(|largest| *largest > VANISHED * scale);
    if let (true, Some(first)) = (grows, rates.first_mut()) {
        *first = refined(&own, &coupling, *first);
    }
    rates.iter_mut().for_each(|rate| *rate -= on_both);
    let growth_rate = rates.first().copied().unwrap_or(0.0);
    let is_constant = facts.on_sphere || decay == 0.0;
    let tau = (is_constant && grows && growth_rate > 0.0).then(|| 1.0 / growth_rate);
    Ok(Some(NetworkSearch {
        growth_rate,
        growth_rates: rates,
        gradient_singular_values: gradient,
        curvature_matrix: at.curvature,
        tau: tau.filter(|tau| tau.is_finite()),
        loss: at.loss + 0.5 * setup.label_noise,
        is_constant,
    }))
}

/// The population loss at the pre-trained weights, label noise included; there also where the search phase is not linear.
///
/// # Errors
/// [`PairError`]: links that have no averages.
pub fn loss_at_weights(problem: &NetworkProblem) -> Result<f64, PairError> {
    Ok(at_weights(problem)?.loss + 0.5 * problem.setup().label_noise)
}

fn singular_values(at: &AtWeights) -> Vec<f64> {
    let mut values: Vec<f64> = at
        .gradient
        .clone()
        .singular_values()
        .iter()
        .copied()
        .collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Eigenvalues of `[[b, g], [g', 0]]`, descending, those that are 0 as `g` has more columns than rows left out.
fn eigenvalues(b: &DMatrix<f64>, g: &DMatrix<f64>) -> Vec<f64> {
    let units = b.nrows();
    // Of g = l q with orthonormal rows q only l counts.
    let left = match g.ncols() > units {
        true => g.transpose().qr().r().transpose(),
        false => g.clone(),
    };
    let size = units + left.ncols();
    let whole = DMatrix::from_fn(size, size, |i, j| match (i < units, j < units) {
        (true, true) => b[(i, j)],
        (true, false) => left[(i, j - units)],
        (false, true) => left[(j, i - units)],
        (false, false) => 0.0,
    });
    let mut values: Vec<f64> = SymmetricEigen::new(whole)
        .eigenvalues
        .iter()
        .copied()
        .collect();
    // What is smaller is rounding.
    let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let rounding = size as f64 * f64::EPSILON * largest;
    for value in values.iter_mut().filter(|x| x.abs() <= rounding) {
        *value = 0.0;
    }
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The largest rate to its own digits: the zero of `x - mu(x)`, `mu` the largest eigenvalue of `g' (x - b)^-1 g`, which
/// falls with `x`; where that has no meaning, the rate as it was.
fn refined(b: &DMatrix<f64>, g: &DMatrix<f64>, rate: f64) -> f64 {
    let highest = SymmetricEigen::new(b.clone()).eigenvalues.max();
    let mut x = rate;
    for _ in 0..NEWTON_STEPS {
        if x <= highest {
            return rate;
        }
        let shifted = DMatrix::identity(b.nrows(), b.nrows()) * x - b;
        let Some(solved) = shifted.cholesky().map(|factors| factors.solve(g)) else {
            return rate;
        };
        let eigen = SymmetricEigen::new(g.transpose() * &solved);
        let place = eigen.eigenvalues.imax();
        let fall = (&solved * eigen.eigenvectors.column(place)).norm_squared();
        let step = (x - eigen.eigenvalues[place]) / (1.0 + fall);
        x -= step;
        if step.is_nan() || step.abs() <= 4.0 * f64::EPSILON * x.abs() {
            break;
        }
    }
    if x.is_finite() { x } else { rate }
}

/// Points of the ray that are looked at first.
const POINTS: usize = 400;
/// Rates below this part of the largest on the ray are 0.
const ZERO: f64 = 1e-12;
/// Precision of the factor.
const FINE: f64 = 1e-9;

/// The local minima of the largest growth rate along the ray `W0 -> x W0`, `x` between two factors above 0, ascending;
/// empty without a search phase.
///
/// # Errors
/// [`ProblemError`]: links that have no averages.
pub fn rate_minima(
    problem: &NetworkProblem,
    (low, high): (f64, f64),
) -> Result<Vec<RateMinimum>, ProblemError> {
    let rate = |x: f64| -> Result<Option<f64>, ProblemError> {
        let scaled = at_strength(problem, x)?;
        Ok(network_search(&scaled)?.map(|search| search.growth_rate))
    };
    let place = |i: usize| low + (high - low) * i as f64 / (POINTS - 1) as f64;
    let mut rates = Vec::with_capacity(POINTS);
    for i in 0..POINTS {
        match rate(place(i))? {
            Some(rate) => rates.push(rate),
            None => return Ok(Vec::new()),
        }
    }
    let largest = rates.iter().copied().fold(0.0, f64::max);
    let inner = (1..POINTS - 1).filter(|i| rates[*i] < rates[i - 1] && rates[*i] <= rates[i + 1]);
    let found = inner.map(|i| {
        let at = |x: f64| rate(x).ok().flatten().unwrap_or(f64::NAN);
        let (strength, growth_rate) = root::minimum(at, (place(i - 1), place(i + 1)), FINE * high);
        RateMinimum {
            strength,
            growth_rate,
            is_zero: growth_rate.abs() <= ZERO * largest,
        }
    });
    Ok(found.collect())
}

/// The same problem with `x W0`, its adapter as SGD would start it.
///
/// # Errors
/// As [`NetworkProblem::new`].
pub fn at_strength(problem: &NetworkProblem, x: f64) -> Result<NetworkProblem, ProblemError> {
    let mut setup = problem.setup().clone();
    let frame = &setup.frame;
    let weights = frame.weights() * x;
    setup.frame = Frame::of_components(frame.teachers().clone(), weights, frame.task())?;
    setup.start = AdapterStart::default();
    NetworkProblem::new(setup)
}
