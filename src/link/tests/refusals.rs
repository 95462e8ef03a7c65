//! Every refusal says what and where, and quickly.

use super::*;

#[test]
fn refusals_say_what_and_where() {
    let cases = [
        ("", "empty"),
        ("   ", "empty"),
        (
            "x 2",
            "at column 3, expected an operator (a product is written with *; only a number may stand right before a name or a parenthesis), found the number 2",
        ),
        ("1/2x", "at column 4: '1/2*x' or '1/(2*x)'"),
        ("x(2)", "at column 2, expected an operator"),
        (
            "relu(",
            "at column 6, expected a number, x, a name, or '(', found the end",
        ),
        ("relu(x", "at column 7, expected ')', found the end"),
        ("x)", "at column 2"),
        ("x + $", "at column 5"),
        ("1e999*x", "at column 1, expected a finite number"),
        (
            "rely",
            "unknown name 'rely' at column 1 of 'rely' (did you mean 'relu'?); known names: linear, erf",
        ),
        ("x + foo", "unknown name 'foo' at column 5"),
        (
            "he0",
            "'he0' at column 1 is out of range; he1 to he30 exist",
        ),
        ("x + he31", "'he31' at column 5"),
        ("he", "out of range"),
        ("he99999999999", "out of range"),
        (
            "max(x)",
            "'max' at column 1 of 'max(x)' takes 2 arguments, not 1",
        ),
        ("relu(x, 2)", "takes 1 argument, not 2"),
        ("leaky-relu(x, x)", "must be a finite number"),
        ("log(x)", "is infinite at x = 0"),
        ("sqrt(x)", "is not a number at x = -1"),
        ("x^0.5", "is not a number at x = -1"),
        ("x^x", "is not a number"),
        ("1/x", "is infinite at x = 0"),
        ("1/(x-0.3)", "at x = 0.3;"),
        ("(x-0.3)^-2", "at x = 0.3"),
        ("log((x-0.3)^2)", "at x = 0.3"),
        ("sin(x)/cos(x)", "at x = 1.57"),
        (
            "sqrt(abs(x))",
            "infinite at x = 0, near which the link goes like the power 0.5 of the distance: the average E[sigma'(z)^2] does not exist",
        ),
        (
            "2 - relu(x-0.3)^0.75",
            "infinite at x = 0.3, near which the link goes like the power 0.75 of the distance: powers below 1 are averaged \
             at x = 0 alone",
        ),
        (
            "abs(x)^0.6 + tanh(x)",
            "the power 0.6 of the distance: powers below 1 are averaged in sums of powers of |x| alone",
        ),
        ("sqrt(1 - cos(x)^2)", "takes a root of zero at x = 0"),
        (
            "1e80*sin(x)",
            "'1e80*sin(x)' is of size 1.0e80, so that its averages leave the range of double precision: scale it to between 1e-150 and 1e75",
        ),
        ("(((x+1)^5)^5)^5", "is of size 1.8e75"),
        ("1e-200*x", "is of size 4.0e-199"),
        ("5e-324*relu(x)", "scale it to between"),
        ("exp(1000*x)", "is infinite at x = 1;"),
        ("sin(exp(30*x))", "is not a number at x = 24;"),
        ("exp(x^2)", "grows like exp(x^2)"),
        ("exp(x^2/100)", "grows like exp(x^2)"),
        ("1 + x*exp(x^2/1000)", "grows like exp(x^2)"),
        ("exp(exp(x))", "grows like exp(x^2)"),
        ("exp(x^2)*sin(x)", "grows like exp(x^2)"),
        (
            "sin(exp(x^2/100))",
            "the derivative of 'sin(exp(x^2/100))' grows",
        ),
        ("1", "a link must depend on x"),
        ("x - x", "a link must depend on x"),
        ("relu(2)", "a link must depend on x"),
        ("relu(x-1000)", "a link must depend on x"),
        ("relu(cos(60*x))", "kinks or jumps"),
    ];
    for (text, expected) in cases {
        let message = refusal(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn moderate_growth_is_accepted() {
    for text in [
        "exp(x)",
        "exp(2*x)",
        "exp(10*x)",
        "exp(x^2)*exp(-x^2)*x",
        "exp(x^2)*exp(-2*x^2)",
        "relu(exp(x))",
        "log(1+exp(x))",
        "exp(-exp(x))",
        "x^12",
        "he30 + he30",
        "1/(1+exp(x))",
        "exp(abs(x)^1.5/10)",
        "sin(exp(x/20))",
    ] {
        assert!(Link::parse(text).is_ok(), "{text}: {:?}", Link::parse(text));
    }
}

#[test]
fn hostile_texts_are_refused_quickly() {
    for text in [
        "(".repeat(100_000),
        "(".repeat(900),
        "-".repeat(900) + "x",
        format!("{}x", "x^".repeat(450)),
        format!("{}x{}", "relu(".repeat(150), ")".repeat(150)),
        format!("{}x", "max(x,".repeat(100)),
    ] {
        assert!(matches!(refusal(&text).len(), 1..400));
    }
    let sums = vec!["x"; 500].join("+");
    assert_eq!(link(&link(&sums).to_string()), link(&sums));
    assert_close(link(&sums).value(1.0), 500.0, 1e-15, &sums);
    for text in [
        vec!["tanh"; 200].join("*"),
        format!("{}x{}", "tanh(x*".repeat(60), ")".repeat(60)),
        format!("{}x{}", "max(x/2,".repeat(60), ")".repeat(60)),
        "(x-x)^1000000000 + x".to_owned(),
        "x".repeat(1000),
        format!("{}x{}", "relu(1-".repeat(60), ")".repeat(60)),
        vec!["relu(sin(x))"; 60].join("*"),
    ] {
        let start = std::time::Instant::now();
        let _ = Link::parse(&text).map(|link| link.second_derivative(0.3));
        // Ten times what is allowed: tells an end from no end, however slow the machine.
        assert!(start.elapsed().as_secs_f64() < 50.0, "{text}");
    }
}
