//! A sketch as a PDF page, text as text, with the font inside.
//!
//! The page is as large as the PNG says it is. Streams are compressed,
//! nothing depends on the clock: the same sketch gives the same bytes.

mod letters;
mod page;

use super::cell_grid::Cells;
use super::font::Font;
use super::sketch::Sketch;
use crate::output::OutputError;
use letters::Letters;
use miniz_oxide::deflate::compress_to_vec_zlib;
use page::Page;
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, TextStr};

/// Of the compression, from 0 to 10.
const LEVEL: u8 = 6;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const INFO: Ref = Ref::new(5);
/// The font takes the next five; opacities and images follow.
const FONT: i32 = 6;
const MORE: i32 = 11;

/// The whole document; the provenance also goes into its description.
pub(super) fn document(sketch: &Sketch, provenance: &str) -> Result<Vec<u8>, OutputError> {
    let font = Font::load()?;
    let mut letters = Letters::new(&font);
    let drawn = Page::draw(sketch, &mut letters);
    let opacity = |i: usize| Ref::new(MORE + i as i32);
    let image = |i: usize| Ref::new(MORE + (drawn.opacities.len() + i) as i32);

    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.pages(PAGES).kids([PAGE]).count(1);
    let mut page = pdf.page(PAGE);
    let size = [sketch.width, sketch.height].map(|length| (length * sketch.unit) as f32);
    page.media_box(Rect::new(0.0, 0.0, size[0], size[1]));
    page.parent(PAGES).contents(CONTENT);
    let mut resources = page.resources();
    resources.fonts().pair(letters::NAME, Ref::new(FONT));
    let mut states = resources.ext_g_states();
    for (i, name) in drawn
        .opacities
        .iter()
        .map(|o| page::opacity_name(*o))
        .enumerate()
    {
        states.pair(Name(name.as_bytes()), opacity(i));
    }
    states.finish();
    let mut images = resources.x_objects();
    for i in 0..drawn.images.len() {
        images.pair(Name(page::image_name(i).as_bytes()), image(i));
    }
    images.finish();
    resources.finish();
    page.finish();

    write_compressed(&mut pdf, CONTENT, &drawn.content);
    for (i, percent) in drawn.opacities.iter().enumerate() {
        let share = f32::from(*percent) / 100.0;
        pdf.ext_graphics(opacity(i))
            .non_stroking_alpha(share)
            .stroking_alpha(share);
    }
    for (i, cells) in drawn.images.iter().enumerate() {
        write_cells(&mut pdf, image(i), cells);
    }
    letters.write(&mut pdf, FONT);
    let mut info = pdf.document_info(INFO);
    info.producer(TextStr(concat!("lorode ", env!("CARGO_PKG_VERSION"))));
    if !provenance.is_empty() {
        info.subject(TextStr(&provenance.replace(char::is_control, "\u{fffd}")));
    }
    info.finish();
    Ok(pdf.finish())
}

fn write_compressed(pdf: &mut Pdf, id: Ref, bytes: &[u8]) {
    let compressed = compress_to_vec_zlib(bytes, LEVEL);
    pdf.stream(id, &compressed).filter(Filter::FlateDecode);
}

/// One pixel per cell; those without a colour let the hatching below show through.
fn write_cells(pdf: &mut Pdf, id: Ref, cells: &Cells) {
    let (palette, pixels, clear) = cells.indexed();
    let compressed = compress_to_vec_zlib(&pixels, LEVEL);
    let mut image = pdf.image_xobject(id, &compressed);
    image.filter(Filter::FlateDecode);
    image
        .width(cells.columns as i32)
        .height(cells.rows() as i32);
    image.bits_per_component(8);
    image
        .color_space()
        .indexed(Name(b"DeviceRGB"), i32::from(clear), &palette);
    image.color_mask([i32::from(clear); 2]);
}
