//! SGD on the theory's curves.

use serde_json::Value;

use crate::error::Error;
use crate::numeral::counted;
use crate::observable::{ALIGNMENT, Observable};
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel, Scale};
use crate::study::along_run::{AlongRun, shown, time_scale};
use crate::study::compare::caption;
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::words::significant;

/// A panel per number: theory, map where the step is large, mean and band of SGD, a few runs, which are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let options = options(saved)?;
    let (threshold, t) = (saved.parameter("threshold")?, saved.all("t")?);
    let drawn = Drawn {
        saved,
        run: AlongRun {
            options: &options,
            threshold,
            // Logarithmic when the exit of the theory is early in what is shown.
            scale: time_scale(
                exit(threshold, &theory(saved, &ALIGNMENT), &t),
                t.last().copied().unwrap_or(0.0),
            ),
            exit: None,
        },
        t,
    };
    let numbers = shown(&options);
    let along = numbers.iter().enumerate();
    let mut panels: Vec<Panel> = along.map(|(i, one)| drawn.path_panel(i, one)).collect();
    panels.push(drawn.residual_panel(&numbers));
    Ok(Figure::new(panels, 3).with_provenance(caption(saved)?))
}

/// When the theory reaches the threshold.
fn exit(threshold: f64, alignment: &[Option<f64>], t: &[f64]) -> Option<f64> {
    let mut along = alignment.iter().flatten().zip(t);
    let reached = along.find(|(alignment, _)| alignment.abs() >= threshold);
    reached.map(|(_, t)| *t)
}

/// What the theory gives: of numbers that were not measured beside the columns, in JSON only.
fn theory(saved: &Saved, number: &Observable) -> Vec<Option<f64>> {
    let beside = saved
        .fact("theory")
        .and_then(|all| all[number.name].as_array());
    match beside {
        Some(values) => values.iter().map(Value::as_f64).collect(),
        None => saved.numbers(&format!("{}_theory", number.name)),
    }
}

/// What is drawn of a comparison.
struct Drawn<'a> {
    saved: &'a Saved,
    run: AlongRun<'a>,
    t: Vec<f64>,
}

