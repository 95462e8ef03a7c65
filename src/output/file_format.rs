//! The formats of files: one list.

use std::fmt;
use std::str::FromStr;

use super::{Figure, OutputError, Table};

/// A format of files that results go into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// The table, to be read by anything.
    Csv,
    /// Everything that is known of a result.
    Json,
    /// The table for numpy.
    Npz,
    /// The table for pandas, polars, arrow.
    Parquet,
    /// The figure, for pages.
    Svg,
    /// The figure, for slides.
    Png,
    /// The figure, for papers.
    Pdf,
}

impl FileFormat {
    /// All formats, in the order in which files are named.
    pub const ALL: [Self; 7] = [
        Self::Csv,
        Self::Json,
        Self::Npz,
        Self::Parquet,
        Self::Svg,
        Self::Png,
        Self::Pdf,
    ];
    /// What is written where nothing else is asked for.
    pub const USUAL: [Self; 4] = [Self::Csv, Self::Json, Self::Svg, Self::Png];
    /// The same for maps, which are large.
    pub const OF_MAPS: [Self; 6] = [
        Self::Csv,
        Self::Json,
        Self::Npz,
        Self::Parquet,
        Self::Svg,
        Self::Png,
    ];

    /// The same for figures drawn of saved results.
    pub const OF_PLOTS: [Self; 2] = [Self::Svg, Self::Png];

    /// Refuses formats that hold no figure.
    ///
    /// # Errors
    /// [`OutputError::NoFigure`].
    pub fn of_figures(list: &[Self]) -> Result<(), OutputError> {
        let figures = [Self::Svg, Self::Png, Self::Pdf];
        match list.iter().find(|one| !figures.contains(one)) {
            Some(one) => Err(OutputError::NoFigure(one.name())),
            None => Ok(()),
        }
    }

    /// Those of a list, each once and in the order of [`ALL`](Self::ALL); without a list the `usual` ones, and one that
    /// is printed as well.
    pub fn chosen(list: &[Self], usual: &[Self], printed: Option<Self>) -> Vec<Self> {
        let wanted = |format: &Self| match list {
            [] => usual.contains(format) || printed == Some(*format),
            list => list.contains(format),
        };
        Self::ALL.into_iter().filter(wanted).collect()
    }

    /// Its name, the extension of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Npz => "npz",
            Self::Parquet => "parquet",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no format of files.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no format of files; those are csv, json, npz, parquet, svg, png and pdf")]
pub struct UnknownFormat(String);

impl FromStr for FileFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.name() == text);
        known.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(all(feature = "figures", feature = "npz", feature = "parquet"))]
impl Table {
    /// The table in a format; `None` for those that do not hold one table.
    ///
    /// # Errors
    ///
    /// Those of [`Table::to_csv`].
    pub fn encode(&self, format: FileFormat) -> Result<Option<Vec<u8>>, OutputError> {
        match format {
            FileFormat::Csv => self.to_csv().map(Some),
            FileFormat::Npz => self.to_npz().map(Some),
            FileFormat::Parquet => self.to_parquet().map(Some),
            _ => Ok(None),
        }
    }
}

#[cfg(all(feature = "figures", feature = "npz", feature = "parquet"))]
impl super::Lattice<'_> {
    /// The map in a format of tables.
    ///
    /// # Errors
    ///
    /// When cells cannot be read, or for a format that holds no table of cells.
    pub fn encode(&self, format: FileFormat) -> std::io::Result<Vec<u8>> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        match format {
            FileFormat::Csv => self.write_csv(&mut bytes)?,
            FileFormat::Npz => self.write_npz(&mut bytes)?,
            FileFormat::Parquet => self.write_parquet(&mut bytes)?,
            other => {
                return Err(std::io::Error::other(format!(
                    "{other} holds no table of cells"
                )));
            }
        }
        Ok(bytes.into_inner())
    }
}

#[cfg(all(feature = "figures", feature = "npz", feature = "parquet"))]
impl Figure {
    /// The figure in a format; `None` for those that hold no figure.
    ///
    /// # Errors
    ///
    /// Those of [`Figure::to_svg`].
    pub fn encode(&self, format: FileFormat) -> Result<Option<Vec<u8>>, OutputError> {
        match format {
            FileFormat::Svg => Ok(Some(self.to_svg()?.into_bytes())),
            FileFormat::Png => self.to_png().map(Some),
            FileFormat::Pdf => self.to_pdf().map(Some),
            _ => Ok(None),
        }
    }
}
