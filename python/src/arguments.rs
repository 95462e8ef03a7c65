//! Keyword arguments as the settings of a study.

use std::path::PathBuf;

use lorode::link::Link as Function;
use lorode::prelude::{Precision, ProblemOptions, Sampling};
use lorode::study::train::HistoryOptions;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::error::{refused, refused_of};
use crate::fields;
use crate::link::Link;
use crate::problem::Problem;
use crate::studies::GridText;

/// A group of settings within those of a study, and the names in it.
type Group = (&'static str, &'static [&'static str]);

/// Below it whole numbers are exact.
const WHOLE: f64 = 9e15;
/// The group of a problem's settings.
const PROBLEM: &str = "problem";

/// Settings from keyword arguments: each goes to the group that knows its name.
pub struct Arguments {
    /// A problem that was made before, as long as nothing of it is changed: to write and read all its settings takes as long
    /// as many a run.
    before: Option<ProblemOptions>,
    groups: Vec<(Group, Map<String, Value>)>,
    own: Map<String, Value>,
    links: Vec<Function>,
    own_names: &'static [&'static str],
    function: &'static str,
}

impl Arguments {
    /// For a function of this name with settings `T`.
    pub fn of<T: DeserializeOwned>(function: &'static str) -> Self {
        let own_names = fields::of::<T>();
        let groups = [
            (PROBLEM, fields::of::<ProblemOptions>()),
            ("precision", fields::of::<Precision>()),
            ("sampling", fields::of::<Sampling>()),
            ("history", fields::of::<HistoryOptions>()),
        ];
        let within = groups
            .into_iter()
            .filter(|(name, _)| own_names.contains(name));
        Self {
            before: None,
            groups: within.map(|group| (group, Map::new())).collect(),
            own: Map::new(),
            links: Vec::new(),
            own_names,
            function,
        }
    }

    /// The settings of a problem that was made before.
    pub fn with_options(mut self, options: &ProblemOptions) -> Self {
        self.before = Some(options.clone());
        self.links.clone_from(&options.own_links);
        self
    }

    /// The same, where one may be given.
    pub fn after(self, problem: Option<&Problem>) -> Self {
        match problem {
            Some(problem) => self.with_options(problem.options()),
            None => self,
        }
    }

    /// The first argument without a keyword: a problem, or links.
    pub fn first(mut self, given: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        if let Some(given) = given {
            match given.cast::<Problem>() {
                Ok(problem) => self = self.with_options(problem.get().options()),
                Err(_) => self.put("link", given)?,
            }
        }
        Ok(self)
    }

    /// With what was given by keywords.
    pub fn with(mut self, given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut seen: Vec<(&str, String)> = Vec::new();
        for (key, value) in given.into_iter().flatten() {
            let key: String = key.extract()?;
            if let Some(name) = alias(&key).or_else(|| aliased(&key))
                && !value.is_none()
            {
                if let Some((_, other)) = seen.iter().find(|(known, _)| *known == name) {
                    return Err(PyTypeError::new_err(format!(
                        "{}() got both {other} and {key}, which are the same: give one of them",
                        self.function
                    )));
                }
                seen.push((name, key.clone()));
            }
            self.put(&key, &value)?;
        }
        Ok(self)
    }

    /// One argument; `None` is one that was not given.
    pub fn put(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            return Ok(());
        }
        let name = alias(name).unwrap_or(name);
        let key = name.replace('_', "-");
        let value = match (name, value.cast::<PyDict>()) {
            ("set", Ok(letters)) => set(letters)?,
            _ => written(name, self.value(name, value)?),
        };
        let group = self
            .groups
            .iter_mut()
            .find(|((_, names), _)| names.contains(&key.as_str()) || names.contains(&name));
        match group {
            Some(((group, _), map)) => {
                let before = self.before.take_if(|_| *group == PROBLEM);
                if let Some(Value::Object(before)) =
                    before.and_then(|one| serde_json::to_value(one).ok())
                {
                    *map = before;
                }
                map.insert(key, value)
            }
            None if self.own_names.contains(&name) => self.own.insert(name.to_owned(), value),
            None => return Err(self.unexpected(name)),
        };
        Ok(())
    }

    /// A Python value as plain data.
    fn value(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(link) = value.cast::<Link>() {
            let link = link.get();
            if link.is_own() {
                self.keep(link.function())?;
            }
            return Ok(Value::String(match link.is_own() {
                true => ProblemOptions::text_of(link.function()),
                false => link.function().name().to_owned(),
            }));
        }
        if let Ok(grid) = value.cast::<GridText>() {
            return Ok(Value::String(grid.get().text.clone()));
        }
        if let Ok(flag) = value.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Value::String(text.extract()?));
        }
        if value.is_instance_of::<PyInt>() {
            let whole = value.extract::<u64>().map(Value::from);
            return whole.or_else(|_| number(name, value.extract()?));
        }
        if value.is_instance_of::<PyFloat>() {
            return number(name, value.extract()?);
        }
        if let Ok(map) = value.cast::<PyDict>() {
            let entries = map.iter().map(|(key, value)| {
                let key: String = key.extract()?;
                // Keys of settings; what is below them goes by names that the user gave.
                let key = if name == "stage" {
                    key.replace('_', "-")
                } else {
                    key
                };
                // A dot before a name tells it from that of an argument.
                let value = self.value(&format!(".{key}"), &value)?;
                Ok((key, value))
            });
            return Ok(Value::Object(entries.collect::<PyResult<_>>()?));
        }
        if let Ok(path) = value.extract::<PathBuf>() {
            return Ok(Value::String(path.display().to_string()));
        }
        // Arrays of numpy and its scalars; lists, tuples, ranges.
        let plain = match value.call_method0("tolist") {
            Ok(plain) => plain,
            Err(_) => value.clone(),
        };
        if plain.is_instance_of::<PyFloat>() || plain.is_instance_of::<PyInt>() {
            return self.value(name, &plain);
        }
        let items = plain.try_iter().map_err(|_| self.wrong(name, value))?;
        let items = items.map(|item| self.value(name, &item?));
        Ok(Value::Array(items.collect::<PyResult<_>>()?))
    }

    /// Links that no text says go by their names.
    fn keep(&mut self, link: &Function) -> PyResult<()> {
        let same = self.links.iter().find(|known| known.name() == link.name());
        if same.is_some_and(|known| known != link) {
            return Err(refused(format!(
                "two links are named '{}': give them names that differ",
                link.name()
            )));
        }
        if same.is_none() {
            self.links.push(link.clone());
        }
        Ok(())
    }

    fn wrong(&self, name: &str, value: &Bound<'_, PyAny>) -> PyErr {
        let kind = value.get_type().name().map(|name| name.to_string());
        let (kind, name) = (kind.unwrap_or_default(), name.trim_start_matches('.'));
        PyTypeError::new_err(format!(
            "{}(): {name} is a {kind}; a number, a text, a lorode.Link, or a sequence of them is allowed",
            self.function
        ))
    }

    fn unexpected(&self, name: &str) -> PyErr {
        let known = || {
            let grouped = self.groups.iter().flat_map(|((_, names), _)| names.iter());
            let groups: Vec<&str> = self.groups.iter().map(|((name, _), _)| *name).collect();
            let own = self
                .own_names
                .iter()
                .filter(move |name| !groups.contains(*name));
            grouped.chain(own).map(|known| known.replace('-', "_"))
        };
        let near = known()
            .map(|known| (strsim::jaro_winkler(&known, name), known))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness > 0.7);
        let hint = near.map_or(String::new(), |(_, name)| format!("; did you mean {name}?"));
        PyTypeError::new_err(format!(
            "{}() got an unexpected keyword argument '{name}'{hint}",
            self.function
        ))
    }

    /// The settings, and what belongs to their problem beside them.
    pub fn settings<T: DeserializeOwned>(self) -> PyResult<(T, Beside)> {
        let mut all = self.own;
        if self.before.is_some() && !self.own_names.contains(&PROBLEM) {
            return Err(refused(format!(
                "{}() takes no Problem here",
                self.function
            )));
        }
        for ((name, _), map) in self.groups {
            if name != PROBLEM || self.before.is_none() {
                all.insert(name.to_owned(), Value::Object(map));
            }
        }
        let settings = serde_path_to_error::deserialize(Value::Object(all));
        let settings = settings.map_err(|error| {
            let path = error.path().to_string();
            let (_, name) = path.rsplit_once('.').unwrap_or(("", &path));
            let inner = error.inner().to_string();
            match inner.starts_with(&format!("{name} = ")) {
                true => refused_of(Some(name), inner),
                false => refused_of(Some(name), format!("{name} is not allowed: {inner}")),
            }
        })?;
        let (links, problem) = (self.links, self.before);
        Ok((settings, Beside { links, problem }))
    }
}

