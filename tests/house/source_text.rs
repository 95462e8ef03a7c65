//! Rust as text: its tokens, and the paths from the crate root in it.

/// Lines and names of adapters in a text: `Adapter::` with a capital letter.
pub(super) fn adapters(text: &str) -> Vec<(usize, &str)> {
    let tokens = tokens(text);
    let variant = |name: &str| name.starts_with(char::is_uppercase);
    let paths = tokens
        .windows(3)
        .filter(|path| path[0].text == "Adapter" && path[1].text == "::" && variant(path[2].text));
    paths.map(|path| (path[2].line, path[2].text)).collect()
}

/// A path from the crate root: its line and its first name.
pub(super) struct Arrow<'a> {
    pub(super) line: usize,
    pub(super) target: &'a str,
}

/// Paths that start with `crate::`, or with enough `super::` to reach the crate root from code
/// `depth` modules below it.
pub(super) fn arrows(text: &str, depth: usize) -> Vec<Arrow<'_>> {
    let tokens = tokens(text);
    let is = |i: usize, text: &str| tokens.get(i).is_some_and(|t: &Token<'_>| t.text == text);
    let mut found = Vec::new();
    let (mut level, mut inline_modules) = (0_usize, Vec::new());
    for i in 0..tokens.len() {
        match tokens[i].text {
            "{" => {
                if i >= 2 && is(i - 2, "mod") {
                    inline_modules.push(level);
                }
                level += 1;
            }
            "}" => {
                level = level.saturating_sub(1);
                inline_modules.pop_if(|opened| *opened == level);
            }
            "crate" if is(i + 1, "::") => heads(&tokens, i + 2, &mut found),
            "super" if i == 0 || !is(i - 1, "::") => {
                let (mut climbed, mut at) = (0, i);
                while is(at, "super") && is(at + 1, "::") {
                    climbed += 1;
                    at += 2;
                }
                if climbed == depth + inline_modules.len() {
                    heads(&tokens, at, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// The first names of what follows `crate::`: `link` of `link::Link`, or those in `{...}`.
fn heads<'a>(tokens: &[Token<'a>], at: usize, found: &mut Vec<Arrow<'a>>) {
    let mut add = |token: &Token<'a>| {
        if token.text != "self" {
            found.push(Arrow {
                line: token.line,
                target: token.text,
            });
        }
    };
    let Some(first) = tokens.get(at) else { return };
    if first.text != "{" {
        return add(first);
    }
    let mut level = 0;
    for pair in tokens[at..].windows(2) {
        match pair[0].text {
            "{" => level += 1,
            "}" => level -= 1,
            _ => {}
        }
        if level == 0 {
            return;
        }
        let starts = matches!(pair[0].text, "{" | ",");
        if level == 1 && starts && pair[1].text != "}" {
            add(&pair[1]);
        }
    }
}

/// A word or a sign of a source text.
pub(super) struct Token<'a> {
    line: usize,
    pub(super) text: &'a str,
}

/// The text without comments, strings, characters and lifetimes.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut rest, mut line, mut found) = (text, 1, Vec::new());
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (length, kept) = match (skipped(rest), word.unwrap_or(rest.len())) {
            (Some(length), _) => (length, false),
            (None, 0) if rest.starts_with("::") => (2, true),
            (None, 0) => (first.len_utf8(), !first.is_whitespace()),
            (None, length) => (length, true),
        };
        let (lexeme, after) = rest.split_at(length);
        if kept {
            found.push(Token { line, text: lexeme });
        }
        line += lexeme.matches('\n').count();
        rest = after;
    }
    found
}

/// Length of the comment, string, character or lifetime that `rest` starts with.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if let Some(after) = rest.strip_prefix('\'') {
        let mut characters = after.chars();
        let first = characters.next()?;
        let quoted = first == '\\' || characters.next() == Some('\'');
        return Some(if quoted { 1 + closing(after, '\'') } else { 1 });
    }
    let after = rest.trim_start_matches(['b', 'c']);
    if let Some(raw) = after.strip_prefix('r') {
        let opening = raw.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(raw.len() - opening.len()));
        let body = opening.strip_prefix('"')?;
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(rest.len() - body.len() + length);
    }
    let body = after.strip_prefix('"')?;
    Some(rest.len() - body.len() + closing(body, '"'))
}

/// Length up to and with the next unescaped `quote`.
fn closing(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    body.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut open) = (0, 0_usize);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (open, at) = (open + 1, at + 2);
        } else if here.starts_with("*/") {
            (open, at) = (open - 1, at + 2);
            if open == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
