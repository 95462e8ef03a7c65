//! What one can ask for beside the usual: letters with values, given times, the search phase alone.

use crate::running::{fails, json, numbers};

#[test]
fn a_letter_with_a_value_is_the_number() {
    for (command, letters, plain) in [
        (
            "search --mu 0.2,0.7",
            "--link c*he1+he3 --set c=0.5",
            "--link (0.5)*he1+he3",
        ),
        (
            "solve --mu 0.4",
            "--teacher a*erf --student tanh(b*x) --set a=1.5 --set b=-0.5",
            "--teacher (1.5)*erf --student tanh((-0.5)*x)",
        ),
        (
            "phase --x mu=0.1:0.5:3 --y c=1,2 --value tau",
            "--link c*he1+a*he3 --set a=2",
            "--link c*he1+(2.0)*he3",
        ),
    ] {
        let run = |links: &str| {
            let mut made = json(&format!("{command} {links} --format json"));
            let made = made.as_object_mut().unwrap();
            // How it was asked for differs, and how long it took.
            for key in ["command", "parameters", "solver"] {
                made.remove(key);
            }
            made.clone()
        };
        assert_eq!(run(letters), run(plain), "{letters}");
    }
}

#[test]
fn a_letter_that_means_nothing_is_refused() {
    for set in ["c=1", "d", "d=nan", "d=1e400"] {
        let said = fails(&format!("solve --link d*erf --mu 0.5 --set {set}"), 2);
        assert!(
            said.contains("write a letter that stands in a link"),
            "{said}"
        );
    }
}

#[test]
fn a_trajectory_lands_on_the_times_asked_for() {
    let at = |times: &str, more: &str| {
        json(&format!(
            "solve --link erf --mu 0.5 --times {times} {more} --format json"
        ))
    };
    let run = at("150,0,50,200,50", "");
    let t = numbers(&run["trajectory"]["t"]);
    assert_eq!(t, [0.0, 50.0, 150.0, 200.0]);
    // The same states, whatever the other times and the unit.
    let alone = at("150", "");
    let both = [&run["trajectory"]["m"][2], &alone["trajectory"]["m"][0]];
    let [one, other] = both.map(|m| m.as_f64().unwrap());
    assert!((one - other).abs() < 1e-8 * one, "{one} {other}");
    let steps = at("1500", "--time steps --lr 0.1");
    let m = steps["trajectory"]["m"][0].as_f64().unwrap();
    assert_eq!(numbers(&steps["trajectory"]["t"]), [1500.0]);
    assert!((one - m).abs() < 1e-8 * one, "{one} {m}");
    let said = fails("solve --link erf --mu 0.5 --times -1,2", 2);
    assert!(said.contains("times = -1 is not allowed"), "{said}");
}

#[test]
fn the_search_phase_alone_is_that_of_the_whole_search() {
    let points = |more: &str| {
        let run = json(&format!(
            "search --link he3 --mu 0.2:0.9:5 {more} --format json"
        ));
        run["curves"][0]["points"].as_array().unwrap().clone()
    };
    let (whole, alone) = (points(""), points("--what tau"));
    for (whole, alone) in whole.iter().zip(&alone) {
        for key in [
            "tau",
            "gradient_norm",
            "curvature",
            "growth_rate",
            "exit_linear",
        ] {
            assert_eq!(whole[key], alone[key], "{key}");
        }
        assert!(alone["exit_time"].is_null() && alone["outcome"].is_null());
        assert!(!whole["outcome"].is_null());
    }
    assert_eq!(points("--what tau,exit_time"), whole);
    fails("search --link he3 --what mu", 2);
}
