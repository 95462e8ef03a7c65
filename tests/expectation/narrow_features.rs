//! Links whose terms cancel, and features narrower than any grid, against values made apart from the program: 40 nodes of
//! Gauss and Legendre on panels graded around the features, of forms in which nothing cancels (`x - gelu(x) = x Phi(-x)`),
//! derivatives moved to the density where a feature is narrow.

use lorode::expectation::{Overlaps, kernel};
use lorode::link::Link;

/// `alpha`, `beta`, the noise kernel and the loss at `m`, `q`, as far as they are held against something.
fn holds(text: &str, (m, q): (f64, f64), right: &[f64], digits: f64) {
    let link: Link = text.parse().unwrap();
    let kernel = kernel(&link, &link);
    let at = Overlaps::new(m, q).unwrap();
    let (drift, noise, errors) = (kernel.drift(&at), kernel.noise(&at), kernel.errors(&at));
    let ours = [
        (drift.alpha, errors.alpha),
        (drift.beta, errors.beta),
        (noise.signal, errors.signal),
        (kernel.loss(&at), errors.loss),
    ];
    for ((ours, error), right) in ours.iter().zip(right) {
        let own = 2e-13 * right.abs();
        assert!(
            (ours - right).abs() <= error + own,
            "{text}: {ours:e} +- {error:.1e}, right {right:e}"
        );
        assert!(
            *error <= digits * right.abs(),
            "{text}: {ours:e} +- {error:.1e}"
        );
    }
}

#[test]
fn what_cancels_is_no_feature() {
    let gelu = [
        3.199_789_490_094_41e-1,
        -3.073_755_485_240_30e-1,
        2.077_734_858_613_51e-1,
        1.760_285_465_322_06e-1,
    ];
    let softplus = [
        2.639_471_758_920_99e-1,
        -2.617_010_416_172_93e-1,
        8.244_054_007_994_01e-2,
        1.257_766_716_888_04e-1,
    ];
    let kinked = [
        2.134_640_362_370_81e-2,
        -1.082_448_612_196_65e-2,
        7.217_249_096_577_08e-3,
        2.248_725_843_024_54e-2,
    ];
    let straight = [1.0, -1.0, 0.9, 0.45];
    for (text, right) in [
        ("x-gelu(x)", gelu),
        ("softplus(x)-x", softplus),
        ("log(1+exp(x))-x", softplus),
        ("softplus(x)-relu(x)", kinked),
        ("silu(x)-silu(-x)", straight),
        ("gelu(x)-gelu(-x)", straight),
        ("sin(x)^2+cos(x)^2+x", straight),
        ("(tanh(x)+x)-tanh(x)", straight),
    ] {
        holds(text, (0.3, 0.5), &right, 1e-11);
    }
    // 0 on one side, as the difference of two equal numbers.
    for text in ["elu(x)-x", "x-elu(x)"] {
        holds(
            text,
            (0.3, 0.5),
            &[7.180_260_059_092_65e-2, -6.810_195_011_579_67e-2],
            1e-11,
        );
    }
}

#[test]
fn narrow_features_are_seen_whatever_they_are_made_of() {
    for (width, right) in [
        ("1e-6", [0.612_529_519_488_298, -0.488_608_812_762_435]),
        ("1e-8", [0.612_537_257_006_531, -0.488_616_609_520_777]),
        ("1e-10", [0.612_537_360_667_098, -0.488_616_713_713_575]),
    ] {
        let text = format!("sqrt({width}+(x-0.4)^2)");
        holds(&text, (0.5, 0.4), &right, 1e-10);
    }
    for (text, right, digits) in [
        (
            "exp(-1e8*(x-0.31)^2)",
            [1.816_746_271_902_55e-8, 5.185_351_019_319_2e-5],
            1e-4,
        ),
        (
            "tanh(1e4*(x-0.3))-tanh(1e4*(x-0.31))",
            [2.320_113_804_319_3e-4, 1.614_863_829_402_9e-2],
            1e-6,
        ),
        (
            "tanh(1e4*(x-0.3))-tanh(1e4*(x-0.301))",
            [2.326_606_181_817_5e-6, 1.516_336_509_361_5e-3],
            1e-6,
        ),
        (
            "tanh(1e4*(x-0.3))-tanh(1e4*(x-0.4))",
            [2.237_430_545_910_1e-2, 1.110_292_126_539_2e-1],
            1e-6,
        ),
        (
            "1/(1+1e10*(x-0.3)^2)",
            [5.742_094_450_924_6e-10, 6.640_548_411_878_8e-6],
            1e-4,
        ),
    ] {
        holds(text, (0.5, 0.5), &right, digits);
    }
}

/// `alpha -> E[sech^2] 2 / sqrt(2 pi q)`: the student is a sign, its slope a delta.
#[test]
fn large_overlaps_have_their_limits() {
    for (q, alpha) in [
        (1e50, 4.832_830_745_047_942e-26),
        (1e100, 4.832_830_745_047_942e-51),
    ] {
        holds("tanh", (0.3, q), &[alpha], 1e-9);
    }
}
