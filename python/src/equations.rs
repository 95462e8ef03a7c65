//! Derived equations.

use lorode::prelude::Derive;
use lorode::study::derive::Derived;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::error::{refused, refused_of};
use crate::result::{optional, python};
use crate::run::{How, compute};

/// The closed ODEs of a problem, their kernels and the search phase, written out, of :func:`derive`.
///
/// ``str(eq)`` is the text of ``lorode derive``; ``eq.names`` are the equations, ``eq.latex("A")`` one of them,
/// ``eq.format("python")`` a program.
///
/// >>> eq = lo.derive("erf")
/// >>> eq.names[:3], "begin{align" in eq.latex()
/// (['link', 'loss', 'product'], True)
#[pyclass(frozen, module = "lorode")]
pub struct Equations {
    study: Derive,
    derived: Derived,
}

/// Names of the field for equations, and the library's.
const SYMBOLS: [(&str, &str); 4] = [
    ("A", "gradient"),
    ("B", "curvature"),
    ("N", "noise"),
    ("F", "product"),
];

impl Equations {
    fn name(name: &str) -> &str {
        let known = SYMBOLS.iter().find(|(symbol, _)| *symbol == name);
        known.map_or(name, |(_, name)| name)
    }

    fn written(&self, py: Python<'_>, format: &str) -> PyResult<String> {
        let study = Derive {
            format: format.to_owned(),
            ..self.study.clone()
        };
        let how = How::default();
        Ok(compute(py, how, move |progress| study.run(progress))?.text)
    }

    fn unknown(&self, name: &str) -> PyErr {
        let names = self.names().join(", ");
        let why = format!("there is no equation '{name}': names are {names}");
        refused_of(Some("name"), why)
    }
}

#[pymethods]
impl Equations {
    /// Names of the equations.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.derived.document.names()
    }

    /// An equation in LaTeX, the lines between \begin{align*} and \end{align*}; without a name the whole document. Raises
    /// :class:`LorodeError` for a name that none has.
    #[pyo3(signature = (name = None))]
    fn latex(&self, py: Python<'_>, name: Option<&str>) -> PyResult<String> {
        match name {
            None => self.written(py, "latex"),
            Some(name) => {
                let found = self.derived.document.latex(Self::name(name));
                found.ok_or_else(|| self.unknown(name))
            }
        }
    }

    /// The derivation in a format of ``lorode derive``: text, latex, markdown, python, julia, rust, json.
    fn format(&self, py: Python<'_>, format: &str) -> PyResult<String> {
        self.written(py, format)
    }

    /// The right-hand side of an equation as a SymPy expression in variables of the problem alone, where it has a closed
    /// form; symbols are real. Raises :class:`LorodeError` for one that has none.
    ///
    /// >>> lo.derive("erf").sympy("alpha")
    /// 4/(pi*sqrt(-4*m**2 + 6*q + 3))
    fn sympy<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        optional(py, "sympy")?;
        let tree = self.derived.document.tree(Self::name(name));
        let tree = tree.ok_or_else(|| match self.names().iter().any(|one| one == Self::name(name)) {
            true => refused_of(
                Some("name"),
                format!("'{name}' has no formula of its own here: latex('{name}') writes it in names of others"),
            ),
            false => self.unknown(name),
        })?;
        let tree: Value = serde_json::to_value(tree).map_err(|error| refused(error.to_string()))?;
        py.import("lorode._sympy")?
            .call_method1("expression", (python(py, &tree)?,))
    }

    /// The closed ODEs as a function ``rhs(t, state, parameters)`` with the state and the parameters that its docstring
    /// names: for scipy.integrate.solve_ivp (``args=(parameters,)``) and its like.
    ///
    /// >>> rhs = lo.derive("erf").rhs()
    /// >>> parameters = {"rho": 0.5, "kappa": 0.25, "nu": 0.0, "noise": 0.0}
    /// >>> len(rhs(0.0, np.array([0.0, 0.03, 0.015]), parameters))
    /// 3
    fn rhs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let program = self.written(py, "python")?;
        let names = PyDict::new(py);
        py.import("builtins")?
            .call_method1("exec", (program, &names))?;
        let rhs = names.get_item("rhs")?;
        rhs.ok_or_else(|| refused("these links have no closed form: rhs takes one"))
    }

    fn __str__(&self) -> &str {
        &self.derived.text
    }

    fn __repr__(&self) -> String {
        self.derived
            .text
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    fn _repr_markdown_(&self, py: Python<'_>) -> PyResult<String> {
        self.written(py, "markdown")
    }

    fn _repr_latex_(&self) -> String {
        self.derived.document.formula()
    }
}

/// The closed ODEs of a pair of links, as :class:`Equations`. A link alone is teacher and student; further keywords are
/// those of a problem, ``explain`` and ``exact``. Raises :class:`LorodeError` for what is refused.
///
/// >>> "alpha" in lo.derive(teacher="erf", student="relu").names
/// True
#[pyfunction]
#[pyo3(signature = (link = None, **given))]
pub fn derive(
    py: Python<'_>,
    link: Option<&Bound<'_, PyAny>>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Equations> {
    let arguments = Arguments::of::<Derive>("derive").first(link)?.with(given)?;
    let (mut study, links) = arguments.settings::<Derive>()?;
    links.place(&mut study.problem);
    equations(py, study)
}

/// What a derivation gives.
pub(crate) fn equations(py: Python<'_>, study: Derive) -> PyResult<Equations> {
    let wanted = study.clone();
    let derived = compute(py, How::default(), move |progress| wanted.run(progress))?;
    Ok(Equations { study, derived })
}
