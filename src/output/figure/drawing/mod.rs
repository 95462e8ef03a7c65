//! Figures as SVG, PNG and PDF, drawn by the same code.
//!
//! The way of a figure: `layout` finds the `place` of everything on its `sheet`, with `headroom` for texts, `panel`, `frame`, `marks` and `legend`
//! put shapes on a `sketch`, and `svg`, `raster` or `pdf` turn the sketch into bytes. Below the curves of a
//! panel lies its field: `shades` turns its numbers into colours, `contour` finds lines of equal
//! value, `heat` places both.

mod cell_grid;
mod check;
mod clip;
mod colour_bar;
mod colour_scale;
mod contour;
mod curves;
mod field_canvas;
mod font;
mod frame;
mod geometry;
mod headroom;
mod image;
mod layout;
mod legend;
mod marks;
mod palette;
mod panel;
mod pdf;
mod place;
mod placement;
mod png;
mod raster;
mod sheet;
mod sketch;
mod stretches;
mod svg;
mod svg_image;
mod svg_path;

use super::{
    Axis, Categories, Curve, CurveStyle, Field, Figure, HeatMap, LegendSpot, Length, Mark, Panel,
    Scale, Stretch, axis, cell_field, levels, ticks, worded,
};
use crate::output::OutputError;
use sketch::Sketch;

impl Figure {
    /// The figure as an SVG document with real text.
    ///
    /// # Errors
    ///
    /// [`OutputError::NonFinite`], [`OutputError::UnequalLengths`], [`OutputError::InvalidRange`],
    /// [`OutputError::InvalidField`], [`OutputError::InvalidStyle`] for what cannot be drawn, [`OutputError::Drawing`] if a library fails.
    pub fn to_svg(&self) -> Result<String, OutputError> {
        svg::document(&self.sketch()?, &self.provenance)
    }

    /// The figure as a PNG image.
    ///
    /// # Errors
    ///
    /// Those of [`Figure::to_svg`].
    pub fn to_png(&self) -> Result<Vec<u8>, OutputError> {
        let image = raster::paint(&self.sketch()?)?;
        png::encode(&image, self.style.dpi, &self.provenance)
    }

    /// The figure as a PDF document of one page, with real text.
    ///
    /// # Errors
    ///
    /// Those of [`Figure::to_svg`].
    pub fn to_pdf(&self) -> Result<Vec<u8>, OutputError> {
        pdf::document(&self.sketch()?, &self.provenance)
    }

    /// Letters written in the figure that its font lacks, each once: PNG and PDF leave them blank, while SVG has the letters
    /// themselves, for which a viewer takes another font.
    ///
    /// # Errors
    ///
    /// [`OutputError::Drawing`] if the font cannot be read.
    pub fn missing_letters(&self) -> Result<String, OutputError> {
        let font = font::Font::load()?;
        let mut missing = String::new();
        for letter in worded::text(self).chars() {
            let is_blank = letter.is_whitespace() || letter.is_control();
            if !is_blank && font.glyph(letter) == 0 && !missing.contains(letter) {
                missing.push(letter);
            }
        }
        Ok(missing)
    }

    /// What is drawn, for comparison.
    #[cfg(test)]
    pub(crate) fn drawn(&self) -> Result<String, OutputError> {
        Ok(format!("{:?}", self.sketch()?))
    }

    /// Where the frame of each panel lies: left, top, width and height, as fractions of the figure's, so that a place
    /// in the picture can be read as values on the axes.
    ///
    /// # Errors
    ///
    /// Those of [`Figure::to_svg`].
    pub fn frames(&self) -> Result<Vec<[f64; 4]>, OutputError> {
        let (plan, _) = self.plan(&worded::panels(self))?;
        let (width, height) = (plan.width, plan.height);
        let frame = |place: &place::Place| {
            let frame = place.frame;
            let (left, top) = (frame.left / width, frame.top / height);
            [left, top, frame.width() / width, frame.height() / height]
        };
        Ok(plan.places.iter().map(frame).collect())
    }

    fn sketch(&self) -> Result<Sketch, OutputError> {
        let panels = worded::panels(self);
        let (plan, font) = self.plan(&panels)?;
        let mut sketch = Sketch::new((plan.width, plan.height), &self.style);
        for (panel, place) in panels.iter().zip(&plan.places) {
            panel::draw(&mut sketch, panel, place, &font);
        }
        layout::provenance(&mut sketch, &plan);
        Ok(sketch)
    }

    /// The place of everything, and the letters that are measured for it.
    fn plan(&self, panels: &[Panel]) -> Result<(layout::Plan, font::Font), OutputError> {
        self.style.check()?;
        worded::check(self)?;
        for panel in panels {
            check::panel(panel)?;
        }
        let least = self.style.least_font_size / sketch::unit(&self.style);
        let font = font::Font::load()?.with_least(least);
        Ok((layout::plan(self, panels, &font)?, font))
    }
}

#[cfg(test)]
mod any_data_tests;
#[cfg(test)]
mod field_tests;
#[cfg(test)]
mod legend_tests;
#[cfg(test)]
mod tests;
