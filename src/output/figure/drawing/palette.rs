//! Colours, dash patterns and markers that stay apart for colour-blind readers and in grey.

use super::super::style::has_usual_colours;
use super::super::{Rgb, Style};

/// A colour with opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub(super) rgb: (u8, u8, u8),
    /// Opacity from 0 to 1.
    pub(super) alpha: f64,
    /// What it is for, where the style decides what it is.
    role: Option<Role>,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Paper,
    Ink,
    Grey,
    Hatch,
    Curve(usize),
    Tint(usize),
    /// This colour where the paper is darker than the ink.
    OnDark(Rgb),
    /// This one of the colours that a style has of its own, for so many curves in an order; another on dark paper, else.
    Ordered {
        index: usize,
        of: usize,
        dark: Rgb,
    },
}

impl Colour {
    /// The ground, and seams that part what is drawn.
    pub(super) const PAPER: Self = Self::of(Role::Paper);
    /// Frames, ticks and text.
    pub(super) const INK: Self = Self::of(Role::Ink);
    /// Marks without a colour of their own, provenance.
    pub(super) const GREY: Self = Self::of(Role::Grey);
    /// The lines of a hatching.
    pub(super) const HATCH: Self = Self::of(Role::Hatch);

    const fn of(role: Role) -> Self {
        Self {
            rgb: (0, 0, 0),
            alpha: 1.0,
            role: Some(role),
        }
    }

    pub(super) const fn solid(r: u8, g: u8, b: u8) -> Self {
        Self {
            rgb: (r, g, b),
            alpha: 1.0,
            role: None,
        }
    }

    /// Another colour where the paper is darker than the ink.
    pub(super) fn on_dark(self, (r, g, b): (u8, u8, u8)) -> Self {
        let role = Some(Role::OnDark(Rgb(r, g, b)));
        Self { role, ..self }
    }

    /// Of the curve in this place of `all` that have an order: the colours of a style win over this one and that on dark paper.
    pub(super) fn in_order(self, index: usize, of: usize) -> Self {
        let dark = match self.role {
            Some(Role::OnDark(dark)) => dark,
            _ => Rgb(self.rgb.0, self.rgb.1, self.rgb.2),
        };
        let role = Some(Role::Ordered { index, of, dark });
        Self { role, ..self }
    }

    pub(super) fn with_alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }
}

pub(super) use super::super::PALETTE as COUNT;

/// The colour of an index, counted round.
pub(super) fn colour(index: usize) -> Colour {
    Colour::of(Role::Curve(index))
}

/// A light tint of the colour of an index, for areas that lines are drawn over.
pub(super) fn tint(index: usize) -> Colour {
    Colour::of(Role::Tint(index))
}

/// The colours of a style.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Theme {
    paper: Rgb,
    ink: Rgb,
    curves: Vec<Rgb>,
    /// Whether no colours of curves were asked for.
    usual: bool,
}

impl Theme {
    pub(super) fn of(style: &Style) -> Self {
        Self {
            paper: style.paper,
            ink: style.ink,
            curves: style.colours.clone(),
            usual: has_usual_colours(style),
        }
    }

    /// The colour that a role has.
    pub(super) fn resolved(&self, colour: Colour) -> Colour {
        /// Shares of the ink, or of a colour, that the paper leaves.
        const GREY: f64 = 0.668;
        const HATCH: f64 = 0.445_4;
        const TINT: f64 = 0.48;
        let curve = |index: usize| self.curves.get(index % self.curves.len().max(1));
        let curve = |index: usize| curve(index).copied().unwrap_or(self.ink);
        let Rgb(r, g, b) = match colour.role {
            None => return colour,
            Some(Role::Paper) => self.paper,
            Some(Role::Ink) => self.ink,
            Some(Role::Grey) => mixed(self.paper, self.ink, GREY),
            Some(Role::Hatch) => mixed(self.paper, self.ink, HATCH),
            Some(Role::Curve(index)) => curve(index),
            Some(Role::Tint(index)) => mixed(self.paper, curve(index), TINT),
            Some(Role::Ordered { index, of, .. }) if !self.usual => self.in_order(index, of),
            Some(Role::OnDark(dark) | Role::Ordered { dark, .. }) => {
                match light(self.paper) < light(self.ink) {
                    true => dark,
                    false => Rgb(colour.rgb.0, colour.rgb.1, colour.rgb.2),
                }
            }
        };
        Colour::solid(r, g, b).with_alpha(colour.alpha)
    }

    /// The colours of curves in turn while they suffice, then mixtures of neighbours from the first to the last.
    fn in_order(&self, index: usize, of: usize) -> Rgb {
        match &self.curves[..] {
            [] => self.ink,
            colours if of <= colours.len() => colours[index],
            colours => {
                let gaps = colours.len() - 1;
                let place = (gaps * index) as f64 / (of - 1) as f64;
                let first = (place as usize).min(gaps);
                let next = colours[(first + 1).min(gaps)];
                mixed(colours[first], next, place - first as f64)
            }
        }
    }
}

/// A share of the second colour in the first.
fn mixed(one: Rgb, other: Rgb, share: f64) -> Rgb {
    let part = |one: u8, other: u8| {
        (f64::from(one) + share * (f64::from(other) - f64::from(one))).round() as u8
    };
    Rgb(
        part(one.0, other.0),
        part(one.1, other.1),
        part(one.2, other.2),
    )
}

fn light(Rgb(r, g, b): Rgb) -> u32 {
    [r, g, b].into_iter().map(u32::from).sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    const SHADE: Colour = Colour::solid(1, 2, 3);

    fn drawn(style: &Style, of: usize) -> Vec<(u8, u8, u8)> {
        let theme = Theme::of(style);
        let curve = |index| SHADE.on_dark((4, 5, 6)).in_order(index, of);
        (0..of)
            .map(|index| theme.resolved(curve(index)).rgb)
            .collect()
    }

    #[test]
    fn curves_in_an_order_take_the_colours_that_are_given() {
        let (red, green, blue) = ((255, 0, 0), (0, 170, 0), (0, 0, 255));
        let own = Style {
            colours: [red, green, blue].map(|(r, g, b)| Rgb(r, g, b)).to_vec(),
            ..Style::default()
        };
        assert_eq!(drawn(&own, 2), [red, green]);
        assert_eq!(drawn(&own, 3), [red, green, blue]);
        // More than there are: mixtures between the ends.
        let five = drawn(&own, 5);
        assert_eq!([five[0], five[2], five[4]], [red, green, blue]);
        assert!(![red, green].contains(&five[1]) && ![green, blue].contains(&five[3]));
        // Without colours of a style's own, the shade.
        assert_eq!(drawn(&Style::default(), 2), [SHADE.rgb; 2]);
        assert_eq!(drawn(&Style::named("dark").unwrap(), 2), [(4, 5, 6); 2]);
    }
}
