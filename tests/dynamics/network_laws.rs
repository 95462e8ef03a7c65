//! Laws that hold for networks of any size, and fixed points known in closed form.

use crate::support::cases::cases;
use crate::support::link;
use lorode::dynamics::network::network_system;
use lorode::integrator::Tolerances;
use lorode::model::Model;
use lorode::problem::Adapter;
use lorode::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup};
use lorode::search::network::network_search;
use lorode::trajectory::network::{NetworkTrajectory, follow_network};
use lorode::trajectory::{Outcome, Wanted};
use nalgebra::DMatrix;
use proptest::collection::vec;
use proptest::prelude::*;

const ADAPTERS: [Adapter; 4] = [
    Adapter::Spherical,
    Adapter::Free,
    Adapter::Full,
    Adapter::Scratch,
];
const UNITS: usize = 3;
const STARS: usize = 2;
const RANK: usize = 2;
/// Dimensions that random vectors have.
const SPACE: usize = 6;

/// Vectors of two networks and of an adapter, in one space.
#[derive(Clone, Debug)]
struct Vectors {
    teachers: DMatrix<f64>,
    weights: DMatrix<f64>,
    u: DMatrix<f64>,
    v: DMatrix<f64>,
    readout: Vec<f64>,
}

fn vectors() -> impl Strategy<Value = Vectors> {
    let numbers = |count: usize| vec(-1.0_f64..1.0, count);
    let all = (
        numbers(STARS * SPACE),
        numbers(UNITS * SPACE),
        numbers(UNITS * RANK),
        numbers(RANK * SPACE),
        vec(0.3_f64..1.2, UNITS),
    );
    all.prop_map(|(teachers, weights, u, v, readout)| Vectors {
        teachers: DMatrix::from_row_slice(STARS, SPACE, &teachers) * 0.6,
        weights: DMatrix::from_row_slice(UNITS, SPACE, &weights) * 0.5,
        u: DMatrix::from_row_slice(UNITS, RANK, &u) * 0.5,
        v: unit_rows(DMatrix::from_row_slice(RANK, SPACE, &v)),
        readout,
    })
    // Overlaps far from singular: adapters are read from them again.
    .prop_filter("independent", |all| {
        let both = [
            all.teachers.row_iter().collect(),
            all.weights.row_iter().collect::<Vec<_>>(),
        ];
        DMatrix::from_rows(&both.concat()).singular_values().min() > 0.1
    })
}

fn unit_rows(mut rows: DMatrix<f64>) -> DMatrix<f64> {
    for mut row in rows.row_iter_mut() {
        let length = row.norm();
        row /= length;
    }
    rows
}

/// The problem of these vectors, by their overlaps.
fn setup(all: &Vectors, text: &str, adapter: Adapter) -> NetworkSetup {
    let (t, v) = (&all.teachers, &all.v);
    let w = match adapter {
        Adapter::Scratch => unit_rows(all.weights.clone()),
        _ => all.weights.clone(),
    };
    let overlaps = (t * t.transpose(), &w * t.transpose(), &w * w.transpose());
    let frame = Frame::of_overlaps(&overlaps.0, &overlaps.1, &overlaps.2).unwrap();
    let mut setup = NetworkSetup::new(Model::matched(link(text)), frame);
    (setup.adapter, setup.rank) = (adapter, RANK);
    setup.readout.clone_from(&all.readout);
    setup.t_max = 3.0;
    if adapter.facts().is_lora {
        setup.start = AdapterStart {
            u: Some(all.u.clone()),
            alignment: Some(v * t.transpose()),
            s: Some(v * w.transpose()),
            c: Some(v * v.transpose()),
        };
    }
    setup
}

const TIMES: [f64; 4] = [0.0, 0.5, 1.0, 3.0];

fn followed(setup: NetworkSetup) -> NetworkTrajectory {
    let tolerances = Tolerances {
        rtol: 1e-9,
        ..Tolerances::default()
    };
    let problem = NetworkProblem::new(setup).unwrap();
    follow_network(&problem, Wanted::Times(&TIMES), &tolerances)
        .unwrap()
        .1
}

/// Largest difference of `M` at any time, unit `i` of the first being `place(i)` of the second, and of the losses.
fn apart(a: &NetworkTrajectory, b: &NetworkTrajectory, units: &[usize]) -> f64 {
    let mut worst = 0.0_f64;
    for k in 0..TIMES.len() {
        for (i, place) in units.iter().enumerate() {
            worst = worst.max((a.m[k].row(i) - b.m[k].row(*place)).amax());
        }
        worst = worst.max((a.loss[k] - b.loss[k]).abs());
    }
    worst
}

/// Integrated to 1e-9, over a few units of time.
const INTEGRATED: f64 = 1e-7;

