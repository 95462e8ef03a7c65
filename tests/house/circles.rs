//! Do the files of a module use each other one way? A file and the folder that lists it do not count;
//! neither do unit tests.

use std::collections::{BTreeMap, BTreeSet};

use super::architecture::sources;
use super::source_text::{Token, tokens};

/// Files that use each other, and why they may.
const CIRCLES: &[(&str, &str)] = &[
    (
        "algebra/arrange/layout algebra/arrange/sums",
        "a sum is laid out by its terms, terms by the sums in them",
    ),
    (
        "algebra/expr algebra/number",
        "an expression folds its numbers, and a power of a number is an expression",
    ),
    (
        "expectation/truncated/corner expectation/truncated/quadrant",
        "moments of a corner begin with its probability",
    ),
    (
        "integrator/changing integrator/driver integrator/event integrator/jacobian integrator/path integrator/rest integrator/rk45 integrator/rodas integrator/trial",
        "a trait, its methods and their list",
    ),
    (
        "link/breaks link/form link/smooth_pieces link/zeros",
        "pieces end at breaks, which are zeros within pieces",
    ),
    (
        "link/builtin link/expression",
        "a link's derivative is an expression, whose leaves are links",
    ),
    ("link/cos link/sin", "each is the derivative of the other"),
    (
        "phase/diagram phase/network phase/sgd phase/value",
        "a map has a value, found at a point of the map",
    ),
    (
        "trajectory/evolution trajectory/finite_step_run trajectory/flow trajectory/goal trajectory/noise_floor trajectory/stepping",
        "a trait, the flow and the map that have it, what they share, and their list",
    ),
];

/// Where a module is in the crate: `["link", "cos"]`.
type Place = Vec<String>;

#[derive(Default)]
struct Module {
    /// What its `use` lines call the ends of paths.
    names: BTreeMap<String, Place>,
    /// All paths in it.
    paths: Vec<Place>,
}

struct Crate(BTreeMap<Place, Module>);

impl Crate {
    fn read() -> Self {
        let is_code = |file: &super::architecture::Source| {
            file.path != "main.rs" && !file.path.contains("tests")
        };
        let files = sources().into_iter().filter(is_code);
        let module = |file: super::architecture::Source| {
            let name = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
            let place = name
                .split('/')
                .filter(|part| *part != "lib")
                .map(str::to_owned);
            (place.collect(), Module::read(&file.text))
        };
        Self(files.map(module).collect())
    }

    /// The module that a path in `from` leads to, through what others re-export.
    fn end(&self, from: &[String], path: &[String], depth: usize) -> Option<Place> {
        let climbed = path.iter().take_while(|part| *part == "super").count();
        let (mut at, mut rest) = match path[0].as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            "super" => (
                from[..from.len().checked_sub(climbed)?].to_vec(),
                &path[climbed..],
            ),
            first if self.0.contains_key(&joined(from, first)) => (from.to_vec(), path),
            first => {
                let known = self.0.get(from)?.names.get(first)?;
                let whole = [known, &path[1..]].concat();
                return (depth < 9 && known != path).then(|| self.end(from, &whole, depth + 1))?;
            }
        };
        while let [first, others @ ..] = rest {
            let below = joined(&at, first);
            if self.0.contains_key(&below) {
                (at, rest) = (below, others);
                continue;
            }
            let known = self.0.get(&at).and_then(|module| module.names.get(first));
            if let Some(known) = known.filter(|_| depth < 9 && at != from) {
                let whole = [known, others].concat();
                return self.end(&at, &whole, depth + 1).or(Some(at));
            }
            break;
        }
        Some(at)
    }

    /// Which modules each uses, of the same folder of `src` and neither above nor below it.
    fn uses(&self) -> BTreeMap<&Place, BTreeSet<Place>> {
        let used = |(place, module): (&_, &Module)| -> BTreeSet<Place> {
            let place: &Place = place;
            let ends = module
                .paths
                .iter()
                .filter_map(|path| self.end(place, path, 0));
            let beside = |end: &Place| !end.starts_with(place) && !place.starts_with(end);
            ends.filter(|end| beside(end) && end[0] == place[0])
                .collect()
        };
        self.0.iter().map(|entry| (entry.0, used(entry))).collect()
    }
}

impl Module {
    fn read(text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut module = Self::default();
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let (ends, after) = tree(&tokens, at + 1);
                module
                    .paths
                    .extend(ends.iter().map(|(path, _)| path.clone()));
                module
                    .names
                    .extend(ends.into_iter().map(|(path, name)| (name, path)));
                at = after;
            } else if is_word(tokens[at]) && tokens.get(at + 1) == Some(&"::") {
                let mut path = vec![tokens[at].to_owned()];
                at += 1;
                while tokens[at] == "::" && is_word(tokens[at + 1]) {
                    path.push(tokens[at + 1].to_owned());
                    at += 2;
                }
                module.paths.push(path);
                at += usize::from(tokens[at] == "::");
            } else {
                at += 1;
            }
        }
        module
    }
}

