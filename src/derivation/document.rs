//! What a derivation says, before any format: headings, paragraphs, definitions, equations, tables.
//!
//! Prose holds formulas between backquotes, in Unicode as the text format prints them; the other formats
//! translate ([`latex_of`]).

use crate::algebra::Tree;

/// A derivation written out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The first line.
    pub title: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part with a heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// A few words.
    pub heading: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// One piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Symbols and their meaning.
    Definitions(Vec<(String, String)>),
    /// Equations, aligned at their signs.
    Equations(Vec<Equation>),
    /// Numbers.
    Table {
        /// Headings, formulas.
        columns: Vec<String>,
        /// Rows.
        rows: Vec<Vec<f64>>,
    },
}

/// `left = first = second ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// Its key in JSON.
    pub name: String,
    /// What is said to be equal.
    pub left: Math,
    /// To what, one after the other.
    pub right: Vec<(Relation, Math)>,
    /// A few words beside it.
    pub remark: Option<String>,
    /// What it puts together from other equations, where it is written in their names.
    pub composed: Option<Composed>,
}

/// What is put together from the right-hand sides of other equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composed {
    /// `(E[sigma*^2] + Delta + S)/2 - F`.
    Loss,
    /// `N0 + Delta E[sigma'^2]`.
    Noise,
    /// `2/(B + sqrt(B^2 + 4 A^2))`.
    SearchTime {
        /// Whether the equation of the gradient is one of `A^2`.
        of_square: bool,
    },
}

/// A formula, or one that is only written.
#[derive(Clone, Debug, PartialEq)]
pub enum Math {
    /// A formula.
    Tree(Tree),
    /// A link, written so that it can be read back.
    Link(Tree),
    /// Written in Unicode.
    Written(String),
}

/// What stands between the sides of an equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`.
    Equal,
    /// To double precision.
    Nearly,
    /// In the limit.
    Asymptotic,
}

impl From<Tree> for Math {
    fn from(tree: Tree) -> Self {
        Math::Tree(tree)
    }
}

impl From<&str> for Math {
    fn from(text: &str) -> Self {
        Math::Written(text.to_owned())
    }
}

impl Equation {
    /// `left = right`.
    pub fn new(name: &str, left: impl Into<Math>, right: impl Into<Math>) -> Self {
        Self {
            name: name.to_owned(),
            left: left.into(),
            right: vec![(Relation::Equal, right.into())],
            remark: None,
            composed: None,
        }
    }

    /// Put together from other equations.
    pub(super) fn composed(mut self, of: Composed) -> Self {
        self.composed = Some(of);
        self
    }

    /// One more side.
    pub fn and(mut self, relation: Relation, right: impl Into<Math>) -> Self {
        self.right.push((relation, right.into()));
        self
    }

    /// The relation of its first right side changed.
    pub fn related(mut self, relation: Relation) -> Self {
        if let Some(first) = self.right.first_mut() {
            first.0 = relation;
        }
        self
    }
}

impl Section {
    /// An empty section.
    pub fn new(heading: &str) -> Self {
        Self {
            heading: heading.to_owned(),
            blocks: Vec::new(),
        }
    }

    /// With a paragraph.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    /// With equations, none for none.
    pub fn equations(mut self, equations: Vec<Equation>) -> Self {
        if !equations.is_empty() {
            self.blocks.push(Block::Equations(equations));
        }
        self
    }

    /// With definitions.
    pub fn definitions(mut self, all: Vec<(String, String)>) -> Self {
        self.blocks.push(Block::Definitions(all));
        self
    }

    /// With a table.
    pub fn table(mut self, columns: Vec<String>, rows: Vec<Vec<f64>>) -> Self {
        self.blocks.push(Block::Table { columns, rows });
        self
    }
}

