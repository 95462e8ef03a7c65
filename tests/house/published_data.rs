//! The tables of docs/published-data.md are what its examples compute.

#![allow(
    clippy::duplicate_mod,
    reason = "one example uses the other, this test both"
)]

#[path = "../../examples/published_curves.rs"]
mod curves;
#[path = "../../examples/published_windows.rs"]
mod windows;
#[path = "../../examples/published_windows_sgd.rs"]
mod windows_sgd;

/// The rows of the table below a header.
fn table(header: &str) -> Vec<&'static str> {
    let page = include_str!("../../docs/published-data.md");
    let mut lines = page.lines().skip_while(|line| *line != header);
    assert!(lines.next().is_some(), "no table {header}");
    lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

/// Equal words, and numbers equal to one unit of the last digit shown: rounding may go either way.
fn same_row(shown: &str, found: &str) -> bool {
    let cells = |row: &str| -> Vec<String> {
        let split = row.split(['|', '–', ' ']);
        split.filter(|c| !c.is_empty()).map(str::to_owned).collect()
    };
    let (shown, found) = (cells(shown), cells(found));
    shown.len() == found.len()
        && shown.iter().zip(&found).all(|(a, b)| {
            let digits = a.split_once('.').map_or(0, |(_, digits)| digits.len());
            match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(x), Ok(y)) => (x - y).abs() <= 1.001 * 10f64.powi(-(digits as i32)),
                _ => a == b,
            }
        })
}

/// Every row of a table against the example that makes it; `few` leaves out those that take long.
fn check<E: std::fmt::Debug>(
    header: &str,
    row: impl Fn(&str) -> Result<String, E>,
    few: impl Fn(&str, f64) -> bool,
) {
    let shown = table(header);
    let measured: Vec<&str> = windows::PUBLISHED.lines().skip(1).collect();
    assert_eq!(shown.len(), measured.len(), "{header}");
    for (line, shown) in measured.iter().zip(shown) {
        let fields: Vec<&str> = line.split(',').collect();
        if few(fields[0], fields[1].parse().unwrap()) {
            let found = row(line).unwrap();
            assert!(same_row(shown, &found), "\nshown {shown}\nfound {found}");
        }
    }
}

const RANDOM: &str =
    "| link | mu | measured | mean of three runs | 5–95 % | averaged curve | 5–95 % |";
const STARTS: &str =
    "| link | mu | mean step, measured | SGD | 5–95 % | window, measured | SGD | 5–95 % |";

#[test]
fn the_odes_predict_what_the_page_says() {
    let header = "| link | mu | measured | predicted | predicted / measured |";
    check(header, windows::window_row, |_, _| true);
    let header =
        "| link | mu | mean step, measured | ODE | ratio | window, measured | ODE | ratio |";
    check(header, windows::start_row, |_, _| true);
    let header = "| student | mu | tau | without the term | without / exact |";
    let shown = table(header);
    let cases = curves::squared_cases();
    assert_eq!(shown.len(), cases.len());
    for ((student, mu), shown) in cases.into_iter().zip(shown) {
        let found = curves::squared_row(student, mu).unwrap();
        assert!(same_row(shown, &found), "\nshown {shown}\nfound {found}");
    }
}

/// The rows whose search is short: 60 seeds of 10 to 1,600 steps.
#[test]
fn sgd_does_what_the_page_says() {
    let few = |link: &str, mu: f64| mu < if link == "erf" { 0.55 } else { 0.85 };
    check(RANDOM, windows_sgd::random_row, few);
    check(STARTS, windows_sgd::start_row, few);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn sgd_does_what_the_page_says_in_every_row() {
    check(RANDOM, windows_sgd::random_row, |_, _| true);
    check(STARTS, windows_sgd::start_row, |_, _| true);
}

#[test]
fn the_comparison_of_rows_can_fail() {
    assert!(same_row(
        "| erf | 0.5 | 94–95.2 |",
        "| erf | 0.5 | 94–95.1 |"
    ));
    assert!(!same_row(
        "| erf | 0.5 | 94–95.2 |",
        "| erf | 0.5 | 94–95.4 |"
    ));
    assert!(!same_row("| erf | 0.5 |", "| relu | 0.5 |"));
    assert!(!same_row("| erf | 0.5 |", "| erf | 0.5 | 1 |"));
}