proptest! {
    #![proptest_config(cases(12))]

    /// The order of units has no meaning.
    #[test]
    fn permuted_units_move_alike(all in vectors(), adapter in 0_usize..4, noisy in any::<bool>()) {
        let order = [2, 0, 1];
        let mut other = all.clone();
        other.weights = all.weights.select_rows(&order);
        other.u = all.u.select_rows(&order);
        other.readout = order.iter().map(|i| all.readout[*i]).collect();
        let run = |all: &Vectors| {
            let mut setup = setup(all, "erf", ADAPTERS[adapter]);
            setup.scaling.nu = if noisy { 0.4 } else { 0.0 };
            (setup.label_noise, setup.readout_ratio) = (0.1, 0.5);
            followed(setup)
        };
        let worst = apart(&run(&other), &run(&all), &order);
        prop_assert!(worst < INTEGRATED, "{worst:e}");
    }

    /// Nor has the frame: a rotation of all vectors leaves the overlaps as they are, though not their rounding, and
    /// components in any frame are as good as overlaps.
    #[test]
    fn rotated_frames_are_as_good(all in vectors(), adapter in 0_usize..4, angle in 0.1_f64..3.0) {
        let one = setup(&all, "relu", ADAPTERS[adapter]);
        let (frame, mut other) = (one.frame.clone(), one.clone());
        let dim = frame.dim();
        let mut turn = DMatrix::identity(dim, dim);
        // Within the span of the teachers, and across it.
        for (i, k) in [(0, 1), (2, dim - 1)] {
            let (sine, cosine) = angle.sin_cos();
            (turn[(i, i)], turn[(k, k)]) = (cosine, cosine);
            (turn[(i, k)], turn[(k, i)]) = (sine, -sine);
        }
        other.frame =
            Frame::of_components(frame.teachers() * &turn, frame.weights() * &turn, frame.task())
                .unwrap();
        let worst = apart(&followed(one), &followed(other), &[0, 1, 2]);
        prop_assert!(worst < INTEGRATED, "{worst:e}");
    }

    /// Two equal units stay equal, and are integrated as one: as two that differ in the ninth digit of their readouts.
    #[test]
    fn equal_units_move_as_one(all in vectors(), adapter in 0_usize..4, noisy in any::<bool>()) {
        let mut all = all;
        let (row, amplitudes) = (all.weights.row(0).into_owned(), all.u.row(0).into_owned());
        all.weights.set_row(2, &row);
        all.u.set_row(2, &amplitudes);
        all.readout[2] = all.readout[0];
        let run = |change: f64| {
            let mut setup = setup(&all, "erf", ADAPTERS[adapter]);
            setup.scaling.nu = if noisy { 0.4 } else { 0.0 };
            (setup.label_noise, setup.readout_ratio) = (0.1, 0.5);
            setup.readout[2] += change;
            let problem = NetworkProblem::new(setup.clone()).unwrap();
            let first = problem.equal_units()[2];
            (first, followed(setup))
        };
        let ((merged, one), (apart_, two)) = (run(0.0), run(1e-9));
        prop_assert_eq!((merged, apart_), (0, 2));
        let worst = apart(&one, &two, &[0, 1, 2]);
        prop_assert!(worst < INTEGRATED, "{worst:e}");
    }

    /// A unit whose readout is 0 and frozen is not there: the others do not feel it, its weights do not move.
    #[test]
    fn a_zero_readout_is_no_unit(all in vectors(), adapter in 2_usize..4, noisy in any::<bool>()) {
        let mut with = all.clone();
        with.readout[2] = 0.0;
        let mut without = all.clone();
        without.weights = all.weights.rows(0, 2).into_owned();
        without.readout.truncate(2);
        let run = |all: &Vectors| {
            let mut setup = setup(all, "erf", ADAPTERS[adapter]);
            setup.scaling.nu = if noisy { 0.4 } else { 0.0 };
            followed(setup)
        };
        let (with, without) = (run(&with), run(&without));
        let worst = apart(&without, &with, &[0, 1]);
        prop_assert!(worst < INTEGRATED, "{worst:e}");
        prop_assert!((with.m[3].row(2) - with.m[0].row(2)).amax() < 1e-12);
    }

    /// The flow goes downhill: `dL/dt <= 0` at nu = 0, along every run.
    #[test]
    fn the_loss_never_rises(
        all in vectors(),
        adapter in 0_usize..4,
        text in prop_oneof![Just("erf"), Just("relu"), Just("he1 + 0.3*he2"), Just("erf(x/sqrt(2))")],
        readout_ratio in prop_oneof![Just(0.0), 0.1_f64..2.0],
    ) {
        let mut setup = setup(&all, text, ADAPTERS[adapter]);
        setup.readout_ratio = readout_ratio;
        let problem = NetworkProblem::new(setup).unwrap();
        let (_, seen) =
            follow_network(&problem, Wanted::Spread(60), &Tolerances::default()).unwrap();
        prop_assert!(seen.loss.len() > 20);
        for pair in seen.loss.windows(2) {
            // Rounding of the sums that a loss is made of, and the local error.
            prop_assert!(pair[1] <= pair[0] + 1e-9 * pair[0] + 1e-14, "{:e} to {:e}", pair[0], pair[1]);
        }
    }
}

