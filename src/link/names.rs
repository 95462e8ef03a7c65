//! What a name in an expression may mean.

use super::BUILTINS;
use super::builtin::{BuiltinLink, Maker};
use super::elementary::{ELEMENTARY, Elementary};
use super::error::{LinkError, quote};

/// The names that are neither functions nor links.
const CONSTANTS: [&str; 3] = ["x", "pi", "e"];

/// What stands before the condition of a piece, as in `{0 for x < 0, x for x > 0}`.
pub(super) const FOR: &str = "for";

/// Pieces with ascending conditions, as in `piecewise(x < 0: 0; x)`.
pub(super) const PIECEWISE: &str = "piecewise";

/// Below this similarity (1 is equal) no suggestion is made.
const SIMILAR: f64 = 0.5;

/// The known names that contain a hyphen.
pub(super) fn hyphenated() -> impl Iterator<Item = &'static str> {
    BUILTINS
        .iter()
        .flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied()))
        .filter(|name| name.contains('-'))
}

/// The standard spelling of a name in lower case; unknown names are returned as they are.
pub(super) fn canonical(name: &str) -> String {
    if name == "ln" {
        return "log".to_owned();
    }
    let entry = BUILTINS.iter().find(|entry| entry.answers_to(name));
    entry.map_or_else(|| name.to_owned(), |entry| entry.name.to_owned())
}

/// The elementary function of that name.
pub(super) fn elementary(name: &str) -> Option<&'static Elementary> {
    ELEMENTARY.iter().find(|f| f.name == name)
}

/// The registry entry a canonical name belongs to, and the digits after a family's stem.
pub(super) fn builtin(name: &str) -> Option<(&'static BuiltinLink, &str)> {
    BUILTINS.iter().find_map(|entry| match entry.maker {
        Maker::Index { .. } => name
            .strip_prefix(entry.name)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .map(|digits| (entry, digits)),
        _ => (entry.name == name).then_some((entry, "")),
    })
}

/// True when the name is a built-in link.
pub(super) fn is_builtin(name: &str) -> bool {
    builtin(name).is_some()
}

/// The error for a name that means nothing.
pub(super) fn unknown((typed, column): (&str, usize), text: &str) -> LinkError {
    let labels: Vec<String> = BUILTINS.iter().map(BuiltinLink::label).collect();
    let functions = ELEMENTARY.iter().map(|f| f.name);
    let others = || functions.clone().chain([PIECEWISE]).chain(CONSTANTS);
    let plain = BUILTINS
        .iter()
        .filter(|entry| !matches!(entry.maker, Maker::Index { .. }))
        .map(|entry| entry.name);
    let lower = typed.to_lowercase();
    let score = |name: &str| strsim::normalized_damerau_levenshtein(&lower, name);
    let best = plain
        .chain(others().filter(|name| name.len() > 1))
        .map(|name| (score(name), name))
        // Of names that are as near, the first: the plainer ones stand before their variants.
        .reduce(|best, other| if other.0 > best.0 { other } else { best });
    LinkError::UnknownName {
        name: quote(typed, 0),
        column,
        text: quote(text, column),
        suggestion: best
            .filter(|(s, _)| *s >= SIMILAR)
            .map(|(_, name)| name.to_owned()),
        known: labels
            .iter()
            .map(String::as_str)
            .chain(others())
            .collect::<Vec<_>>()
            .join(", "),
    }
}
