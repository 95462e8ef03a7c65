//! Gaussian averages over arrays of overlaps.

use lorode::model::Model;
use lorode::study::kernel::{KernelAt, at_many};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::arrays::{mask_of, under_mask};
use crate::link::Link;
use crate::run::{How, compute};

/// Averages of a pair of links, at a student–teacher overlap m and a student self-overlap q, with label noise of variance Δ:
/// ``alpha`` = E[σ⋆'(λ⋆) σ'(λ)], ``beta`` = E[(σ⋆(λ⋆) - σ(λ)) σ''(λ)] - E[σ'(λ)²], ``noise`` =
/// E[(σ⋆(λ⋆) - σ(λ))² σ'(λ)²] + Δ E[σ'(λ)²] and ``loss`` = E[(σ⋆(λ⋆) - σ(λ))²]/2 + Δ/2; each a float, or a float64 array in the
/// shape to which m and q broadcast. Source: docs/notation.md, docs/theory.md.
///
/// >>> k = lo.kernel(lo.Link("erf"), m=[0.0, 0.5], q=1.0)
/// >>> k.alpha.shape
/// (2,)
#[pyclass(frozen, get_all, module = "lorode")]
pub struct Averages {
    /// E[σ⋆'(λ⋆) σ'(λ)].
    alpha: Py<PyAny>,
    /// E[(σ⋆(λ⋆) - σ(λ)) σ''(λ)] - E[σ'(λ)²].
    beta: Py<PyAny>,
    /// The noise kernel, label noise included.
    noise: Py<PyAny>,
    /// The population loss, label noise included.
    loss: Py<PyAny>,
}

/// The averages of a pair of links: an :class:`Averages`.
///
/// ``m`` and ``q`` are numbers or arrays that broadcast, masked where either is; q > 0 and m² <= q * teacher_variance, up to rounding. ``noise`` is
/// the variance of the labels' noise (0), ``teacher_variance`` that of the teacher's pre-activation (1). Without ``student``
/// the teacher's link. Raises :class:`LorodeError` for overlaps that no weights have.
///
/// >>> k = lo.kernel(lo.Link("erf"), m=0.5, q=1.0)
/// >>> bool(abs(k.alpha - 4 / np.pi / np.sqrt(3**2 - 4 * 0.5**2)) < 1e-12)
/// True
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
#[pyo3(signature = (teacher, student = None, *, m, q, noise = None, teacher_variance = None, threads = None))]
pub fn kernel<'py>(
    py: Python<'py>,
    teacher: &Link,
    student: Option<&Link>,
    m: &Bound<'py, PyAny>,
    q: &Bound<'py, PyAny>,
    noise: Option<f64>,
    teacher_variance: Option<f64>,
    threads: Option<isize>,
) -> PyResult<Averages> {
    let noise = noise.unwrap_or(KernelAt::default().noise);
    let student = student.unwrap_or(teacher);
    let model = Model::new(teacher.function().clone(), student.function().clone());
    let numpy = py.import("numpy")?;
    let mask = mask_of(&[m, q])?;
    let both = numpy.call_method1("broadcast_arrays", (m, q))?;
    let (mut m, mut q) = (both.get_item(0)?, both.get_item(1)?);
    let shape = m.getattr("shape")?;
    let mask = mask.map(|mask| numpy.call_method1("broadcast_to", (mask, &shape)));
    let mask = mask.transpose()?;
    if let Some(mask) = &mask {
        // Overlaps that there are, in the place of what is masked.
        m = numpy.call_method1("where", (mask, 0.0, m))?;
        q = numpy.call_method1("where", (mask, 1.0, q))?;
    }
    let flat = |values: Bound<'py, PyAny>| -> PyResult<Vec<f64>> {
        let values = numpy.call_method1("ascontiguousarray", (values, "float64"))?;
        let values: PyReadonlyArray1<'_, f64> = values.call_method1("reshape", (-1,))?.extract()?;
        Ok(values.as_array().to_vec())
    };
    let (m, q) = (flat(m)?, flat(q)?);
    let how = How {
        progress: false,
        threads,
    };
    let columns = compute(py, how, move |progress| {
        at_many(&model, (&m, &q), teacher_variance, noise, progress)
    })?;
    let all = [
        columns.alpha,
        columns.beta,
        columns.noise_kernel,
        columns.loss,
    ];
    let mut columns = all.into_iter().map(|values| {
        let array = PyArray1::from_vec(py, values).call_method1("reshape", (&shape,))?;
        let array = under_mask(array, mask.clone())?;
        // An array of no dimension becomes a number.
        Ok::<_, PyErr>(array.get_item(())?.unbind())
    });
    let mut next = || columns.next().unwrap_or_else(|| Ok(py.None()));
    Ok(Averages {
        alpha: next()?,
        beta: next()?,
        noise: next()?,
        loss: next()?,
    })
}
