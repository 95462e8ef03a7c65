//! Do the arrows between modules point one way, is every module in its place, are files short?

use super::source_text::*;
use std::fs;
use std::path::{Path, PathBuf};

/// Every module of the crate and what it may use of the others, which all stand above it.
const ORDER: &[(&str, &str)] = &[
    // What the caller of long work sees of it, and how they end it.
    ("watch", ""),
    // How a number stands in a sentence.
    ("numeral", ""),
    // Parts of a work, for many machines.
    ("shard", ""),
    // Zeros and minima of functions of one number.
    ("root", ""),
    // Files, whatever they hold: no physics.
    ("storage", ""),
    // Exact expressions: no physics.
    ("algebra", ""),
    // Formulas of links are trees.
    ("link", "numeral root algebra"),
    // Work that is to end makes no tables.
    ("expectation", "watch root algebra link"),
    // Links and their averages, given once.
    ("model", "link expectation"),
    // Many problems are read no further when the work is to end.
    ("problem", "numeral watch storage link model"),
    // What people plot, of the ODEs and of SGD alike: no averages.
    ("observable", ""),
    ("dynamics", "link model problem expectation observable"),
    // Solves any ODE: no physics.
    ("integrator", "numeral watch"),
    (
        "search",
        "watch root algebra link model problem expectation dynamics integrator",
    ),
    (
        "trajectory",
        "watch root link model problem expectation observable dynamics integrator search",
    ),
    (
        "sweep",
        "numeral watch shard link model problem expectation dynamics integrator search trajectory",
    ),
    // Formulas, held against the numbers of the modules above.
    (
        "derivation",
        "numeral watch algebra link model problem expectation dynamics search",
    ),
    // Independent of the averages, which it is held against.
    (
        "simulation",
        "numeral watch shard storage link model problem observable",
    ),
    // Runs one after the other, each from the weights that the last one left, by ODEs and by SGD.
    (
        "stages",
        "numeral root watch model problem expectation observable dynamics integrator trajectory simulation",
    ),
    (
        "comparison",
        "numeral watch shard link model problem expectation observable dynamics integrator search trajectory simulation stages",
    ),
    (
        "phase",
        "numeral watch shard root storage link model problem expectation observable dynamics integrator search trajectory sweep simulation",
    ),
    (
        "scaling",
        "numeral watch shard root link model problem expectation dynamics integrator search trajectory sweep derivation",
    ),
    // Writes any table and figure: no physics.
    ("output", "numeral storage"),
    // What can go wrong in any of them.
    (
        "error",
        "link expectation problem integrator search trajectory shard simulation comparison phase scaling derivation storage output",
    ),
    // Questions and their answers, for every front.
    (
        "study",
        "error numeral watch shard storage link model problem expectation observable dynamics integrator search trajectory stages sweep phase scaling simulation comparison output algebra derivation",
    ),
    (
        "cli",
        "error study numeral watch shard storage link model problem expectation observable dynamics integrator search trajectory stages sweep phase scaling simulation comparison output algebra derivation",
    ),
];

/// Crate roots: they list the modules or call them, and may name any.
const ROOTS: [&str; 3] = ["lib", "main", "prelude"];

/// Kept in `tests/support`, for the unit tests of every module.
const FOR_TESTS: [&str; 1] = ["cases"];

/// A file with more lines needs a reason in [`LONG_FILES`] ...
const LONG: usize = 400;
/// ... and no reason is good enough for more than this.
const TOO_LONG: usize = 450;
/// Files looked at and left in one piece.
const LONG_FILES: &[(&str, &str)] = &[];

/// Files that name an adapter, and what for.
const NAMES_ADAPTERS: &[(&str, &str)] = &[
    ("problem/adapter.rs", "what there is to know of each"),
    ("dynamics/mod.rs", "the list of closed systems"),
    ("derivation/system/mod.rs", "the list of their formulas"),
    ("phase/value.rs", "two values are ratios to other adapters"),
    ("phase/pretraining.rs", "how weights are pre-trained"),
];

