//! What programs in all languages have in common: the statements of a right-hand side.

use super::refused::Refused;
use super::{FormatError, Wanted, series};
use crate::algebra::render::{Language, Unwritable, expression, identifier};
use crate::algebra::{Exponent, Symbol, Tree};
use crate::derivation::derive::{Derivation, Kernels};
use crate::derivation::kernel::{ExactKernel, formula};
use crate::derivation::symbols::{
    ALPHA, BETA, CHI, DELTA, KAPPA, LAMBDA, M, NOISE, NU, PHI, Q, R, RHO,
};
use crate::expectation::SeriesRecipe;
use crate::link::Form;
use crate::model::pair_label;

/// A program, its parts in the language.
pub(super) struct Program {
    /// What it is, a line each, without comment signs.
    pub(super) about: Vec<String>,
    /// Names of the state.
    pub(super) state: Vec<String>,
    /// Parameters that the statements use.
    pub(super) parameters: Vec<String>,
    /// Numbers fixed by the problem.
    pub(super) constants: Vec<(String, String)>,
    /// Definitions that come before.
    pub(super) before: String,
    /// Overlaps, kernels, rates.
    pub(super) statements: Vec<Statement>,
    /// Names of the rates.
    pub(super) rates: Vec<String>,
}

/// `name = expression`, or several names for what a function answers.
pub(super) struct Statement {
    pub(super) names: Vec<String>,
    pub(super) expression: String,
}

impl Statement {
    fn new(name: String, expression: String) -> Self {
        Self {
            names: vec![name],
            expression,
        }
    }
}

/// Smallest self-overlap: that of a student without direction.
const FAINT: &str = "1e-200";
/// From this degree on expanded polynomials cancel to fewer digits than the series.
const HIGH: usize = 7;

/// The program of a derivation, laid out.
pub(super) fn write(
    derivation: &Derivation,
    wanted: &Wanted,
    language: Language,
    layout: fn(&Program) -> String,
) -> Result<String, FormatError> {
    let setup = &derivation.setup;
    let pair = pair_label(setup.model.teacher().name(), setup.model.student().name());
    let made = match &derivation.kernels {
        Kernels::Exact(kernel) if degree(derivation) < HIGH => closed(derivation, kernel, language),
        _ => by_series(derivation, language),
    };
    let mut program = made.map_err(|refused| refused.named(language, &pair))?;
    let line = format!("Closed ODEs, {pair}; time is the step size times the SGD steps.");
    program.about.splice(0..0, [wanted.made.clone(), line]);
    Ok(layout(&program))
}

/// The higher degree of two polynomials, 0 for other links.
fn degree(derivation: &Derivation) -> usize {
    let setup = &derivation.setup;
    let degrees = [&setup.model.teacher(), &setup.model.student()].map(|link| match link.form() {
        Form::Polynomial(hermite) => hermite.len().saturating_sub(1),
        _ => 0,
    });
    degrees[0].max(degrees[1])
}

/// Kernels by their formulas.
fn closed(
    derivation: &Derivation,
    kernel: &ExactKernel,
    language: Language,
) -> Result<Program, Refused> {
    let writer = Writer { language };
    let mut statements = writer.overlaps(derivation, kernel.is_angular())?;
    let noise = Tree::sum(vec![
        formula(&kernel.noise),
        Tree::product(vec![Tree::Symbol(DELTA), formula(&kernel.slope)]),
    ]);
    for (symbol, tree) in [
        (ALPHA, formula(&kernel.alpha)),
        (BETA, formula(&kernel.beta)),
        (NOISE, noise),
    ] {
        statements.push(writer.assign(symbol, &tree)?);
    }
    writer.program(derivation, statements)
}

/// Kernels by the Hermite series.
fn by_series(derivation: &Derivation, language: Language) -> Result<Program, Refused> {
    let setup = &derivation.setup;
    let recipe = SeriesRecipe::of(setup.model.teacher(), setup.model.student())?;
    let writer = Writer { language };
    let stepped = !recipe.steps.is_empty();
    let mut statements = writer.overlaps(derivation, stepped)?;
    if !derivation.system.has_unit_length() && !stepped {
        let q = writer.expression(&derivation.system.q)?;
        statements.retain(|s| s.names != [writer.name(Q)]);
        statements.push(Statement::new(writer.name(Q), writer.at_least(&q, FAINT)));
    }
    let kernels = ["alpha", "beta", "signal", "slope"].map(str::to_owned);
    statements.push(Statement {
        names: kernels.to_vec(),
        expression: format!("averages({})", series::arguments(&recipe)),
    });
    statements.push(Statement::new(
        writer.name(NOISE),
        format!("signal + {} * slope", writer.name(DELTA)),
    ));
    let mut program = writer.program(derivation, statements)?;
    program.before = series::averages(&recipe, setup.model.student(), language)?;
    let line = if stepped {
        "Averages of the teacher given z by their closed form, then over z by quadrature."
            .to_owned()
    } else if recipe.largest_overlap.is_finite() {
        format!(
            "Averages by a Hermite series in m/sqrt(q), complete for q <= {}, and by quadrature.",
            recipe.largest_overlap
        )
    } else {
        "Averages by a Hermite series in m/sqrt(q) and by quadrature.".to_owned()
    };
    program.about.push(line);
    Ok(program)
}

