//! An image as PNG bytes.

use super::raster::{Image, SCALE};
use crate::output::OutputError;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, PixelDimensions, Unit};

/// Pixels per metre: 100 canvas units are an inch.
const DENSITY: u32 = (100.0 * SCALE / 0.0254) as u32;

/// Encode; the provenance also goes into the description of the file.
pub(super) fn encode(image: &Image, provenance: &str) -> Result<Vec<u8>, OutputError> {
    write(image, provenance).map_err(|error| OutputError::drawing("encode the PNG", error))
}

fn write(image: &Image, provenance: &str) -> Result<Vec<u8>, EncodingError> {
    // Panels of a size that overflows would have failed in memory before.
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size(image.width), size(image.height));
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: DENSITY,
        yppu: DENSITY,
        unit: Unit::Meter,
    }));
    if !provenance.is_empty() {
        encoder.add_itxt_chunk("Description".to_owned(), provenance.to_owned())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&image.pixels)?;
    writer.finish()?;
    Ok(bytes)
}
