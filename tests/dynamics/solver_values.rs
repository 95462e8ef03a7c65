//! Exit and learning times against values made elsewhere (DOP853 at 2e-13 on kernels by 80-bit
//! quadrature, events integrated again), and how runs end.

use std::process::Command;

use serde_json::Value;

fn lorode(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command
        .args(line.split_whitespace())
        .args(["--format", "json"]);
    command
}

fn solved(line: &str) -> Value {
    let out = lorode(&format!("solve {line}")).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{line}: {said}");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn holds(line: &str, key: &str, expected: f64, allowed: f64) {
    let run = solved(line);
    let time = run[key].as_f64();
    let gap = time.map_or(f64::INFINITY, |time| (time / expected - 1.0).abs());
    assert!(
        gap < allowed,
        "{line}: {key} = {time:?}, {expected} ({gap:.1e})"
    );
}

/// Good to 1e-12.
const EXITS: &[(&str, f64)] = &[
    ("--link tanh --mu 0.4", 70.379_620_634_727_12),
    ("--link softplus --mu 0.2 --dim 1e8", 68.881_035_428_350_6),
    (
        "--link x+exp(-2*(x-1)^2) --mu 0.3 --u0 0.01",
        5.832_529_650_906_983,
    ),
    (
        "--link erf --mu 0.7 --angle 15 --noise 0.2 --nu 0.3",
        131.777_042_239_260_9,
    ),
    (
        "--link erf --mu 0 --u0 1e-6 --dim 1e12",
        38.949_400_523_000_016,
    ),
    (
        "--link erf --mu 0.4 --angle 30 --s0 0.1 --alignment0 0.02",
        14.241_786_675_891_206,
    ),
    (
        "--teacher he3+he1 --student erf --mu 0.2",
        16.780_386_619_600_907,
    ),
    (
        "--teacher sign --student relu --mu 0.5 --angle 30",
        41.296_345_254_074_645,
    ),
    (
        "--teacher he1+0.2*he5 --student x --mu 0.3",
        8.653_118_434_878_019,
    ),
    (
        "--link tanh --adapter scratch --alignment0 -0.01 --threshold 0.95",
        4.543_833_996_050_853,
    ),
    // Two methods, one after the other, gave 111.912824294.
    (
        "--teacher relu --student tanh --mu 0.4 --angle 20",
        111.912_808_597_698,
    ),
];

/// The slow ones: kernels of kinked pairs.
const SLOW_EXITS: &[(&str, f64)] = &[
    (
        "--teacher tanh --student relu --mu 0.4 --angle 20",
        98.444_596_849_640_76,
    ),
    (
        "--teacher x --student min(max(x,-1),1) --mu 0.3 --angle 30",
        8.196_373_368_833_626,
    ),
    (
        "--teacher sign --student erf --mu 0.3 --angle 70",
        7.972_304_435_105_579,
    ),
    (
        "--teacher sign --student tanh --mu 0.5 --angle 40 --noise 0.3 --nu 0.1 --adapter free \
         --chi 2 --decay 0.01",
        8.919_967_849_648_044,
    ),
    (
        "--teacher sign --student tanh --mu 0.5 --angle 75 --adapter full --threshold 0.95 \
         --decay 0.02",
        1.126_704_359_064_440_3,
    ),
    (
        "--teacher tanh(2*x) --student tanh(2*x) --mu 0.3 --angle 30",
        23.924_103_623_005_276,
    ),
];

/// Good to about 1e-8; ours at rtol 1e-10 and 1e-12 agree to 1e-10 and lie within 1e-9 of them.
const ENDS: &[(&str, f64)] = &[
    ("--link erf --mu 0.5", 213.722_214_167_677_1),
    (
        "--link erf(2*x) --adapter scratch --dim 62499375",
        7.192_226_506_397_72,
    ),
    ("--link relu --mu 0.5 --angle 20", 73.819_018_943_989_45),
    (
        "--link relu --adapter scratch --dim 1e4",
        16.519_862_985_183_906,
    ),
    (
        "--link he3 --adapter scratch --dim 1000",
        2.133_044_084_620_686,
    ),
    (
        "--link gelu --mu 0.509 --dim 10890594608 --threshold 0.87",
        140.558_832_210_466_62,
    ),
    (
        "--link erf --mu 0.3 --angle 60 --adapter full --threshold 0.9",
        44.137_835_321_178_65,
    ),
];

