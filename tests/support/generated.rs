//! Random links and problems, one generator for every test that needs them.

use super::Random;
use lorode::link::Link;

/// What a link is like, as far as averages of it are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Entire or nearly so, features of order 1.
    Smooth,
    /// Continuous, slopes that jump.
    Kinked,
    /// Values that jump: teachers only.
    Jumping,
    /// Features far narrower than the Gaussian.
    Steep,
    /// What matters lies in the tail.
    Far,
    /// Even or odd, so that averages vanish.
    Parity,
}

pub const KINDS: [Kind; 6] = [
    Kind::Smooth,
    Kind::Kinked,
    Kind::Jumping,
    Kind::Steep,
    Kind::Far,
    Kind::Parity,
];

/// Functions of the grammar.
const FUNCTIONS: [&str; 17] = [
    "tanh",
    "erf",
    "relu",
    "sigmoid",
    "sin",
    "cos",
    "gelu",
    "softplus",
    "elu",
    "hardtanh",
    "abs",
    "silu",
    "mish",
    "square",
    "leaky_relu",
    "sign",
    "step",
];

/// `number` written so that it reads back as the same.
fn written(number: f64) -> String {
    if number < 0.0 {
        format!("({number:?})")
    } else {
        format!("{number:?}")
    }
}

impl Random {
    pub fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count - 1)
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Even in the logarithm.
    pub fn decades(&mut self, low: f64, high: f64) -> f64 {
        (low.ln() + (high / low).ln() * self.uniform()).exp()
    }

    /// A link as text. Numbers have few digits, so that a failure is read and typed again.
    pub fn link(&mut self, kind: Kind) -> String {
        let a = written((self.decades(0.3, 3.0) * 100.0).round() / 100.0);
        let b = written((self.within(-1.5, 1.5) * 100.0).round() / 100.0);
        let c = written((self.within(0.1, 1.0) * 100.0).round() / 100.0);
        let form = match kind {
            Kind::Smooth => self.pick(&[
                "erf",
                "tanh(a*x+b)",
                "he1+c*he3",
                "gelu",
                "silu",
                "softplus",
                "sin(a*x)+c*x",
                "exp(-a*x^2)*(x+b)",
                "x*sigmoid(a*x)",
                "x^3/3+b*x^2",
                "cos(a*x+b)",
                "exp(c*x)",
                "x/(1+x^2)",
                "sqrt(c+x^2)",
                "log(1+a*x^2)+b*x",
            ]),
            Kind::Kinked => self.pick(&[
                "relu",
                "abs(x-b)",
                "leaky_relu(c)",
                "relu(x-b)*x",
                "max(-a,min(a,x))",
                "square(relu)",
                "relu(x-b)-c*relu(-x)",
                "tanh(x)+c*abs(x-b)",
                "max(x,c*x^2)",
                "relu(sin(a*x))",
            ]),
            Kind::Jumping => self.pick(&[
                "sign",
                "heaviside(x-b)",
                "sign(x)+c*x",
                "x*heaviside(x-b)",
                "tanh(a*x)+heaviside(x-b)",
            ]),
            Kind::Steep => {
                let steep = written(self.decades(20.0, 5000.0).round());
                let form = self.pick(&[
                    "tanh(S*x)",
                    "tanh(S*(x-b))",
                    "x+exp(-S*(x-b)^2)",
                    "erf(S*(x-c))",
                    "sin(20*x)+c*x",
                    "x+c*softplus(S*(x-b))/S",
                    "sigmoid(S*(x-b))*x",
                ]);
                return form.replace('S', &steep).replace('b', &b).replace('c', &c);
            }
            Kind::Far => {
                let far = written((self.within(1.5, 6.0) * 4.0).round() / 4.0);
                let form = self.pick(&[
                    "relu(x-F)",
                    "relu(x-F)*c",
                    "square(relu(x-F))",
                    "relu(-x-F)",
                    "abs(x+F)-F",
                ]);
                return form.replace('F', &far).replace('c', &c);
            }
            Kind::Parity => self.pick(&[
                "cos",
                "he2",
                "abs",
                "tanh(a*x)",
                "sin",
                "he3",
                "exp(-a*x^2)",
                "x^4-a*x^2",
                "erf",
                "cos(a*x)",
                "x*abs(x)",
                "sin(a*x)*x",
            ]),
        };
        replaced(form, &[("a", &a), ("b", &b), ("c", &c)])
    }

    /// A pair whose student is continuous: teacher, student.
    pub fn pair(&mut self, kind: Kind) -> (String, String) {
        let student = if kind == Kind::Jumping {
            Kind::Kinked
        } else {
            kind
        };
        match self.below(3) {
            0 if kind != Kind::Jumping => {
                let link = self.link(kind);
                (link.clone(), link)
            }
            1 => (self.link(kind), self.link(student)),
            _ if kind == Kind::Jumping => (self.link(kind), self.link(Kind::Smooth)),
            _ => (self.link(Kind::Smooth), self.link(student)),
        }
    }

    /// An expression of the grammar of links, of so many levels.
    pub fn expression(&mut self, levels: usize) -> String {
        let number = written((self.within(-2.0, 2.0) * 100.0).round() / 100.0);
        if levels == 0 {
            return match self.below(4) {
                0 => format!("{number}*x"),
                1 => format!("(x - {number})"),
                _ => "x".to_owned(),
            };
        }
        let left = self.expression(levels - 1);
        match self.below(8) {
            0..=2 => format!("{}({left})", self.pick(&FUNCTIONS)),
            3 => format!("({left} + {number}*{})", self.expression(levels - 1)),
            4 => format!("({left})*({})", self.expression(levels - 1)),
            5 => format!("max({left}, {})", self.expression(levels - 1)),
            6 => format!("min({left}, {number})"),
            _ => format!(
                "piecewise(x < {number}: {left}; {})",
                self.expression(levels - 1)
            ),
        }
    }

    /// A link drawn from the grammar, of moderate size and with few breaks.
    pub fn drawn(&mut self, jumps: bool) -> Link {
        loop {
            let levels = 1 + self.below(3);
            let text = self.expression(levels);
            let Ok(link) = text.parse::<Link>() else {
                continue;
            };
            let moderate = [-6.0, 6.0].iter().all(|x| link.value(*x).abs() < 1e3);
            if moderate && link.breaks().len() <= 6 && (jumps || !link.has_jump()) {
                return link;
            }
        }
    }

    /// Flags of an ordinary problem without links, every option within what is usual.
    pub fn problem(&mut self) -> Vec<String> {
        let mut flags = Vec::new();
        let mut give = |name: &str, value: f64| {
            flags.push(format!("--{name}"));
            flags.push(format!("{value}"));
        };
        let two = |x: f64| (x * 100.0).round() / 100.0;
        let adapter = self.pick(&["spherical", "spherical", "free", "full", "scratch"]);
        if adapter != "scratch" {
            give("mu", two(self.within(0.1, 0.95)));
            if self.chance(0.4) {
                give("angle", self.within(0.0, 80.0).round());
            }
        }
        if self.chance(0.6) {
            give("dim", self.decades(20.0, 1e8).round());
        }
        if self.chance(0.3) {
            give("noise", two(self.within(0.0, 1.0)));
            give("nu", two(self.decades(0.01, 1.0)));
        }
        let lora = adapter == "spherical" || adapter == "free";
        if lora && self.chance(0.2) {
            give("chi", two(self.decades(0.2, 5.0)));
        }
        if self.chance(0.2) {
            give("threshold", two(self.within(0.2, 0.9)));
        }
        if adapter == "free" && self.chance(0.3) {
            give("decay", two(self.within(0.01, 0.1)));
        }
        flags.extend(["--adapter".to_owned(), adapter.to_owned()]);
        flags
    }
}

/// Letters that stand alone replaced by numbers: `a` of `tanh(a*x)`, not of `tanh`.
fn replaced(form: &str, numbers: &[(&str, &str)]) -> String {
    let letters: Vec<char> = form.chars().collect();
    let word = |i: Option<usize>| {
        i.and_then(|i| letters.get(i))
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let mut text = String::new();
    for (i, c) in letters.iter().enumerate() {
        let alone = !word(i.checked_sub(1)) && !word(Some(i + 1));
        let number = numbers
            .iter()
            .find(|(name, _)| alone && name.starts_with(*c));
        match number {
            Some((_, number)) => text.push_str(number),
            None => text.push(*c),
        }
    }
    text
}
