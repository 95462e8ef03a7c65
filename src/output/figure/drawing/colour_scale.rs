//! From numbers to colours.

use super::HeatMap;
use super::axis::{Scale, TINY, around};
use super::palette::Colour;

/// Colours of a map; an index fits a byte, and one index stays free for cells without a colour.
pub(super) const SHADES: usize = 255;

/// One-sided: nine equally spaced colours of viridis (van der Walt and Smith 2015, matplotlib, CC0).
const VIRIDIS: [u32; 9] = [
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21908c, 0x27ad81, 0x5dc863, 0xaadc32, 0xfde725,
];

/// Two-sided: the blue half of RdBu and the orange half of PuOr, both of eleven classes and marked
/// safe for colour-blind readers by ColorBrewer (Harrower and Brewer 2003).
const BLUE_ORANGE: [u32; 11] = [
    0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfee0b6, 0xfdb863, 0xe08214,
    0xb35806, 0x7f3b08,
];

/// How the values of a heat map become colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shades {
    scale: Scale,
    /// Lowest and highest value with a place on the colour bar.
    pub(super) range: (f64, f64),
    /// The scaled values of the first and the last colour.
    ends: (f64, f64),
    two_sided: bool,
}

impl Shades {
    /// `None` if no cell has a colour.
    pub(super) fn of(map: &HeatMap) -> Option<Self> {
        let scale = map.scale;
        let (mut low, mut high) = map
            .shown()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (value.min(low), value.max(high))
            });
        if low > high {
            return None;
        }
        if let Some(centre) = map.centre {
            (low, high) = (low.min(centre), high.max(centre));
        }
        if !scale.spans((low, high), TINY) {
            // A constant gets the range an axis would give it.
            (low, high) = around(scale, (low, high));
        }
        let ends = (scale.forward(low), scale.forward(high));
        let ends = map.centre.map_or(ends, |centre| {
            let middle = scale.forward(centre);
            let reach = (middle - ends.0).max(ends.1 - middle);
            (middle - reach, middle + reach)
        });
        Some(Self {
            scale,
            range: (low, high),
            ends,
            two_sided: map.centre.is_some(),
        })
    }

    /// Index of the colour of a value.
    pub(super) fn index(&self, value: f64) -> u8 {
        self.scaled_index(self.scale.forward(value))
    }

    fn scaled_index(&self, scaled: f64) -> u8 {
        let fraction = (scaled - self.ends.0) / (self.ends.1 - self.ends.0);
        // Casting saturates: what is beyond an end takes its colour.
        ((fraction * SHADES as f64).floor() as u8).min(SHADES as u8 - 1)
    }

    /// Indices along the colour bar, from the top.
    pub(super) fn bar(&self) -> Vec<Option<u8>> {
        let (low, high) = (
            self.scale.forward(self.range.0),
            self.scale.forward(self.range.1),
        );
        let fraction = |row: usize| (row as f64 + 0.5) / SHADES as f64;
        (0..SHADES)
            .map(|row| Some(self.scaled_index(high - fraction(row) * (high - low))))
            .collect()
    }

    /// All colours, in the order of the indices.
    pub(super) fn colours(&self) -> Vec<Colour> {
        if self.two_sided {
            ramp(&BLUE_ORANGE)
        } else {
            ramp(&VIRIDIS)
        }
    }
}

/// The one-sided colour at a place from 0 to 1, without the end that is near to the paper, which no line is seen in.
pub(super) fn sequential(place: f64) -> Colour {
    const PALEST: f64 = 0.88;
    const DARKEST: f64 = 0.3;
    let place = place.clamp(0.0, 1.0);
    let on_dark = between(&VIRIDIS, DARKEST + (1.0 - DARKEST) * place);
    between(&VIRIDIS, PALEST * place).on_dark(on_dark.rgb)
}

/// Colours between the anchors.
fn ramp(anchors: &[u32]) -> Vec<Colour> {
    let place = |k: usize| k as f64 / (SHADES - 1) as f64;
    (0..SHADES).map(|k| between(anchors, place(k))).collect()
}

/// The colour at a place from 0 to 1 between the anchors.
fn between(anchors: &[u32], place: f64) -> Colour {
    let place = place * (anchors.len() - 1) as f64;
    let first = (place.floor() as usize).min(anchors.len() - 2);
    let lab = |k: usize| Lab::of(bytes(anchors[k]));
    lab(first)
        .towards(lab(first + 1), place - first as f64)
        .colour()
}

