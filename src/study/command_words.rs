//! The parameters in a command line that [`command_line`](super::provenance::command_line) wrote.

use serde_json::{Map, Value, json};

use super::parameters::parameters;
use crate::link::{Link, builtin_links};
use crate::output::{FileFormat, PRESETS};
use crate::problem::{Kind, Parameter};

/// The parameters that a command of a study gives, as they were given.
pub(crate) fn given(study: &str, command: &str) -> Map<String, Value> {
    let known = parameters(study);
    let mut all = Map::new();
    let alone = positional(study);
    let mut last = known.iter().find(|one| Some(one.name) == alone);
    // After the program and the name of the command.
    for word in words(command).into_iter().skip(2) {
        if let Some(key) = word.strip_prefix("--") {
            last = known.iter().find(|one| one.name == key);
            if let Some(one) = last.filter(|one| one.kind == Kind::Truth) {
                all.insert(one.name.to_owned(), json!(true));
            }
        } else if let Some(one) = last {
            put(&mut all, one, unquoted(word));
        }
    }
    all
}

/// The parameter of a study that stands without its name.
pub(crate) fn positional(study: &str) -> Option<&'static str> {
    match study {
        "links" => Some("link"),
        // A file that holds a history.
        "train" | "optimum" => Some("file"),
        _ => None,
    }
}

/// One more value of a parameter: those that stand several times are lists.
fn put(all: &mut Map<String, Value>, one: &Parameter, text: String) {
    let value = match (one.kind, text.parse::<f64>()) {
        (Kind::Real | Kind::Whole, Ok(number)) => json!(number),
        _ => json!(text),
    };
    let both = match all.remove(one.name) {
        None => value,
        Some(Value::Array(mut values)) => {
            values.push(value);
            Value::Array(values)
        }
        Some(first) => json!([first, value]),
    };
    all.insert(one.name.to_owned(), both);
}

/// What a word of a shell stands for.
fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let (mut quoted, mut escapes) = (false, false);
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                quoted = !quoted;
                escapes &= quoted;
            }
            '$' if !quoted && letters.peek() == Some(&'\'') => escapes = true,
            '\\' if !quoted || escapes => match letters.next() {
                Some('n') if escapes => text.push('\n'),
                other => text.extend(other),
            },
            other => text.push(other),
        }
    }
    text
}

/// The words of a shell, each as it stands there.
pub(crate) fn words(command: &str) -> Vec<&str> {
    let (mut words, mut begin) = (Vec::new(), None);
    let (mut quoted, mut escapes) = (false, false);
    let mut letters = command.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == ' ' && !quoted {
            words.extend(begin.take().map(|begin: usize| &command[begin..at]));
            continue;
        }
        begin.get_or_insert(at);
        match letter {
            // In quotes after a dollar sign, and outside, it speaks of the next letter.
            '\\' if !quoted || escapes => drop(letters.next()),
            '$' if !quoted => escapes = letters.peek().is_some_and(|next| next.1 == '\''),
            '\'' => {
                quoted = !quoted;
                escapes &= quoted;
            }
            _ => {}
        }
    }
    words.extend(begin.map(|begin| &command[begin..]));
    words
}

/// The words of a list, each with a line about it, which help and completions show.
#[cfg(feature = "cli")]
pub(crate) fn one_of(
    all: impl Iterator<Item = (&'static str, &'static str)>,
) -> clap::builder::PossibleValuesParser {
    all.map(|(name, about)| clap::builder::PossibleValue::new(name).help(about))
        .collect::<Vec<_>>()
        .into()
}

/// An argument as completions see it: where any text may stand they offer the words that have a meaning of their own.
#[cfg(feature = "cli")]
pub(crate) fn offered(argument: clap::Arg) -> clap::Arg {
    let words: Vec<(&str, &str)> = match argument.get_id().as_str() {
        "link" | "teacher" | "student" | "pretrain_link" => link_words(),
        "style" => PRESETS.iter().map(|one| (one.name, one.about)).collect(),
        "save" => FileFormat::ALL.iter().map(|one| (one.name(), "")).collect(),
        _ => return argument,
    };
    // A default that is no such word would be refused.
    let argument = argument.default_value(clap::builder::Resettable::Reset);
    argument.value_parser(one_of(words.into_iter()))
}

/// Links that are one word.
#[cfg(feature = "cli")]
fn link_words() -> Vec<(&'static str, &'static str)> {
    let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '-');
    let mut words: Vec<(&str, &str)> = Vec::new();
    for link in builtin_links() {
        for &text in [link.name].iter().chain(link.examples) {
            let is_new = words.iter().all(|(word, _)| *word != text);
            if is_new && is_word(text) && Link::parse(text).is_ok() {
                words.push((text, link.about));
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::provenance::command_line;

    #[test]
    fn a_command_gives_what_it_was_made_of() {
        for given_there in [
            json!({"link": "max(x, 0.1*x)", "mu": 0.5, "mixture": true, "time": "steps"}),
            json!({"link": ["erf", "it's $x"], "set": ["c=1", "b=2"], "mu": "0.1:0.9:5", "dim": 1e6}),
            json!({"teacher": "he3", "student": "two\nlines \\ '", "angle": "0,30"}),
        ] {
            let line = command_line("search", &given_there);
            let read = given("search", &line);
            assert_eq!(Value::Object(read), given_there, "{line}");
        }
    }
}