#[test]
fn exit_times_hold_to_nine_digits_and_to_eleven_at_a_strict_tolerance() {
    for (line, time) in EXITS {
        holds(line, "exit_time", *time, 1e-9);
        holds(&format!("{line} --rtol 1e-12"), "exit_time", *time, 1e-11);
    }
}

#[test]
#[ignore = "long: tests/long.sh"]
fn exit_times_of_slow_kernels_hold_too() {
    for (line, time) in SLOW_EXITS {
        holds(line, "exit_time", *time, 1e-9);
        holds(&format!("{line} --rtol 1e-12"), "exit_time", *time, 1e-10);
    }
}

#[test]
fn learning_times_hold_to_eight_digits() {
    for (line, time) in ENDS {
        holds(line, "end_time", *time, 1e-8);
        holds(&format!("{line} --rtol 1e-12"), "end_time", *time, 2e-9);
    }
}

/// Values from the same integrator at rtol 1e-12 but another scale: exponential growth has none.
#[test]
fn growth_is_followed_from_any_start_and_at_any_pace() {
    // A quadratic link's times scale with its inverse square.
    holds(
        "--link he1*1e-12 --mu 0.5",
        "exit_time",
        1.470_590_725_1e25,
        1e-9,
    );
    let far = solved("--link erf --mu 0.5 --alignment0 1e-18");
    let near = solved("--link erf --mu 0.5 --alignment0 1e-9");
    let tau = far["tau"].as_f64().unwrap();
    let gap = far["exit_time"].as_f64().unwrap() - near["exit_time"].as_f64().unwrap();
    // Both starts are deep in the linear phase: nine decades take 9 ln(10) tau.
    let expected = 9.0 * 10f64.ln() * tau;
    assert!((gap / expected - 1.0).abs() < 1e-9, "{gap} {expected}");
}

/// The alignment rises over its threshold and falls back within a step: maximum 0.32296 or so.
#[test]
fn two_crossings_within_a_step_are_an_exit() {
    holds(
        "--link he1+0.5*he3 --mu 0.5 --angle 120 --threshold 0.3229",
        "exit_time",
        17.292_95,
        1e-6,
    );
}

#[test]
fn outcomes_are_the_flows() {
    for (line, outcome) in [
        // Learned up to its label noise.
        (
            "--link erf --mu 0.7 --angle 15 --noise 0.2 --nu 0.3",
            "noise-floor",
        ),
        // The noise keeps it from ever leaving.
        (
            "--link erf --mu 0.5 --dim 1000 --lr 0.5 --batch 50 --noise 2",
            "trapped",
        ),
        ("--link he3 --mu 0.1", "trapped"),
        // A search time of 1e30 is longer than the run, and no rest.
        ("--link relu(x-3) --mu 0.25", "unfinished"),
        ("--link he1*1e-12 --mu 0.5 --t-max 1e20", "unfinished"),
        // m falls to 0 like 1/t.
        ("--teacher=-he3 --student he3 --adapter scratch", "trapped"),
        ("--link erf --mu 0.5 --adapter free --decay 0.01", "trapped"),
    ] {
        for rtol in ["1e-6", "1e-8", "1e-11"] {
            let run = solved(&format!("{line} --rtol {rtol}"));
            assert_eq!(run["outcome"], outcome, "{line} --rtol {rtol}");
        }
    }
}

/// Rates that rounding hides: a result or a sentence, after a bounded number of steps.
#[test]
fn every_run_has_an_end() {
    for line in [
        "--link erf --mu 0.99999999",
        "--link erf --mu 0.5 --rtol 1e-13",
        "--link he1+he3 --adapter free --mu 0.5 --nu 0.3 --noise 0.1",
        "--link he1+0.5*he3 --adapter free --mu 0.4 --angle 88.2 --dim 42597 --nu 0.54",
    ] {
        let out = lorode(&format!("solve {line}")).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        let code = out.status.code();
        assert!(
            code == Some(0) || (code == Some(1) && said.contains("t = ")),
            "{line}: {said}"
        );
    }
}

/// `u v` tends to a limit while noise makes a free `v` grow: `dn/dt = nu u^2 N` with `u^2` like `1/n` gives `n`
/// like `sqrt(t)`, so the alignment is like `t^(1/4)` and `u` like `t^(-1/4)`.
#[test]
fn a_drift_without_end_is_described() {
    let line = "--link he1+0.5*he3 --adapter free --mu 0.4 --angle 88.2 --dim 42597 --nu 0.54";
    let out = lorode(&format!("solve {line}")).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(
        said.contains("of itself, the alignment like t^0.25, u like t^-0.25"),
        "{said}"
    );
}