/// What of a problem no plain data say.
pub struct Beside {
    links: Vec<Function>,
    problem: Option<ProblemOptions>,
}

impl Beside {
    /// Puts it into the problem of the settings.
    pub fn place(self, problem: &mut ProblemOptions) {
        if let Some(before) = self.problem {
            *problem = before;
        }
        problem.own_links = self.links;
    }

    /// Links that only Python has.
    pub fn own(&self) -> &[Function] {
        &self.links
    }
}

/// Other names of arguments, and what they stand for.
const ALIASES: [(&str, &str); 3] = [("links", "link"), ("eta", "lr"), ("stages", "stage")];

/// What another name of an argument stands for.
fn alias(name: &str) -> Option<&'static str> {
    let found = ALIASES.iter().find(|(alias, _)| *alias == name);
    found.map(|(_, own)| *own)
}

/// The other name of an argument that has two.
pub fn other_name(name: &str) -> Option<&'static str> {
    let found = ALIASES
        .iter()
        .find(|(alias, own)| *alias == name || *own == name);
    found.map(|(alias, own)| if *alias == name { *own } else { *alias })
}

/// An argument that has another name.
fn aliased(name: &str) -> Option<&'static str> {
    let found = ALIASES.iter().find(|(_, own)| *own == name);
    found.map(|(_, own)| *own)
}

