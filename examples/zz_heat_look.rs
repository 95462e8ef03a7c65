//! Temporary.
use lorode::output::*;
fn grid(
    nx: usize,
    ny: usize,
    fx: impl Fn(f64) -> f64,
    fy: impl Fn(f64) -> f64,
) -> (Vec<f64>, Vec<f64>) {
    (
        (0..nx).map(|k| fx(k as f64 / (nx - 1) as f64)).collect(),
        (0..ny).map(|k| fy(k as f64 / (ny - 1) as f64)).collect(),
    )
}
fn values<T>(x: &[f64], y: &[f64], f: impl Fn(f64, f64) -> Option<T>) -> Vec<Option<T>> {
    y.iter()
        .flat_map(|y| x.iter().map(|x| f(*x, *y)).collect::<Vec<_>>())
        .collect()
}
fn log_map(n: usize) -> Panel {
    let (x, y) = grid(
        n,
        n * 3 / 4,
        |t| 10f64.powf(-2.0 + 2.0 * t),
        |t| 10f64.powf(1.0 + 3.0 * t),
    );
    let v = values(&x, &y, |x, y| {
        if x < 0.03 && y > 2000.0 {
            None
        } else {
            Some(y / (x * x) * (1.0 + 0.5 * (3.0 * x.ln()).sin()))
        }
    });
    let levels = suggested_levels(v.iter().copied().flatten(), Scale::Log);
    let curve = Curve::new(
        "threshold μ*(d)",
        (0..60)
            .map(|k| {
                let t = k as f64 / 59.0;
                (10f64.powf(-2.0 + 2.0 * t), Some(20.0 * 10f64.powf(2.3 * t)))
            })
            .collect(),
        CurveStyle::Line,
    );
    let second = Curve::new(
        "measured",
        (0..8)
            .map(|k| {
                let t = k as f64 / 7.0;
                (10f64.powf(-1.9 + 1.8 * t), Some(40.0 * 10f64.powf(1.8 * t)))
            })
            .collect(),
        CurveStyle::LineAndPoints,
    );
    Panel::new(
        "(a) exit time, log colours",
        Axis::log("pre-training strength μ"),
        Axis::log("dimension d"),
    )
    .with_field(Field::HeatMap(
        HeatMap::new(x, y, v, "search time τ (steps / d)", Scale::Log).with_contours(levels),
    ))
    .with_curve(curve)
    .with_curve(second)
    .with_mark(Mark::Vertical {
        at: 0.3,
        label: "μ = 0.3".into(),
        colour: None,
    })
}
fn ratio_map() -> Panel {
    let (x, y) = grid(40, 30, |t| t, |t| -1.0 + 2.0 * t);
    let v = values(&x, &y, |x, y| {
        Some(1.0 + 0.8 * (6.0 * x).sin() * y + 0.3 * x)
    });
    let levels = vec![0.4, 0.6, 0.8, 1.0, 1.2, 1.5];
    Panel::new(
        "(b) measured over predicted",
        Axis::linear("m₀"),
        Axis::linear("overlap ρ"),
    )
    .with_field(Field::HeatMap(
        HeatMap::new(x, y, v, "τ measured / τ predicted", Scale::Linear)
            .with_centre(1.0)
            .with_contours(levels),
    ))
}
fn categories() -> Panel {
    let (x, y) = grid(24, 16, |t| 10f64.powf(-2.0 + 2.0 * t), |t| t);
    let v = values(&x, &y, |x, y| {
        if x > 0.5 && y > 0.8 {
            None
        } else if y > 0.7 + 0.1 * x.ln() {
            Some(0)
        } else if y > x {
            Some(1)
        } else if x > 0.4 {
            Some(2)
        } else {
            Some(4)
        }
    });
    Panel::new(
        "(c) phases",
        Axis::log("μ"),
        Axis::linear("learning rate η"),
    )
    .with_field(Field::Categories(Categories::new(
        x,
        y,
        v,
        [
            "escapes",
            "stuck",
            "diverges",
            "never occurs",
            "slow escape",
        ],
    )))
    .with_curve(Curve::new(
        "theory",
        vec![(0.011, Some(0.3)), (0.1, Some(0.5)), (0.9, Some(0.7))],
        CurveStyle::Dashed,
    ))
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::path::Path::new("/tmp/heat-look");
    std::fs::create_dir_all(out)?;
    for (name, panel) in [
        ("log", log_map(60)),
        ("ratio", ratio_map()),
        ("cat", categories()),
    ] {
        let f = Figure::new(vec![panel], 1).with_provenance("example");
        f.save(&out.join(format!("{name}.png")))?;
        f.save(&out.join(format!("{name}.svg")))?;
    }
    let f = Figure::new(vec![ratio_map(), categories(), log_map(12)], 3);
    f.save(&out.join("row.png"))?;
    f.save(&out.join("row.svg"))?;
    let f = Figure::new(
        vec![
            categories(),
            Panel::new("plain", Axis::linear("x"), Axis::log("y")).with_curve(Curve::new(
                "a",
                vec![(0.0, Some(1.0)), (1.0, Some(3.0))],
                CurveStyle::Line,
            )),
            log_map(12),
            {
                let mut p = ratio_map();
                p.x.range = Some((0.13, 0.87));
                p.y.range = Some((-1.5, 0.77));
                p
            },
        ],
        2,
    );
    f.save(&out.join("mix.png"))?;
    f.save(&out.join("mix.svg"))?;
    let t = std::time::Instant::now();
    let f = Figure::new(vec![log_map(1150)], 1);
    let a = f.to_png()?;
    let ta = t.elapsed();
    let b = f.to_svg()?;
    println!("png {} {:?} svg {} {:?}", a.len(), ta, b.len(), t.elapsed());
    std::fs::write(out.join("big.png"), a)?;
    std::fs::write(out.join("big.svg"), b)?;
    Ok(())
}
