//! Networks as a user asks for them: short by flags, long by tables of a problem file, refused where they are wrong.

use super::problem_files::{Folder, json, lorode};
use serde_json::{Value, json};

/// The answer of a command on a file with this text.
pub(super) fn of_file(command: &str, text: &str, flags: &[&str]) -> Value {
    let folder = Folder::new();
    let file = folder.file(text);
    json(&[&[command, file.to_str().unwrap()], flags].concat())
}

/// The one line of a command that is refused.
pub(super) fn refused(args: &[&str]) -> String {
    let run = lorode(args).assert().code(2);
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|x| x.as_f64().unwrap()).collect()
}

pub(super) fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn shape(value: &Value) -> (usize, usize) {
    let rows = matrix(value);
    (rows.len(), rows[0].len())
}

/// As in a problem file.
fn written(rows: &Value) -> String {
    rows.to_string()
}

/// Largest deviation of numbers, row by row.
fn apart(ours: &Value, theirs: &Value) -> f64 {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len());
            let pairs = ours.iter().zip(theirs);
            pairs.map(|(a, b)| apart(a, b)).fold(0.0, f64::max)
        }
        _ => (ours.as_f64().unwrap() - theirs.as_f64().unwrap()).abs(),
    }
}

/// A run of the reference as a problem file.
fn file_of(case: &Value) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
    for key in ["nu", "noise", "decay"] {
        line(key, case[key].to_string());
    }
    line("t-max", "1e6".to_owned());
    line("loss-tolerance", "1e-12".to_owned());
    line("[teacher]\nlink", case["teacher"].to_string());
    line("overlaps", written(&case["teacher_overlaps"]));
    line("readout", written(&case["teacher_readout"]));
    line("[student]\nlink", case["student"].to_string());
    line("readout", written(&case["readout"]));
    line("train-readout", case["readout_ratio"].to_string());
    line("[adapter]\nkind", case["adapter"].to_string());
    let place = match case["adapter"].as_str() {
        Some("scratch") => "start",
        _ => "pretraining",
    };
    line(&format!("[{place}]\nm"), written(&case["m0"]));
    line("q", written(&case["q0"]));
    if let Some(u) = case.get("u0").filter(|u| !u.is_null()) {
        line("[start]\nu", written(u));
        line("alignment", written(&case["alignment0"]));
        line("s", written(&case["s0"]));
        line("c", written(&case["c0"]));
        let rank = u[0].as_array().unwrap().len().to_string();
        text = text.replace("[pretraining]", &format!("rank = {rank}\n[pretraining]"));
    }
    text
}

#[test]
fn problem_files_reach_the_reference_values() {
    let all: Value = serde_json::from_str(include_str!("../reference/networks.json")).unwrap();
    let cases = all.as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let records = case["records"].as_array().unwrap();
        let times: Vec<String> = records.iter().map(|r| r["t"].to_string()).collect();
        let flags = ["--times", &times.join(","), "--rtol", "1e-10"];
        let ours = of_file("solve", &file_of(case), &flags);
        let run = &ours["trajectory"];
        assert_eq!(run["t"].as_array().unwrap().len(), records.len());
        for (i, record) in records.iter().enumerate() {
            for key in ["m", "q", "loss", "readout", "u", "alignment", "s", "c"] {
                let Some(theirs) = record.get(key).filter(|value| !value.is_null()) else {
                    continue;
                };
                let apart = apart(&run[key][i], theirs);
                // The values of the reference are good to 1e-10, as the run is.
                assert!(
                    apart < 1e-8,
                    "{} {key} at {}: {apart:e}",
                    case["name"],
                    record["t"]
                );
            }
        }
    }
}

