//! An image as PNG bytes.

use super::cell_grid::Cells;
use super::image::Image;
use crate::output::OutputError;
use png::{
    BitDepth, ColorType, Compression, Encoder, EncodingError, Filter, PixelDimensions, Unit,
};

/// Encode; the provenance also goes into the description of the file.
pub(super) fn encode(image: &Image, dpi: f64, provenance: &str) -> Result<Vec<u8>, OutputError> {
    write(image, dpi, provenance).map_err(|error| OutputError::drawing("encode the PNG", error))
}

fn write(image: &Image, dpi: f64, provenance: &str) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size(image.width), size(image.height));
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    // Most of a figure is paper: rows repeat as they are.
    encoder.set_filter(Filter::NoFilter);
    let per_metre = (dpi / 0.0254) as u32;
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: Unit::Meter,
    }));
    if !provenance.is_empty() {
        encoder.add_itxt_chunk(
            "Description".to_owned(),
            provenance.replace(char::is_control, "\u{fffd}"),
        )?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&image.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// One pixel per cell, transparent where the cell has no colour.
pub(super) fn encode_indexed(cells: &Cells) -> Result<Vec<u8>, OutputError> {
    write_indexed(cells).map_err(|error| OutputError::drawing("encode the cells", error))
}

fn write_indexed(cells: &Cells) -> Result<Vec<u8>, EncodingError> {
    let (palette, pixels, _) = cells.indexed();
    let mut opacity = vec![0xff; cells.colours.len()];
    opacity.push(0);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size(cells.columns), size(cells.rows()));
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_trns(opacity);
    encoder.set_compression(Compression::Balanced);
    // Neighbouring indices mean neighbouring colours, but filters do not help them.
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Images of a size that overflows would have failed in memory before.
fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
