//! Are the tests themselves repeatable: the same random cases for everybody, and no race with a
//! clock?

use std::path::{Path, PathBuf};

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}

fn all(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in folders {
        sources(&root.join(folder), &mut paths);
    }
    let read = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    paths.into_iter().map(read).collect()
}

#[test]
fn property_tests_take_their_seed_from_one_place() {
    let begins = concat!("proptest! ", "{");
    let mut count = 0;
    for (path, text) in all(&["src", "tests"]) {
        for rest in text.split(begins).skip(1) {
            let first = rest.trim_start().lines().next().unwrap();
            let right = first.starts_with("#![proptest_config(") && first.contains("cases(");
            assert!(right, "{}: {first}", path.display());
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn no_test_sleeps() {
    let sleeps = concat!("thread::", "sleep");
    for (path, text) in all(&["tests"]) {
        assert!(!text.contains(sleeps), "{}", path.display());
    }
}
