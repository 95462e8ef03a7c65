//! The series in Python.

use super::super::fold::{folded, numbers_in_line};
use super::{Row, Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n\n",
    number: |name, value| format!("{name} = {value}\n"),
    list: |name, length, lines| match length {
        0 => format!("{name} = np.array([])\n"),
        _ => format!("{name} = np.array([\n{lines}])\n"),
    },
    rows: |name, rows| {
        let row = |(at, all): &Row| format!("    ({at:?}, [{}]),\n", numbers_in_line(all));
        let rows: String = rows.iter().map(row).collect();
        format!("{name} = [\n{rows}]\n")
    },
    student,
    grid: GRID,
    panels: PANELS,
    series: SERIES,
    steps: STEPS,
    averages: AVERAGES,
    kinks: KINKS,
    result: RESULT,
    shared: &[("@density@", DENSITY)],
    meanings: [
        &[
            ("@arguments@", "m, q"),
            ("@sine@", ""),
            ("@edges@", "()"),
            ("@given@", "cosine, x, table"),
            ("@at corner@", "cosine, corner, hermite_table(corner)"),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m, q"),
            ("@sine@", ""),
            (
                "@edges@",
                "tuple(at / scale for at in BREAKS if abs(at) < REACH * scale)",
            ),
            ("@given@", "cosine, x, table"),
            ("@at corner@", "cosine, corner, hermite_table(corner)"),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m, q, r"),
            ("@sine@", SINE),
            ("@edges@", "edges(scale, cosine, sine)"),
            ("@given@", "cosine, sine, x, table"),
            ("@at corner@", "cosine, sine, corner, hermite_table(corner)"),
            ("@alpha@", ALPHA),
        ],
    ],
};

fn student(student: &Student) -> String {
    let mut out = "def student(x):\n    \"\"\"sigma, sigma', sigma'' at x.\"\"\"\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded(name, expression));
    }
    out + "    return value, slope, bend\n"
}

/// What both kinds of nodes need.
const DENSITY: &str = r#"def density(x):
    return np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


def hermite_table(x):
    """h_k(x) = He_k(x) / sqrt(k!) in row k."""
    rows = [np.ones_like(x), x]
    for k in range(1, ORDERS - 1):
        rows.append((x * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return np.array(rows)


@functools.lru_cache(maxsize=4)
def nodes(step, edges):
    """x, weights of E[f(x)] for x ~ N(0, 1), and hermite_table(x)."""
"#;

const GRID: &str = r#"@density@    half = math.ceil(REACH / step)
    x = step * np.arange(-half, half + 1)
    return x, step * density(x), hermite_table(x)
"#;

const PANELS: &str = r#"@density@    x, weights = [], []
    edges = (-REACH, *edges, REACH)
    for left, right in zip(edges[:-1], edges[1:]):
        count = math.ceil((right - left) / step)
        half = 0.5 * (right - left) / count
        middle = left + half * (2.0 * np.arange(count) + 1.0)
        x.append(np.add.outer(middle, half * GAUSS_NODES).ravel())
        weights.append(np.tile(half * GAUSS_WEIGHTS, count))
    x = np.concatenate(x)
    return x, np.concatenate(weights) * density(x), hermite_table(x)
"#;

const SERIES: &str = r#"def teacher(cosine, x, table):
    """E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x], with TEACHER = E[sigma* h_k] and
    SQUARE = E[sigma*^2 h_k]."""
    slope = np.sqrt(np.arange(1, len(TEACHER))) * TEACHER[1:]
    powers = cosine ** np.arange(len(table))
    series = (TEACHER, slope, SQUARE)
    return [(c * powers[: len(c)]) @ table[: len(c)] for c in series]
"#;

const STEPS: &str = r#"def added(steps, mean, sine):
    """What steps add to E[f(y)], y ~ N(mean, sine^2), and its derivative by the mean: a step is
    sum_n powers[n] (y - at)^n for y > at."""
    total, slope = 0.0, 0.0
    for at, powers in steps:
        gap = mean - at
        # E[(y - at)^n; y > at] for n = -1 (by its limit) and 0, then on by parts.
        before, here = density(gap / sine) / sine, 0.5 + 0.5 * erf(gap / sine / math.sqrt(2.0))
        for n, factor in enumerate(powers):
            total, slope = total + factor * here, slope + factor * max(n, 1) * before
            before, here = here, gap * here + max(n, 1) * sine**2 * before
    return total, slope


def teacher(cosine, sine, x, table):
    """E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x]: TEACHER and SQUARE are the polynomials left
    of all steps, by h_k."""
    slope = np.sqrt(np.arange(1, len(TEACHER))) * TEACHER[1:]
    powers = cosine ** np.arange(len(table))
    series = (TEACHER, slope, SQUARE)
    mean, tilt, square = [(c * powers[: len(c)]) @ table[: len(c)] for c in series]
    stepped, stepped_slope = added(STEPS, cosine * x, sine)
    stepped_square, _ = added(SQUARE_STEPS, cosine * x, sine)
    return mean + stepped, tilt + stepped_slope, square + stepped_square


def edges(scale, cosine, sine):
    """Where sigma(scale x) breaks, and places around the steps as they are seen from x."""
    found = [at / scale for at in BREAKS]
    for at, _ in STEPS if abs(cosine) > 1e-9 else []:
        centre, blur = at / cosine, sine / abs(cosine)
        found.append(centre)
        offset = blur
        while 1e-15 < offset < min(max(10.0 * blur, 1.0), 20.0):
            found += [centre - offset, centre + offset]
            offset *= 2.0
    return tuple(sorted({x for x in found if abs(x) < REACH}))
"#;

const SINE: &str = "    # Not 0, where steps would be divided by it.
    sine = min(max(math.sqrt(r / q), 1e-17), 1.0)
";

const AVERAGES: &str = r#"def averages(@arguments@):
    """alpha, beta, E[(sigma* - sigma)^2 sigma'^2], E[sigma'^2] at overlaps m, q."""
    scale = math.sqrt(q)
    cosine = min(max(m / scale, -1.0), 1.0)
@sine@    # Halved until it resolves the student; few different steps, whose tables are kept.
    halvings = max(0, math.ceil(math.log2(COARSEST * scale / SPACING)))
    step = max(COARSEST / 2**halvings, FINEST)
    x, weights, table = nodes(step, @edges@)
    value, slope, bend = student(scale * x)
    mean, tilt, square = teacher(@given@)
    alpha = weights @ (tilt * slope)
    power = np.sum(weights * slope**2)
    pull = weights @ (mean * bend)
    own = weights @ (value * bend)
    signal = weights @ ((square - 2.0 * mean * value + value**2) * slope**2)
"#;

const KINKS: &str = r#"    # sigma'' has a delta where the slope jumps.
    for at, (jump, there) in KINKS:
        corner = np.array([at / scale])
        if abs(corner[0]) < REACH:
            weight = jump * density(corner[0]) / scale
            pull += weight * teacher(@at corner@)[0][0]
            own += weight * there
"#;

const ALPHA: &str = r#"    if abs(cosine) > 0.7:
        # By parts, so that no narrow peak of E[sigma*' | x] is averaged.
        alpha = (weights @ (x * mean * slope) - scale * pull) / cosine
"#;

const RESULT: &str = "@alpha@    return alpha, pull - own - power, max(signal, 0.0), power\n";