#[test]
fn problem_files_reach_the_reference_rates() {
    let all: Value = serde_json::from_str(include_str!("../reference/network_rates.json")).unwrap();
    for case in all.as_array().unwrap() {
        let list = |units: &str, readout: &str| {
            let units = case[units].as_u64().unwrap() as usize;
            json!(vec![case[readout].clone(); units])
        };
        let text = format!(
            "link = {}\n[teacher]\nreadout = {}\n[student]\nreadout = {}\n[pretraining]\nm = {}\nq = {}\n",
            case["link"],
            list("teacher_units", "teacher_readout"),
            list("units", "readout"),
            case["m0"],
            case["q0"]
        );
        let ours = of_file("search", &text, &["--what", "tau"]);
        let point = &ours["curves"][0]["points"][0];
        for (key, theirs) in [
            ("growth_rate", "growth_rate"),
            ("gradient_singular_values", "gradient_singular_values"),
            ("curvature_matrix", "curvature"),
            ("loss", "loss"),
        ] {
            let apart = apart(&point[key], &case[theirs]);
            assert!(apart < 1e-9, "{} {key}: {apart:e}", case["link"]);
        }
        let (rate, tau) = (&point["growth_rate"], &point["tau"]);
        assert!((rate.as_f64().unwrap() * tau.as_f64().unwrap() - 1.0).abs() < 1e-14);
        assert_eq!(point["mu"], Value::Null);
    }
}

/// `w0 = diag(mu, mu, 1, 1) T` of the paper, four ReLU units.
pub(super) fn relu(mu: f64, rank: usize) -> String {
    let diagonal = |d: [f64; 4]| {
        let row = |i: usize| {
            let mut row = [0.0; 4];
            row[i] = d[i];
            row
        };
        json!([row(0), row(1), row(2), row(3)])
    };
    format!(
        "link = \"relu\"\nreadout = \"mean\"\n[adapter]\nrank = {rank}\n[pretraining]\nm = {}\nq = {}\n",
        diagonal([mu, mu, 1.0, 1.0]),
        diagonal([mu * mu, mu * mu, 1.0, 1.0])
    )
}

#[test]
fn the_two_layer_network_of_the_paper() {
    // Losses to the digits of the paper, rates to those of the table.
    for (mu, loss, rates) in [
        (0.1, 0.03337, [0.080481, 0.077963]),
        (0.5, 0.0103, [0.015469, 0.010259]),
        (0.9, 0.000412, [0.000720, 0.000437]),
    ] {
        let ours = of_file("search", &relu(mu, 1), &["--what", "tau"]);
        let point = &ours["curves"][0]["points"][0];
        let found = point["loss"].as_f64().unwrap();
        assert!(
            (found - loss).abs() < 0.02 * 0.5 * loss,
            "mu = {mu}: {found}"
        );
        let found = numbers(&point["growth_rates"]);
        for (found, rate) in found.iter().zip(rates) {
            assert!((found - rate).abs() < 5e-7, "mu = {mu}: {found} {rate}");
        }
    }
}

#[test]
fn rank_one_rests_above_the_floor_and_rank_two_learns() {
    let run = |rank| of_file("solve", &relu(0.1, rank), &["--points", "20"]);
    let one = run(1);
    assert_eq!(one["outcome"], "rest");
    let loss = one["final_loss"].as_f64().unwrap();
    assert!((loss - 0.004784).abs() < 5e-7, "{loss}");
    assert_eq!(run(2)["outcome"], "learned");
}

#[test]
fn trajectories_are_lists_of_matrices() {
    let args = [
        "solve",
        "--link",
        "erf",
        "--units",
        "3",
        "--teacher-units",
        "2",
    ];
    let more = [
        "--rank",
        "2",
        "--mu",
        "0.5",
        "--mixture",
        "--times",
        "0,1,7",
    ];
    let ours = json(&[&args[..], &more].concat());
    let run = &ours["trajectory"];
    assert_eq!(numbers(&run["t"]), [0.0, 1.0, 7.0]);
    assert_eq!(numbers(&run["loss"]).len(), 3);
    for (key, wanted) in [
        ("m", (3, 2)),
        ("q", (3, 3)),
        ("u", (3, 2)),
        ("alignment", (2, 2)),
        ("s", (2, 3)),
        ("c", (2, 2)),
    ] {
        assert_eq!(run[key].as_array().unwrap().len(), 3, "{key}");
        assert_eq!(shape(&run[key][2]), wanted, "{key}");
    }
    // Mixture: W0 = mu T + (1 - mu) times a direction of its own for each unit.
    assert_eq!(matrix(&run["m"][0]), [[0.5, 0.0], [0.0, 0.5], [0.5, 0.0]]);
    assert_eq!(
        matrix(&run["q"][0]),
        [[0.5, 0.0, 0.25], [0.0, 0.5, 0.0], [0.25, 0.0, 0.5]]
    );
    assert_eq!(numbers(&run["readout"][0]), [1.0 / 3.0; 3]);
}

