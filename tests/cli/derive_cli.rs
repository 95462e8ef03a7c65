//! What `lorode derive` promises: formats, their forms, the same bytes, errors.

use crate::running::{fails, json, lorode};
use serde_json::Value;

fn derive(arguments: &str) -> String {
    let output = lorode(&format!("derive {arguments}")).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}\n{complaint}");
    assert_eq!(complaint, "", "{arguments}");
    String::from_utf8(output.stdout).unwrap()
}

/// The value of an expression tree as `derive --format json` writes it.
fn value(tree: &Value, of: &dyn Fn(&str) -> f64) -> f64 {
    let arguments = || {
        tree["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| value(t, of))
    };
    let inner = |key: &str| value(&tree[key], of);
    let number = |tree: &Value| {
        let part = |key: &str| tree[key].as_str().unwrap().parse::<f64>().unwrap();
        part("numerator") / part("denominator")
    };
    match tree["op"].as_str().unwrap() {
        "number" => number(tree),
        "decimal" => tree["value"].as_f64().unwrap(),
        "pi" => std::f64::consts::PI,
        "symbol" => of(tree["name"].as_str().unwrap()),
        "sum" => arguments().sum(),
        "product" => arguments().product(),
        "negative" => -inner("arg"),
        "quotient" => inner("numerator") / inner("denominator"),
        "power" => inner("base").powf(number(&tree["exponent"])),
        "arcsin" => inner("arg").asin(),
        "arccos" => inner("arg").acos(),
        other => panic!("{other}: {tree}"),
    }
}

/// The last side of an equation.
fn side(run: &Value, name: &str) -> Value {
    let sides = run["equations"][name]["right"].as_array().unwrap();
    sides.last().unwrap()["tree"].clone()
}

#[test]
fn trees_of_json_are_the_kernels_that_kernel_prints() {
    for (teacher, student) in [
        ("he3", "he3"),
        ("erf", "erf"),
        ("relu", "relu"),
        ("erf", "he3"),
        ("relu", "he2"),
    ] {
        let links = format!("--teacher {teacher} --student {student}");
        let run = json(&format!("derive {links} --format json"));
        for (m, q) in [(0.3, 0.8), (-0.4, 0.5), (0.9, 0.9)] {
            let kernel = json(&format!(
                "kernel {links} --m {m} --q {q} --noise 0.2 --format json"
            ));
            let at = |name: &str| match name {
                "m" => m,
                "q" => q,
                "r" => q - m * m,
                "phi" => (-m / f64::sqrt(q)).acos(),
                other => panic!("{other}"),
            };
            let close = |told: f64, key: &str| {
                let number = kernel[key].as_f64().unwrap();
                assert!(
                    (told - number).abs() <= 1e-12 * number.abs().max(1.0),
                    "{links} {key}: {told}, {number}"
                );
            };
            close(value(&side(&run, "alpha"), &at), "alpha");
            close(value(&side(&run, "beta"), &at), "beta");
            let noise = value(&side(&run, "noise_signal"), &at)
                + 0.2 * value(&side(&run, "noise_slope"), &at);
            close(noise, "noise_kernel");
        }
    }
}

#[test]
fn every_equation_has_a_name_of_its_own() {
    for problem in [
        "--link he3 --explain",
        "--link he3 --mu 0.5",
        "--link he2 --adapter free",
    ] {
        let run = json(&format!("derive {problem} --format json"));
        let blocks = run["sections"].as_array().unwrap().iter();
        let blocks = blocks.flat_map(|s| s["blocks"].as_array().unwrap());
        let named: usize = blocks
            .filter_map(|b| b["equations"].as_array())
            .map(Vec::len)
            .sum();
        let kept = run["equations"].as_object().unwrap().len();
        assert_eq!(named, kept, "{problem}");
    }
}

#[test]
fn the_search_phase_is_that_of_search() {
    let run = json("derive --link he4 --format json");
    let search = json("search --link he4 --mu 0.3,0.8 --format json");
    for point in search["curves"][0]["points"].as_array().unwrap() {
        let mu = point["mu"].as_f64().unwrap();
        for (name, key) in [("gradient", "gradient_norm"), ("curvature", "curvature")] {
            let told = value(&side(&run, name), &|_| mu);
            let number = point[key].as_f64().unwrap();
            assert!(
                (told / number - 1.0).abs() < 1e-13,
                "{key} at {mu}: {told}, {number}"
            );
        }
    }
}

#[test]
fn text_says_what_the_theory_says() {
    let text = derive("--link he3");
    for line in [
        "F(m, q) = E[σ⋆(λ⋆) σ(z)]",
        "= 6m³",
        "= 3q(5q² − 6q + 3)",
        "= 18m²",
        "= −9(5q² − 4q + 1)",
        "= 9μ(1 − μ)(5μ³ + 5μ² + μ − 1)",
        "da/dt = u(α(1 − a²) + β(ρ − sa)) − (ν/2)u²Na",
        "τ(μ → 1) ∼ (1/450)(1 − μ)⁻²",
        "μ꜀ = 0.320724347323",
        "lorode derive --link he3 (lorode ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let erf = derive("--link erf");
    assert!(erf.contains("= (2/π) arcsin(2m/√(3(1 + 2q)))"), "{erf}");
    let relu = derive("--link relu");
    assert!(relu.contains("= (mφ + √r)/(2π)"), "{relu}");
    assert!(relu.contains("φ = arccos(−m/√q)"), "{relu}");
    assert!(relu.contains("τ(μ → 1) ∼ 2(1 − μ)⁻²"), "{relu}");
}

#[test]
fn equal_factors_above_and_below_the_bar_cancel() {
    let text = derive("--link abs(x) --mixture");
    for line in [
        "= 2(1 − μ)² + 4(1 − μ)²/(π²(2μ² − 2μ + 1))",
        "= 2(1 − μ)/(π(2μ² − 2μ + 1)) − 1",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("√((1 − μ)²)"), "{text}");
}

#[test]
fn text_fits_a_hundred_columns() {
    use unicode_width::UnicodeWidthStr;

    for problem in [
        "--link he3 --explain",
        "--link he12 --explain",
        "--link tanh --explain",
        "--link relu --angle 20 --explain",
        "--link erf --adapter free --chi 2 --decay 0.1",
        "--teacher he5 --student erf --mixture",
        "--link he4 --adapter scratch --explain",
        "--link he4 --adapter full --explain --mu 0.4",
        "--teacher erf --student x^5/7-x --rho 0.3 --kappa 0.4",
    ] {
        for line in derive(problem).lines() {
            assert!(
                line.width() <= 100,
                "{problem}: {} columns\n{line}",
                line.width()
            );
        }
    }
}

#[test]
fn a_pair_without_closed_form_has_its_series_and_their_coefficients() {
    let text = derive("--link tanh");
    for line in [
        "F(m, q) = E[σ⋆(λ⋆) σ(z)]",
        "Σ_{k≥0} tₖ cₖ(q)",
        "tₖ = E[σ⋆(ξ) Heₖ(ξ)]",
        "no closed form",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // t_1 = E[tanh(x) x] = E[1 - tanh(x)^2], 0.605705509602 by scipy.integrate.quad.
    assert!(text.contains("0.605705509602"), "{text}");
    // A polynomial on one side makes the sums finite.
    let finite = derive("--teacher tanh --student he3");
    assert!(finite.contains("Σ_{k=0}^{3}"), "{finite}");
    assert_eq!(json("derive --link tanh --format json")["exact"], false);
}

#[test]
fn the_steps_are_told_on_request() {
    let text = derive("--link erf --explain");
    for word in [
        "Gaussian conditioning",
        "Stein's identity",
        "Projection on the sphere",
        "this is where ν = η d/B comes from",
    ] {
        assert!(text.replace('\n', " ").contains(word), "{word}\n{text}");
    }
    assert!(!derive("--link erf").contains("Gaussian conditioning"));
}

#[test]
fn degenerate_starts_are_told() {
    let text = derive("--link he4");
    for line in [
        "du/dt ∼ 36u",
        "da/dt ∼ 96a³u⁴",
        "the exit time grows like d.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let scratch = derive("--link he5 --adapter scratch");
    assert!(scratch.contains("dm/dt ∼ 600m⁴"), "{scratch}");
    assert!(scratch.contains("d^(3/2)"), "{scratch}");
    let trapped = derive("--link he3 --mu 0");
    assert!(trapped.contains("the run never leaves"), "{trapped}");
    // The expansion is that of the adapter, with its step ratio and decay.
    for (problem, line) in [
        ("--link he3 --adapter free --mu 0", "da/dt ∼ −9au²"),
        ("--link he2 --chi 3", "da/dt ∼ 12au²"),
        ("--link he2 --decay 0.5", "du/dt ∼ 3u/2"),
        ("--link he2 --decay 3", "B − λ < 0"),
        ("--link he18", "the exit time grows like d⁸"),
    ] {
        let text = derive(problem);
        assert!(text.contains(line), "{problem}: {line}\n{text}");
    }
    // A kink at 0 gives a gradient for the smallest w0: no critical strength there.
    let kink = derive("--teacher heaviside --student leaky-relu(0.2)");
    assert!(!kink.contains("inf") && !kink.contains("10⁹⁹"), "{kink}");
    let plain = derive("--link erf --mu 0.5");
    assert!(plain.contains("τ/2 = 22.7970860"), "{plain}");
}

#[test]
fn every_format_says_how_it_was_made() {
    for format in [
        "text", "latex", "markdown", "json", "python", "julia", "rust",
    ] {
        let text = derive(&format!("--link he2 --format {format}"));
        let flag = if format == "text" {
            String::new()
        } else {
            format!(" --format {format}")
        };
        // Two hyphens may not stand in a Markdown comment.
        let plain = text.replace("-\\-", "--");
        assert!(
            plain.contains(&format!("lorode derive --link he2{flag}")),
            "{text}"
        );
        assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
        assert_eq!(text, derive(&format!("--link he2 --format {format}")));
    }
}

#[test]
fn latex_has_environments_that_close() {
    let text = derive("--link he3 --explain --format latex");
    assert!(text.starts_with("% lorode derive"), "{text}");
    let count = |what: &str| text.matches(what).count();
    for environment in ["document", "align*", "description"] {
        let (open, close) = (
            format!("\\begin{{{environment}}}"),
            format!("\\end{{{environment}}}"),
        );
        assert!(
            count(&open) > 0 && count(&open) == count(&close),
            "{environment}"
        );
    }
    assert!(text.is_ascii(), "no character that LaTeX does not know");
}

#[test]
fn what_cannot_be_derived_is_said() {
    let formats = fails("derive --link he3 --format yaml", 2);
    for name in [
        "text", "latex", "markdown", "json", "python", "julia", "rust",
    ] {
        assert!(formats.contains(name), "{formats}");
    }
    let exact = fails("derive --link tanh --exact", 2);
    assert!(
        exact.contains("tanh has no closed form") && exact.contains("Hermite series"),
        "{exact}"
    );
    assert!(derive("--link erf --exact").contains("arcsin"));
    let map = fails("derive --link erf --dynamics map --lr 0.1 --batch 10", 2);
    assert!(map.contains("dynamics map"), "{map}");
    let grid = fails("derive --link erf --mu 0.1,0.2", 2);
    assert!(grid.contains("one value"), "{grid}");
    let none = fails("derive", 2);
    assert!(none.contains("one link pair"), "{none}");
    let two = fails("derive --link erf --link relu", 2);
    assert!(two.contains("one link pair"), "{two}");
    let jump = fails("derive --link sign", 2);
    assert!(jump.contains("jump"), "{jump}");
}
