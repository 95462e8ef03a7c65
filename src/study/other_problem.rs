//! What two commands differ in: whether the result of one may take the place of the other's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::command_words::{given, words};
use super::in_force::in_force;
use super::provenance::command_line;
use crate::problem::Grid;

/// Flags that say how finely, how precisely, in which unit and in which style a problem is looked at: they may differ between
/// a result and the one that replaces it.
const NO_PHYSICS: [&str; 23] = [
    "time",
    "hermite-time",
    "points",
    "times",
    "records",
    "every",
    "seeds",
    "per-seed",
    "test-batch",
    "exact-loss",
    "method",
    "noise-error",
    "rtol",
    "atol",
    "max-steps",
    "refine",
    "every-cell",
    "format",
    "save",
    "style",
    "width",
    "height",
    "dpi",
];

/// A command line, and the history of training in the file it names, where that is known.
#[derive(PartialEq)]
pub(crate) struct Command {
    pub(super) line: String,
    pub(super) history: Option<Value>,
}

impl Command {
    /// Of a study with its parameters.
    pub(crate) fn new(name: &str, parameters: &Value) -> Self {
        Self {
            line: command_line(name, parameters),
            history: parameters.get("history").cloned(),
        }
    }
}

impl From<&str> for Command {
    fn from(line: &str) -> Self {
        Self {
            line: line.to_owned(),
            history: None,
        }
    }
}

/// What two commands differ in, in words: files are known by the histories in them where these are known.
pub(super) fn differing(theirs: &Command, ours: &Command) -> Option<String> {
    let histories = (&theirs.history, &ours.history);
    let usual = Usual::of(&theirs.line, &ours.line);
    let (mut theirs, mut ours) = (flags(&theirs.line), flags(&ours.line));
    one_spelling(&mut theirs, &mut ours);
    if let (Some(before), Some(now)) = histories {
        if before != now {
            let file = theirs.get(FILE).map(|words| words.join(" "));
            return Some(format!(
                "the history that was in {} is another one",
                file.unwrap_or_default()
            ));
        }
        theirs.remove(FILE);
        ours.remove(FILE);
    }
    difference(&theirs, &ours, &usual)
}

/// Writes a pair of links out in both where one of two commands does so.
fn one_spelling<'a>(theirs: &mut Flags<'a>, ours: &mut Flags<'a>) {
    if theirs.contains_key("teacher") != ours.contains_key("teacher") {
        for flags in [theirs, ours] {
            if let Some(links) = flags.remove("link") {
                flags.insert("teacher", links.clone());
                flags.insert("student", links);
            }
        }
    }
}

/// The parameters of two commands as they were in force, those that are not given too.
struct Usual([Map<String, Value>; 2]);

impl Usual {
    fn of(theirs: &str, ours: &str) -> Self {
        let study = ours.split(' ').nth(1).unwrap_or_default();
        Self([theirs, ours].map(|line| in_force(study, &given(study, line).into())))
    }

    /// Whether a parameter that one of the two leaves out has its usual value in the other.
    fn is_same(&self, key: &str) -> bool {
        let [a, b] = self.0.each_ref().map(|all| all.get(key));
        a.is_some() && a == b
    }
}

/// The first flag of the problem in which two commands differ, in words.
fn difference(theirs: &Flags<'_>, ours: &Flags<'_>, usual: &Usual) -> Option<String> {
    let keys = ours.keys().chain(theirs.keys());
    let other = |key: &&&str| match (theirs.get(**key), ours.get(**key)) {
        (Some(a), Some(b)) => a.len() != b.len() || a.iter().zip(b).any(|(a, b)| !is_same(a, b)),
        _ => !usual.is_same(key),
    };
    let mut physics = keys.filter(|key| !NO_PHYSICS.contains(key));
    let key = physics.find(|key| other(key))?;
    let said = |flags: &Flags<'_>| match flags.get(*key).map(Vec::as_slice) {
        None => "not given".to_owned(),
        Some([]) => "given".to_owned(),
        Some(values) => values.join(" "),
    };
    Some(format!(
        "{key} there: {}, here: {}",
        said(theirs),
        said(ours)
    ))
}

/// The key of what stands without a flag: the file of a history.
const FILE: &str = "file";

/// The values of each flag, as words of the shell.
type Flags<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The flags of a command line that [`command_line`](super::provenance::command_line) wrote.
fn flags(command: &str) -> Flags<'_> {
    let (mut all, mut last) = (Flags::new(), None);
    // After the program and the name of the command.
    for word in words(command).into_iter().skip(2) {
        match (word.strip_prefix("--"), last) {
            (Some(key), _) => {
                all.entry(key).or_default();
                last = Some(key);
            }
            // A grid of one more number is the same as that number with a grid.
            (None, Some("also")) => {
                all.remove("also");
                let (key, grid) = word.split_once('=').unwrap_or(("also", word));
                all.entry(key).or_default().push(grid);
            }
            (None, Some(key)) => all.entry(key).or_default().push(word),
            (None, None) if command.starts_with("lorode links ") => {
                all.entry("link").or_default().push(word);
            }
            (None, None) => all.entry(FILE).or_default().push(word),
        }
    }
    all
}

