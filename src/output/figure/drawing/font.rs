//! The one font: DejaVu Sans, cut down to Latin, Greek and mathematics.

use crate::output::OutputError;
use ab_glyph::{Font as _, FontRef, OutlinedGlyph};

/// What an SVG viewer is asked for; `sans-serif` where DejaVu Sans is not installed.
pub(super) const FAMILY: &str = "DejaVu Sans, sans-serif";
/// Height of a capital or a digit, in units of the font size.
pub(super) const CAPITAL: f64 = 0.73;
/// Depth of letters such as g below the line, in units of the font size.
pub(super) const DESCENT: f64 = 0.24;

const BYTES: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/DejaVuSans-subset.ttf"
));

/// Measures text and yields the outlines of its letters.
pub(super) struct Font {
    face: FontRef<'static>,
    units_per_em: f64,
    /// Size of the smallest letters, smaller ones are as large.
    least: f64,
}

impl Font {
    pub(super) fn load() -> Result<Self, OutputError> {
        let face = FontRef::try_from_slice(BYTES)
            .map_err(|error| OutputError::drawing("read the built-in font", error))?;
        let units_per_em = f64::from(face.units_per_em().unwrap_or(2048.0));
        Ok(Self {
            face,
            units_per_em,
            least: 0.0,
        })
    }

    /// With no letters smaller than this.
    pub(super) fn with_least(self, least: f64) -> Self {
        Self { least, ..self }
    }

    /// The font file.
    pub(super) fn bytes() -> &'static [u8] {
        BYTES
    }

    /// Number of the glyph of a letter, 0 where there is none.
    pub(super) fn glyph(&self, letter: char) -> u16 {
        self.face.glyph_id(letter).0
    }

    /// Width of a line of text set at `size` (the em, in any unit).
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        let size = size.max(self.least);
        let advance = |c: char| f64::from(self.face.h_advance_unscaled(self.face.glyph_id(c)));
        text.chars().map(advance).sum::<f64>() * size / self.units_per_em
    }

    /// The letters of a line of text set at `size` pixels, with the base line beginning at (x, y).
    pub(super) fn outlines(&self, text: &str, size: f64, (x, y): (f64, f64)) -> Vec<OutlinedGlyph> {
        // The library measures size from ascender to descender, we by the em as everybody else.
        let scale = size * f64::from(self.face.height_unscaled()) / self.units_per_em;
        let mut pen = x;
        let mut outlines = Vec::new();
        for c in text.chars() {
            let id = self.face.glyph_id(c);
            let place = ab_glyph::point(pen as f32, y as f32);
            outlines.extend(
                self.face
                    .outline_glyph(id.with_scale_and_position(scale as f32, place)),
            );
            pen += f64::from(self.face.h_advance_unscaled(id)) * size / self.units_per_em;
        }
        outlines
    }

    /// The text and the size at which it fits `width`: set smaller down to `least`, then cut.
    pub(super) fn fitted(&self, text: &str, size: f64, least: f64, width: f64) -> (String, f64) {
        const ROUNDING: f64 = 1e-9;
        let (size, least) = (size.max(self.least), least.max(self.least));
        let natural = self.width(text, size);
        if natural <= width {
            return (text.to_owned(), size);
        }
        let smaller = (size * width / natural).max(least);
        if self.width(text, smaller) <= width + ROUNDING {
            return (text.to_owned(), smaller);
        }
        let mut kept = text.to_owned();
        while kept.pop().is_some() {
            let cut = format!("{}…", kept.trim_end());
            if self.width(&cut, smaller) <= width + ROUNDING {
                return (cut, smaller);
            }
        }
        (String::new(), smaller)
    }

    /// The text broken at spaces into lines that fit `width`.
    pub(super) fn lines(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(self.fitted(word, size, size, width).0),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_our_symbols() {
        let font = Font::load().unwrap();
        for c in "μτλ₊⁻³×−→≤√ℓ₀ⱼ…ρ²∞⟨⟩".chars() {
            assert_ne!(font.face.glyph_id(c).0, 0, "{c} is missing");
        }
    }

    #[test]
    fn text_is_set_smaller_and_then_cut() {
        let font = Font::load().unwrap();
        let width = font.width("a long title", 10.0);
        assert_eq!(
            font.fitted("a long title", 10.0, 7.0, width * 0.8).0,
            "a long title"
        );
        let (text, size) = font.fitted("a long title", 10.0, 7.0, width * 0.5);
        assert!(
            text.ends_with('…') && font.width(&text, size) <= width * 0.5 + 1e-6,
            "{text}"
        );
    }

    #[test]
    fn lines_keep_every_word() {
        let font = Font::load().unwrap();
        let lines = font.lines("one two three four", 10.0, font.width("one two t", 10.0));
        assert_eq!(lines, ["one two", "three", "four"]);
    }
}
