//! Lines of programs that are not too long.

/// Columns of a program.
const WIDTH: usize = 96;
/// Before the statements of a function.
const MARGIN: &str = "    ";

/// `head = expression` in a function, on lines of at most [`WIDTH`] columns where the expression can
/// be broken before a plus or minus; broken ones stand in parentheses.
pub(super) fn folded(head: &str, expression: &str) -> String {
    lines(head, expression, ["(", ")"])
}

/// The same in Rust, where a statement ends at its semicolon.
pub(super) fn folded_let(head: &str, expression: &str) -> String {
    lines(&format!("let {head}"), expression, ["", ";"])
}

fn lines(head: &str, expression: &str, [open, close]: [&str; 2]) -> String {
    let end = close.trim_start_matches(')');
    let whole = format!("{MARGIN}{head} = {expression}{end}\n");
    if whole.chars().count() <= WIDTH {
        return whole;
    }
    let inner = MARGIN.repeat(2);
    let mut lines = vec![format!("{MARGIN}{head} = {open}").trim_end().to_owned()];
    let mut line = inner.clone();
    for part in terms(expression) {
        let broken = line.trim() != "";
        if broken && line.len() + part.len() > WIDTH {
            lines.push(line.trim_end().to_owned());
            line.clone_from(&inner);
        }
        line.push_str(part);
    }
    let tail = if open.is_empty() {
        close.to_owned()
    } else {
        format!("\n{MARGIN}{close}")
    };
    lines.push(format!("{}{tail}\n", line.trim_end()));
    lines.join("\n")
}

/// An expression cut before every ` + ` and ` - `.
fn terms(expression: &str) -> Vec<&str> {
    let bytes = expression.as_bytes();
    let sign = |i: &usize| {
        let around = bytes.get(i.wrapping_sub(1)) == Some(&b' ') && bytes.get(i + 1) == Some(&b' ');
        around && matches!(bytes[*i], b'+' | b'-')
    };
    let mut cuts: Vec<usize> = (1..bytes.len()).filter(sign).collect();
    cuts.insert(0, 0);
    cuts.push(expression.len());
    cuts.windows(2)
        .map(|pair| &expression[pair[0]..pair[1]])
        .collect()
}

/// Numbers with commas on lines of at most [`WIDTH`] columns.
pub(super) fn numbers(values: &[f64]) -> String {
    let mut out = String::new();
    let mut line = MARGIN.to_owned();
    for value in values {
        let number = format!("{value:?},");
        if line.len() + 1 + number.len() > WIDTH {
            out.push_str(&format!("{}\n", line.trim_end()));
            MARGIN.clone_into(&mut line);
        }
        line.push_str(&format!("{number} "));
    }
    out + &format!("{}\n", line.trim_end())
}

/// Numbers with commas between them.
pub(super) fn numbers_in_line(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    all.join(", ")
}
