//! Colours, dash patterns and markers that stay apart for colour-blind readers and in grey.

/// A colour with opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub(super) rgb: (u8, u8, u8),
    /// Opacity from 0 to 1.
    pub(super) alpha: f64,
}

impl Colour {
    pub(super) const WHITE: Self = Self::solid(0xff, 0xff, 0xff);
    /// Frames, ticks and text.
    pub(super) const INK: Self = Self::solid(0x1a, 0x1a, 0x1a);
    /// Marks without a colour of their own, provenance.
    pub(super) const GREY: Self = Self::solid(0x66, 0x66, 0x66);
    /// The lines of a hatching.
    pub(super) const HATCH: Self = Self::solid(0x99, 0x99, 0x99);

    pub(super) const fn solid(r: u8, g: u8, b: u8) -> Self {
        Self {
            rgb: (r, g, b),
            alpha: 1.0,
        }
    }

    pub(super) fn with_alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }
}

pub(super) use super::super::PALETTE as COUNT;

/// The colours of Okabe and Ito (2008) without their yellow, which is too pale for lines, and with
/// the wine of Paul Tol's muted scheme as the eighth.
const COLOURS: [Colour; COUNT] = [
    Colour::solid(0x00, 0x72, 0xb2),
    Colour::solid(0xd5, 0x5e, 0x00),
    Colour::solid(0x00, 0x9e, 0x73),
    Colour::solid(0xcc, 0x79, 0xa7),
    Colour::solid(0xe6, 0x9f, 0x00),
    Colour::solid(0x56, 0xb4, 0xe9),
    Colour::solid(0x00, 0x00, 0x00),
    Colour::solid(0x88, 0x22, 0x55),
];

/// The colour of an index, counted round.
pub(super) fn colour(index: usize) -> Colour {
    COLOURS[index % COLOURS.len()]
}

/// A light tint of the colour of an index, for areas that lines are drawn over.
pub(super) fn tint(index: usize) -> Colour {
    const STRENGTH: f64 = 0.48;
    let (r, g, b) = colour(index).rgb;
    let [r, g, b] = [r, g, b].map(|c| (255.0 - STRENGTH * (255.0 - f64::from(c))).round() as u8);
    Colour::solid(r, g, b)
}

/// Lengths of ink and gap in turn, in canvas units; empty for a solid line.
pub(super) type Dash = &'static [f64];

pub(super) const SOLID: Dash = &[];
pub(super) const DASHED: Dash = &[5.5, 2.6];
pub(super) const DOTTED: Dash = &[1.5, 1.9];
/// Patterns for many lines in one panel.
pub(super) const DASHES: [Dash; 8] = [
    SOLID,
    DASHED,
    &[7.0, 2.0, 1.5, 2.0],
    DOTTED,
    &[11.0, 3.0],
    &[7.0, 1.8, 1.5, 1.8, 1.5, 1.8],
    &[3.0, 1.6],
    &[11.0, 2.0, 3.0, 2.0],
];
/// The thin line of a mark.
pub(super) const MARK: Dash = &[3.2, 2.2];

/// Shape of a data point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Disc,
    Square,
    Up,
    Diamond,
    Down,
    Cross,
    /// A hollow disc; not given to curves by number.
    Ring,
}

const MARKERS: [Marker; 6] = [
    Marker::Disc,
    Marker::Square,
    Marker::Up,
    Marker::Diamond,
    Marker::Down,
    Marker::Cross,
];

/// The marker of an index, counted round.
pub(super) fn marker(index: usize) -> Marker {
    MARKERS[index % MARKERS.len()]
}