fn joined(place: &[String], name: &str) -> Place {
    [place, &[name.to_owned()]].concat()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The paths of a `use`, each with the name that it has in the file, and where it ends.
fn tree(tokens: &[&str], mut at: usize) -> (Vec<(Place, String)>, usize) {
    let mut path = Place::new();
    loop {
        if tokens[at] == "{" {
            let mut all = Vec::new();
            at += 1;
            while tokens[at] != "}" {
                let (ends, after) = tree(tokens, at);
                let last = path.last().cloned().unwrap_or_default();
                all.extend(ends.into_iter().map(|(end, name)| {
                    let name = if name == "self" { last.clone() } else { name };
                    ([&path[..], &end[..]].concat(), name)
                }));
                at = after + usize::from(tokens[after] == ",");
            }
            return (all, at + 1);
        }
        let part = tokens[at];
        if part != "self" || path.is_empty() && tokens[at + 1] == "::" {
            path.push(part.to_owned());
        }
        at += 1;
        match tokens[at] {
            "::" => at += 1,
            "as" => return (vec![(path, tokens[at + 1].to_owned())], at + 2),
            _ => return (vec![(path, part.to_owned())], at),
        }
    }
}

/// The tokens that are compiled outside tests.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    const TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let all: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < all.len() {
        if all[at..].starts_with(&TESTS) {
            // Further attributes, and the item up to its last brace or its semicolon.
            let (mut depth, mut begun) = (0_usize, false);
            while !(begun && depth == 0) {
                match all[at] {
                    "{" | "[" | "(" => depth += 1,
                    "}" | "]" | ")" => depth -= 1,
                    _ => {}
                }
                begun = depth == 0 && matches!(all[at], "}" | ";");
                at += 1;
            }
        } else {
            kept.push(all[at]);
            at += 1;
        }
    }
    kept
}

/// The circles of a graph, each with all that are on it.
fn circles(uses: &BTreeMap<&Place, BTreeSet<Place>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &Place| {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            for next in &uses[at] {
                if found.insert(next) {
                    open.push(next);
                }
            }
        }
        found
    };
    let all: BTreeMap<&Place, BTreeSet<&Place>> =
        uses.keys().map(|at| (*at, reached(at))).collect();
    let circle = |at: &Place| -> Vec<String> {
        let both = all[at].iter().filter(|other| all[**other].contains(at));
        both.map(|other| other.join("/")).collect()
    };
    let found: BTreeSet<Vec<String>> = all.keys().map(|at| circle(at)).collect();
    found
        .into_iter()
        .filter(|circle| !circle.is_empty())
        .collect()
}

#[test]
fn files_use_each_other_one_way() {
    let found = circles(&Crate::read().uses());
    let known = CIRCLES
        .iter()
        .map(|(files, _)| files.split(' ').map(str::to_owned).collect());
    let known: BTreeSet<Vec<String>> = known.collect();
    let new: Vec<_> = found
        .difference(&known)
        .map(|files| files.join(" "))
        .collect();
    let gone: Vec<_> = known
        .difference(&found)
        .map(|files| files.join(" "))
        .collect();
    assert!(new.is_empty(), "files in a circle:\n{}", new.join("\n"));
    assert!(gone.is_empty(), "no circle any more:\n{}", gone.join("\n"));
    assert!(CIRCLES.iter().all(|(_, why)| !why.is_empty()));
}

#[test]
fn planted_circles_are_found() {
    let files = [
        (
            "a",
            "mod b; mod c; mod d; pub use c::Third; pub use d::Fourth;",
        ),
        (
            "a/b",
            "use super::{Third, x::y}; #[cfg(test)] mod tests { use super::super::d; }",
        ),
        (
            "a/c",
            "fn f() -> crate::a::b::First { Other::new() } // super::d",
        ),
        (
            "a/d",
            "use super::c::Third as T; use super::b::{self, First}; pub struct Fourth;",
        ),
    ];
    let place = |path: &str| path.split('/').map(str::to_owned).collect();
    let read = files.map(|(path, text)| (place(path), Module::read(text)));
    let found = circles(&Crate(read.into_iter().collect()).uses());
    assert_eq!(
        found,
        BTreeSet::from([vec!["a/b".to_owned(), "a/c".to_owned()]])
    );
}
