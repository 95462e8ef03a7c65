//! Lines of programs that are not too long.

/// Columns of a program.
const WIDTH: usize = 96;

/// `head expression tail` on lines of at most [`WIDTH`] columns where the expression can be broken before
/// a plus or minus; broken ones stand in parentheses.
pub(super) fn folded(head: &str, expression: &str, tail: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let whole = format!("{margin}{head}{expression}{tail}\n");
    if whole.chars().count() <= WIDTH {
        return whole;
    }
    let mut lines = vec![format!("{margin}{head}(")];
    let inner = " ".repeat(indent + 4);
    let mut line = inner.clone();
    for part in terms(expression) {
        if line.len() + part.len() > WIDTH && line.trim() != "" {
            lines.push(
                std::mem::replace(&mut line, inner.clone())
                    .trim_end()
                    .to_owned(),
            );
        }
        line.push_str(part);
    }
    lines.push(line.trim_end().to_owned());
    lines.push(format!("{margin}){tail}\n"));
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
pub(super) fn numbers(values: &[f64], indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    let mut line = margin.clone();
    for value in values {
        let number = format!("{value:?},");
        if line.len() + 1 + number.len() > WIDTH {
            out.push_str(&format!("{}\n", line.trim_end()));
            line.clone_from(&margin);
        }
        line.push_str(&format!("{number} "));
    }
    out + &format!("{}\n", line.trim_end())
}
