//! Link functions.

use lorode::link::{Link as Function, Outside, SAMPLED, SAMPLED_TO};
use lorode::study::links::{LinkFacts, SHOWN, hermite};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{floats, mask_of, under_mask};
use crate::error::{raised, refused, refused_of};
use crate::problem::kept;

/// A link function: a name or an expression in x, a table of values, or a function of your own.
///
/// ``Link("erf")``, ``Link("a*he1 + b*he3", a=1.0, b=0.5)``; letters get other values by ``with_``. A link is called like a
/// function, on numbers and arrays of any shape. See ``lorode links`` for the names. Links compare, hash, copy and pickle.
/// Raises :class:`LorodeError` for a text that is no link: where it is wrong, and what is near.
///
/// >>> mix = lo.Link("a*he1 + b*he3", a=1.0, b=0.5)
/// >>> mix.name
/// '(1.0)*he1 + (0.5)*he3'
/// >>> mix([1.0, 2.0]), mix.with_(b=0)([1.0, 2.0])
/// (array([0., 3.]), array([1., 2.]))
#[pyclass(frozen, module = "lorode")]
pub struct Link {
    function: Function,
    /// What makes it again: the name of a constructor, its arguments and keywords.
    source: (&'static str, Py<PyTuple>, Py<PyDict>),
}

impl Link {
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Whether no text says what it is.
    pub fn is_own(&self) -> bool {
        !self.source.0.is_empty()
    }

    fn facts(&self, py: Python<'_>) -> LinkFacts {
        py.detach(|| LinkFacts::of(&self.function))
    }

    /// The function on numbers and arrays of any shape.
    fn on<'py>(
        &self,
        x: &Bound<'py, PyAny>,
        of: fn(&Function, &[f64], &mut [f64]),
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = x.py();
        let numpy = py.import("numpy")?;
        let given = numpy.call_method1("asarray", (x, "float64"))?;
        let mask = mask_of(&[x])?;
        let flat = given.call_method1("reshape", (-1,))?;
        let flat: PyReadonlyArray1<'_, f64> = flat.extract()?;
        let input = flat.as_array().to_vec();
        let output = py.detach(|| {
            let mut output = vec![0.0; input.len()];
            of(&self.function, &input, &mut output);
            output
        });
        let shape = given.getattr("shape")?;
        let array = PyArray1::from_vec(py, output).into_any();
        let array = under_mask(array.call_method1("reshape", (shape,))?, mask)?;
        // An array of no dimension becomes a number.
        array.get_item(())
    }
}

/// The values of letters.
fn letters(given: &Bound<'_, PyDict>) -> PyResult<Vec<(String, f64)>> {
    let one = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| -> PyResult<(String, f64)> {
        let name: String = name.extract()?;
        let value = value.extract::<f64>().map_err(|_| {
            PyTypeError::new_err(format!(
                "{name} is a letter of a link: its value is a number"
            ))
        });
        Ok((name, value?))
    };
    given.iter().map(one).collect()
}

#[pymethods]
impl Link {
    #[new]
    #[pyo3(signature = (text, **letters))]
    fn new(py: Python<'_>, text: &str, letters: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let given = kept(py, letters)?;
        let values = self::letters(given.bind(py))?;
        let values: Vec<(&str, f64)> = values.iter().map(|(name, x)| (&**name, *x)).collect();
        let function = Function::with_letters(text, &values);
        let function = function.map_err(|error| raised(&error.into()))?;
        let source = ("", PyTuple::new(py, [text])?.unbind(), given);
        Ok(Self { function, source })
    }

