//! Templates of programs. A line `%name` stands for a part; lines between `%if condition` and `%end` are
//! kept where it holds, those after an `%else` where it does not.

/// The template with its parts.
pub(in crate::derivation::format) fn filled(
    template: &str,
    conditions: &[(&str, bool)],
    parts: &[(&str, String)],
) -> String {
    let holds = |name| conditions.contains(&(name, true));
    let mut out = String::new();
    let mut around: Vec<bool> = Vec::new();
    for line in template.lines() {
        let Some(sign) = line.strip_prefix('%') else {
            if !around.contains(&false) {
                out.push_str(line);
                out.push('\n');
            }
            continue;
        };
        match sign.split_once(' ').unwrap_or((sign, "")) {
            ("if", name) => around.push(holds(name)),
            ("else", _) => {
                if let Some(kept) = around.last_mut() {
                    *kept = !*kept;
                }
            }
            ("end", _) => {
                around.pop();
            }
            (name, _) if !around.contains(&false) => {
                let part = parts.iter().filter(|(known, _)| *known == name);
                out.extend(part.map(|(_, text)| text.as_str()));
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;
    use crate::algebra::render::Language;

    #[test]
    fn conditions_nest() {
        let template = "a\n%if x\nb\n%if y\nc\n%else\nd\n%part\n%end\n%else\ne\n%end\n";
        let parts = [("part", "p\n".to_owned())];
        let text = |x, y| filled(template, &[("x", x), ("y", y)], &parts);
        assert_eq!(text(true, true), "a\nb\nc\n");
        assert_eq!(text(true, false), "a\nb\nd\np\n");
        assert_eq!(text(false, true), "a\ne\n");
    }

    #[test]
    fn templates_name_what_there_is() {
        for language in [Language::Python, Language::Julia, Language::Rust] {
            let (mut open, mut parts) = (0, Vec::new());
            let lines = words::of(language).template.lines();
            for sign in lines.filter_map(|line| line.strip_prefix('%')) {
                match sign {
                    "if panels" | "if steps" | "if kinks" => open += 1,
                    "end" => open -= 1,
                    "else" => assert!(open > 0),
                    part => parts.push(part),
                }
                assert!(open >= 0);
            }
            assert_eq!(open, 0);
            assert_eq!(parts, ["constants", "definitions", "student"]);
        }
    }
}