/// A student that fits a jump of its teacher ever better grows like `t^(1/3)`, its loss going like `t^(-1/3)`: it took all
/// its steps. A time that is asked for is gone to, a loss that is near too.
#[test]
fn a_growth_without_end_is_not_followed_for_ever() {
    let line = "--teacher sign --student erf --mu 0.5 --adapter full --network";
    let endless = solved(line);
    assert_eq!(endless["outcome"], "unfinished");
    let power = endless["growth"].as_f64().unwrap();
    assert!((power - 1.0 / 3.0).abs() < 0.01, "{power}");
    assert!(endless["solver"]["steps"].as_f64().unwrap() < 1000.0);
    let long = solved(&format!("{line} --t-max 1e6"));
    assert_eq!(
        (&long["outcome"], long["end_time"].as_f64()),
        (&"unfinished".into(), Some(1e6))
    );
    // The time by --rtol 1e-12 is 4578013.77; what is left of the loss changes like t^(-1/3), so the time is good to less.
    let near = solved(&format!("{line} --loss-tolerance 5e-3"));
    assert_eq!(near["outcome"], "learned");
    let (end, right) = (near["end_time"].as_f64().unwrap(), 4.578_013_77e6);
    assert!((end / right - 1.0).abs() < 1e-7, "{end}");
}

/// The first unit, across whose only way the teacher lies, comes to length 0 at t = 1.9594: steps went on turning it, 200,000
/// of them. A state that grows beyond all bounds is told of where the steps are used up, too.
#[test]
fn what_ends_the_equations_of_a_network_is_named_at_once() {
    let refused = |line: &str, words: &str, time: &str| {
        let out = lorode(&format!("solve {line}")).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && said.contains(time), "{said}");
    };
    let matrices = "--teacher-readout=-1 --student-readout=2,0.5 --pretraining-m=-1.956;0.096 \
                    --pretraining-q=5.049486,1.237752;1.237752,3.361414";
    let line = format!("--link relu --adapter full --network {matrices} --max-steps 2000");
    refused(&line, "has shrunk to 0 at t = ", "1.9594");
    let line =
        "--link x^2 --adapter full --units 2 --teacher-units 2 --mu 0.5 --nu 5 --max-steps 2000";
    refused(
        line,
        "the run diverges: its state grows beyond all bounds",
        "t = 1.710",
    );
}

/// The last digit of an alignment is 1 % of what is left of a loss of 1e-14: the time is that of GBS in 40 digits.
#[test]
fn small_losses_are_met_in_time() {
    holds(
        "--link relu --mu 0.5 --loss-tolerance 1e-13",
        "end_time",
        154.704_887_110_165_3,
        1e-9,
    );
    holds(
        "--link relu --adapter scratch --loss-tolerance 1e-13",
        "end_time",
        32.569_866_215_809_08,
        1e-9,
    );
}

/// Times scale with the inverse square of a factor of both links: t-max is the first moments of this run,
/// whose rates are products below the range of doubles.
#[test]
fn rates_that_underflow_are_no_rest() {
    let run = solved("--link 1e-90*he3 --mu 0.5");
    assert_eq!(run["outcome"], "unfinished");
    let whole = solved("--link 1e-90*he3 --mu 0.5 --t-max 1e185");
    let plain = solved("--link he3 --mu 0.5");
    let time = |run: &Value| run["exit_time"].as_f64().unwrap();
    let gap = (time(&whole) / time(&plain) / 1e180 - 1.0).abs();
    assert!(gap < 1e-9, "{gap:e}");
}

/// Next to the target of such a student the last digit of the alignment changes what is left of the loss by 1e-6 of it.
#[test]
fn steep_students_learn_within_their_steps() {
    for (link, mu, end) in [
        ("tanh(1000*x)", "0.5", 2.909_856_8e10),
        ("tanh(350*x)", "0.8", 2.961_646_7e10),
    ] {
        for rtol in ["1e-7", "1e-8"] {
            let run = solved(&format!("--link {link} --mu {mu} --rtol {rtol}"));
            assert_eq!(run["outcome"], "learned", "{link}");
            let off = run["end_time"].as_f64().unwrap() / end - 1.0;
            assert!(off.abs() < 1e-7, "{link} at {rtol}: {off:e}");
            let steps = run["solver"]["steps"].as_f64().unwrap();
            assert!(steps < 4000.0, "{link}: {steps} steps");
        }
    }
}
