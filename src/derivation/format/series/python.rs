//! The series in Python.

use super::super::fold::folded;
use super::{Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n\n",
    number: |name, value| format!("{name} = {value}\n"),
    list: |name, _, lines| format!("{name} = np.array([\n{lines}])\n"),
    triples: |name, _, lines| format!("{name} = [\n{lines}]\n"),
    student,
    grid: GRID,
    panels: PANELS,
    averages: AVERAGES,
    kinks: KINKS,
    result: "    return alpha, beta, max(signal, 0.0), power\n",
};

fn student(student: &Student) -> String {
    let mut out = "def student(x):\n    \"\"\"sigma, sigma', sigma'' at x.\"\"\"\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded(&format!("{name} = "), expression, "", 4));
    }
    out + "    return value, slope, bend\n"
}

const GRID: &str = r#"@functools.lru_cache(maxsize=4)
def nodes(step, edges):
    """x, weights of E[f(x)] for x ~ N(0, 1), and h_k(x) in row k."""
    half = math.ceil(REACH / step)
    x = step * np.arange(-half, half + 1)
    return x, step * density(x), hermite_table(x)


def breaks(scale):
    return ()
"#;

const PANELS: &str = r#"@functools.lru_cache(maxsize=4)
def nodes(step, edges):
    """x, weights of E[f(x)] for x ~ N(0, 1), and h_k(x) in row k."""
    x, weights = [], []
    edges = (-REACH, *edges, REACH)
    for left, right in zip(edges[:-1], edges[1:]):
        count = math.ceil((right - left) / step)
        half = 0.5 * (right - left) / count
        middle = left + half * (2.0 * np.arange(count) + 1.0)
        x.append(np.add.outer(middle, half * GAUSS_NODES).ravel())
        weights.append(np.tile(half * GAUSS_WEIGHTS, count))
    x = np.concatenate(x)
    return x, np.concatenate(weights) * density(x), hermite_table(x)


def breaks(scale):
    """Where sigma(scale x) breaks."""
    return tuple(at / scale for at in BREAKS if abs(at / scale) < REACH)
"#;

const AVERAGES: &str = r#"def density(x):
    return np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


def hermite_table(x):
    """h_k(x) = He_k(x) / sqrt(k!) in row k."""
    rows = [np.ones_like(x), x]
    for k in range(1, ORDERS - 1):
        rows.append((x * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return np.array(rows)


def teacher(cosine, table):
    """E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x], with TEACHER = E[sigma* h_k] and
    SQUARE = E[sigma*^2 h_k]."""
    slope = np.sqrt(np.arange(1, len(TEACHER))) * TEACHER[1:]
    powers = cosine ** np.arange(len(table))
    series = (TEACHER, slope, SQUARE)
    return [(c * powers[: len(c)]) @ table[: len(c)] for c in series]


def averages(m, q):
    """alpha, beta, E[(sigma* - sigma)^2 sigma'^2], E[sigma'^2] at overlaps m, q."""
    scale = math.sqrt(q)
    cosine = min(max(m / scale, -1.0), 1.0)
    # Halved until it resolves the student; few different steps, whose tables are kept.
    halvings = max(0, math.ceil(math.log2(COARSEST * scale / SPACING)))
    x, weights, table = nodes(max(COARSEST / 2**halvings, FINEST), breaks(scale))
    value, slope, bend = student(scale * x)
    mean, tilt, square = teacher(cosine, table)
    alpha = weights @ (tilt * slope)
    power = np.sum(weights * slope**2)
    beta = weights @ ((mean - value) * bend) - power
    signal = weights @ ((square - 2.0 * mean * value + value**2) * slope**2)
"#;

const KINKS: &str = r#"    # sigma'' has a delta where the slope jumps.
    for at, jump, there in KINKS:
        corner = at / scale
        if abs(corner) < REACH:
            mean = teacher(cosine, hermite_table(np.array([corner])))[0][0]
            beta += jump * density(corner) / scale * (mean - there)
"#;
