//! How a command ends without its result, and what is said on standard error.

use std::fmt;
use std::io::{self, Write};

use crate::output::{OutputError, printable};

/// Why a command ended without its result.
#[derive(Debug)]
pub(super) enum Failed {
    /// Something the user can mend on the command line; exit code 2.
    Usage(String),
    /// Something else; exit code 1.
    Failure(String),
    /// The reader of standard output has gone; nothing to say.
    ClosedPipe,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failed::Usage(text) | Failed::Failure(text) => f.write_str(text),
            Failed::ClosedPipe => f.write_str("standard output was closed"),
        }
    }
}

impl Failed {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Failed::Usage(_) => 2,
            Failed::Failure(_) => 1,
            Failed::ClosedPipe => 0,
        }
    }

    /// An error of the user's making.
    pub(super) fn usage(error: impl fmt::Display) -> Self {
        Failed::Usage(error.to_string())
    }

    /// Any other error.
    pub(super) fn failure(error: impl fmt::Display) -> Self {
        Failed::Failure(error.to_string())
    }
}

impl From<OutputError> for Failed {
    fn from(error: OutputError) -> Self {
        Failed::failure(error)
    }
}

/// A line on standard error, whatever stands in the names it repeats; a closed one is no reason to
/// stop.
pub(super) fn message(line: &str) {
    let _closed = writeln!(io::stderr(), "{}", printable::one_line(line));
}
