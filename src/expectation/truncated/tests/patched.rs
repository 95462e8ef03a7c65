//! Patches against the closed forms that they sample.

use super::*;

/// Of all averages against those of the closed form, relative to the larger of `alpha` and `beta`, and of the parts
/// of the noise kernel: what patches are held to (1e-13 of the largest on them), times how uneven they may be (20),
/// times what sums of the rounding errors of samples come to.
const AGREE: f64 = 4e-12;

fn compare(patched: &PatchedKernel, at: &Overlaps) -> Result<(), TestCaseError> {
    let exact = &patched.exact;
    let (ours, right) = (all(patched, at), all(exact, at));
    let (claimed, allowed) = (claims(&patched.errors(at)), claims(&exact.errors(at)));
    let drifts = right[0].abs().max(right[1].abs());
    let noises = right[2].max(right[3]);
    let scales = [drifts, drifts, noises, noises, drifts.max(right[4])];
    for i in 0..5 {
        let gap = (ours[i] - right[i]).abs();
        let what = format!(
            "{i} of {:?} at {at:?}: {} {}, apart {gap:e}",
            exact.links.each_ref().map(Link::name),
            ours[i],
            right[i]
        );
        let underflow = 1e-140;
        prop_assert!(
            gap <= claimed[i] + allowed[i] + underflow,
            "{what}, claimed {:e}",
            claimed[i]
        );
        prop_assert!(gap <= AGREE * scales[i] + allowed[i] + underflow, "{what}");
    }
    Ok(())
}

/// Overlaps beside the corner at angle 0 and this `q`: at distance `2^-halvings` of it, in direction `turn` in [0, 1]
/// from `q` too small to `q` too large.
fn beside(q: f64, halvings: f64, turn: f64) -> Overlaps {
    let (distance, angle) = ((-halvings).exp2(), turn * std::f64::consts::PI);
    let q = q * (1.0 - distance * angle.cos());
    let sine = distance * angle.sin().max(0.0);
    Overlaps {
        m: (q * (1.0 - sine) * (1.0 + sine)).sqrt(),
        q,
        residual: q * sine * sine,
    }
}

proptest! {
    #![proptest_config(crate::cases::cases(40))]

    #[test]
    fn random_pairs_anywhere(
        (line, other) in (smooth(), smooth()),
        (ours, theirs) in (terms(), terms()),
        jump in prop::option::of((0.2..1.0_f64, -2.0..2.0_f64)),
        places in prop::collection::vec(place(), 8),
        sizes in prop::collection::vec(((-18.0..18.0_f64).prop_map(f64::exp), -1.0..1.0_f64), 4),
        beyond in prop::collection::vec((1.0..50.0_f64, 0.0..1.0_f64, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 8),
    ) {
        let (teacher, student) = (link(&text(line, &ours, jump)), link(&text(other, &theirs, None)));
        let patched = PatchedKernel::new(PiecewiseKernel::new(&teacher, &student, general_kernel).unwrap());
        for at in places {
            compare(&patched, &at)?;
        }
        for (q, c) in sizes {
            compare(&patched, &Overlaps::from_cosine(c, q))?;
        }
        for (halvings, turn, i, j) in beyond {
            let (h, k) = (i.get(teacher.breaks()).at, j.get(student.breaks()).at);
            let q = (k / h).powi(2);
            if (1e-7..1e7).contains(&q) {
                compare(&patched, &beside(q, halvings, turn))?;
            }
        }
    }
}

/// Where matched runs end: every place has a patch, from either side, down to where the corner is a point.
#[test]
fn around_the_corner_of_equal_breaks() {
    for text in [
        "relu(x-0.5)",
        "max(-1, min(1, x))",
        "max(x, 0.1*x) - 0.3*relu(x+0.7)^2",
    ] {
        let link = link(text);
        let patched =
            PatchedKernel::new(PiecewiseKernel::new(&link, &link, general_kernel).unwrap());
        for n in 2..106 {
            let turn = (f64::from(n) * 0.618_033_988_7).fract();
            let at = beside(1.0, 0.5 * f64::from(n), turn);
            compare(&patched, &at).unwrap();
            assert_eq!(patched.route(&at), Route::Interpolated, "{text} at {at:?}");
        }
        for at in [
            Overlaps::from_residual(1.0, 0.0),
            Overlaps::from_residual(-1.0, 0.0),
        ] {
            compare(&patched, &at).unwrap();
            assert_eq!(patched.route(&at), Route::Interpolated, "{text} at {at:?}");
        }
    }
}

/// Steps of the teacher at 20 places, with many corners.
#[test]
fn staircases() {
    let steps: Vec<String> = (0..20)
        .map(|i| format!("0.1*sign(x - ({:.2}))", -1.9 + 0.2 * f64::from(i)))
        .collect();
    let (teacher, student) = (link(&steps.join(" + ")), link("max(-1, min(1, x))"));
    let patched =
        PatchedKernel::new(PiecewiseKernel::new(&teacher, &student, general_kernel).unwrap());
    for (m, residual) in [
        (0.5, 0.0),
        (0.7, 1e-6),
        (0.91, 3e-4),
        (0.3, 0.4),
        (-1.1, 0.02),
    ] {
        compare(&patched, &Overlaps::from_residual(m, residual)).unwrap();
    }
}
