//! What `lorode phase` warns about, and the units of its values.

use crate::running::{json, lorode};

/// Tilted cells take averages in two dimensions, which a bump 1e-5 wide leaves with few digits; links that can be
/// resolved are not warned about.
#[test]
fn a_map_whose_averages_have_few_digits_is_warned_about() {
    let warnings = |link: &str, axes: &str| {
        let arguments = format!("phase --link {link} {axes} --value tau --format csv");
        let output = lorode(&arguments).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments}\n{complaint}");
        complaint.matches("with a relative error of up to").count()
    };
    let tilted = "--x mu=0.5:0.95:2 --y angle=45:89:2";
    assert_eq!(warnings("exp(-1e10*(x-1)^2)", tilted), 1);
    assert_eq!(warnings("tanh(20*x)", tilted), 0);
    assert_eq!(warnings("erf", "--x mu=0.1:0.999:2 --y angle=0:89:3"), 0);
}

#[test]
fn times_and_rates_are_in_the_unit_asked_for_as_in_search() {
    let steps = "--link tanh --lr 0.1 --batch 100 --noise 0.5 --time steps --format json";
    let search = json(&format!("search --mu 0.3 --what tau {steps}"));
    let [tau, rate] = ["tau", "growth_rate"].map(|name| {
        let map = json(&format!("phase --x mu=0.3 --value {name} {steps}"));
        let value = map["value"]["matrix"][0].as_f64().unwrap();
        let expected = &search["curves"][0]["points"][0][name];
        let expected = expected.as_f64().unwrap();
        assert!(
            (value / expected - 1.0).abs() < 1e-12,
            "{name}: {value} {expected}"
        );
        value
    });
    assert!((tau * rate - 1.0).abs() < 1e-12);
}
