//! The series in Julia.

use super::super::fold::{folded, numbers_in_line};
use super::{Row, Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n",
    number: |name, value| format!("const {name} = {value}\n"),
    list: |name, length, lines| match length {
        0 => format!("const {name} = Float64[]\n"),
        _ => format!("const {name} = [\n{lines}]\n"),
    },
    rows: |name, rows| {
        let row = |(at, all): &Row| format!("    ({at:?}, [{}]),\n", numbers_in_line(all));
        let rows: String = rows.iter().map(row).collect();
        format!("const {name} = [\n{rows}]\n")
    },
    student,
    grid: GRID,
    panels: PANELS,
    series: SERIES,
    steps: STEPS,
    averages: AVERAGES,
    kinks: KINKS,
    result: RESULT,
    shared: &[("@sums@", SUMS)],
    meanings: [
        &[
            ("@arguments@", "m, q"),
            ("@sine@", ""),
            ("@nodes@", "nodes(scale)"),
            ("@given@", "cosine"),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m, q"),
            ("@sine@", ""),
            (
                "@nodes@",
                "nodes(scale, filter(x -> abs(x) < REACH, BREAKS ./ scale))",
            ),
            ("@given@", "cosine"),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m, q, r"),
            ("@sine@", SINE),
            ("@nodes@", "nodes(scale, edges(scale, cosine, sine))"),
            ("@given@", "cosine, sine"),
            ("@alpha@", ALPHA),
        ],
    ],
};

fn student(student: &Student) -> String {
    let mut out = "# sigma, sigma', sigma'' at x.\nfunction student(x)\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded(name, expression));
    }
    out + "    return value, slope, bend\nend\n"
}

/// The Hermite sums, with and without steps.
const SUMS: &str = r#"    before, here = 0.0, 1.0
    for k in 1:ORDERS
        if k <= length(TEACHER)
            mean += TEACHER[k] * here
        end
        if k < length(TEACHER)
            tilt += ROOTS[k + 1] * TEACHER[k + 1] * here
        end
        if k <= length(SQUARE)
            square += SQUARE[k] * here
        end
        next = (cosine * x * here - cosine^2 * ROOTS[k] * before) / ROOTS[k + 1]
        before, here = here, next
    end
    return mean, tilt, square
end
"#;

const GRID: &str = r#"density(x) = exp(-0.5 * x^2) / sqrt(2.0 * pi)

# Nodes and weights of E[f(x)], x ~ N(0, 1), for a student that is taken at scale * x.
function nodes(scale)
    step = clamp(SPACING / scale, FINEST, COARSEST)
    half = ceil(Int, REACH / step)
    return [(i * step, step * density(i * step)) for i in -half:half]
end
"#;

const PANELS: &str = r#"density(x) = exp(-0.5 * x^2) / sqrt(2.0 * pi)

# Nodes and weights of E[f(x)], x ~ N(0, 1), for a student that is taken at scale * x.
function nodes(scale, inner)
    step = clamp(SPACING / scale, FINEST, COARSEST)
    edges = [-REACH; inner; REACH]
    all = Tuple{Float64,Float64}[]
    for j in 1:(length(edges) - 1)
        count = ceil(Int, (edges[j + 1] - edges[j]) / step)
        half = 0.5 * (edges[j + 1] - edges[j]) / count
        for i in 1:count, k in eachindex(GAUSS_NODES)
            x = edges[j] + half * (2.0 * i - 1.0 + GAUSS_NODES[k])
            push!(all, (x, half * GAUSS_WEIGHTS[k] * density(x)))
        end
    end
    return all
end
"#;

const SERIES: &str = r#"const ROOTS = [sqrt(k) for k in 0.0:ORDERS]

# E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x], with TEACHER = E[sigma* h_k] and
# SQUARE = E[sigma*^2 h_k] for h_k = He_k / sqrt(k!).
function teacher(x, cosine)
    mean, tilt, square = 0.0, 0.0, 0.0
@sums@"#;

const STEPS: &str = r#"const ROOTS = [sqrt(k) for k in 0.0:ORDERS]

# What steps add to E[f(y)], y ~ N(mean, sine^2), and its derivative by the mean: a step is
# sum_n powers[n + 1] (y - at)^n for y > at.
function added(steps, mean, sine)
    total, slope = 0.0, 0.0
    for (at, powers) in steps
        gap = mean - at
        # E[(y - at)^n; y > at] for n = -1 (by its limit) and 0, then on by parts.
        before, here = density(gap / sine) / sine, 0.5 + 0.5 * erf(gap / sine / sqrt(2.0))
        for n in 0:(length(powers) - 1)
            total += powers[n + 1] * here
            slope += powers[n + 1] * max(n, 1) * before
            before, here = here, gap * here + max(n, 1) * sine^2 * before
        end
    end
    return total, slope
end

# E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x]: TEACHER and SQUARE are the polynomials left of
# all steps, by h_k = He_k / sqrt(k!).
function teacher(x, cosine, sine)
    mean, tilt = added(STEPS, cosine * x, sine)
    square, _ = added(SQUARE_STEPS, cosine * x, sine)
@sums@
# Where sigma(scale x) breaks, and places around the steps as they are seen from x.
function edges(scale, cosine, sine)
    found = BREAKS ./ scale
    for (at, _) in STEPS
        if abs(cosine) <= 1e-9
            break
        end
        centre, blur = at / cosine, sine / abs(cosine)
        push!(found, centre)
        offset = blur
        while 1e-15 < offset < clamp(10.0 * blur, 1.0, 20.0)
            push!(found, centre - offset, centre + offset)
            offset *= 2.0
        end
    end
    return unique(sort(filter(x -> abs(x) < REACH, found)))
end
"#;

const SINE: &str = "    # Not 0, where steps would be divided by it.
    sine = clamp(sqrt(r / q), 1e-17, 1.0)
";

const AVERAGES: &str = r#"# alpha, beta, E[(sigma* - sigma)^2 sigma'^2], E[sigma'^2] at overlaps m, q.
function averages(@arguments@)
    scale = sqrt(q)
    cosine = clamp(m / scale, -1.0, 1.0)
@sine@    alpha, pull, own, signal, power, turned = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for (x, weight) in @nodes@
        value, slope, bend = student(scale * x)
        mean, tilt, square = teacher(x, @given@)
        alpha += weight * tilt * slope
        pull += weight * mean * bend
        own += weight * value * bend
        signal += weight * (square - 2.0 * mean * value + value^2) * slope^2
        power += weight * slope^2
        turned += weight * x * mean * slope
    end
"#;

const KINKS: &str = r#"    # sigma'' has a delta where the slope jumps.
    for (at, (jump, there)) in KINKS
        corner = at / scale
        if abs(corner) < REACH
            mean, _, _ = teacher(corner, @given@)
            pull += jump * density(corner) / scale * mean
            own += jump * density(corner) / scale * there
        end
    end
"#;

const ALPHA: &str = r#"    if abs(cosine) > 0.7
        # By parts, so that no narrow peak of E[sigma*' | x] is averaged.
        alpha = (turned - scale * pull) / cosine
    end
"#;

const RESULT: &str = "@alpha@    return alpha, pull - own - power, max(signal, 0.0), power\nend\n";
