//! Patches against quadrature.

use super::*;
use crate::watch::Cancel;

fn pair(teacher: &str, student: &str) -> InterpolatedKernel {
    let [teacher, student] = [teacher, student].map(|text| text.parse().unwrap());
    InterpolatedKernel::new(SeriesKernel::new(&teacher, &student))
}

/// Sines from 2^-24 to 1 and 0, self-overlaps from 1/8 to 2.
fn points() -> impl Iterator<Item = Overlaps> {
    (0..40).map(|i| {
        let part = |k: f64| (f64::from(i) * k).fract();
        let sine = match i % 10 {
            0 => 0.0,
            _ => (-24.0 * part(0.618_033_988_7)).exp2(),
        };
        let q = (-3.0 + 4.0 * part(0.414_213_562_4)).exp2();
        let m = (q * (1.0 - sine) * (1.0 + sine)).sqrt();
        Overlaps {
            m: if i % 3 == 0 { -m } else { m },
            q,
            residual: q * sine * sine,
        }
    })
}

#[test]
fn patches_agree_with_quadrature_at_every_angle() {
    for (teacher, student) in [
        ("tanh(10*x)", "tanh(10*x)"),
        ("tanh(200*x)", "tanh(200*x)"),
        ("tanh(30*(x-0.3))", "tanh(5*x)"),
        ("sign", "tanh"),
        // Both have a parity, also the other one, and a kink at 0.
        ("abs(x)+cos(x)", "tanh(3*x)"),
        ("tanh(3*x)", "abs(x)+cos(x)"),
        ("abs(x)+cos(x)", "abs(x)+cos(2*x)"),
        ("tanh(20*x)", "relu(x-0.5)"),
        ("max(x,0.1*x)+0.2*sin(x)", "max(x,0.1*x)+0.2*sin(x)"),
    ] {
        let kernel = pair(teacher, student);
        for at in points() {
            let exact = kernel.exact().quadrature(&at);
            let (drift, noise) = (kernel.drift(&at), kernel.noise(&at));
            let (drifts, noises) = (exact.drift(), exact.noise());
            let size = drifts.alpha.abs() + drifts.beta.abs();
            let power = noises.signal + noises.slope;
            let loss = kernel.exact().loss_of(&exact);
            for (ours, direct, scale) in [
                (drift.alpha, drifts.alpha, size),
                (drift.beta, drifts.beta, size),
                (kernel.loss(&at), loss, size + 1.0),
                (noise.signal, noises.signal, power),
                (noise.slope, noises.slope, power),
            ] {
                assert!(
                    (ours - direct).abs() <= 1e-13 * scale,
                    "{teacher} -> {student} at {at:?}: {ours:e} against {direct:e}"
                );
            }
        }
    }
}

#[test]
fn every_point_of_a_steep_link_has_a_patch() {
    let kernel = pair("tanh(200*x)", "tanh(200*x)");
    let near = points().filter(|at| at.sine() < 0.5);
    for at in near {
        assert_eq!(kernel.route(&at), Route::Interpolated, "{at:?}");
    }
}

/// Where kinks of links meet that bend between them: from either side, down to sines of 1e-7. Quadrature takes `q`
/// and not the residual: its rounding counts in parts of the sine.
#[test]
fn corners_of_links_that_bend_agree_with_quadrature() {
    for text in [
        "tanh(x)+0.52*abs(x-0.31)",
        "max(x,0.1*x)+0.2*relu(sin(x)-0.4)",
    ] {
        let kernel = pair(text, text);
        for i in 0..24 {
            let distance = (-f64::from(i)).exp2();
            let turn = (f64::from(i) * 0.618_033_988_7).fract() * std::f64::consts::PI;
            let (sine, m) = (distance * turn.sin(), 1.0 - distance * turn.cos() / 4.0);
            let residual = (m * sine).powi(2);
            let at = Overlaps::from_residual(m, residual);
            let exact = kernel.exact().quadrature(&at).drift();
            let (drift, claimed) = (kernel.drift(&at), kernel.errors(&at));
            let scale = exact.alpha.abs() + exact.beta.abs();
            let own = (1e-13 + 1e-16 / sine) * scale;
            for (ours, direct, claimed) in [
                (drift.alpha, exact.alpha, claimed.alpha),
                (drift.beta, exact.beta, claimed.beta),
            ] {
                let gap = (ours - direct).abs();
                assert!(
                    gap <= claimed + own && claimed <= 1e-11 * scale + own,
                    "{text} at {at:?}: {ours:e} against {direct:e}, claimed {claimed:e}"
                );
            }
            assert_eq!(kernel.route(&at), Route::Interpolated, "{text} at {at:?}");
        }
    }
}

/// Of what is left halfway nothing is kept: the same averages are right when they are asked for again.
#[test]
fn work_that_is_to_end_makes_no_patches() {
    let fast = pair("relu(sin(x))", "relu(sin(x))");
    let at = Overlaps::new(0.3, 0.7).unwrap();
    let thrown = Cancel::new();
    thrown.set();
    thrown.during(|| {
        let (drift, noise) = (fast.drift(&at), fast.noise(&at));
        let all = [drift.alpha, drift.beta, noise.signal, fast.loss(&at)];
        assert!(all.iter().all(|x| x.is_nan()), "{all:?}");
    });
    assert_eq!(fast.route(&at), Route::Interpolated);
    let (ours, theirs) = (fast.drift(&at), fast.exact().drift(&at));
    assert!(
        (ours.alpha - theirs.alpha).abs() < 1e-12,
        "{ours:?} {theirs:?}"
    );
    assert!(
        (ours.beta - theirs.beta).abs() < 1e-12,
        "{ours:?} {theirs:?}"
    );
}

/// `alpha / m -> E[sigma*''(x)] E[sigma''(sqrt(q) x)]` for `m -> 0` of even links, at q = 1/4 in 30 digits (mpmath): odd in
/// `m` to the last bit, however small it is.
#[test]
fn patches_keep_parity() {
    for (text, expected) in [
        ("x*tanh(x)", 1.189_809_023_786_994),
        ("log(1+x^2)", 0.866_373_854_447_987_9),
        ("tanh(x)^2", 0.362_993_169_020_425_6),
    ] {
        let kernel = pair(text, text);
        let at = |m: f64| Overlaps::from_residual(m, 0.25 - m * m);
        for m in [1e-300, 1e-17, 1e-9, 0.2, 0.45] {
            let (here, there) = (kernel.drift(&at(m)), kernel.drift(&at(-m)));
            assert_eq!(
                here.alpha.to_bits(),
                (-there.alpha).to_bits(),
                "{text} at {m}"
            );
            assert_eq!(here.beta.to_bits(), there.beta.to_bits(), "{text} at {m}");
            if m < 1e-8 {
                let off = here.alpha / m / expected - 1.0;
                assert!(off.abs() < 1e-12, "{text} at {m:e}: {off:e}");
            }
        }
        assert!(kernel.drift(&at(0.0)).alpha.abs() <= 0.0, "{text}");
        let near = at(1e-9);
        let error = kernel.errors_at_hand(&near, false).alpha;
        assert!(
            error < 1e-10 * kernel.drift(&near).alpha.abs(),
            "{text}: {error:e}"
        );
    }
}