/// LaTeX of characters that prose and written formulas use.
const LATEX: &[(char, &str)] = &[
    ('α', "\\alpha "),
    ('β', "\\beta "),
    ('Δ', "\\Delta "),
    ('ε', "\\varepsilon "),
    ('η', "\\eta "),
    ('κ', "\\kappa "),
    ('λ', "\\lambda "),
    ('μ', "\\mu "),
    ('ν', "\\nu "),
    ('ξ', "\\xi "),
    ('π', "\\pi "),
    ('ρ', "\\rho "),
    ('σ', "\\sigma "),
    ('τ', "\\tau "),
    ('φ', "\\varphi "),
    ('χ', "\\chi "),
    ('ω', "\\omega "),
    ('⋆', "_{\\ast}"),
    ('₀', "_{0}"),
    ('₁', "_{1}"),
    ('₂', "_{2}"),
    ('₊', "_{+}"),
    ('₋', "_{-}"),
    ('ₖ', "_{k}"),
    ('꜀', "_{c}"),
    ('⊥', "_{\\perp}"),
    ('′', "'"),
    ('″', "''"),
    ('⟨', "\\langle "),
    ('⟩', "\\rangle "),
    ('∂', "\\partial "),
    ('∇', "\\nabla "),
    ('·', "\\cdot "),
    ('≥', "\\ge "),
    ('≤', "\\le "),
    ('→', "\\to "),
    ('∼', "\\sim "),
    ('≈', "\\approx "),
    ('∞', "\\infty "),
    ('−', "-"),
    ('…', "\\ldots "),
    ('∈', "\\in "),
    ('×', "\\times "),
    ('≠', "\\ne "),
    ('ⱼ', "_{j}"),
    ('ᵢ', "_{i}"),
    ('ₗ', "_{l}"),
    ('ₐ', "_{a}"),
    ('Σ', "\\sum "),
    ('∫', "\\int "),
    ('½', "\\tfrac{1}{2}"),
    ('̇', "'"),
];

/// Raised characters and what they raise.
const RAISED: &[(char, char)] = &[
    ('⁰', '0'),
    ('¹', '1'),
    ('²', '2'),
    ('³', '3'),
    ('⁴', '4'),
    ('⁵', '5'),
    ('⁶', '6'),
    ('⁷', '7'),
    ('⁸', '8'),
    ('⁹', '9'),
    ('⁻', '-'),
    ('⁽', '('),
    ('⁾', ')'),
    ('ᵏ', 'k'),
    ('ᵀ', 'T'),
];

fn raised(c: char) -> Option<char> {
    RAISED
        .iter()
        .find(|(from, _)| *from == c)
        .map(|(_, to)| *to)
}

/// Whether a character stands for something that needs math mode.
pub fn is_math(c: char) -> bool {
    c == '√' || raised(c).is_some() || LATEX.iter().any(|(from, _)| *from == c)
}

/// Names that LaTeX sets upright.
const WORDS: &[(&str, &str)] = &[
    ("E[", "\\mathbb{E}["),
    ("exp(", "\\exp("),
    ("arccos(", "\\arccos("),
    ("arcsin(", "\\arcsin("),
    ("ln", "\\ln "),
    ("det(", "\\det("),
    ("diag(", "\\operatorname{diag}("),
    ("erf(", "\\mathrm{erf}("),
    ("He", "\\mathrm{He}"),
];

/// A formula in Unicode as LaTeX.
pub fn latex_of(unicode: &str) -> String {
    let mut latex = String::new();
    let mut rest = unicode.chars().peekable();
    while let Some(c) = rest.next() {
        if let Some(first) = raised(c) {
            latex.push_str(&format!("^{{{first}"));
            while let Some(next) = rest.peek().copied().and_then(raised) {
                latex.push(next);
                rest.next();
            }
            latex.push('}');
            continue;
        }
        if matches!(c, '^' | '_') && rest.peek() == Some(&'(') {
            latex.push_str(&format!("{c}{{{}}}", radicand(&mut rest)));
            continue;
        }
        if c == '√' {
            latex.push_str(&format!("\\sqrt{{{}}}", radicand(&mut rest)));
            continue;
        }
        match LATEX.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => latex.push_str(to),
            None => latex.push(c),
        }
    }
    for (word, command) in WORDS {
        latex = latex.replace(word, command);
    }
    latex.trim_end().to_owned()
}

/// What stands under a root: a group in parentheses, or one character.
fn radicand(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    if rest.peek() != Some(&'(') {
        return rest
            .next()
            .map_or(String::new(), |c| latex_of(&c.to_string()));
    }
    rest.next();
    let mut depth = 1;
    let mut inner = String::new();
    for c in rest.by_ref() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            break;
        }
        inner.push(c);
    }
    latex_of(&inner)
}

/// Prose split at its formulas: words, formula, words, ...
pub fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`')
        .enumerate()
        .map(|(i, piece)| (i % 2 == 1, piece))
}
