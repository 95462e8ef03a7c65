//! Do the arrows between modules point one way, is every module in its place, are files short?

use std::fs;
use std::path::{Path, PathBuf};

/// Every module of the crate and what it may use of the others, which all stand above it.
const ORDER: &[(&str, &[&str])] = &[
    // What the caller of long work sees of it, and how they end it.
    ("watch", &[]),
    // How a number stands in a sentence.
    ("numeral", &[]),
    // Files, whatever they hold: no physics.
    ("storage", &[]),
    // Exact expressions: no physics.
    ("algebra", &[]),
    // Formulas of links are trees.
    ("link", &["numeral", "algebra"]),
    ("expectation", &["algebra", "link"]),
    // Links and their averages, given once.
    ("model", &["link", "expectation"]),
    ("problem", &["numeral", "storage", "link", "model"]),
    ("dynamics", &["link", "model", "problem", "expectation"]),
    // Solves any ODE: no physics.
    ("integrator", &["numeral", "watch"]),
    (
        "search",
        &[
            "watch",
            "algebra",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
        ],
    ),
    (
        "trajectory",
        &[
            "watch",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
        ],
    ),
    (
        "sweep",
        &[
            "watch",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
        ],
    ),
    // Formulas, held against the numbers of the modules above.
    (
        "derivation",
        &[
            "watch",
            "algebra",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "search",
        ],
    ),
    // Independent of the averages, which it is held against.
    (
        "simulation",
        &["numeral", "watch", "storage", "link", "model", "problem"],
    ),
    (
        "comparison",
        &[
            "numeral",
            "watch",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
            "simulation",
        ],
    ),
    (
        "phase",
        &[
            "numeral",
            "watch",
            "storage",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
            "sweep",
            "simulation",
        ],
    ),
    (
        "scaling",
        &[
            "numeral",
            "watch",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
            "sweep",
            "derivation",
        ],
    ),
    // Writes any table and figure: no physics.
    ("output", &["numeral", "storage"]),
    // What can go wrong in any of them.
    (
        "error",
        &[
            "link",
            "expectation",
            "problem",
            "integrator",
            "search",
            "trajectory",
            "simulation",
            "comparison",
            "phase",
            "scaling",
            "derivation",
            "storage",
            "output",
        ],
    ),
    // Questions and their answers, for every front.
    (
        "study",
        &[
            "error",
            "numeral",
            "watch",
            "storage",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
            "sweep",
            "phase",
            "scaling",
            "simulation",
            "comparison",
            "output",
            "algebra",
            "derivation",
        ],
    ),
    (
        "cli",
        &[
            "error",
            "study",
            "numeral",
            "watch",
            "storage",
            "link",
            "model",
            "problem",
            "expectation",
            "dynamics",
            "integrator",
            "search",
            "trajectory",
            "sweep",
            "phase",
            "scaling",
            "simulation",
            "comparison",
            "output",
            "algebra",
            "derivation",
        ],
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
    for file in sources() {
        let lines = file.text.lines().count();
        let reviewed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        let limit = if reviewed { TOO_LONG } else { LONG };
        assert!(
            lines <= limit,
            "src/{} has {lines} lines, {limit} are allowed: split it{}",
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
        for used in *uses {
            let above = ORDER[..place].iter().any(|(name, _)| name == used);
            assert!(above, "{module} may use {used}, which does not stand above");
        }
    }
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
        ["src/link/planted.rs:1: backward arrow link -> problem (link may use numeral, algebra)"]
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
struct Source {
    /// The module of the crate root it belongs to, or `lib`, `main`.
    module: String,
    /// Path below `src/`.
    path: String,
    text: String,
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
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
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

fn allowed(module: &str) -> Option<&'static [&'static str]> {
    let entry = ORDER.iter().find(|(name, _)| *name == module);
    entry.map(|(_, uses)| *uses)
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

/// A path from the crate root: its line and its first name.
struct Arrow<'a> {
    line: usize,
    target: &'a str,
}

/// Paths that start with `crate::`, or with enough `super::` to reach the crate root from code
/// `depth` modules below it.
fn arrows(text: &str, depth: usize) -> Vec<Arrow<'_>> {
    let tokens = tokens(text);
    let is = |i: usize, text: &str| tokens.get(i).is_some_and(|t: &Token<'_>| t.text == text);
    let mut found = Vec::new();
    let (mut level, mut inline_modules) = (0_usize, Vec::new());
    for i in 0..tokens.len() {
        match tokens[i].text {
            "{" => {
                if i >= 2 && is(i - 2, "mod") {
                    inline_modules.push(level);
                }
                level += 1;
            }
            "}" => {
                level = level.saturating_sub(1);
                inline_modules.pop_if(|opened| *opened == level);
            }
            "crate" if is(i + 1, "::") => heads(&tokens, i + 2, &mut found),
            "super" if i == 0 || !is(i - 1, "::") => {
                let (mut climbed, mut at) = (0, i);
                while is(at, "super") && is(at + 1, "::") {
                    climbed += 1;
                    at += 2;
                }
                if climbed == depth + inline_modules.len() {
                    heads(&tokens, at, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// The first names of what follows `crate::`: `link` of `link::Link`, or those in `{...}`.
fn heads<'a>(tokens: &[Token<'a>], at: usize, found: &mut Vec<Arrow<'a>>) {
    let mut add = |token: &Token<'a>| {
        if token.text != "self" {
            found.push(Arrow {
                line: token.line,
                target: token.text,
            });
        }
    };
    let Some(first) = tokens.get(at) else { return };
    if first.text != "{" {
        return add(first);
    }
    let mut level = 0;
    for pair in tokens[at..].windows(2) {
        match pair[0].text {
            "{" => level += 1,
            "}" => level -= 1,
            _ => {}
        }
        if level == 0 {
            return;
        }
        let starts = matches!(pair[0].text, "{" | ",");
        if level == 1 && starts && pair[1].text != "}" {
            add(&pair[1]);
        }
    }
}

/// A word or a sign of a source text.
struct Token<'a> {
    line: usize,
    text: &'a str,
}

/// The text without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut rest, mut line, mut found) = (text, 1, Vec::new());
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (length, kept) = match (skipped(rest), word.unwrap_or(rest.len())) {
            (Some(length), _) => (length, false),
            (None, 0) if rest.starts_with("::") => (2, true),
            (None, 0) => (first.len_utf8(), !first.is_whitespace()),
            (None, length) => (length, true),
        };
        let (lexeme, after) = rest.split_at(length);
        if kept {
            found.push(Token { line, text: lexeme });
        }
        line += lexeme.matches('\n').count();
        rest = after;
    }
    found
}

/// Length of the comment, string, character or lifetime that `rest` starts with.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if let Some(after) = rest.strip_prefix('\'') {
        let mut characters = after.chars();
        let first = characters.next()?;
        let quoted = first == '\\' || characters.next() == Some('\'');
        return Some(if quoted { 1 + closing(after, '\'') } else { 1 });
    }
    let after = rest.trim_start_matches(['b', 'c']);
    if let Some(raw) = after.strip_prefix('r') {
        let opening = raw.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(raw.len() - opening.len()));
        let body = opening.strip_prefix('"')?;
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(rest.len() - body.len() + length);
    }
    let body = after.strip_prefix('"')?;
    Some(rest.len() - body.len() + closing(body, '"'))
}

/// Length up to and with the next unescaped `quote`.
fn closing(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    body.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut open) = (0, 0_usize);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (open, at) = (open + 1, at + 2);
        } else if here.starts_with("*/") {
            (open, at) = (open - 1, at + 2);
            if open == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
