//! Noise of networks as a user asks for it.

use super::network_cli::{numbers, refused};
use super::problem_files::json;
use crate::running::lorode;

/// Noise of links without a closed form: its error in the answer, refused where no rule is good enough or where there are too
/// many dimensions.
#[test]
fn noise_of_any_link_tells_its_error() {
    let run = |study: &str, link: &str, flags: &[&str]| {
        let line = "--units 2 --teacher-units 2 --nu 0.1 --mu 0.5 --angle 30";
        let args = [study, "--link", link].into_iter().chain(line.split(' '));
        json(&args.chain(flags.iter().copied()).collect::<Vec<_>>())
    };
    let short = ["--t-max", "3"];
    let error = |link: &str, flags: &[&str]| {
        run("solve", link, &[&short[..], flags].concat())["noise_error"].as_f64()
    };
    for link in ["relu", "erf", "he1 + he2"] {
        assert_eq!(error(link, &[]), None, "{link}");
    }
    let usual = error("tanh", &[]).unwrap();
    let coarse = error("tanh", &["--noise-error", "0.05"]).unwrap();
    assert!(
        usual <= 1e-3 && usual < coarse && coarse <= 0.05,
        "{usual} {coarse}"
    );
    let map = run(
        "phase",
        "relu",
        &["--x", "noise=0,2", "--value", "exit_time"],
    );
    let exits = numbers(&map["value"]["matrix"]);
    assert!(exits[1] > exits[0] + 0.01, "{exits:?}");
    let curve = run("search", "tanh", &short);
    assert_eq!(curve["curves"][0]["points"][0]["outcome"], "unfinished");
    let network = "--units 2 --teacher-units 2 --mu 0.5 --nu 0.1".split(' ');
    let fine = ["solve", "--link", "tanh(30*x)", "--noise-error", "1e-7"];
    let said = refused(&fine.into_iter().chain(network).collect::<Vec<_>>());
    assert!(said.contains("is known with a relative error of"), "{said}");
    // One that is good enough at the start is refused where it passes the bound: at the end it is off by 8.6e-4.
    let line = "solve --link tanh --units 2 --teacher-units 2 --mu 0.5 --angle 30 --nu 0.1";
    let mut on_the_way = lorode(&format!("{line} --noise-error 3e-4 --t-max 300"));
    let output = on_the_way.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let error = said.split("a relative error of ").nth(1).unwrap();
    let error: f64 = error
        .split([' ', ',', ';'])
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((3e-4..8.6e-4).contains(&error), "{said}");
    let many = "solve --link tanh --angle 20 --units 7 --teacher-units 7 --mu 0.5 --nu 0.1";
    let said = refused(&many.split(' ').collect::<Vec<_>>());
    let sizes = "is an average over 14 dimensions, and the rule for it has 12";
    assert!(said.contains(sizes), "{said}");
}
