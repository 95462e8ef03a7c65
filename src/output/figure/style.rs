//! How figures look: sizes, letters, lines, colours, and what of their words is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Scale;
use super::measure::{Length, Rgb};
use crate::numeral::plain;
use crate::output::OutputError;

/// How figures look; the same for every figure, and nothing of what is computed.
///
/// ```
/// use lorode::output::Style;
/// let style = Style::named("aps-column").ok_or("no such style")?;
/// assert_eq!(style.width, Some("3.375in".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Style {
    /// Of the whole figure, 0.5 to 100 in; none: 3.5 in for each panel of a row.
    pub width: Option<Length>,
    /// Of the whole figure, likewise; none: as high as its width wants it.
    pub height: Option<Length>,
    /// Pixels per inch of a PNG, 20 to 2400.
    pub dpi: f64,
    /// Size of titles and axis labels in points, 3 to 72; everything but the frame goes with it.
    pub font_size: f64,
    /// No letter is smaller than this, in points.
    pub least_font_size: f64,
    /// Of curves, in points, 0.1 to 20; marks and contours go with it. None: in proportion to the letters.
    pub line_width: Option<f64>,
    /// Of the curves in turn, at least one. Curves that have an order, as the strengths of a grid, have shades of one scale
    /// unless other colours than the usual ones are given: then these in turn, or, for more curves, mixtures of neighbours.
    pub colours: Vec<Rgb>,
    /// Letters and frames.
    pub ink: Rgb,
    /// What lies below.
    pub paper: Rgb,
    /// Where legends stand.
    pub legend: LegendSpot,
    /// What stands above the panels.
    pub titles: Titles,
    /// Whether the command stands below the figure; it is in the description of the file all the same.
    pub caption: bool,
    /// Other words for curves, marks, areas and colour bars, by the words they have.
    pub names: BTreeMap<String, String>,
    /// What each panel has of its own, in their order.
    pub panel: Vec<PanelStyle>,
}

/// Where legends stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LegendSpot {
    /// Where they hide least.
    #[default]
    Auto,
    /// In this corner of the frame.
    TopRight,
    /// In this corner of the frame.
    TopLeft,
    /// In this corner of the frame.
    BottomRight,
    /// In this corner of the frame.
    BottomLeft,
    /// To the right of the frame.
    Right,
    /// Below the panel.
    Below,
    /// Nowhere.
    None,
}

/// What stands above the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Titles {
    /// What is drawn.
    #[default]
    Full,
    /// Only the letter of a panel among several.
    Letters,
    /// Nothing.
    None,
}

/// What a panel has of its own; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PanelStyle {
    /// Above the frame, also where the other titles are left out.
    pub title: Option<String>,
    /// Along the horizontal axis.
    pub x_label: Option<String>,
    /// Along the vertical axis.
    pub y_label: Option<String>,
    /// Ends of the horizontal axis.
    pub x_limits: Option<[f64; 2]>,
    /// Ends of the vertical axis.
    pub y_limits: Option<[f64; 2]>,
    /// How the horizontal axis is spaced; that of a map is fixed by its cells, and another is refused.
    pub x_scale: Option<Scale>,
    /// How the vertical axis is spaced, likewise.
    pub y_scale: Option<Scale>,
}

/// Colours of Okabe and Ito (2008) without their yellow, which is too pale for lines, and with the wine of Paul
/// Tol's muted scheme as the eighth.
const OKABE_ITO: [Rgb; super::PALETTE] = [
    Rgb(0x00, 0x72, 0xb2),
    Rgb(0xd5, 0x5e, 0x00),
    Rgb(0x00, 0x9e, 0x73),
    Rgb(0xcc, 0x79, 0xa7),
    Rgb(0xe6, 0x9f, 0x00),
    Rgb(0x56, 0xb4, 0xe9),
    Rgb(0x00, 0x00, 0x00),
    Rgb(0x88, 0x22, 0x55),
];
/// The same hues, light enough for a dark ground, with white for black.
const ON_DARK: [Rgb; super::PALETTE] = [
    Rgb(0x56, 0xb4, 0xe9),
    Rgb(0xf2, 0x8e, 0x4b),
    Rgb(0x3f, 0xcf, 0xa4),
    Rgb(0xe2, 0x9b, 0xc6),
    Rgb(0xf0, 0xc0, 0x4a),
    Rgb(0xa5, 0xd8, 0xff),
    Rgb(0xff, 0xff, 0xff),
    Rgb(0xd0, 0x7a, 0xa8),
];

/// Whether the colours of curves are those of the default or of a style with a name.
#[cfg(feature = "figures")]
pub(super) fn has_usual_colours(style: &Style) -> bool {
    [OKABE_ITO, ON_DARK]
        .iter()
        .any(|usual| style.colours == usual[..])
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            dpi: 300.0,
            font_size: FONT_SIZE,
            least_font_size: 0.0,
            line_width: None,
            colours: OKABE_ITO.to_vec(),
            ink: Rgb(0x1a, 0x1a, 0x1a),
            paper: Rgb(0xff, 0xff, 0xff),
            legend: LegendSpot::Auto,
            titles: Titles::Full,
            caption: true,
            names: BTreeMap::new(),
            panel: Vec::new(),
        }
    }
}

