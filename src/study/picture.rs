//! What is asked of figures: a style by name or from a file, sizes.

use serde::{Deserialize, Serialize};

use super::provenance::with_picture;
use crate::error::Error;
use crate::output::printable::shell_word;
use crate::output::{Figure, Length, PRESETS, Style};

/// How figures shall look, as far as it is asked for; no part of the problem, and of no data file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Figures"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Picture {
    /// Styles, the later ones over the earlier: aps-column, aps-page, neurips, beamer, dark, or a file of keys
    /// (see examples/style.toml)
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "NAME|FILE", value_delimiter = ',')
    )]
    pub style: Vec<String>,
    /// Width of the figure, as in 3.375in, 8.6cm, 86mm, 243pt [default: 3.5in for each panel of a row]
    #[cfg_attr(feature = "cli", arg(long, value_name = "LENGTH"))]
    pub width: Option<Length>,
    /// Height of the figure, likewise [default: as the width wants it]
    #[cfg_attr(feature = "cli", arg(long, value_name = "LENGTH"))]
    pub height: Option<Length>,
    /// Pixels per inch of a PNG [default: 300]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "N", allow_hyphen_values = true)
    )]
    pub dpi: Option<f64>,
}

impl Picture {
    /// The style that comes of it.
    ///
    /// # Errors
    /// A name or file that is none, a key or a number that no figure can have.
    pub fn style(&self) -> Result<Style, Error> {
        let mut style = Style::default();
        for name in &self.style {
            let (over, given) = named(name)?;
            style = style.changed_by(over, &given);
        }
        style.width = self.width.or(style.width);
        style.height = self.height.or(style.height);
        style.dpi = self.dpi.unwrap_or(style.dpi);
        let refused = |error: crate::output::OutputError| Error::Setting(error.to_string());
        style.check().map_err(refused)?;
        Ok(style)
    }

    /// A figure as it is asked for; the command in its caption or description then repeats the picture too.
    ///
    /// # Errors
    /// Those of [`style`](Self::style).
    pub fn on(&self, figure: Figure) -> Result<Figure, Error> {
        let words = self.flags();
        let flags: Vec<String> = words
            .iter()
            .map(|word| format!(" {}", shell_word(word.as_ref())))
            .collect();
        Ok(with_picture(figure, &flags.concat()).with_style(self.style()?))
    }

    /// The flags that ask for it, and their values.
    pub(crate) fn flags(&self) -> Vec<String> {
        let styles = self.style.join(",");
        let all = [
            ("--style", (!styles.is_empty()).then_some(styles)),
            ("--width", self.width.map(|length| length.to_string())),
            ("--height", self.height.map(|length| length.to_string())),
            ("--dpi", self.dpi.map(|dpi| dpi.to_string())),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value?]))
            .flatten()
            .collect()
    }
}

/// A style by its name, or from a file with the keys that it gives.
fn named(name: &str) -> Result<(Style, Vec<String>), Error> {
    if let Some(style) = Style::named(name) {
        return Ok((style, Vec::new()));
    }
    let is_file = name.contains(['/', '\\', '.']);
    if is_file {
        return file(name);
    }
    let nearest = PRESETS
        .iter()
        .map(|preset| preset.name)
        .max_by_key(|known| (1000.0 * strsim::jaro_winkler(known, name)) as i64);
    let all: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    Err(Error::Setting(format!(
        "no style is called '{name}': did you mean '{}'? there are {}, or give a file, as in my-style.toml",
        nearest.unwrap_or_default(),
        all.join(", ")
    )))
}

#[cfg(feature = "cli")]
fn file(name: &str) -> Result<(Style, Vec<String>), Error> {
    super::problem_file::keyed(std::path::Path::new(name), "style")
}

#[cfg(not(feature = "cli"))]
fn file(name: &str) -> Result<(Style, Vec<String>), Error> {
    Err(Error::Setting(format!(
        "the style '{name}' is a file, which this build does not read: give one of the styles with names"
    )))
}

#[cfg(test)]
#[cfg(feature = "cli")]
#[path = "picture_tests.rs"]
mod tests;
