//! The models that options ask for: links, and letters in them.

use super::links::{pinned_name, two_of_a_name};
use super::options::single;
use super::{Problem, ProblemError, ProblemOptions, go_on, read_link};
use crate::link::{Link, substitute};
use crate::model::Model;

impl ProblemOptions {
    /// The models asked for, in order; those of the links `default` when none is.
    ///
    /// # Errors
    /// When --link stands beside --teacher or --student, when these are not given equally
    /// often, or a link is refused.
    pub fn models(&self, default: &[&str]) -> Result<Vec<Model>, ProblemError> {
        let paired = !self.teacher.is_empty() || !self.student.is_empty();
        if paired && !self.link.is_empty() {
            return Err(ProblemError::Conflict {
                first: "link",
                second: "teacher or student",
                reason: "link sets both; give link, or teacher with student",
            });
        }
        if self.teacher.len() != self.student.len() {
            let (argument, reason) = if self.teacher.len() < self.student.len() {
                ("teacher", "once for each student")
            } else {
                ("student", "once for each teacher")
            };
            return Err(ProblemError::Missing { argument, reason });
        }
        self.check_letters()?;
        let read = |argument: &'static str, text: &str| {
            go_on()?;
            let filled = self.filled(text)?;
            self.read(argument, &filled)
        };
        let pair = |(first, teacher): (_, &str), (second, student): (_, &str)| {
            Ok(Model::new(read(first, teacher)?, read(second, student)?))
        };
        if paired {
            let both = self.teacher.iter().zip(&self.student);
            return both
                .map(|(t, s)| pair(("teacher", t), ("student", s)))
                .collect();
        }
        let one =
            |text: &str| -> Result<Model, ProblemError> { Ok(Model::matched(read("link", text)?)) };
        if self.link.is_empty() {
            return default.iter().map(|text| one(text)).collect();
        }
        self.link.iter().map(|text| one(text)).collect()
    }

    /// The text that asks for one of the program's own links: its name, with a checksum where that name reads as another
    /// link by itself.
    pub fn text_of(own: &Link) -> String {
        match read_link("link", own.name()) {
            Ok(_) => pinned_name(own),
            Err(_) => own.name().to_owned(),
        }
    }

    /// The link of a text: one of the program's own, or as [`read_link`] reads it. A text that may be either is refused.
    pub(crate) fn read(&self, argument: &'static str, text: &str) -> Result<Link, ProblemError> {
        let Some(link) = self.own(text) else {
            return read_link(argument, text);
        };
        let mut others = self.own_links.iter();
        let is_one = link.is_summed() || link.name() != text;
        let clashes = others.any(|other| other.name() == text && other != link);
        if clashes || !is_one && read_link(argument, text).is_ok() {
            return Err(two_of_a_name(argument, text));
        }
        Ok(link.clone())
    }

    /// The program's own link that a text asks for, by its name or by that with its checksum: its letters are none.
    pub(crate) fn own(&self, text: &str) -> Option<&Link> {
        let by = |is: &dyn Fn(&Link) -> bool| self.own_links.iter().find(|link| is(link));
        by(&|link| link.name() == text).or_else(|| by(&|link| pinned_name(link) == text))
    }

    /// The letters that have a value.
    fn letters(&self) -> Result<Vec<(&str, f64)>, ProblemError> {
        fn letter(text: &str) -> Option<(&str, f64)> {
            let (name, value) = text.split_once('=')?;
            Some((name.trim(), value.trim().parse().ok()?))
        }
        let refusal = |text: &String| ProblemError::Letter { text: text.clone() };
        let all = self.set.iter();
        all.map(|text| letter(text).ok_or_else(|| refusal(text)))
            .collect()
    }

    /// A link's text with the values of its letters.
    pub(crate) fn filled(&self, text: &str) -> Result<String, ProblemError> {
        let mut filled = text.to_owned();
        for (name, value) in self.letters()? {
            filled = self.with_letter(filled, name, value);
        }
        Ok(filled)
    }

    /// A link's text with the value of a letter; the name of a link of the program's own has none.
    pub(crate) fn with_letter(&self, text: String, letter: &str, value: f64) -> String {
        let filled = match self.own(&text) {
            Some(_) => None,
            None => substitute(&text, letter, value),
        };
        filled.unwrap_or(text)
    }

    /// Refuses a value for a letter that no link has.
    fn check_letters(&self) -> Result<(), ProblemError> {
        for (name, value) in self.letters()? {
            let texts = self.link.iter().chain(&self.teacher).chain(&self.student);
            let mut texts = texts.filter(|text| self.own(text).is_none());
            if !value.is_finite() || !texts.any(|text| substitute(text, name, value).is_some()) {
                let text = format!("{name}={value}");
                return Err(ProblemError::Letter { text });
            }
        }
        Ok(())
    }

    /// The one model of a command that takes one pair of links.
    ///
    /// # Errors
    /// When there are more, or none, or a link is refused.
    pub fn one_model(&self, command: &'static str) -> Result<Model, ProblemError> {
        let mut models = self.models(&[])?;
        match (models.pop(), models.is_empty()) {
            (Some(model), true) => Ok(model),
            _ => Err(ProblemError::OnePair { command }),
        }
    }

    /// The one problem of a command that takes one pair of links and one strength.
    ///
    /// # Errors
    /// When there are more, or none; and whatever [`Problem::new`] refuses.
    pub fn one_problem(&self, command: &'static str) -> Result<Problem, ProblemError> {
        let model = self.one_model(command)?;
        self.problem(&model, single("mu", &self.mu)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_ones_own_takes_the_place_of_no_other() {
        let own = Link::parse("2*tanh(x)").unwrap().named("tanh");
        let asked = |links: &[&str]| {
            let options = ProblemOptions {
                link: links.iter().map(|&text| text.to_owned()).collect(),
                own_links: vec![own.clone()],
                ..ProblemOptions::default()
            };
            let values = |model: Model| model.student().value(1.0);
            options
                .models(&[])
                .map(|all| all.into_iter().map(values).collect::<Vec<_>>())
        };
        let text = ProblemOptions::text_of(&own);
        assert!(text.starts_with("tanh@"), "{text}");
        let found = asked(&[&text, "erf"]).unwrap();
        assert!((found[0] - 2.0 * 1.0_f64.tanh()).abs() < 1e-15);
        for links in [&["tanh"][..], &[&text, "tanh"]] {
            let refused = asked(links).unwrap_err();
            let said = refused.to_string();
            assert!(said.starts_with("link: 'tanh': two links"), "{said}");
            assert_eq!(refused.argument(), Some("link"));
        }
        assert_eq!(ProblemOptions::text_of(&own.named("mine")), "mine");
    }
}