struct Writer {
    language: Language,
}

impl Writer {
    fn name(&self, symbol: Symbol) -> String {
        identifier(symbol, self.language)
    }

    fn expression(&self, tree: &Tree) -> Result<String, Unwritable> {
        expression(tree, self.language)
    }

    fn assign(&self, symbol: Symbol, tree: &Tree) -> Result<Statement, Unwritable> {
        Ok(Statement::new(self.name(symbol), self.expression(tree)?))
    }

    /// The statements followed by the rates, with what they use.
    fn program(
        &self,
        derivation: &Derivation,
        mut statements: Vec<Statement>,
    ) -> Result<Program, Refused> {
        let mut rates = Vec::new();
        for rate in &derivation.system.rates {
            let name = format!("d{}_dt", rate.variable.name);
            statements.push(Statement::new(name.clone(), self.expression(&rate.rate)?));
            rates.push(name);
        }
        drop_unused(&mut statements, &rates);
        let setup = &derivation.setup;
        let used = |symbol: Symbol| {
            let name = self.name(symbol);
            statements.iter().any(|s| mentions(&s.expression, &name))
        };
        let parameters = [RHO, KAPPA, NU, DELTA].into_iter().filter(|s| used(*s));
        let constants = [(CHI, setup.step_ratio), (LAMBDA, setup.weight_decay)];
        let constants = constants.iter().filter(|(s, _)| used(*s));
        let state = derivation
            .system
            .rates
            .iter()
            .map(|r| self.name(r.variable));
        Ok(Program {
            about: Vec::new(),
            state: state.collect(),
            parameters: parameters.map(|s| self.name(s)).collect(),
            constants: constants
                .map(|(s, x)| (self.name(*s), format!("{x:?}")))
                .collect(),
            before: String::new(),
            statements,
            rates,
        })
    }

    /// `m`, `q` and, for kernels that depend on the angle, `r` and `phi`, from the state.
    fn overlaps(
        &self,
        derivation: &Derivation,
        angular: bool,
    ) -> Result<Vec<Statement>, Unwritable> {
        let system = &derivation.system;
        let mut made = Vec::new();
        if !system.moves(M) {
            made.push(self.assign(M, &system.m)?);
        }
        if !angular {
            if !system.moves(Q) {
                made.push(self.assign(Q, &system.q)?);
            }
            return Ok(made);
        }
        let residual = self.expression(&system.residual)?;
        made.push(Statement::new(
            self.name(R),
            self.at_least(&residual, "0.0"),
        ));
        if !system.moves(Q) {
            let square = Tree::Symbol(M).to_power(Exponent::from_integer(2));
            let q = self.expression(&Tree::Sum(vec![square, Tree::Symbol(R)]))?;
            made.push(Statement::new(self.name(Q), self.at_least(&q, FAINT)));
        }
        let [r, m] = [R, M].map(|s| self.name(s));
        let phi = match self.language {
            Language::Python => format!("np.arctan2(np.sqrt({r}), -{m})"),
            Language::Julia => format!("atan(sqrt({r}), -{m})"),
            Language::Rust => format!("{r}.sqrt().atan2(-{m})"),
        };
        made.push(Statement::new(self.name(PHI), phi));
        Ok(made)
    }

    fn at_least(&self, text: &str, least: &str) -> String {
        match self.language {
            Language::Python | Language::Julia => format!("max({text}, {least})"),
            Language::Rust => format!("f64::max({text}, {least})"),
        }
    }
}

/// Whether a name occurs in an expression.
fn mentions(expression: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    expression.split(|c| !word(c)).any(|w| w == name)
}

/// Leaves out what nothing after it mentions; of several names together, underscores those.
fn drop_unused(statements: &mut Vec<Statement>, results: &[String]) {
    let mut kept: Vec<Statement> = Vec::new();
    while let Some(mut statement) = statements.pop() {
        let used = |name: &String| {
            results.contains(name) || kept.iter().any(|s| mentions(&s.expression, name))
        };
        match statement.names.as_mut_slice() {
            [name] if !used(name) => continue,
            [_] => {}
            names => names
                .iter_mut()
                .filter(|n| !used(n))
                .for_each(|n| n.insert(0, '_')),
        }
        kept.push(statement);
    }
    kept.reverse();
    *statements = kept;
}