/// The symmetric plateau of committees: `Q_ij = 1/(2K-1)`, `M_ij = 1/sqrt(K(2K-1))`.
#[test]
fn the_plateau_of_equal_units_is_a_fixed_point() {
    for (units, loss) in [(2_usize, 0.011_610_840_312_668), (3, 0.020_296_588_656_977)] {
        let stars = DMatrix::identity(units, units);
        let k = units as f64;
        let m = DMatrix::from_element(units, units, 1.0 / (k * (2.0 * k - 1.0)).sqrt());
        let q = DMatrix::from_element(units, units, 1.0 / (2.0 * k - 1.0));
        let frame = Frame::of_overlaps(&stars, &m, &q).unwrap();
        let mut setup = NetworkSetup::new(Model::matched(link("erf(x/sqrt(2))")), frame);
        (setup.readout, setup.teacher_readout) = (vec![1.0; units], vec![1.0; units]);
        // Every unit by itself: the gradient at the weights.
        let lora = NetworkProblem::new(setup.clone()).unwrap();
        let search = network_search(&lora).unwrap().unwrap();
        assert!((search.loss - loss).abs() < 1e-12, "{:.15}", search.loss);
        assert!(search.gradient_singular_values[0] < 1e-12, "{search:?}");
        assert_eq!(search.tau, None);
        // And all as one.
        setup.adapter = Adapter::Full;
        let system = network_system(&NetworkProblem::new(setup).unwrap()).unwrap();
        let (state, mut rates) = (system.start(), vec![0.0; system.start().len()]);
        assert_eq!(state.len(), units + 1);
        system.rates(&state, &mut rates);
        assert!(rates.iter().all(|rate| rate.abs() < 1e-12), "{rates:?}");
        assert!((system.loss(&state) - loss).abs() < 1e-12);
    }
}

/// Two of four ReLU units are pre-trained to strength mu, two are perfect (Nwemadji et al., the two-layer network).
fn two_layer_relu(mu: f64, rank: usize) -> NetworkProblem {
    let stars = DMatrix::identity(4, 4);
    let strengths = nalgebra::DVector::from_vec(vec![mu, mu, 1.0, 1.0]);
    let frame = Frame::of_components(stars, DMatrix::from_diagonal(&strengths), 4).unwrap();
    let mut setup = NetworkSetup::new(Model::matched(link("relu")), frame);
    setup.rank = rank;
    NetworkProblem::new(setup).unwrap()
}

#[test]
fn the_rank_decides_where_the_two_layer_network_stops() {
    for (mu, loss, rates) in [
        (0.1, 0.033_37, [0.080_481, 0.077_963]),
        (0.5, 0.010_3, [0.015_469, 0.010_259]),
        (0.9, 0.000_412, [0.000_720, 0.000_437]),
    ] {
        let searches =
            [1, 2].map(|rank| network_search(&two_layer_relu(mu, rank)).unwrap().unwrap());
        assert_eq!(searches[0], searches[1]);
        let found = &searches[0];
        assert!((found.loss / loss - 1.0).abs() < 2e-3, "{}", found.loss);
        for (ours, theirs) in found.growth_rates.iter().zip(rates) {
            assert!((ours - theirs).abs() < 6e-7, "{ours} against {theirs}");
        }
    }
    let ends = [1, 2].map(|rank| {
        let problem = two_layer_relu(0.1, rank);
        follow_network(&problem, Wanted::Nothing, &Tolerances::default())
            .unwrap()
            .0
    });
    assert_eq!(ends[0].outcome, Outcome::Rest);
    assert!((ends[0].loss - 0.004_784).abs() < 6e-7, "{}", ends[0].loss);
    assert_eq!(ends[1].outcome, Outcome::Learned);
}

/// Weights that are 0, that lie among the teachers, as many vectors as dimensions, links without a closed form: each runs
/// to its outcome.
#[test]
fn degenerate_networks_run() {
    let stars = DMatrix::identity(2, 2);
    let wide = DMatrix::from_row_slice(3, 2, &[0.5, 0.1, 0.1, 0.4, -0.2, 0.3]);
    for (text, weights, dim) in [
        ("erf", DMatrix::zeros(2, 2), 1000.0),
        ("relu", DMatrix::zeros(2, 2), 1000.0),
        ("relu", &stars * 0.5, 1000.0),
        // Five vectors in two dimensions.
        ("erf", wide, 2.0),
        ("tanh", &stars * 0.5, 1000.0),
    ] {
        let frame = Frame::of_components(stars.clone(), weights, 2).unwrap();
        let mut setup = NetworkSetup::new(Model::matched(link(text)), frame);
        (setup.rank, setup.scaling.dim) = (2, dim);
        setup.readout = (0..setup.readout.len())
            .map(|i| 0.5 + 0.1 * i as f64)
            .collect();
        let problem = NetworkProblem::new(setup).unwrap();
        let start = network_system(&problem).unwrap();
        let first = start.loss(&start.start());
        let tolerances = Tolerances {
            rtol: 1e-6,
            ..Tolerances::default()
        };
        let (run, _) = follow_network(&problem, Wanted::Nothing, &tolerances).unwrap();
        assert!(run.outcome != Outcome::Unfinished, "{text}: {run:?}");
        assert!(
            run.excess < first && run.last.is_finite(),
            "{text}: {run:?}"
        );
    }
}
