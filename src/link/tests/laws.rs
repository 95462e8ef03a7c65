//! Laws every link obeys: derivatives, blocks, tails, registry.

use super::*;

#[test]
fn derivatives_agree_with_differences() {
    // Fourth-order central differences at h = 1e-3: truncation about 1e-12 times f^(5).
    let slope = |f: &dyn Fn(f64) -> f64, x: f64| {
        let h = 1e-3;
        (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
    };
    for text in all() {
        let link = link(text);
        let scale = |f: &dyn Fn(f64) -> f64| points().map(f).fold(1.0, |m: f64, y| m.max(y.abs()));
        let size = scale(&|x| link.derivative(x)).max(scale(&|x| link.second_derivative(x)));
        for x in points().filter(|&x| far_from_breaks(&link, x)) {
            let first = slope(&|x| link.value(x), x);
            assert_close(link.derivative(x) / size, first / size, 1e-7, text);
            let second = slope(&|x| link.derivative(x), x);
            assert_close(link.second_derivative(x) / size, second / size, 1e-7, text);
        }
    }
}

#[test]
fn blocks_agree_with_points() {
    let x: Vec<f64> = (0..301)
        .map(|i| f64::from(i) * 0.0271 - 4.05)
        .chain([0.0])
        .collect();
    let mut out = vec![f64::NAN; x.len()];
    for text in all() {
        let link = link(text);
        link.values(&x, &mut out);
        for (&x, &y) in x.iter().zip(&out) {
            assert_close(y, link.value(x), 1e-15, text);
        }
        link.derivatives(&x, &mut out);
        for (&x, &y) in x.iter().zip(&out) {
            assert_close(y, link.derivative(x), 1e-15, text);
        }
    }
}

#[test]
fn registry_agrees_with_links() {
    for entry in builtin_links() {
        for text in entry.examples {
            assert_eq!(link(text).has_jump(), entry.targets_only, "{text}");
        }
        for alias in entry.aliases {
            assert_eq!(link(alias), link(entry.name));
        }
    }
}

#[test]
fn tails_are_accurate() {
    let relative = |actual: f64, expected: f64| {
        assert!(
            (actual / expected - 1.0).abs() < 1e-13,
            "{actual} != {expected}"
        );
    };
    let tail = (-40.0_f64).exp();
    relative(link("sigmoid").value(-40.0), tail);
    relative(link("sigmoid").derivative(40.0), tail);
    relative(link("softplus").value(-40.0), tail);
    relative(link("softplus").value(40.0), 40.0);
    relative(link("silu").value(-40.0), -40.0 * tail);
    relative(link("silu").derivative(-40.0), -39.0 * tail);
    relative(link("tanh").derivative(40.0), 4.0 * tail * tail);
    relative(link("gelu").value(40.0), 40.0);
    // mpmath: -10 * ncdf(-10).
    relative(link("gelu").value(-10.0), -7.619_853_024_160_527e-23);
    assert!(link("gelu").value(-40.0).abs() < 1e-300);
}
