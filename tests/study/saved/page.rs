//! docs/files.md: made from the lists of the program, and what each study really writes.

use std::collections::{BTreeMap, BTreeSet};

use lorode::output::FileFormat;
use lorode::study::derive::Derive;
use lorode::study::read::Saved;
use lorode::study::schema::{TABLES, page};
use lorode::watch::Cancel;
use serde_json::{Value, json};

use super::reports;

#[test]
fn the_page_is_that_of_the_lists() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/files.md");
    let made = page();
    if std::env::var_os("LORODE_WRITE_PAGE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/files.md is not what the lists say: LORODE_WRITE_PAGE=1 cargo test --test study the_page writes it anew"
    );
}

/// What every JSON has.
const ALWAYS: [&str; 9] = [
    "program",
    "version",
    "command",
    "complete",
    "why",
    "parameters",
    "given",
    "cite",
    "schema",
];

/// Derivations of one unit and of a network, each as a reader of files finds it.
fn derivations() -> impl Iterator<Item = Value> {
    let of = |problem: Value| {
        let derive = json!({"problem": problem, "format": "json"});
        let derive: Derive = serde_json::from_value(derive).unwrap();
        let text = derive.run(&Cancel::default()).unwrap().text;
        let saved = Saved::read(text.as_bytes(), FileFormat::Json).unwrap();
        assert_eq!((saved.study.as_str(), saved.tables.len()), ("derive", 1));
        assert!(saved.table().rows() > 10);
        saved.json.unwrap()
    };
    let one = json!({"link": "he3"});
    let network = json!({"link": "erf", "mu": 0.5, "units": 2});
    [one, network].map(of).into_iter()
}

#[test]
fn every_column_and_key_that_is_written_is_on_the_page_and_the_other_way_round() {
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let written = reports().into_iter().map(|report| report.json());
    for json in written.chain(derivations()) {
        let schema = &json["schema"];
        let name = schema["table"].as_str().unwrap().to_owned();
        let found = json
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| !ALWAYS.contains(&key.as_str()));
        keys.entry(name).or_default().extend(found.cloned());
        let more = schema["more"].as_array().into_iter().flatten();
        for table in [schema].into_iter().chain(more) {
            let name = table["table"].as_str().unwrap();
            let known = TABLES.iter().find(|one| one.name == name).unwrap();
            let known = (known.columns)();
            for column in table["columns"].as_array().unwrap() {
                let text = |key: &str| column[key].as_str().unwrap();
                assert!(
                    !text("meaning").is_empty() && !text("at").is_empty(),
                    "{column}"
                );
                let Some(one) = known.iter().find(|one| one.name == text("name")) else {
                    // An axis, a value, a further number, a task: a sentence of the page says so.
                    assert!(
                        [
                            "phase",
                            "search",
                            "train",
                            "optimum-history",
                            "optimum-network-history",
                            "train-network",
                            "train-network-sgd",
                            "train-network-seeds",
                            "train-sgd",
                            "train-seeds",
                            "solve-network",
                            "solve-networks",
                            "simulate-network",
                            "simulate-network-seeds",
                            "compare-network",
                            "search-network"
                        ]
                        .contains(&name),
                        "{name}: {column} is on no list"
                    );
                    continue;
                };
                let beyond = one.kind.word() == "integer" && text("type") == "real";
                assert!(
                    beyond || one.kind.word() == text("type"),
                    "{name}: {column}"
                );
                if name != "phase" {
                    assert_eq!(one.at, text("at"), "{name}");
                }
                columns
                    .entry(name.to_owned())
                    .or_default()
                    .insert(one.name.clone());
            }
        }
    }
    for table in TABLES {
        let written = columns.remove(table.name).unwrap_or_default();
        for one in (table.columns)() {
            let (table, name) = (table.name, one.name);
            assert!(written.contains(&name), "{table}: {name} is never written");
        }
        let Some(written) = keys.remove(table.name) else {
            continue;
        };
        let places: BTreeSet<String> = (table.columns)()
            .iter()
            .map(|one| {
                one.at
                    .split(['.', '['])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        for key in &written {
            let known = table.keys.iter().any(|(name, _)| name == key) || places.contains(key);
            assert!(known, "{}: the key '{key}' is not on the page", table.name);
        }
        for (key, _) in table.keys {
            assert!(
                written.contains(*key),
                "{}: the key '{key}' is never written",
                table.name
            );
        }
    }
    assert!(
        columns.is_empty() && keys.is_empty(),
        "{columns:?} {keys:?}"
    );
}

/// The parameters that a command gives repeat it: those of `given`, as flags, are the command.
#[test]
fn the_command_is_made_of_what_was_given() {
    for report in reports() {
        let json = report.json();
        let command = json["command"].as_str().unwrap();
        if command.starts_with("lorode links") {
            // Its link has no flag.
            let link = json["parameters"]["link"].as_str();
            assert_eq!(
                command,
                format!("lorode links {}", link.unwrap_or_default()).trim()
            );
            assert_eq!(json["given"], json!(link.map_or(vec![], |_| vec!["link"])));
            continue;
        }
        let given = json["given"].as_array().unwrap().iter();
        let given = given.map(|name| name.as_str().unwrap());
        // A history stands in a file, which has no flag.
        let given: Vec<&str> = given
            .filter(|name| !["history", "file"].contains(name))
            .collect();
        for name in &given {
            let value: &Value = &json["parameters"][*name];
            assert!(!value.is_null(), "{command}: {name}");
            assert!(command.contains(&format!(" --{name}")), "{command}: {name}");
        }
        let flags = command.split(' ').filter(|word| word.starts_with("--"));
        let flags: BTreeSet<&str> = flags.collect();
        assert_eq!(flags.len(), given.len(), "{command}");
    }
}