/// The letters of a figure that nothing is asked of, in points.
pub(super) const FONT_SIZE: f64 = 8.64;
/// Letters that journals ask for at least.
const READABLE: f64 = 7.0;

/// A style with a name.
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    style: fn() -> Style,
}

/// Every style that has a name.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "aps-column",
        about: "a column of Physical Review, 3.375 in",
        style: || print(3.375, 8.0),
    },
    Preset {
        name: "aps-page",
        about: "both columns of Physical Review, 7 in",
        style: || print(7.0, 8.0),
    },
    Preset {
        name: "neurips",
        about: "the text of NeurIPS, 5.5 in",
        style: || print(5.5, 8.0),
    },
    Preset {
        name: "beamer",
        about: "a slide, 14 cm wide, thick lines",
        style: || Style {
            width: Some(Length::centimetres(14.0)),
            line_width: Some(1.5),
            ..print(1.0, 9.0)
        },
    },
    Preset {
        name: "dark",
        about: "light on dark",
        style: || Style {
            colours: ON_DARK.to_vec(),
            ink: Rgb(0xe6, 0xe6, 0xe6),
            paper: Rgb(0x16, 0x1a, 0x1f),
            ..Style::default()
        },
    },
];

/// For a page this wide: no caption, no letter too small to read.
fn print(inches: f64, font_size: f64) -> Style {
    Style {
        width: Some(Length::inches(inches)),
        font_size,
        least_font_size: READABLE,
        titles: Titles::Letters,
        caption: false,
        ..Style::default()
    }
}

impl Style {
    /// One of [`PRESETS`].
    pub fn named(name: &str) -> Option<Self> {
        let found = PRESETS.iter().find(|preset| preset.name == name)?;
        Some((found.style)())
    }

    /// This style, changed where `over` differs from the default, and in the keys that were `given` all the same.
    #[must_use]
    #[allow(clippy::float_cmp, reason = "a number is as usual, or it was given")]
    pub fn changed_by(self, over: Self, given: &[String]) -> Self {
        let usual = Self::default();
        let is_given = |field: &str| given.contains(&field.replace('_', "-"));
        macro_rules! chosen {
            ($($field:ident)*) => {
                Self {$(
                    $field: match over.$field == usual.$field && !is_given(stringify!($field)) {
                        true => self.$field,
                        false => over.$field,
                    },
                )*}
            };
        }
        chosen!(width height dpi font_size least_font_size line_width colours ink paper legend titles caption names panel)
    }

    /// Refuses numbers that no figure can be drawn with.
    pub(crate) fn check(&self) -> Result<(), OutputError> {
        let refuse = |key, given: String, allowed| {
            let allowed = String::from(allowed);
            Err(OutputError::InvalidStyle {
                key,
                given,
                allowed,
            })
        };
        for (key, length) in [("width", &self.width), ("height", &self.height)] {
            if let Some(length) =
                length.filter(|length| !(36.0..=7200.0).contains(&length.points()))
            {
                return refuse(key, length.to_string(), "it must be 0.5in to 100in");
            }
        }
        let line = self.line_width.unwrap_or(1.0);
        for (key, value, (low, high)) in [
            ("dpi", self.dpi, (20.0, 2400.0)),
            ("font-size", self.font_size, (3.0, 72.0)),
            ("least-font-size", self.least_font_size, (0.0, 72.0)),
            ("line-width", line, (0.1, 20.0)),
        ] {
            if !(low..=high).contains(&value) {
                let allowed = format!("it must be {low} to {high}");
                return refuse(key, plain(value), allowed.as_str());
            }
        }
        if self.colours.is_empty() {
            return refuse(
                "colours",
                "empty".to_owned(),
                "give at least one, as in [\"#0072b2\"]",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_can_be_drawn_and_styles_add_up() {
        for preset in PRESETS {
            Style::named(preset.name).unwrap().check().unwrap();
        }
        let column = Style::named("aps-column").unwrap();
        let dark = Style::named("dark").unwrap();
        let both = column.clone().changed_by(dark, &[]);
        assert_eq!((both.width, both.caption), (column.width, false));
        let captioned = column
            .clone()
            .changed_by(Style::default(), &["caption".to_owned()]);
        assert_eq!((captioned.width, captioned.caption), (column.width, true));
        assert_eq!(both.paper, Style::named("dark").unwrap().paper);
        assert_eq!(Style::named("journal"), None);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let wrong = |change: fn(&mut Style)| {
            let mut style = Style::default();
            change(&mut style);
            style.check().unwrap_err().to_string()
        };
        let text = wrong(|style| style.dpi = 1e9);
        assert_eq!(text, "dpi is 1000000000: it must be 20 to 2400");
        let text = wrong(|style| style.least_font_size = 1e308);
        assert_eq!(text, "least-font-size is 1e308: it must be 0 to 72");
        assert!(wrong(|style| style.font_size = f64::NAN).starts_with("font-size is NaN"));
        assert!(
            wrong(|style| style.width = Some(Length::inches(0.1))).starts_with("width is 0.1in")
        );
        assert!(wrong(|style| style.line_width = Some(0.0)).starts_with("line-width is 0"));
        assert!(wrong(|style| style.colours.clear()).starts_with("colours is empty"));
    }
}
