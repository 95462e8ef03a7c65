//! Files as commands write them: the same table in every format, and a command that writes the same bytes again.

use std::fs;
use std::path::Path;

use lorode::study::read::Saved;
use tempfile::TempDir;

use super::written::{file_names, lorode, split, stdout};

/// Fast commands, one of every study that writes files, with what is missing and what is infinite.
const COMMANDS: [&str; 12] = [
    "solve --link erf --mu 0.5 --points 9 --time steps --lr 0.2",
    "search --link he3 --link erf --mu 0,0.5,1 --dim 100,1000 --threshold 0.4",
    "search --link c*he1+he3 --also c=0,1 --mu 0.2,0.4 --what tau --rtol 1e-7",
    "simulate --link erf --mu 0.5 --dim 50 --batch 5 --lr 0.1 --steps 9 --seeds 3,9007199254740993 --per-seed",
    "compare --link erf --mu 0.5 --dim 50 --batch 5 --lr 0.1 --steps 9 --seeds 4 --starts random",
    "compare --link erf --mu 0.2,0.5 --dim 50 --batch 5 --lr 0.1 --seeds 4",
    "phase --link he3 --x mu=0,0.5,1 --value tau",
    "phase --link he3 --x mu=0,0.5 --y dim=10,100,1000",
    "phase --link he3 --x mu=0,0.5 --y angle=0,20 --z batch=10,20 --value outcome --lr 0.01",
    "optimum --link he1+he3 --goal learn",
    "scaling --link erf --link he3 --mu 0 --dims log:1e2:1e6:6",
    "links he3",
];

/// Formats of tables.
const FORMATS: [&str; 4] = ["csv", "json", "npz", "parquet"];

fn written(args: &[&str], folder: &Path) {
    let out = folder.to_str().unwrap();
    let args = [args, &["--save", "csv,json,npz,parquet,svg", "--out", out]].concat();
    lorode(&args).assert().success();
}

#[test]
fn formats_agree_and_the_command_of_each_writes_the_same_bytes() {
    for command in COMMANDS {
        let args: Vec<&str> = command.split(' ').collect();
        let (first, again) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        written(&args, first.path());
        let names = file_names(first.path());
        let whole = names.iter().find(|name| name.ends_with(".json")).unwrap();
        let whole = Saved::open(&first.path().join(whole)).unwrap();
        assert_eq!(whole.incomplete, None);
        let mut tables = 0;
        for name in names.iter().filter(|name| !name.ends_with("svg")) {
            let saved = Saved::open(&first.path().join(name)).unwrap();
            assert_eq!(saved.command, whole.command, "{name}");
            for (of, table) in &saved.tables {
                let known = whole.tables.iter().find(|(name, _)| name == of).unwrap();
                assert_eq!(table.columns, known.1.columns, "{command}: {of} in {name}");
                tables += 1;
            }
        }
        assert!(tables >= FORMATS.len(), "{command}");
        let words = split(&whole.command);
        assert_eq!(words[0], "lorode");
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        written(&words, again.path());
        assert_eq!(file_names(again.path()), names);
        for name in names {
            let bytes = |folder: &TempDir| fs::read(folder.path().join(&name)).unwrap();
            assert!(bytes(&first) == bytes(&again), "{command}: {name} differs");
        }
    }
}

#[test]
fn what_is_printed_is_what_is_written() {
    for command in [COMMANDS[1], COMMANDS[7]] {
        let args: Vec<&str> = command.split(' ').collect();
        let folder = TempDir::new().unwrap();
        written(&args, folder.path());
        for format in FORMATS {
            let printed = stdout(&[&args[..], &["--format", format]].concat());
            let name = format!("{}.{format}", args[0]);
            let kept = fs::read(folder.path().join(name)).unwrap();
            assert!(printed == kept, "{command} in {format}");
        }
    }
}