#[test]
fn words_set_the_readouts_of_both() {
    let search = |word: &str| {
        let args = [
            "search",
            "--link",
            "linear",
            "--units",
            "4",
            "--teacher-units",
            "4",
        ];
        let more = ["--mu", "0.5", "--what", "tau", "--readout", word];
        let ours = json(&[&args[..], &more].concat());
        ours["curves"][0]["points"][0]["loss"].as_f64().unwrap()
    };
    // Linear: the loss is |sum_i a_i (w_i - t_i)|^2 / 2 = 4 (a/2)^2 / 2.
    for (word, readout) in [("sum", 1.0), ("mean", 0.25), ("1/sqrt", 0.5)] {
        let loss = 0.5 * readout * readout;
        assert!((search(word) - loss).abs() < 1e-14, "{word}");
    }
}

#[test]
fn one_unit_by_flags_is_the_single_index_and_by_tables_a_network() {
    let alone = [
        "solve", "--link", "erf", "--mu", "0.5", "--times", "0,50,150",
    ];
    let flags = ["--units", "1", "--teacher-units", "1", "--rank", "1"];
    let numbers_only = json(&alone);
    let flagged = json(&[&alone[..], &flags].concat());
    assert_eq!(flagged["trajectory"], numbers_only["trajectory"]);
    let text = "mu = 0.5\n[teacher]\nlink = \"erf\"\n[student]\nlink = \"erf\"\n";
    let tables = of_file("solve", text, &["--times", "0,50,150"]);
    let network = json(&[&alone[..], &["--network"]].concat());
    assert_eq!(tables["trajectory"], network["trajectory"]);
    // Two ways through the same equations, each to its tolerance.
    for (key, index) in [
        ("m", "m"),
        ("q", "q"),
        ("alignment", "alignment"),
        ("u", "u"),
    ] {
        for i in 0..3 {
            let ours = &tables["trajectory"][key][i][0][0];
            let apart = apart(ours, &numbers_only["trajectory"][index][i]);
            assert!(apart < 1e-6, "{key} at {i}: {apart:e}");
        }
    }
}

#[test]
fn a_flag_replaces_its_key_in_the_tables_and_nothing_else() {
    let text = "[teacher]\nlink = \"erf\"\nreadout = [0.7, 0.3]\n[student]\nlink = \"erf\"\nreadout = [0.5, 0.5]\n\
                [adapter]\nkind = \"free\"\nrank = 2\n[pretraining]\nm = [[0.5, 0], [0.1, 0.4]]\nq = [[0.4, 0.1], [0.1, 0.3]]\n";
    let flags = ["--link", "relu", "--times", "0,1"];
    let ours = of_file("solve", text, &flags);
    let changed = of_file("solve", &text.replace("erf", "relu"), &flags[2..]);
    assert_eq!(ours["trajectory"], changed["trajectory"]);
    assert_eq!(ours["parameters"]["adapter"], "free");
    let ours = of_file("solve", text, &["--rank", "1", "--times", "0,1"]);
    assert_eq!(shape(&ours["trajectory"]["u"][0]), (2, 1));
    assert_eq!(shape(&ours["trajectory"]["m"][0]), (2, 2));
    // With matrices mu is what W0 is multiplied by.
    let half = of_file("solve", text, &["--mu", "0.5", "--times", "0"]);
    let m = matrix(&half["trajectory"]["m"][0]);
    let wanted = [[0.25, 0.0], [0.05, 0.2]];
    let off = m.iter().flatten().zip(wanted.iter().flatten());
    assert!(off.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < 1e-15);
}

/// The command in a result, which has matrices as flags, repeats it.
#[test]
fn the_command_in_a_result_repeats_it() {
    let ours = of_file("solve", &relu(0.3, 2), &["--points", "5"]);
    let command = ours["command"].as_str().unwrap();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let words: Vec<String> = words.iter().map(|word| word.replace('\'', "")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let again = json(&words);
    for key in ["trajectory", "command", "parameters", "given", "outcome"] {
        assert_eq!(again[key], ours[key], "{key}");
    }
}
