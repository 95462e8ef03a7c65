//! The built-in font in a PDF document, and the letters that are used of it.

use std::collections::BTreeMap;

use super::super::font::Font;
use super::write_compressed;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Name, Pdf, Rect, Ref, Str};

/// The font's name among the resources of the page.
pub(super) const NAME: Name<'static> = Name(b"F");
/// Its name in the document.
const FAMILY: Name<'static> = Name(b"DejaVuSans");
/// Its bounding box and the height of a capital, in thousandths of the em (DejaVu Sans 2.37).
const BOX: [f32; 4] = [-1021.0, -463.0, 1793.0, 1232.0];
const CAPITAL: f32 = 729.0;
/// Width of an upright stem.
const STEM: f32 = 90.0;

/// Letters by the numbers of their glyphs.
pub(super) struct Letters<'a> {
    pub(super) font: &'a Font,
    used: BTreeMap<u16, char>,
}

impl<'a> Letters<'a> {
    pub(super) fn new(font: &'a Font) -> Self {
        Self {
            font,
            used: BTreeMap::new(),
        }
    }

    /// A line of text as the document has it: two bytes a letter.
    pub(super) fn encode(&mut self, text: &str) -> Vec<u8> {
        let glyph = |c: char| {
            let number = self.font.glyph(c);
            self.used.entry(number).or_insert(c);
            number.to_be_bytes()
        };
        text.chars().flat_map(glyph).collect()
    }

    /// Writes the font as five objects from number `first` on, the first of them the one that pages name.
    pub(super) fn write(&self, pdf: &mut Pdf, first: i32) {
        let [font, descendant, descriptor, unicode, file] =
            [0, 1, 2, 3, 4].map(|i| Ref::new(first + i));
        let system = SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"Identity"),
            supplement: 0,
        };
        pdf.type0_font(font)
            .base_font(FAMILY)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(unicode);
        let mut letters = pdf.cid_font(descendant);
        letters
            .subtype(CidFontType::Type2)
            .base_font(FAMILY)
            .system_info(system)
            .font_descriptor(descriptor)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = letters.widths();
        for (glyph, c) in &self.used {
            let width = self.font.width(c.encode_utf8(&mut [0; 4]), 1000.0);
            widths.consecutive(*glyph, [width as f32]);
        }
        drop(widths);
        drop(letters);
        pdf.font_descriptor(descriptor)
            .name(FAMILY)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(BOX[0], BOX[1], BOX[2], BOX[3]))
            .italic_angle(0.0)
            .ascent(BOX[3])
            .descent(BOX[1])
            .cap_height(CAPITAL)
            .stem_v(STEM)
            .font_file2(file);
        let mut map = UnicodeCmap::new(Name(b"Letters"), system);
        for (glyph, c) in self.used.iter().filter(|(glyph, _)| **glyph != 0) {
            map.pair(*glyph, *c);
        }
        pdf.cmap(unicode, &map.finish());
        write_compressed(pdf, file, Font::bytes());
    }
}