impl Drawn<'_> {
    fn line(&self, values: impl IntoIterator<Item = Option<f64>>) -> Vec<(f64, Option<f64>)> {
        self.t.iter().copied().zip(values).collect()
    }

    /// A few runs of SGD.
    fn single_runs(&self, number: &Observable) -> Vec<Vec<(f64, Option<f64>)>> {
        let runs = self.saved.fact("single_runs").and_then(Value::as_array);
        let values = |run: &Value| {
            let values = run[number.name].as_array().into_iter().flatten();
            self.line(values.map(Value::as_f64))
        };
        runs.into_iter().flatten().map(values).collect()
    }

    fn path_panel(&self, index: usize, number: &Observable) -> Panel {
        let named = |text: &str| match index {
            0 => text.to_owned(),
            _ => String::new(),
        };
        let theory = theory(self.saved, number);
        let summaries = self.saved.summaries(number.name);
        let seen = || summaries.iter().flatten();
        let known = theory.iter().copied().flatten();
        let known = known.chain(seen().map(|s| s.mean));
        let mut panel = self
            .run
            .panel(index, &named("mean, 5–95 % band"), number, known);
        for (i, run) in self.single_runs(number).into_iter().enumerate() {
            let text = named(if i == 0 { "single runs" } else { "" });
            panel
                .curves
                .push(Curve::new(text, run, CurveStyle::Dotted).with_colour(2));
        }
        // A few large seeds carry a mean out of its band, which shows where decades do.
        let by_median = panel.y.scale == Scale::Log;
        let middle = seen().map(|s| Some(if by_median { s.q50 } else { s.mean }));
        let seeds = self.saved.fact("seeds_counted").and_then(Value::as_u64);
        let text = match (by_median, seeds) {
            (true, _) => "SGD, median".to_owned(),
            (false, Some(seeds)) => named(&format!("SGD ({})", counted(seeds, "seed"))),
            (false, None) => named("SGD"),
        };
        let sgd = Curve::new(text, self.line(middle), CurveStyle::Line).with_colour(1);
        let band = seen().map(|s| (s.q05, s.q95)).collect();
        panel.curves.push(sgd.with_band(band));
        let is_random = self.saved.parameters.get("starts") == Some(&Value::from("random"));
        let of_starts = |name: &str, key: &str, mean: Vec<Option<f64>>| match by_median && is_random
        {
            true => self.of_starts(name, (number, key), mean),
            false => (named(name), mean),
        };
        let is_step_large = self.saved.fact("is_step_large") == Some(&Value::Bool(true));
        if is_step_large {
            let map = self.saved.numbers(&format!("{}_map", number.name));
            let (text, map) = of_starts("map", "map_q50", map);
            let map = Curve::new(text, self.line(map), CurveStyle::Dashed);
            panel.curves.push(map.with_colour(3));
        }
        let (text, theory) = of_starts("ODE", "theory_q50", theory);
        let ode = Curve::new(text, self.line(theory), CurveStyle::Dashed);
        panel.with_curve(ode.with_colour(0))
    }

    /// What is drawn of the theory over random starts beside a median, with its name: the median too, which is in JSON
    /// only, or else the mean, far above it where a few starts are late.
    fn of_starts(
        &self,
        name: &str,
        (number, key): (&Observable, &str),
        mean: Vec<Option<f64>>,
    ) -> (String, Vec<Option<f64>>) {
        let records = self.saved.fact("records");
        match records.and_then(|all| all[number.name][key].as_array()) {
            Some(median) => (
                format!("{name}, median"),
                median.iter().map(Value::as_f64).collect(),
            ),
            None => (format!("{name}, mean over starts"), mean),
        }
    }

    /// Mean of SGD minus theory in standard errors, all numbers together.
    fn residual_panel(&self, numbers: &[&Observable]) -> Panel {
        let y = Axis::linear("mean residual [standard errors]");
        let mut panel = self.run.empty(numbers.len(), "SGD minus theory", y);
        for (colour, number) in numbers.iter().enumerate() {
            let z = self.saved.numbers(&format!("{}_z", number.name));
            let curve = Curve::new(number.short, self.line(z), CurveStyle::Line);
            panel = panel.with_curve(curve.with_colour(colour));
        }
        cut_spikes(&mut panel);
        panel
    }
}

/// What lies further out than nearly all values by this factor is a spike.
const SPIKE: f64 = 2.0;
/// All but the twentieth part.
const NEARLY_ALL: f64 = 0.95;

/// Lets what nearly all values keep to set the scale, and says what is cut off: at the first steps hardly anything
/// varies, and deviations are large in units of that.
fn cut_spikes(panel: &mut Panel) {
    let points = panel.curves.iter().flat_map(|curve| &curve.points);
    let mut sizes: Vec<f64> = points.filter_map(|point| Some(point.1?.abs())).collect();
    sizes.sort_by(f64::total_cmp);
    let Some(most) = sizes.last().copied() else {
        return;
    };
    let usual = sizes[((sizes.len() - 1) as f64 * NEARLY_ALL) as usize];
    let reach = SPIKE * usual;
    if usual > 0.0 && most > reach {
        panel.y.range = Some((-reach, reach));
        let largest = significant(most, 2);
        panel.title.push_str(&format!(" (cut; largest {largest})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_does_not_set_the_scale() {
        let of = |first: f64| {
            let points = (0..100).map(|i| (f64::from(i), Some(if i == 0 { first } else { 1.0 })));
            let curve = Curve::new("", points.collect(), CurveStyle::Line);
            let panel = Panel::new("residuals", Axis::linear(""), Axis::linear(""));
            let mut panel = panel.with_curve(curve);
            cut_spikes(&mut panel);
            (panel.y.range, panel.title)
        };
        assert_eq!(of(2.0), (None, "residuals".to_owned()));
        let (range, title) = of(-11.2);
        assert_eq!(range, Some((-2.0, 2.0)));
        assert_eq!(title, "residuals (cut; largest 11)");
    }
}