/// Whether two values are of one problem: the same text or number, or grids with the same ends.
fn is_same(a: &str, b: &str) -> bool {
    let ends = |text: &str| {
        let grid = text.parse::<Grid>().ok()?;
        let values = grid.values();
        let (first, last) = (values.first()?, values.last()?);
        Some((values.len() > 1, first.to_bits(), last.to_bits()))
    };
    let split = |text| match str::split_once(text, '=') {
        Some((axis, grid)) => (axis, grid),
        None => ("", text),
    };
    let ((axis, a), (other, b)) = (split(a), split(b));
    axis == other && (a == b || ends(a).is_some_and(|a| ends(b) == Some(a)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn physics_tells_results_apart_and_resolution_does_not() {
        let base = "lorode search --link 'he1 + 0.5*he3' --mu 0.1:0.9:9 --dim 1000";
        let same = [
            base,
            "lorode search --link 'he1 + 0.5*he3' --mu 0.1:0.9:33 --dim 1e3 --time steps",
            "lorode search --link 'he1 + 0.5*he3' --mu 0.1,0.5,0.9 --dim 1000 --rtol 1e-6",
        ];
        for other in same {
            assert_eq!(differing(&other.into(), &base.into()), None, "{other}");
        }
        let plain = "lorode search --link erf --mu 0.1:0.9:9";
        for usual in [
            "lorode search --link erf --mu 0.1:0.9:9 --dim 1000",
            "lorode search --link erf --mu 0.1:0.9:9 --threshold 0.5 --noise 0 --angle 0",
            "lorode search --teacher erf --student erf --mu 0.1:0.9:9",
        ] {
            assert_eq!(differing(&usual.into(), &plain.into()), None, "{usual}");
            assert_eq!(differing(&plain.into(), &usual.into()), None, "{usual}");
        }
        for (other, said) in [
            (
                "lorode search --link erf --mu 0.1:0.9:9 --dim 1000",
                "link there: erf, here: 'he1 + 0.5*he3'",
            ),
            (
                "lorode search --link 'he1 + 0.5*he3' --mu 0.1:0.8:9 --dim 1000",
                "mu there: 0.1:0.8:9, here: 0.1:0.9:9",
            ),
            (
                "lorode search --link 'he1 + 0.5*he3' --mu 0.1:0.9:9 --dim 900",
                "dim there: 900, here: 1000",
            ),
            (
                "lorode search --link 'he1 + 0.5*he3' --mu 0.1:0.9:9 --dim 1000 --mixture",
                "mixture there: given, here: not given",
            ),
        ] {
            let differs = differing(&other.into(), &base.into());
            assert_eq!(differs.as_deref(), Some(said));
        }
        assert!(!is_same("mu=0:1:3", "nu=0:1:3") && is_same("mu=0:1:3", "mu=0:1:5"));
        // One value is no grid, nor is a grid one value.
        assert!(!is_same("0.5", "0.5:0.9:3") && !is_same("0.5", "0.4") && is_same("0.5", "5e-1"));
    }

    #[test]
    fn a_file_is_known_by_the_history_in_it() {
        let of = |line: &str, t: Option<f64>| Command {
            line: line.to_owned(),
            history: t.map(|t| json!({"stage": [{"until": {"t": t}}]})),
        };
        let ours = of("lorode train h.toml", Some(1.0));
        for (line, t, said) in [
            ("lorode train h.toml", Some(1.0), None),
            ("lorode train other.toml", Some(1.0), None),
            ("lorode train h.toml --points 9", Some(1.0), None),
            (
                "lorode train h.toml",
                Some(2.0),
                Some("the history that was in h.toml is another one"),
            ),
            (
                "lorode train h.toml --sgd",
                Some(1.0),
                Some("sgd there: given, here: not given"),
            ),
            // A figure or a table alone does not say what stood in the file.
            ("lorode train h.toml", None, None),
            (
                "lorode train other.toml",
                None,
                Some("file there: other.toml, here: h.toml"),
            ),
        ] {
            let differs = differing(&of(line, t), &ours);
            assert_eq!(differs.as_deref(), said, "{line}, {t:?}");
        }
    }

    #[test]
    fn quoted_words_stay_together() {
        let hostile =
            r"lorode search --link 'a '\''--mu 0.3'\''' --student $'x\n\'--nu 1\'' --mu 0.5";
        let flags = flags(hostile);
        assert_eq!(
            flags.keys().copied().collect::<Vec<_>>(),
            ["link", "mu", "student"]
        );
        assert_eq!(flags["link"], [r"'a '\''--mu 0.3'\'''"]);
        assert_eq!(flags["student"], [r"$'x\n\'--nu 1\''"]);
    }
}
