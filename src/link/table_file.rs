//! What `table:FILE` names: a file, and how its table goes on outside.

/// What stands before the name of a table's file where a link is asked for.
pub(super) const PREFIXES: [(&str, Outside); 2] =
    [("table:", Outside::Linear), ("table-held:", Outside::Held)];

/// The file that `table:FILE` names, and how its table goes on outside.
pub(crate) fn file_of(text: &str) -> Option<(&str, Outside)> {
    let named = |(prefix, outside): (&str, _)| Some((text.trim().strip_prefix(prefix)?, outside));
    PREFIXES.into_iter().find_map(named)
}

/// How a table goes on outside its points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outside {
    /// Along straight lines with the spline's slopes at its ends.
    #[default]
    Linear,
    /// With the first and the last value; a kink at either end unless the slope there is 0.
    Held,
}
