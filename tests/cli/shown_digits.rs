//! Digits on the screen.

use crate::running::lorode;

/// What is shown at a loose tolerance is what is shown at a tight one, to the last digit but one unit.
#[test]
fn loose_tolerances_show_the_digits_that_hold() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("h.toml");
    let stage = "[tasks.one]\n[[stage]]\ntask = \"one\"\nuntil = { t = 100 }\n";
    std::fs::write(
        &history,
        format!("link = \"erf\"\nw0 = {{ one = 0.5 }}\n{stage}"),
    )
    .unwrap();
    let network = "--link erf --units 2 --teacher-units 2";
    for (line, key, column) in [
        ("search --link erf --mu 0.5,0.9".to_owned(), "erf", 5),
        (format!("search {network} --mu 0.5"), "erf", 4),
        (format!("solve {network} --mu 0.5"), "exit time", 2),
        ("solve --link erf --mu 0.5,0.6".to_owned(), "0.5", 2),
        (
            "phase --link erf --x mu=0.2:0.8:4 --value exit_time".to_owned(),
            "highest",
            1,
        ),
        (
            "optimum --link he1+0.5*he3 --goal learn --angle 30".to_owned(),
            "best mu",
            2,
        ),
        (
            "optimum --link he1+0.5*he3 --goal learn --angle 30".to_owned(),
            "value",
            1,
        ),
        (format!("train {}", history.display()), "m", 2),
    ] {
        let shown = |rtol: &str| {
            let output = lorode(&format!("{line} --rtol {rtol}")).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let of_key = |line: &&str| line.trim_start().starts_with(key);
            let found = text
                .lines()
                .find(of_key)
                .unwrap_or_else(|| panic!("{line}\n{text}"));
            let words: Vec<&str> = found.split_whitespace().collect();
            words[column].trim_end_matches(',').to_owned()
        };
        let exact: f64 = shown("1e-11").parse().unwrap();
        for (rtol, most) in [("1e-3", 3), ("1e-5", 5)] {
            let word = shown(rtol);
            let (number, power) = word.split_once('e').unwrap_or((&word, "0"));
            let power: i32 = power.parse().unwrap();
            let places = number.split('.').nth(1).map_or(0, str::len) as i32;
            let off = (word.parse::<f64>().unwrap() - exact).abs();
            assert!(
                off <= 1.001 * 10_f64.powi(power - places),
                "{line}: {word} at {rtol}, {exact}"
            );
            let digits = number.trim_start_matches(['0', '.']).chars();
            assert!(
                digits.filter(char::is_ascii_digit).count() <= most,
                "{line}: {word} at {rtol}"
            );
        }
    }
}
