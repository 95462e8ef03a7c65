//! Results of every study, written in every format and read back.

use histories::{history_of_sgd, networks_by_sgd};
use lorode::output::{Column, FileFormat, Table};
use lorode::study::compare::{Compare, CompareData, CompareExits, CompareNetwork};
use lorode::study::kernel::KernelAt;
use lorode::study::links::Links;
use lorode::study::optimum::{OptimumOf, OptimumOfHistory};
use lorode::study::phase::Phase;
use lorode::study::read::{ReadError, Saved};
use lorode::study::scaling::Scaling;
use lorode::study::search::{Search, SearchNetwork};
use lorode::study::simulate::{Simulate, SimulateNetwork};
use lorode::study::solve::{Solve, SolveNetwork, SolveNetworks, SolveStrengths};
use lorode::study::train::{Train, TrainNetwork, TrainNetworkSgd, TrainSgd};
use lorode::study::{Report, Study, Work};
use lorode::watch::{Cancel, Watch};
use serde_json::{Value, json};

/// Ends work at the first unit of it.
struct Briefly(Cancel);

impl Watch for Briefly {
    fn advance(&self, units: u64) {
        if units > 0 {
            self.0.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.0
    }
}

/// A study from its settings in JSON, whole.
fn run<S: Study + serde::de::DeserializeOwned>(settings: Value) -> Box<dyn Report>
where
    <S::Work as Work>::Report: 'static,
{
    let study: S = serde_json::from_value(settings).unwrap();
    Box::new(study.run(&Cancel::default()).unwrap())
}

fn begun<S: Study + serde::de::DeserializeOwned>(settings: Value) -> Box<dyn Report>
where
    <S::Work as Work>::Report: 'static,
{
    let study: S = serde_json::from_value(settings).unwrap();
    let report = study.run(&Briefly(Cancel::new())).unwrap();
    assert!(report.incomplete().is_some());
    Box::new(report)
}

/// SGD that takes no time.
fn sgd(more: &[(&str, Value)]) -> Value {
    let mut all = json!({
        "problem": {"link": "erf", "mu": 0.5, "dim": 50, "batch": 5, "lr": 0.1},
        "sampling": {"steps": 20, "seeds": "3,5,8,9007199254740993", "records": 5},
    });
    for (key, value) in more {
        all[*key] = value.clone();
    }
    all
}

/// Losses alone that somebody else measured, of four seeds.
fn measured() -> CompareData {
    let rows = || (0..4_u64).flat_map(|seed| [0_u64, 10, 20].map(|step| (seed, step)));
    let loss = rows().map(|(seed, step)| Some(0.03 + 1e-4 * (seed * step) as f64));
    let data = Table::new(json!({}))
        .whole("seed", rows().map(|(seed, _)| seed))
        .whole("step", rows().map(|(_, step)| step))
        .numbers("loss", loss.collect());
    let problem = json!({"link": ["erf"], "mu": 0.5, "dim": 50, "batch": 5, "lr": 0.1});
    CompareData {
        problem: serde_json::from_value(problem).unwrap(),
        ..CompareData::new("runs.csv", data)
    }
}

/// At least one report of every study, with missing and infinite values, and parts of results.
fn reports() -> Vec<Box<dyn Report>> {
    let problem = json!({"link": "he3", "mu": "0,0.5,1"});
    let map = json!({"link": "he3"});
    vec![
        run::<Solve>(json!({"problem": {"link": "erf", "mu": 0.5}, "points": 9})),
        run::<Solve>(json!({"problem": {"link": "he3", "mu": 0}, "points": 9})),
        run::<Solve>(
            json!({"problem": {"link": "erf", "mu": 0.5, "adapter": "full"}, "points": 9}),
        ),
        run::<SolveNetwork>(
            json!({"problem": {"link": "erf", "units": 2, "teacher-units": 2, "mu": 0.5, "rank": 2}, "points": 9}),
        ),
        run::<SolveNetwork>(
            json!({"problem": {"link": "erf", "units": 2, "mu": 0.5, "mixture": true, "adapter": "full"}, "points": 9}),
        ),
        run::<SearchNetwork>(
            json!({"problem": {"link": ["erf", "relu"], "units": 2, "teacher-units": "1,2", "mu": "0.2,0.4"}}),
        ),
        run::<Train>(json!({"points": 9, "history": {
            "link": "erf", "tasks": {"one": {}, "two": {"angle": {"one": 40}}},
            "stage": [
                {"task": "one", "adapter": "scratch", "until": {"t": 3}},
                {"task": "two", "lr": 0.1, "batch": 10, "until": {"samples": 100}},
            ]
        }})),
        run::<TrainNetwork>(json!({"points": 5, "history": {
        "link": "erf", "units": 2, "w0": {"a": 0.5}, "tasks": {"a": {"units": 2}, "b": {"angle": {"a": 40}}},
        "stage": [
            {"task": "a", "adapter": "full", "lr": 0.1, "batch": 50, "until": {"t": 1}},
            {"task": "b", "rank": 2, "until": {"t": 1}},
        ]}})),
        run::<TrainNetworkSgd>(networks_by_sgd(&[("per_seed", json!(true))])),
        run::<TrainNetworkSgd>(networks_by_sgd(&[("compare", json!(true))])),
        run::<TrainSgd>(history_of_sgd(&[("per_seed", json!(true))])),
        run::<TrainSgd>(history_of_sgd(&[("compare", json!(true))])),
        run::<Search>(json!({"problem": problem})),
        run::<Search>(json!({"problem": {"link": "erf", "mu": "0.2,0.4", "dim": "100,1e20"}})),
        run::<Search>(
            json!({"problem": {"link": "c*he1+he3", "mu": "0.2,0.4"}, "also": "c=0:1:2", "what": ["tau"]}),
        ),
        run::<Search>(
            json!({"problem": {"link": "erf", "mu": "0.2,0.4"}, "precision": {"max-steps": 1}}),
        ),
        begun::<Search>(json!({"problem": {"link": "erf", "mu": "0.1:0.9:9"}})),
        run::<Simulate>(sgd(&[("per-seed", json!(true))])),
        run::<SimulateNetwork>(sgd(&[
            ("per-seed", json!(true)),
            (
                "problem",
                json!({"link": "erf", "units": 2, "mu": 0.5, "mixture": true, "dim": 50, "batch": 5, "lr": 0.1}),
            ),
        ])),
        run::<Compare>(sgd(&[])),
        run::<CompareNetwork>(sgd(&[(
            "problem",
            json!({"link": "erf", "units": 2, "mu": 0.5, "mixture": true, "dim": 50, "batch": 5, "lr": 0.1}),
        )])),
        run::<Compare>(sgd(&[(
            "problem",
            json!({"link": "erf", "mu": 0.5, "dim": 50, "batch": 50, "lr": 0.5, "time": "steps"}),
        )])),
        Box::new(measured().run(&Cancel::default()).unwrap()),
        run::<CompareExits>(sgd(&[(
            "problem",
            json!({"link": ["erf", "linear"], "mu": "0.2,0.5", "dim": 50, "batch": 5, "lr": 0.1}),
        )])),
        run::<Phase>(json!({"problem": map, "x": "mu=0,0.5,1", "value": "tau"})),
        run::<Phase>(
            json!({"problem": map, "x": "mu=0,0.5", "y": "dim=10,100,1000", "value": "exit_time"}),
        ),
        run::<Phase>(
            json!({"problem": map, "x": "mu=0,0.5", "y": "angle=0,20", "z": "nu=0,0.1", "value": "outcome"}),
        ),
        begun::<Phase>(
            json!({"problem": map, "x": "mu=0:0.9:40", "y": "angle=0:60:40", "value": "tau"}),
        ),
        run::<Phase>(
            json!({"problem": map, "x": "mu=0.1:0.3:5", "y": "dim=10,20,40", "value": "tau", "refine": true}),
        ),
        run::<SolveNetworks>(
            json!({"problem": {"link": "erf", "units": 2, "teacher-units": 2, "mu": 0.5, "rank": "1,2"}, "points": 9}),
        ),
        run::<SolveStrengths>(json!({"problem": {"link": "he3", "mu": "0,0.5,0.8"}, "points": 9})),
        run::<OptimumOf>(json!({"problem": {"link": "he1+he3"}})),
        run::<OptimumOfHistory>(json!({"angle": "20,60", "history": {
            "link": "erf", "tasks": {"one": {}, "two": {}},
            "stage": [
                {"task": "one", "adapter": "full", "until": {"t": 3}},
                {"task": "two", "until": {"excess": 1e-3, "t": 1e4}},
            ]
        }})),
        run::<OptimumOfHistory>(json!({"history": {
            "link": "erf", "units": 2, "w0": {"one": 0.5, "two": 0.5},
            "tasks": {"one": {"units": 2}, "two": {"units": 1, "overlaps-with": {"one": [[0.5, 0]]}}},
            "stage": [
                {"task": "one", "adapter": "full", "until": {"t": 1}},
                {"task": "two", "adapter": "full", "until": {"excess": 1e-2, "t": 1e4}},
            ]
        }})),
        run::<Scaling>(
            json!({"problem": {"link": ["erf", "he3"], "mu": 0}, "dims": "log:1e2:1e22:6"}),
        ),
        run::<Scaling>(json!({"problem": {"link": "erf", "mu": 0}, "precision": {"max-steps": 1}})),
        run::<KernelAt>(json!({"teacher": "erf", "student": "tanh", "m": 0.3, "q": 1.0})),
        run::<Links>(json!({"link": "he3"})),
        run::<Links>(json!({})),
    ]
}

/// As text that tells all bits and all types apart.
fn bits(table: &Table) -> Vec<String> {
    let column = |column: &Column| match column {
        Column::Numbers { name, values } => {
            let bits: Vec<_> = values.iter().map(|v| v.map(f64::to_bits)).collect();
            format!("{name} real {bits:?}")
        }
        other => format!("{other:?}"),
    };
    let all = table.columns.iter().chain(&table.constants);
    all.map(column).collect()
}

#[test]
fn every_format_gives_back_what_was_written() {
    for report in reports() {
        let (table, json) = (report.table(), report.json());
        let command = json["command"].as_str().unwrap();
        let text = json.to_string();
        let mut kept: Vec<(&str, Saved, &Table)> = Vec::new();
        let more = report.more_tables();
        let whole = Saved::read(text.as_bytes(), FileFormat::Json).unwrap();
        assert_eq!(whole.tables.len(), 1 + more.len(), "{command}");
        for (written, (_, read)) in more.iter().map(|(_, t)| t).zip(&whole.tables[1..]) {
            assert_eq!(
                bits(read),
                bits(&Table {
                    constants: Vec::new(),
                    ..written.clone()
                }),
                "{command}"
            );
        }
        for written in [&table].into_iter().chain(more.iter().map(|(_, t)| t)) {
            for format in [FileFormat::Csv, FileFormat::Npz, FileFormat::Parquet] {
                let bytes = written.encode(format).unwrap().unwrap();
                kept.push((format.name(), Saved::read(&bytes, format).unwrap(), written));
            }
        }
        assert_eq!(whole.json.as_ref(), Some(&json));
        kept.push(("json", whole, &table));
        for (format, saved, written) in kept {
            let mut written = written.clone();
            if format != "csv" {
                written.constants.clear();
            }
            assert_eq!(bits(saved.table()), bits(&written), "{command} in {format}");
            assert_eq!(saved.command, command);
            assert_eq!(saved.version, env!("CARGO_PKG_VERSION"));
            assert!(command.starts_with(&format!("lorode {}", saved.study)));
            if format == "csv" {
                let all = json["parameters"].as_object().unwrap();
                for (name, value) in &saved.parameters {
                    assert_eq!(value, &all[name], "{command}: {name}");
                }
                continue;
            }
            assert_eq!(json!(saved.parameters), json["parameters"]);
            assert_eq!(json!(saved.given), json["given"]);
            assert_eq!(saved.incomplete, report.incomplete());
            assert_eq!(json["complete"], json!(report.incomplete().is_none()));
            if format != "json" {
                assert_eq!(saved.table().metadata, written.metadata);
            }
        }
    }
}

#[test]
fn missing_and_infinite_differ() {
    let report = run::<Search>(json!({"problem": {"link": "erf", "mu": "0.5,1"}}));
    let json = report.json();
    let point = &json["curves"][0]["points"][1];
    assert_eq!(
        (&point["tau"], &point["exit_time"]),
        (&json!("inf"), &Value::Null)
    );
    let csv = String::from_utf8(report.table().to_csv().unwrap()).unwrap();
    assert!(csv.lines().nth(2).unwrap().contains(",inf,"), "{csv}");
    // Free LoRA with decay has no constant rate: no tau at all.
    let free = json!({"link": "erf", "mu": "0.5,0.6", "adapter": "free", "decay": 0.1});
    let json = run::<Search>(json!({"problem": free})).json();
    assert_eq!(json["curves"][0]["points"][0]["tau"], Value::Null);
}

fn refused(bytes: &[u8], format: FileFormat) -> ReadError {
    Saved::read(bytes, format).unwrap_err()
}

#[test]
fn what_is_not_ours_or_not_whole_is_named() {
    let report = run::<Search>(json!({"problem": {"link": "erf", "mu": "0.5,0.6"}}));
    let (json, table) = (report.json(), report.table());
    let changed = |change: fn(&mut Value)| {
        let mut json = json.clone();
        change(&mut json);
        refused(json.to_string().as_bytes(), FileFormat::Json)
    };
    let old = changed(|json| {
        json.as_object_mut().unwrap().remove("schema");
        json["version"] = json!("0.1.0");
    });
    assert!(matches!(old, ReadError::Old { .. }), "{old}");
    assert!(
        old.to_string().contains("made by version 0.1.0")
            && old.to_string().contains("lorode search")
    );
    let newer = changed(|json| json["schema"]["version"] = json!(2));
    assert!(
        matches!(newer, ReadError::Newer { layout: 2, .. }),
        "{newer}"
    );
    assert!(matches!(
        changed(|json| json["program"] = json!("other")),
        ReadError::NotOurs
    ));
    let lacks = changed(|json| drop(json.as_object_mut().unwrap().remove("parameters")));
    assert!(matches!(lacks, ReadError::Lacks(_)), "{lacks}");
    let moved = changed(|json| drop(json["curves"][0].as_object_mut().unwrap().remove("points")));
    assert!(matches!(moved, ReadError::Damaged("JSON", _)), "{moved}");
    let typed = changed(|json| json["curves"][0]["points"][0]["tau"] = json!("many"));
    assert!(typed.to_string().contains("'tau'"), "{typed}");
    for format in [FileFormat::Json, FileFormat::Npz, FileFormat::Parquet] {
        let bytes = match table.encode(format).unwrap() {
            Some(bytes) => bytes,
            None => json.to_string().into_bytes(),
        };
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            let error = refused(&bytes[..length], format);
            assert!(error.to_string().contains("no whole"), "{format}: {error}");
        }
    }
    assert!(matches!(
        refused(b"x,y\n1,2\n", FileFormat::Csv),
        ReadError::NotOurs
    ));
    let old = b"mu,tau,version,command\n0.5,1,0.1.0,lorode search --link erf\n";
    assert!(matches!(
        refused(old, FileFormat::Csv),
        ReadError::Old { .. }
    ));
    let text = String::from_utf8(table.to_csv().unwrap()).unwrap();
    let cut = &text[..text.rfind(',').unwrap()];
    let cut = &cut[..cut.rfind(',').unwrap()];
    assert!(matches!(
        refused(cut.as_bytes(), FileFormat::Csv),
        ReadError::Damaged("CSV", _)
    ));
    assert!(matches!(
        refused(b"%PDF", FileFormat::Pdf),
        ReadError::NoTable(_)
    ));
    let missing = Saved::open(std::path::Path::new("no/such/search.json")).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("cannot read 'no/such/search.json': "),
        "{missing}"
    );
}

/// A byte that was changed on the way is refused in words, or is one of a number or a word; it never ends the program.
#[test]
fn changed_bytes_are_read_or_refused() {
    let map =
        json!({"problem": {"link": "he3"}, "x": "mu=0,0.5", "y": "dim=10,100", "value": "tau"});
    for report in [
        run::<Search>(json!({"problem": {"link": "erf", "mu": "0.5,1"}})),
        run::<Phase>(map),
    ] {
        let mut refusals = 0;
        for format in [
            FileFormat::Json,
            FileFormat::Csv,
            FileFormat::Npz,
            FileFormat::Parquet,
        ] {
            let bytes = match report.table().encode(format).unwrap() {
                Some(bytes) => bytes,
                None => report.json().to_string().into_bytes(),
            };
            for place in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
                for change in [1, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[place] ^= change;
                    if let Err(error) = Saved::read(&changed, format) {
                        assert!(!error.to_string().is_empty());
                        refusals += 1;
                    }
                }
            }
        }
        assert!(refusals > 100, "{refusals}");
    }
}

#[path = "saved/drawn.rs"]
mod drawn;
mod histories;
#[path = "saved/page.rs"]
mod page;
