//! The table of docs/networks.md: what every study gives for every adapter, with one, two and four units.

use super::problem_files::lorode;
use serde_json::Value;

const STUDIES: &[&str] = &[
    "solve", "search", "simulate", "compare", "phase", "optimum", "scaling", "derive",
];
const ADAPTERS: &[&str] = &["spherical", "free", "full", "scratch"];
const UNITS: &[&str] = &["1", "2", "4"];

/// What the page says that a cell asks of its study.
fn asked(study: &str, (adapter, units, nu): (&str, &str, bool)) -> std::process::Output {
    let mut line =
        format!("{study} --link erf --units {units} --teacher-units {units} --adapter {adapter}");
    // From scratch there is no pre-training, and an optimum is over its strength.
    if adapter != "scratch" && study != "optimum" {
        line += " --mu 0.5 --angle 70";
    }
    if nu && !["simulate", "compare"].contains(&study) {
        line += " --nu 0.1";
    }
    let batch = if nu { 100 } else { 2000 };
    line += &match study {
        "solve" => " --t-max 1e3 --points 4".to_owned(),
        "phase" => " --t-max 1e3 --x noise=0,0.1 --value exit_time".to_owned(),
        "search" => " --what tau".to_owned(),
        "simulate" | "compare" => {
            format!(" --dim 100 --lr 0.1 --batch {batch} --steps 50 --seeds 4")
        }
        "optimum" => " --t-max 1e3 --rtol 1e-4".to_owned(),
        "scaling" => " --t-max 1e3 --dims log:1e2:1e6:9".to_owned(),
        _ => " --network".to_owned(),
    };
    let args: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
    lorode(&args).output().unwrap()
}

fn shown(number: &Value) -> String {
    match number.as_f64() {
        None => "none".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(x) => {
            let whole = x.abs().log10().floor() as i32;
            format!("{x:.*}", (5 - whole).max(0) as usize)
        }
    }
}

/// A cell of the table.
fn cell(study: &str, case: (&str, &str, bool)) -> String {
    let ran = asked(study, case);
    let said = String::from_utf8_lossy(&ran.stderr);
    if ran.status.code() == Some(2) {
        assert!(
            said.contains("needs a LoRA adapter"),
            "{study} {case:?}: {said}"
        );
        return "refused".to_owned();
    }
    assert!(ran.status.success(), "{study} {case:?}: {said}");
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    match study {
        "solve" => shown(&answer["exit_time"]),
        "search" => shown(&answer["curves"][0]["points"][0]["tau"]),
        "phase" => shown(&answer["value"]["matrix"][0]),
        "optimum" => {
            let best = answer["mu"].as_f64().unwrap();
            format!("{best:.3}, {}", shown(&answer["value"]))
        }
        "scaling" => {
            let fit = &answer["fits"][0];
            let points = answer["curves"][0]["points"].as_array().unwrap();
            match fit["law"].as_str().unwrap() {
                "logarithmic" => shown(&fit["slope"]),
                law => format!("{law}, {}", shown(&points[points.len() - 1]["exit_time"])),
            }
        }
        "simulate" => {
            let means = answer["records"]["loss"]["mean"].as_array().unwrap();
            shown(means.last().unwrap())
        }
        "compare" => {
            assert_eq!(answer["follows"], Value::Bool(true), "{case:?}");
            let worst = |key: &str| {
                let deviations = answer[key].as_object().unwrap().values();
                let ratios = deviations.map(|one| one["ratio"].as_f64().unwrap());
                ratios.fold(0.0, f64::max)
            };
            match case.1 {
                // One unit has the map on the sphere only.
                "1" if case.0 != "spherical" => format!("{:.2}, none", worst("deviation")),
                _ => format!(
                    "{:.2}, {:.2}",
                    worst("deviation"),
                    worst("deviation_from_map")
                ),
            }
        }
        _ => {
            let formulas = answer["formulas"].as_array().unwrap().len();
            format!("{formulas}, {}", variables(case))
        }
    }
}

/// The numbers of the state in the program that `derive` writes.
fn variables((adapter, units, _): (&str, &str, bool)) -> usize {
    let mut line = format!(
        "derive --link erf --network --units {units} --teacher-units {units} --adapter {adapter}"
    );
    if adapter != "scratch" {
        line += " --mu 0.5 --angle 70";
    }
    let args: Vec<&str> = line.split(' ').chain(["--format", "python"]).collect();
    let program = String::from_utf8(lorode(&args).output().unwrap().stdout).unwrap();
    let start = program.split("START = np.array([").nth(1).unwrap();
    // The readouts are in every state, trained or not.
    let all = start.split("])").next().unwrap().split(',').count();
    all - units.parse::<usize>().unwrap()
}

fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for study in STUDIES {
        for adapter in ADAPTERS {
            let mut row = format!("| {study} | {adapter} |");
            for units in UNITS {
                for nu in [false, true] {
                    row += &format!(" {} |", cell(study, (adapter, units, nu)));
                }
            }
            rows.push(row);
        }
    }
    rows
}

fn is_same(found: &str, wanted: &str) -> bool {
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        // Six digits are shown, of a ratio two places.
        (Ok(found), Ok(wanted)) if wanted.abs() > 1.0 => (found / wanted - 1.0).abs() < 1e-5,
        (Ok(found), Ok(wanted)) => (found - wanted).abs() < 1e-5,
        _ => found == wanted,
    }
}

#[test]
fn the_table_of_the_page_is_what_runs_give() {
    let page = include_str!("../../docs/networks.md");
    let kept = page.lines().skip_while(|line| !line.starts_with("| study"));
    let kept: Vec<&str> = kept
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let found = rows();
    let cells = |row: &str| -> Vec<String> {
        let words = row.split(['|', ',']).map(str::trim);
        words.map(str::to_owned).collect()
    };
    let same = kept.len() == found.len()
        && kept.iter().zip(&found).all(|(kept, found)| {
            let (kept, found) = (cells(kept), cells(found));
            kept.len() == found.len() && found.iter().zip(&kept).all(|(f, k)| is_same(f, k))
        });
    assert!(same, "the table is now\n{}", found.join("\n"));
}
