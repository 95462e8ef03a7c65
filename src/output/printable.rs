//! Text of other people on a terminal, and in a shell.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

/// Whether a character does something else than stand there: moves the cursor, ends a line, changes
/// colours, turns the direction of writing.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// One line that shows what acts instead of letting it act, as in `\u{1b}`.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// What a parser of arguments says on several lines, as the clauses of one sentence.
pub(crate) fn joined(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    // A flag is never meant as the value of something else here.
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("tip: to pass"));
    let mut joined = lines.collect::<Vec<_>>().join("; ");
    for (from, to) in CLAUSES {
        joined = joined.replace(from, to);
    }
    joined
}

/// How clauses go on, and what others than programmers call a fault of a number.
const CLAUSES: [(&str, &str); 6] = [
    (":; ", ": "),
    ("; [", " ["),
    ("; --", ", --"),
    ("; <", ", <"),
    ("invalid digit found in string", "a whole number is needed"),
    ("invalid float literal", "a number is needed"),
];

/// As [`one_line`], for a text of our own lines.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| c == '\n')
}

fn shown(text: &str, passes: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hidden = |c: char| acts(c) && !passes(c);
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A path on one line.
pub(crate) fn shown_path(path: &Path) -> String {
    one_line(&path.display().to_string()).into_owned()
}

/// A word of a shell (bash, zsh, ksh) that stands for exactly these bytes, on one line.
pub(crate) fn shell_word(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    let text = std::str::from_utf8(bytes).ok();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:+=/".contains(c);
    match text {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        Some(text) if !text.chars().any(acts) => format!("'{}'", text.replace('\'', "'\\''")),
        _ => escaped_word(bytes),
    }
}

/// In the quotes that understand backslashes.
fn escaped_word(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    let escape = |out: &mut String, bytes: &[u8]| {
        for byte in bytes {
            let _infallible = write!(out, "\\x{byte:02x}");
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\'' | '\\' => out.extend(['\\', c]),
                c if acts(c) => escape(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => out.push(c),
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(one_line("μ = 0.5, 'x'"), "μ = 0.5, 'x'");
        assert_eq!(
            one_line("a\u{1b}[31m\r\n\u{9b}\u{202e}b"),
            "a\\u{1b}[31m\\r\\n\\u{9b}\\u{202e}b"
        );
        assert_eq!(lines("one\ntwo\u{7}\n"), "one\ntwo\\u{7}\n");
    }

    #[test]
    fn clauses_are_told_apart() {
        let said = "invalid value 'x'\n  [possible values: y, z]\n\n  tip: 'y'\n";
        assert_eq!(
            joined(said),
            "invalid value 'x' [possible values: y, z]; tip: 'y'"
        );
        assert_eq!(
            joined("not provided:\n  --q <Q>\n  <FILE>\n"),
            "not provided: --q <Q>, <FILE>"
        );
        let said = "unexpected '--x'\n\n  tip: to pass '--x' as a value, use '-- --x'";
        assert_eq!(joined(said), "unexpected '--x'");
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_word_back() {
        use std::os::unix::ffi::OsStrExt as _;
        let words: [&[u8]; 8] = [
            b"erf",
            b"",
            b"it's $(here) `and` \\ \"there\" !",
            b"two\nlines; touch x\n",
            b"\x1b[0m7'\\",
            b"\xff\xfe1a",
            "\u{202e}μ\u{9b}f".as_bytes(),
            b"$'x'",
        ];
        for word in words {
            let quoted = shell_word(OsStr::from_bytes(word));
            assert!(!quoted.contains(|c: char| acts(c)), "{quoted}");
            let script = format!("printf %s {quoted}");
            let shell = std::process::Command::new("bash")
                .args(["-c", &script])
                .output();
            assert_eq!(shell.unwrap().stdout, word, "{quoted}");
        }
    }
}