    /// A link through the points (x, y), two arrays of the same length with x increasing: twice continuously differentiable;
    /// outside continued in a straight line ("linear") or held ("held"). Raises :class:`LorodeError` for fewer than four points,
    /// or some that are not finite.
    ///
    /// >>> x = np.linspace(-5, 5, 201)
    /// >>> net = lo.Link.from_table(x, np.tanh(x), name="trained")
    /// >>> bool(abs(net(0.33) - np.tanh(0.33)) < 1e-7)
    /// True
    #[staticmethod]
    #[pyo3(signature = (x, y, name = None, outside = "linear"))]
    fn from_table(
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        name: Option<&str>,
        outside: &str,
    ) -> PyResult<Self> {
        let numpy = py.import("numpy")?;
        let list = |values: &Bound<'_, PyAny>| -> PyResult<Vec<f64>> {
            // What is masked is no number, which the library refuses with its place.
            let ma = numpy.getattr("ma")?;
            let values = ma.call_method1("asarray", (values, "float64"))?;
            let values = ma.call_method1("filled", (values, f64::NAN))?;
            values.call_method0("tolist")?.extract()
        };
        let beyond = match outside {
            "linear" => Outside::Linear,
            "held" => Outside::Held,
            other => {
                let why = format!("outside = '{other}' is not allowed: linear or held");
                return Err(refused_of(Some("outside"), why));
            }
        };
        let (xs, ys) = (list(x)?, list(y)?);
        let function =
            Function::from_table(&xs, &ys, beyond).map_err(|error| raised(&error.into()))?;
        let keywords = PyDict::new(py);
        keywords.set_item("name", name)?;
        keywords.set_item("outside", outside)?;
        Self::own(
            function,
            name,
            ("from_table", (xs, ys).into_pyobject(py)?, keywords),
        )
    }

    /// A link from any function of a number, sampled once on ``interval`` (None: the library's, where Gaussian averages
    /// have their weight) to ``tolerance`` of its largest value; no Python runs inside the solver. ``fit_error`` is the largest
    /// deviation that was found: features narrower than 0.0005 between -4 and 4, and than two thousandths of the interval elsewhere, it
    /// may not see. An exception of the function comes through as it is. It pickles if the function does.
    ///
    /// >>> own = lo.Link.from_callable(lambda x: x / (1 + np.exp(-2 * x)), name="own")
    /// >>> own.fit_error < 1e-9, bool(abs(own(1.0) - 1 / (1 + np.exp(-2))) < 1e-9)
    /// (True, True)
    #[staticmethod]
    #[pyo3(signature = (function, name = None, interval = None, tolerance = None))]
    fn from_callable(
        py: Python<'_>,
        function: &Bound<'_, PyAny>,
        name: Option<&str>,
        interval: Option<(f64, f64)>,
        tolerance: Option<f64>,
    ) -> PyResult<Self> {
        if !function.is_callable() {
            return Err(PyTypeError::new_err(
                "from_callable() needs a function of one number",
            ));
        }
        // An exception of the function comes through as it is.
        let failure = std::cell::OnceCell::new();
        let value = |x: f64| {
            let called = function.call1((x,)).and_then(|y| y.extract::<f64>());
            called.unwrap_or_else(|error| {
                let _first = failure.set(error);
                f64::NAN
            })
        };
        let (interval, tolerance) = (interval.unwrap_or(SAMPLED), tolerance.unwrap_or(SAMPLED_TO));
        let made = Function::from_samples(value, interval, tolerance);
        if let Some(error) = failure.into_inner() {
            return Err(error);
        }
        let made = made.map_err(|error| raised(&error.into()))?;
        let keywords = PyDict::new(py);
        keywords.set_item("name", name)?;
        keywords.set_item("interval", interval)?;
        keywords.set_item("tolerance", tolerance)?;
        Self::own(
            made,
            name,
            ("from_callable", PyTuple::new(py, [function])?, keywords),
        )
    }

    /// The same expression with other values of its letters. Raises :class:`LorodeError` for a link without an expression.
    #[pyo3(signature = (**letters))]
    fn with_(&self, py: Python<'_>, letters: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        if self.is_own() {
            return Err(refused(
                "letters stand in expressions: this link is a table or a function",
            ));
        }
        let all = self.source.2.bind(py).copy()?;
        for (name, value) in letters.into_iter().flatten() {
            all.set_item(name, value)?;
        }
        let text: String = self.source.1.bind(py).get_item(0)?.extract()?;
        Self::new(py, &text, Some(&all))
    }

    /// What it is called: its expression, or the name that it was given.
    #[getter]
    fn name(&self) -> &str {
        self.function.name()
    }

    /// The slope at x, a number or an array of any shape; at a kink the mean of both sides.
    fn derivative<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.on(x, |link, x, out| link.derivatives(x, out))
    }

    /// The curvature at x, a number or an array of any shape; kinks and jumps are in ``breaks``.
    fn second_derivative<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.on(x, |link, x, out| link.second_derivatives(x, out))
    }

    fn __call__<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.on(x, |link, x, out| link.values(x, out))
    }

    /// Coefficients a_0 ... a_{count-1} in sigma = sum a_k He_k, where He_k are the Hermite polynomials with leading coefficient 1:
    /// a float64 array of shape (count,), of 10000 at most.
    ///
    /// >>> lo.Link("he1 + 0.5*he3").hermite(4).round(12) + 0.0
    /// array([0. , 1. , 0. , 0.5])
    #[pyo3(signature = (count = None))]
    fn hermite(&self, py: Python<'_>, count: Option<i64>) -> PyResult<Py<PyAny>> {
        let (link, count) = (&self.function, count.unwrap_or(SHOWN as i64));
        let all = py.detach(|| hermite(link, count));
        Ok(floats(py, all.map_err(|error| raised(&error))?))
    }

    /// The information exponent: the lowest order above 0 whose Hermite coefficient does not vanish, or None of a constant.
    ///
    /// >>> lo.Link("he3").information_exponent
    /// 3
    #[getter]
    fn information_exponent(&self, py: Python<'_>) -> Option<usize> {
        self.facts(py).information_exponent
    }

    /// Kinks and jumps: tuples (place, jump of the value, jump of the slope).
    ///
    /// >>> lo.Link("relu").breaks
    /// [(0.0, 0.0, 1.0)]
    #[getter]
    fn breaks(&self) -> Vec<(f64, f64, f64)> {
        let breaks = self.function.breaks().iter();
        breaks.map(|b| (b.at, b.jump, b.slope_jump)).collect()
    }

    /// The largest deviation that was found from the function it was sampled from, or None.
    #[getter]
    fn fit_error(&self) -> Option<f64> {
        self.function.fit_error()
    }

    /// Itself: a link never changes.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Itself: a link never changes.
    fn __deepcopy__(slf: Py<Self>, memo: &Bound<'_, PyAny>) -> Py<Self> {
        let _none_inside = memo;
        slf
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (how, positional, keywords) = &self.source;
        if !how.is_empty() {
            return Ok(format!("Link.{how}(..., name={:?})", self.function.name()));
        }
        let mut text = format!("Link({}", positional.bind(py).get_item(0)?.repr()?);
        for (name, value) in keywords.bind(py) {
            text.push_str(&format!(", {name}={}", value.repr()?));
        }
        Ok(text + ")")
    }

    fn __richcmp__(&self, other: &Self, how: CompareOp) -> PyResult<bool> {
        match how {
            CompareOp::Eq => Ok(self.function == other.function),
            CompareOp::Ne => Ok(self.function != other.function),
            _ => Err(PyTypeError::new_err("links have no order")),
        }
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.function.to_string().hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let again = py.import("lorode")?.getattr("_link_again")?;
        let (how, positional, keywords) = &self.source;
        Ok((again, (*how, positional, keywords).into_pyobject(py)?))
    }
}

impl Link {
    fn own(
        function: Function,
        name: Option<&str>,
        (how, positional, keywords): (&'static str, Bound<'_, PyTuple>, Bound<'_, PyDict>),
    ) -> PyResult<Self> {
        Ok(Self {
            function: match name {
                Some(name) => function.named(name),
                None => function,
            },
            source: (how, positional.unbind(), keywords.unbind()),
        })
    }
}