fn bytes(hex: u32) -> (u8, u8, u8) {
    let [_, r, g, b] = hex.to_be_bytes();
    (r, g, b)
}

/// Whether a dark line is seen better than a white one on this colour.
pub(super) fn is_light(colour: Colour) -> bool {
    Lab::of(colour.rgb).lightness > 0.62
}

/// A colour in the space Oklab (Ottosson 2020), in which equal steps look equal.
#[derive(Debug, Clone, Copy)]
struct Lab {
    lightness: f64,
    a: f64,
    b: f64,
}

impl Lab {
    fn of((red, green, blue): (u8, u8, u8)) -> Self {
        let [r, g, b] = [red, green, blue].map(linear_light);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        Self {
            lightness: 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            a: 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            b: 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        }
    }

    fn towards(self, other: Self, t: f64) -> Self {
        let between = |from: f64, to: f64| from + t * (to - from);
        Self {
            lightness: between(self.lightness, other.lightness),
            a: between(self.a, other.a),
            b: between(self.b, other.b),
        }
    }

    fn colour(self) -> Colour {
        let Self { lightness, a, b } = self;
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        Colour::solid(
            byte(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
            byte(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
            byte(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
        )
    }
}

/// The intensity of a byte of sRGB.
fn linear_light(byte: u8) -> f64 {
    let c = f64::from(byte) / 255.0;
    if c <= 0.040_45 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

fn byte(light: f64) -> u8 {
    let c = if light <= 0.003_130_8 {
        12.92 * light
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    (255.0 * c).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f64], scale: Scale, centre: Option<f64>) -> HeatMap {
        HeatMap {
            values: values.iter().copied().map(Some).collect(),
            scale,
            centre,
            ..HeatMap::default()
        }
    }

    fn lightness(colours: &[Colour]) -> Vec<f64> {
        colours.iter().map(|c| Lab::of(c.rgb).lightness).collect()
    }

    #[test]
    fn one_sided_colours_grow_lighter_and_keep_the_anchors() {
        let colours = ramp(&VIRIDIS);
        assert!(lightness(&colours).windows(2).all(|p| p[1] > p[0] - 1e-3));
        assert_eq!(colours[0].rgb, (0x44, 0x01, 0x54));
        assert_eq!(colours[127].rgb, (0x21, 0x90, 0x8c));
        assert_eq!(colours[254].rgb, (0xfd, 0xe7, 0x25));
    }

    #[test]
    fn two_sided_colours_are_lightest_in_the_middle() {
        let colours = ramp(&BLUE_ORANGE);
        let light = lightness(&colours);
        assert!(light[..=127].windows(2).all(|p| p[1] > p[0] - 1e-3));
        assert!(light[127..].windows(2).all(|p| p[1] < p[0] + 1e-3));
        assert_eq!(colours[127].rgb, (0xf7, 0xf7, 0xf7));
    }

    #[test]
    fn indices_follow_the_values() {
        let shades = Shades::of(&map(&[1.0, 100.0, -5.0], Scale::Log, None)).unwrap();
        assert_eq!(
            [0.1, 1.0, 10.0, 100.0, 1e9].map(|v| shades.index(v)),
            [0, 0, 127, 254, 254]
        );
        assert!((1..100).all(|v| shades.index(f64::from(v)) <= shades.index(f64::from(v + 1))));
    }

    #[test]
    fn the_centre_is_white_and_both_sides_share_a_scale() {
        let shades = Shades::of(&map(&[0.5, 8.0], Scale::Log, Some(1.0))).unwrap();
        assert_eq!(shades.index(1.0), 127);
        assert_eq!(shades.range, (0.5, 8.0));
        assert_eq!(shades.index(8.0), 254);
        assert!((84..=85).contains(&shades.index(0.5)));
        // Values on one side only: the bar still begins at the centre.
        let shades = Shades::of(&map(&[2.0, 3.0], Scale::Linear, Some(1.0))).unwrap();
        assert_eq!(shades.range, (1.0, 3.0));
    }

    #[test]
    fn constants_and_nothing_are_no_trouble() {
        let shades = Shades::of(&map(&[3.0, 3.0], Scale::Linear, None)).unwrap();
        assert_eq!(shades.index(3.0), 127);
        assert!(Shades::of(&map(&[-1.0], Scale::Log, None)).is_none());
        assert!(Shades::of(&map(&[], Scale::Linear, None)).is_none());
    }
}