/// A number, which JSON knows if it is finite; a whole one of an argument as such, so that counts may be 1e3. What stands
/// within a table stays as it was written.
fn number(name: &str, value: f64) -> PyResult<Value> {
    if !name.starts_with('.') && value.fract() == 0.0 && (1.0..WHOLE).contains(&value) {
        return Ok(Value::from(value as u64));
    }
    let number = Number::from_f64(value).map(Value::Number);
    number.ok_or_else(|| {
        let name = name.trim_start_matches('.');
        let why = format!("{name} = {value} is not allowed: a finite number is");
        refused_of(Some(name), why)
    })
}

/// As the settings have it: seeds are a count, a range or a list in words; what is wanted is a list.
fn written(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("what", Value::String(_)) => Value::Array(vec![value]),
        ("seeds", Value::Array(items)) => {
            let words: Vec<String> = items.iter().map(Value::to_string).collect();
            // A list of one ends in a comma: a number alone is a count.
            let end = if words.len() == 1 { "," } else { "" };
            Value::String(words.join(",") + end)
        }
        _ => value,
    }
}

/// Letters in links and their values.
fn set(letters: &Bound<'_, PyDict>) -> PyResult<Value> {
    let texts = letters.iter().map(|(name, value)| {
        let value: f64 = value.extract()?;
        Ok(Value::String(format!(
            "{}={value}",
            name.extract::<String>()?
        )))
    });
    Ok(Value::Array(texts.collect::<PyResult<_>>()?))
}