#[test]
fn arrows_point_one_way() {
    let found: Vec<String> = sources()
        .iter()
        .filter(|file| !ROOTS.contains(&file.module.as_str()))
        .flat_map(violations)
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_module_has_its_place() {
    for file in sources() {
        let placed = ROOTS.contains(&file.module.as_str()) || allowed(&file.module).is_some();
        assert!(
            placed,
            "src/{}: module {} has no place yet: add it to ORDER in tests/house/architecture.rs",
            file.path, file.module
        );
    }
}

#[test]
fn files_stay_short() {
    let files = ["src", "tests"].map(|folder| (folder, sources_of(folder)));
    let all = files
        .iter()
        .flat_map(|(folder, files)| files.iter().map(move |file| (folder, file)));
    for (folder, file) in all {
        let lines = file.text.lines().count();
        let reviewed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        let limit = if reviewed { TOO_LONG } else { LONG };
        assert!(
            lines <= limit,
            "{folder}/{} has {lines} lines, {limit} are allowed: split it{}",
            file.path,
            if reviewed {
                ""
            } else {
                " (up to 450 with a reason in LONG_FILES of tests/house/architecture.rs)"
            }
        );
    }
}

#[test]
fn the_order_has_no_cycle() {
    for (place, (module, uses)) in ORDER.iter().enumerate() {
        for used in uses.split_whitespace() {
            let above = ORDER[..place].iter().any(|(name, _)| *name == used);
            assert!(above, "{module} may use {used}, which does not stand above");
        }
    }
}

#[test]
fn adapters_are_told_apart_in_their_lists() {
    let found: Vec<String> = sources()
        .iter()
        .filter(|file| !NAMES_ADAPTERS.iter().any(|(path, _)| *path == file.path))
        .flat_map(|file| {
            let named = adapters(&file.text).into_iter();
            let said = |(line, name)| format!("src/{}:{line}: Adapter::{name}", file.path);
            named.map(said).collect::<Vec<_>>()
        })
        .collect();
    assert!(
        found.is_empty(),
        "ask Adapter::facts, or write a file of the adapter's own:\n{}\n",
        found.join("\n")
    );
    let planted = "use problem::Adapter;\nfn f(a: Adapter) -> bool { a == Adapter::Free || Adapter::default() == a } // Adapter::Full";
    assert_eq!(adapters(planted), [(2, "Free")]);
}

#[test]
fn planted_violations_are_found() {
    let backward = [
        "use crate::problem::Problem;",
        "fn f() -> crate::problem::Problem { todo!() }",
        "use crate::{expectation::Overlaps, link::{Form, Link}};",
        "use super::super::dynamics::ClosedSystem;",
        "mod inner { use super::super::super::search; }",
        "#[cfg(test)] mod tests { use super::*; use crate::problem::Problem; }",
        "const A: char = '\"'; use crate::output::Table; const B: &str = \"\";",
        "use crate::*;",
        "use crate::Problem;",
    ];
    for text in backward {
        let found = violations(&planted(&format!("\n// first\n{text}\n")));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with("src/link/planted.rs:3: "), "{found:?}");
    }
    assert_eq!(
        violations(&planted("use crate::problem::Problem;")),
        [
            "src/link/planted.rs:1: backward arrow link -> problem (link may use numeral, root, algebra)"
        ]
    );
}

#[test]
fn permitted_text_is_not_flagged() {
    let fine = [
        "use super::builtin::LinkFunction;",
        "use crate::link::{self, Form};",
        "// use crate::problem::Problem;",
        "/* a /* b */ use crate::problem::Problem; */",
        "/// See [`crate::problem::Problem`].\nfn f() {}",
        "const A: &str = \"use crate::problem;\";",
        "const A: &str = r#\"\"use crate::problem;\"#;",
        "fn f<'a>(x: &'a str) -> &'a str { x } // crate::problem::X",
        "pub(crate) struct A(pub(super) f64);",
        "mod tests { use super::super::Link; }",
        "fn f() { if true { } } mod tests { mod deep { use super::super::super::Link; } }",
    ];
    for text in fine {
        let found = violations(&planted(text));
        assert!(found.is_empty(), "{text}: {found:?}");
    }
    let dynamics = Source {
        module: "dynamics".into(),
        path: "dynamics/planted.rs".into(),
        text: "use crate::{expectation::Kernel, problem::Problem};".into(),
    };
    assert!(violations(&dynamics).is_empty());
}

/// A file of the crate.
pub(super) struct Source {
    /// The module of the crate root it belongs to, or `lib`, `main`.
    pub(super) module: String,
    /// Path below `src/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// How many `super::` lead from the file's outermost code to the crate root.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        parts - usize::from(self.path.ends_with("/mod.rs"))
    }
}

fn planted(text: &str) -> Source {
    Source {
        module: "link".into(),
        path: "link/planted.rs".into(),
        text: text.into(),
    }
}

/// Every Rust file below `src/`.
pub(super) fn sources() -> Vec<Source> {
    sources_of("src")
}

fn sources_of(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no source files in {}", root.display());
    let read = |file: &PathBuf| {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        let parts: Vec<_> = relative.iter().map(|p| p.to_string_lossy()).collect();
        Source {
            module: parts[0].trim_end_matches(".rs").to_owned(),
            path: parts.join("/"),
            text: fs::read_to_string(file)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        }
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let entry = ORDER.iter().find(|(name, _)| *name == module);
    entry.map(|(_, uses)| uses.split_whitespace().collect())
}

/// One line for each arrow of a file that its module must not have.
fn violations(file: &Source) -> Vec<String> {
    let module = file.module.as_str();
    let uses = allowed(module).unwrap_or_default();
    let mut found = Vec::new();
    for Arrow { line, target } in arrows(&file.text, file.depth()) {
        if target == module || uses.contains(&target) || FOR_TESTS.contains(&target) {
            continue;
        }
        let place = format!("src/{}:{line}", file.path);
        if allowed(target).is_none() {
            found.push(format!(
                "{place}: crate::{target} is no module of ORDER (name the module it comes from)"
            ));
            continue;
        }
        let permitted = if uses.is_empty() {
            "nothing else".to_owned()
        } else {
            uses.join(", ")
        };
        found.push(format!(
            "{place}: backward arrow {module} -> {target} ({module} may use {permitted})"
        ));
    }
    found
}
