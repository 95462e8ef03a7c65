//! Digits on the screen.

use crate::running::lorode;

/// Some pre-training pays here.
const PAYS: &str = r#"
link = "tanh"
tasks.source = {}
tasks.target = { angle = { source = 90 } }
stage = [
    { task = "source", adapter = "full", lr = 0.2, batch = 500, until = { t = 12 } },
    { task = "target", lr = 0.2, batch = 500, until = { excess = 1e-4, t = 1e6 } },
]
"#;

/// What a command prints.
fn printed(line: &str) -> String {
    String::from_utf8(lorode(line).output().unwrap().stdout).unwrap()
}

/// The words of the line that begins with a key.
fn words(text: &str, key: &str) -> Vec<String> {
    let of_key = |line: &&str| line.trim_start().starts_with(key);
    let found = text.lines().find(of_key);
    let found = found.unwrap_or_else(|| panic!("{key}\n{text}"));
    found.split_whitespace().map(str::to_owned).collect()
}

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
    let pays = folder.path().join("pays.toml");
    std::fs::write(&pays, PAYS).unwrap();
    let pays = format!("optimum {}", pays.display());
    let network = "--link erf --units 2 --teacher-units 2";
    for (line, key, column) in [
        ("search --link erf --mu 0.5,0.9".to_owned(), "erf", 5),
        (format!("search {network} --mu 0.5"), "erf", 4),
        (format!("solve {network} --mu 0.5"), "exit time", 2),
        ("solve --link erf --mu 0.5,0.6".to_owned(), "0.5", 2),
        ("solve --link erf --mu 0.5,0.6".to_owned(), "0.5", 4),
        ("solve --link erf --mu 0.5".to_owned(), "loss", 1),
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
        (pays.clone(), "angle 90", 3),
        (pays, "angle 90", 4),
        (
            "phase --link he3 --x mu=0.1:0.9:5 --value outcome".to_owned(),
            "boundary   border",
            7,
        ),
        (
            "compare --link erf --mu 0.2,0.4 --lr 0.2 --batch 500 --seeds 4 --dim 200".to_owned(),
            "erf",
            2,
        ),
    ] {
        let shown = |rtol: &str| {
            let words = words(&printed(&format!("{line} --rtol {rtol}")), key);
            words[column].trim_end_matches([',', ':']).to_owned()
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

/// The slope that the expansion near the start predicts needs no runs.
#[test]
fn slopes_are_off_by_no_more_than_is_shown() {
    for rtol in ["1e-2", "1e-3", "1e-5", "1e-9"] {
        let line = format!("scaling --link erf --mu 0.5 --rtol {rtol}");
        let words = words(&printed(&line), "erf");
        let number = |at: usize| words[at].parse::<f64>().unwrap();
        let exact = words.iter().position(|word| word == "predicted:").unwrap() + 1;
        let (slope, error, exact) = (number(4), number(11), number(exact));
        assert!((slope - exact).abs() <= error, "{rtol}: {words:?}");
    }
}

/// 0.003 samples of 3e4 were a length at 1e-3.
#[test]
fn a_length_that_is_none_is_none_at_any_tolerance() {
    const FILE: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/how-long-to-pretrain.toml"
    );
    for rtol in ["1e-3", "1e-5", "1e-9"] {
        let line = format!("optimum {FILE} --rtol {rtol}");
        let words = words(&printed(&line), "angle 20");
        assert_eq!(words[2..4], ["never", "pre-train:"], "{rtol}");
    }
}

/// Where a run at rest stands still is rounding; where nothing grows the search takes for ever.
#[test]
fn several_runs_are_shown_as_one_is() {
    let of_units = words(&printed("solve --link he3 --mu 0.05,0.5"), "0.05");
    let network = "solve --link erf --units 2 --teacher-units 2 --mu";
    let both = printed(&format!("{network} 0.9,1"));
    let of_networks = words(&both, "0.9 ");
    for (end, outcome) in [(&of_units[3], "trapped"), (&of_networks[4], "rest")] {
        let (digits, _) = end.split_once('e').unwrap();
        assert_eq!(digits.len(), 3, "{outcome}: {end}");
    }
    let alone = printed(&format!("{network} 0.9"));
    let stands = words(&alone, "outcome").pop().unwrap();
    assert_eq!(of_networks[4], stands);
    assert_eq!(words(&both, "1 ")[1], "infinite");
    let scaling = "scaling --link erf --units 2 --teacher-units 2 --mu 1 --format json";
    assert!(printed(scaling).contains(r#""tau": "inf""#));
}

/// A limit in time is no result.
#[test]
fn the_end_of_a_stage_is_that_which_was_given() {
    let folder = tempfile::tempdir().unwrap();
    for units in ["", "units = 2\n"] {
        let history = folder.path().join("h.toml");
        let of_task = if units.is_empty() {
            "{}"
        } else {
            "{ units = 2 }"
        };
        let stage = r#"[{ task = "one", until = { t = 12.345678 } }]"#;
        let text = format!(
            "link = \"erf\"\n{units}w0 = {{ one = 0.5 }}\ntasks.one = {of_task}\nstage = {stage}\n"
        );
        std::fs::write(&history, text).unwrap();
        let shown = printed(&format!("train {} --rtol 1e-3", history.display()));
        assert!(shown.contains("ended by t at t = 12.3457\n"), "{shown}");
    }
}
