//! What there is to know of a table.

use super::described::Described;

/// One table.
pub struct TableOf {
    /// The study whose table it is, as on the command line.
    pub study: &'static str,
    /// Its name: that of its files, but for `compare` over a grid.
    pub name: &'static str,
    /// What a row is.
    pub rows: &'static str,
    /// Its columns, in order. Where it has one that depends on what was asked for, `varying` says so.
    pub columns: fn() -> Vec<Described>,
    /// Columns that depend on what was asked for, in words.
    pub varying: &'static str,
    /// Keys of its JSON beside those that every study has and the columns: names and meanings.
    pub keys: &'static [(&'static str, &'static str)],
}

impl TableOf {
    /// Whether it always has this column.
    pub(crate) fn has(&self, name: &str) -> bool {
        (self.columns)().iter().any(|one| one.name == name)
    }
}
