//! What `lorode phase` warns about.

use crate::running::lorode;

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
