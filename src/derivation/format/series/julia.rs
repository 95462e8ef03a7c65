//! The series in Julia.

use super::super::fold::folded;
use super::{Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n",
    number: |name, value| format!("const {name} = {value}\n"),
    list: |name, _, lines| format!("const {name} = [\n{lines}]\n"),
    triples: |name, _, lines| format!("const {name} = [\n{lines}]\n"),
    student,
    grid: GRID,
    panels: PANELS,
    averages: AVERAGES,
    kinks: KINKS,
    result: "    return alpha, beta, max(signal, 0.0), power\nend\n",
};

fn student(student: &Student) -> String {
    let mut out = "# sigma, sigma', sigma'' at x.\nfunction student(x)\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded(&format!("{name} = "), expression, "", 4));
    }
    out + "    return value, slope, bend\nend\n"
}

const GRID: &str = r#"# Nodes and weights of E[f(x)], x ~ N(0, 1), for a student that is taken at scale * x.
function nodes(scale)
    step = clamp(SPACING / scale, FINEST, COARSEST)
    half = ceil(Int, REACH / step)
    return [(i * step, step * density(i * step)) for i in -half:half]
end
"#;

const PANELS: &str = r#"# Nodes and weights of E[f(x)], x ~ N(0, 1), for a student that is taken at scale * x.
function nodes(scale)
    step = clamp(SPACING / scale, FINEST, COARSEST)
    edges = [-REACH; filter(x -> abs(x) < REACH, BREAKS ./ scale); REACH]
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

const AVERAGES: &str = r#"density(x) = exp(-0.5 * x^2) / sqrt(2.0 * pi)

const ROOTS = [sqrt(k) for k in 0.0:ORDERS]

# E[sigma* | x], E[sigma*' | x], E[sigma*^2 | x], with TEACHER = E[sigma* h_k] and
# SQUARE = E[sigma*^2 h_k] for h_k = He_k / sqrt(k!).
function teacher(x, cosine)
    mean, tilt, square = 0.0, 0.0, 0.0
    before, here = 0.0, 1.0
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

# alpha, beta, E[(sigma* - sigma)^2 sigma'^2], E[sigma'^2] at overlaps m, q.
function averages(m, q)
    scale = sqrt(q)
    cosine = clamp(m / scale, -1.0, 1.0)
    alpha, beta, signal, power = 0.0, 0.0, 0.0, 0.0
    for (x, weight) in nodes(scale)
        value, slope, bend = student(scale * x)
        mean, tilt, square = teacher(x, cosine)
        alpha += weight * tilt * slope
        beta += weight * ((mean - value) * bend - slope^2)
        signal += weight * (square - 2.0 * mean * value + value^2) * slope^2
        power += weight * slope^2
    end
"#;

const KINKS: &str = r#"    # sigma'' has a delta where the slope jumps.
    for (at, jump, there) in KINKS
        corner = at / scale
        if abs(corner) < REACH
            mean, _, _ = teacher(corner, cosine)
            beta += jump * density(corner) / scale * (mean - there)
        end
    end
"#;
