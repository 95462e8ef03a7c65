//! The commands in README.md and the pages of docs are run, and must print what they say.

use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;

/// A command of a console block with the lines below it.
struct Shown {
    command: String,
    output: Vec<String>,
}

fn shown(text: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            all.push(Shown {
                command: command.to_owned(),
                output: Vec::new(),
            });
        } else if let (true, Some(last)) = (inside, all.last_mut()) {
            last.output.push(line.to_owned());
        }
    }
    all
}

/// Splits as a shell does, single quotes only.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in command.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Equal words, or numbers equal to 1e-7 (rounding differs between machines); times of the clock
/// match anything.
fn same_line(ours: &str, readme: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (words_of(ours), words_of(readme));
    a.len() == b.len()
        && a.iter().zip(&b).enumerate().all(|(i, (x, y))| {
            let clock = a
                .get(i + 1)
                .is_some_and(|unit| ["ns", "ms", "steps/s"].contains(unit));
            match (number(x), number(y)) {
                (Some(x), Some(y)) => clock || (x - y).abs() <= 1e-7 * y.abs().max(1e-12),
                _ => x == y,
            }
        })
}

fn words_of(line: &str) -> Vec<&str> {
    line.split([' ', ',', '(', ')'])
        .filter(|w| !w.is_empty())
        .collect()
}

fn number(word: &str) -> Option<f64> {
    word.parse().ok()
}

#[test]
fn the_commands_of_the_readme_print_what_it_says() {
    run_all("README", include_str!("../../README.md"), 5);
}

#[test]
fn the_commands_of_the_pages_print_what_they_say() {
    run_all("scaling.md", include_str!("../../docs/scaling.md"), 3);
    run_all(
        "published-data.md",
        include_str!("../../docs/published-data.md"),
        6,
    );
    run_all("gallery.md", include_str!("../../docs/gallery.md"), 20);
    run_all(
        "choosing-a-solver.md",
        include_str!("../../docs/choosing-a-solver.md"),
        1,
    );
    run_all("networks.md", include_str!("../../docs/networks.md"), 5);
    run_all("step-sizes.md", include_str!("../../docs/step-sizes.md"), 5);
    run_all("stages.md", include_str!("../../docs/stages.md"), 2);
    run_all("questions.md", include_str!("../../docs/questions.md"), 1);
    run_all("theory.md", include_str!("../../docs/theory.md"), 1);
    run_all(
        "derivations.md",
        include_str!("../../docs/derivations.md"),
        1,
    );
}

/// Runs the commands of a page, `fewest` at least.
fn run_all(page: &str, text: &str, fewest: usize) {
    let commands = shown(text);
    let run: Vec<&Shown> = commands
        .iter()
        // Those that draw pictures of the gallery are run by gallery.rs.
        .filter(|s| s.command.starts_with("lorode ") && !s.command.contains(" --out "))
        .collect();
    assert!(run.len() >= fewest, "{page} has {} commands", run.len());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    for entry in std::fs::read_dir("examples").unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|end| end == "toml") {
            std::fs::copy(&file, folder.path().join(&file)).unwrap();
        }
    }
    for shown in run {
        let arguments = words(&shown.command);
        let output = Command::cargo_bin("lorode")
            .unwrap()
            .args(&arguments[1..])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "$ {}\n{complaint}", shown.command);
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines().filter(|l| !l.trim().is_empty());
        let mut expected = shown
            .output
            .iter()
            .filter(|l| !l.trim().is_empty())
            .peekable();
        while let Some(line) = expected.next() {
            if line.trim() == "..." {
                // Skip to the next line shown.
                let Some(next) = expected.peek() else {
                    break;
                };
                lines
                    .by_ref()
                    .find(|l| same_line(l, next))
                    .unwrap_or_else(|| panic!("$ {}\nnever prints: {next}\n{text}", shown.command));
                expected.next();
                continue;
            }
            let ours = lines.next().unwrap_or_default();
            assert!(
                same_line(ours, line),
                "$ {}\n{page}:  {line}\nprogram: {ours}",
                shown.command
            );
        }
    }
}

#[test]
fn the_comparison_can_fail() {
    assert!(same_line("tau = 1.00000000001", "tau = 1.0"));
    assert!(!same_line("tau = 1.001", "tau = 1.0"));
    assert!(!same_line("tau = 1.0", "rho = 1.0"));
    assert!(same_line(
        "solver 3 steps, 0.2 ms",
        "solver 3 steps, 7.1 ms"
    ));
}

#[test]
fn the_readme_names_the_two_set_up_commands() {
    let readme = include_str!("../../README.md");
    let ci = include_str!("../../.ci/run");
    for command in ["cargo run --release -- search", "cargo test --release"] {
        assert!(readme.contains(command), "{command}");
    }
    assert!(ci.lines().any(|l| l == "cargo test --release"));
}

/// The examples of the library on its first page are compiled and run; the README shows one of them.
#[test]
fn the_library_in_the_readme_is_an_example_that_runs() {
    let (readme, library) = (
        include_str!("../../README.md"),
        include_str!("../../src/lib.rs"),
    );
    let block = readme.split("```rust\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    assert!(block.lines().count() > 3);
    for line in block.lines().filter(|line| !line.is_empty()) {
        let run = format!("//! {line}");
        assert!(library.lines().any(|other| other == run), "{line}");
    }
}
