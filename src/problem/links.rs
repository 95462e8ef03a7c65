//! Links as they are asked for: names, expressions, and tables in files; and what a pair of them has to be.

use std::path::Path;

use super::ProblemError;
use crate::link::{Link, LinkError, file_of};
use crate::model::Model;

/// Bytes of the longest table: twenty thousand points of fifty digits each take a fifth.
const LONGEST: u64 = 1 << 22;

/// Digits of a checksum.
const CHECKSUM: usize = 16;

/// The link of a text: `table:FILE.csv` (`table-held:...`), as [`Link::from_csv`] reads it, with
/// `@CHECKSUM` only that table; anything else as [`Link::parse`] does.
pub(crate) fn read_link(argument: &'static str, text: &str) -> Result<Link, ProblemError> {
    let link = match file_of(text) {
        Some((file, outside)) => {
            let (path, sum) = parts(file);
            contents(path).and_then(|text| {
                let link = Link::from_csv(path, &text, outside)?;
                if link.name().ends_with(sum) {
                    return Ok(link);
                }
                let (_, found) = parts(link.name());
                Err(refused(
                    path,
                    format!("its checksum is {found}, not {sum}: the table is another one"),
                ))
            })
        }
        None => Link::parse(text),
    };
    link.map_err(|error| ProblemError::Link { argument, error })
}

/// The text of a link that its words alone do not tell, with the checksum of what they name now: a table in a file, or one
/// of the program's `own`. A result, a part of one and what is kept of it are of these numbers, not of that name.
pub(crate) fn pinned(text: &str, own: &[Link]) -> String {
    if let Some(link) = own.iter().find(|link| link.name() == text) {
        return pinned_name(link);
    }
    let read = || read_link("link", text).map(|link| link.name().to_owned());
    let table = file_of(text).and_then(|_| read().ok());
    table.unwrap_or_else(|| text.to_owned())
}

/// The name of a link of the program's own, with a checksum unless it has one.
pub(super) fn pinned_name(link: &Link) -> String {
    match link.is_summed() {
        true => link.name().to_owned(),
        false => format!("{}@{}", link.name(), link.fingerprint()),
    }
}

/// A name that one of the program's own links has, and another of them or a link that is read.
pub(super) fn two_of_a_name(argument: &'static str, text: &str) -> ProblemError {
    let reason = "two links have this name, one of your own and another of yours or the one that lorode reads there: name your own otherwise";
    let error = refused(text, reason.to_owned());
    ProblemError::Link { argument, error }
}

/// A student needs a continuous link, and an infinite slope one beside it with which it has averages.
pub(crate) fn check_student(model: &Model) -> Result<(), ProblemError> {
    let (teacher, student) = (model.teacher(), model.student());
    if let Some(jump) = student.breaks().iter().find(|b| b.jump != 0.0) {
        return Err(ProblemError::StudentJump {
            link: student.name().to_owned(),
            at: jump.at,
        });
    }
    let refuse = |link: &Link, other: &Link, reason| {
        Err(ProblemError::Steep {
            link: link.name().to_owned(),
            other: other.name().to_owned(),
            reason,
        })
    };
    let jumps = |link: &Link| link.breaks().iter().any(|b| b.at == 0.0 && b.jump != 0.0);
    if student.steep().is_some() && jumps(teacher) {
        let reason = "the gradient is infinite where the target jumps there too and the weights point along it";
        return refuse(student, teacher, reason);
    }
    // Formulas are read for it: only where a slope is infinite.
    let summed = || teacher.powers().is_some() && student.powers().is_some();
    for (link, other) in [(teacher, student), (student, teacher)] {
        if link.steep().is_some() && !summed() {
            let reason = "only where that one is a sum of powers of |x| too";
            return refuse(link, other, reason);
        }
    }
    Ok(())
}

/// The text of a link in a problem file in `folder`: files of tables are looked for there.
#[cfg(feature = "cli")]
pub(crate) fn located(text: &str, folder: &Path) -> String {
    match file_of(text) {
        Some((file, _)) if Path::new(file).is_relative() => {
            let prefix = text.trim().strip_suffix(file).unwrap_or_default();
            format!("{prefix}{}", folder.join(file).display())
        }
        _ => text.to_owned(),
    }
}

/// A file's name, and the checksum behind it; empty where there is none.
fn parts(file: &str) -> (&str, &str) {
    let hexadecimal =
        |sum: &str| sum.len() == CHECKSUM && sum.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = file.rsplit_once('@').filter(|(_, sum)| hexadecimal(sum));
    parts.unwrap_or((file, ""))
}

fn refused(path: &str, reason: String) -> LinkError {
    LinkError::Table {
        place: format!("'{path}'"),
        argument: None,
        reason,
    }
}

#[cfg(feature = "system")]
fn contents(path: &str) -> Result<String, LinkError> {
    let bytes = crate::storage::read_at_most(Path::new(path), LONGEST);
    let bytes = bytes.map_err(|error| refused(path, format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| refused(path, "it is no text (UTF-8)".to_owned()))
}

#[cfg(not(feature = "system"))]
fn contents(path: &str) -> Result<String, LinkError> {
    Err(refused(
        path,
        "files are not read here; give the table itself (Link::from_table)".to_owned(),
    ))
}
