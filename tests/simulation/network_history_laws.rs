//! Histories of networks by the projected simulator against a literal loop in all dimensions, which knows of no frame.

use super::simulation_methods::distance;
use lorode::link::Link;
use lorode::study::Study;
use lorode::study::train::{Train, TrainNetworkSgd};
use lorode::watch::Cancel;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Chance of a false alarm of one whole test; seeds are fixed, so it does not come and go.
const LEVEL: f64 = 1e-3;
/// Degrees between unit j of the one task and unit j of the other.
pub(super) const ANGLE: f64 = 60.0;

type Rows = Vec<Vec<f64>>;

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn add(out: &mut [f64], factor: f64, x: &[f64]) {
    out.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
}

fn unit(mut x: Vec<f64>) -> Vec<f64> {
    let length = dot(&x, &x).sqrt();
    x.iter_mut().for_each(|x| *x /= length);
    x
}

fn normals(dim: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    (0..dim).map(|_| StandardNormal.sample(random)).collect()
}

/// Two units, readouts 1, in all dimensions.
struct Literal {
    tasks: [Rows; 2],
    w0: Rows,
    /// `K x r`; without LoRA empty.
    u: Rows,
    /// `V`, or `W` without LoRA.
    trained: Rows,
}

impl Literal {
    fn weights(&self) -> Rows {
        if self.u.is_empty() {
            return self.trained.clone();
        }
        let mut w = self.w0.clone();
        for (row, u) in w.iter_mut().zip(&self.u) {
            for (u, v) in u.iter().zip(&self.trained) {
                add(row, *u, v);
            }
        }
        w
    }

    fn begin(&mut self, stage: &Value, random: &mut ChaCha8Rng) {
        if stage["continue"] == true {
            return;
        }
        let (w, dim) = (self.weights(), self.w0[0].len());
        (self.u, self.trained) = match stage["rank"].as_u64() {
            None => (Vec::new(), w.clone()),
            Some(rank) => {
                let rows = (0..rank).map(|_| unit(normals(dim, random)));
                (vec![vec![0.0; rank as usize]; 2], rows.collect())
            }
        };
        self.w0 = w;
    }

    fn step(&mut self, stage: &Value, link: &Link, random: &mut ChaCha8Rng) {
        let number = |key: &str| stage[key].as_f64().unwrap_or(0.0);
        let (eta, batch, decay) = (number("lr"), number("batch") as usize, number("decay"));
        let (w, dim) = (self.weights(), self.w0[0].len());
        let task = &self.tasks[usize::from(stage["task"] == "target")];
        let mut gradient = vec![vec![0.0; dim]; 2];
        for _ in 0..batch {
            let x = normals(dim, random);
            let xi: f64 = StandardNormal.sample(random);
            let of = |rows: &Rows| rows.iter().map(|row| link.value(dot(row, &x))).sum::<f64>();
            let error = of(task) + number("noise").sqrt() * xi - of(&w);
            for (row, sum) in w.iter().zip(&mut gradient) {
                let slope = link.derivative(dot(row, &x));
                add(sum, error * slope / batch as f64, &x);
            }
        }
        let on_sphere = !self.u.is_empty() && stage["adapter"] != "free";
        let keep = if on_sphere { 1.0 } else { 1.0 - eta * decay };
        let (before, v) = (self.u.clone(), self.trained.clone());
        for row in &mut self.trained {
            row.iter_mut().for_each(|x| *x *= keep);
        }
        for i in 0..2 {
            if before.is_empty() {
                add(&mut self.trained[i], eta, &gradient[i]);
                continue;
            }
            for (k, v) in v.iter().enumerate() {
                let u = before[i][k];
                self.u[i][k] += eta * (dot(&gradient[i], v) - decay * u);
                add(&mut self.trained[k], eta * u, &gradient[i]);
            }
        }
        if on_sphere {
            let rows = std::mem::take(&mut self.trained);
            self.trained = rows.into_iter().map(unit).collect();
        }
    }

    /// m of both tasks and q; of LoRA the adapter as well.
    fn see(&self, task: usize) -> Vec<f64> {
        let w = self.weights();
        let products = |one: &Rows, other: &Rows| -> Vec<f64> {
            let rows = one.iter();
            rows.flat_map(|x| other.iter().map(|y| dot(x, y)).collect::<Vec<_>>())
                .collect()
        };
        let mut all = products(&w, &self.tasks[0]);
        all.extend(products(&w, &self.tasks[1]));
        all.extend(products(&w, &w));
        if !self.u.is_empty() {
            all.extend(self.u.concat());
            all.extend(products(&self.trained, &self.tasks[task]));
            all.extend(products(&self.trained, &self.w0));
            all.extend(products(&self.trained, &self.trained));
        }
        all
    }
}

fn literal(dim: usize, stages: &[Value], seed: u64) -> Vec<Vec<f64>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let link: Link = "erf".parse().unwrap();
    let axis = |k: usize| -> Vec<f64> { (0..dim).map(|i| f64::from(u8::from(i == k))).collect() };
    let (sine, cosine) = ANGLE.to_radians().sin_cos();
    let source: Rows = vec![axis(0), axis(1)];
    let tilted = |j: usize| {
        let mut unit = vec![0.0; dim];
        add(&mut unit, cosine, &axis(j));
        add(&mut unit, sine, &axis(j + 2));
        unit
    };
    let start = source
        .iter()
        .map(|row| row.iter().map(|x| 0.5 * x).collect());
    let start: Rows = start.collect();
    let mut student = Literal {
        tasks: [source, vec![tilted(0), tilted(1)]],
        w0: start.clone(),
        u: Vec::new(),
        trained: start,
    };
    let mut seen = Vec::new();
    for stage in stages {
        student.begin(stage, &mut random);
        for _ in 0..stage["until"]["steps"].as_u64().unwrap() {
            student.step(stage, &link, &mut random);
        }
        seen.push(student.see(usize::from(stage["task"] == "target")));
    }
    seen
}

pub(super) fn settings(history: Value, seeds: usize) -> Train {
    Train {
        history: serde_json::from_value(history).unwrap(),
        seeds: Some(seeds.to_string().parse().unwrap()),
        points: 4,
        ..Train::default()
    }
}

fn projected(dim: usize, stages: &[Value], seeds: usize) -> Vec<Vec<Vec<f64>>> {
    let mut stages = stages.to_vec();
    for stage in &mut stages {
        stage["dim"] = json!(dim);
    }
    let train = settings(
        json!({
            "link": "erf", "units": 2, "readout": "sum", "w0": {"source": 0.5}, "stage": stages,
            "tasks": {"source": {"units": 2}, "target": {"units": 2, "angle": {"source": ANGLE}}},
        }),
        seeds,
    );
    let report = TrainNetworkSgd(train).run(&Cancel::default()).unwrap();
    let seen = |run: &lorode::stages::RunOf<lorode::stages::network::NetworkHistory>| {
        let ends = run.stages.iter().map(|own| &own.records.last().unwrap().at);
        let numbers = ends.map(|at| {
            let mut all: Vec<f64> = at.m.concat().concat();
            let seen = &at.seen;
            let optional = [&seen.u, &seen.alignment, &seen.s, &seen.c];
            let optional = optional.into_iter().flatten();
            for matrix in [&seen.q].into_iter().chain(optional) {
                // Row by row.
                all.extend(matrix.transpose().iter());
            }
            all
        });
        numbers.collect()
    };
    report.runs.iter().map(seen).collect()
}

/// Two-sample Kolmogorov-Smirnov tests of every number at the end of every stage, and of sums and differences of pairs there:
/// the largest distance against the limit.
pub(super) fn worst(ours: &[Vec<Vec<f64>>], theirs: &[Vec<Vec<f64>>]) -> f64 {
    let mut sums: Vec<(usize, Vec<(usize, f64)>)> = Vec::new();
    let mut spreads = Vec::new();
    for stage in 0..theirs[0].len() {
        let count = theirs[0][stage].len();
        assert_eq!(ours[0][stage].len(), count);
        let spread = |k: usize| {
            let all = || theirs.iter().map(|one| one[stage][k]);
            let mean = all().sum::<f64>() / theirs.len() as f64;
            let squares = all().map(|x| (x - mean).powi(2)).sum::<f64>();
            (mean, (squares / theirs.len() as f64).sqrt())
        };
        let own: Vec<(f64, f64)> = (0..count).map(spread).collect();
        let varying: Vec<usize> = (0..count).filter(|k| own[*k].1 > 1e-9).collect();
        sums.extend(varying.iter().map(|k| (stage, vec![(*k, 1.0)])));
        for (place, i) in varying.iter().enumerate() {
            for j in &varying[place + 1..] {
                let pair = |sign| (stage, vec![(*i, 1.0), (*j, sign)]);
                sums.extend([1.0, -1.0].map(pair));
            }
        }
        spreads.push(own);
    }
    let level = LEVEL / sums.len() as f64;
    let size = ours.len() as f64 * theirs.len() as f64 / (ours.len() + theirs.len()) as f64;
    let limit = (-(level / 2.0).ln() / (2.0 * size)).sqrt();
    let distances = sums.par_iter().map(|(stage, sum)| {
        // Numbers that are equal up to rounding have no law that anybody compares.
        let rounded = |one: &Vec<Vec<f64>>| {
            let part = |(k, sign): &(usize, f64)| {
                let (mean, spread) = spreads[*stage][*k];
                sign * (one[*stage][*k] - mean) / spread
            };
            (sum.iter().map(part).sum::<f64>() * 1e6).round()
        };
        let mut a: Vec<f64> = ours.iter().map(rounded).collect();
        let mut b: Vec<f64> = theirs.iter().map(rounded).collect();
        distance(&mut a, &mut b)
    });
    let largest = distances.reduce(|| 0.0, f64::max);
    println!(
        "{} tests, largest distance {largest:.4}, limit {limit:.4}",
        sums.len()
    );
    largest / limit
}

fn recipes() -> Vec<Vec<Value>> {
    let stage = |task: &str, more: Value| {
        let mut stage =
            json!({"task": task, "batch": 2, "lr": 0.3, "until": {"steps": 25}, "noise": 0.1});
        let own = stage.as_object_mut().unwrap();
        own.extend(more.as_object().unwrap().clone());
        stage
    };
    vec![
        vec![
            stage("source", json!({"adapter": "full", "decay": 0.05})),
            stage("target", json!({"rank": 2})),
        ],
        vec![
            stage("source", json!({"rank": 1})),
            stage(
                "target",
                json!({"rank": 2, "adapter": "free", "decay": 0.1}),
            ),
            stage(
                "source",
                json!({"rank": 2, "adapter": "free", "continue": true}),
            ),
        ],
    ]
}

/// Two tasks of two units span four dimensions; the rests of two units and two rows of V take all eight that there are, or leave
/// some outside.
#[test]
fn stages_of_networks_have_the_law_of_the_literal_loop() {
    for (dim, recipe) in [(8, 0), (12, 0), (12, 1)] {
        let (recipe, seeds) = (&recipes()[recipe], 600);
        let theirs: Vec<_> = (0..seeds as u64)
            .into_par_iter()
            .map(|seed| literal(dim, recipe, seed))
            .collect();
        let found = worst(&projected(dim, recipe, seeds), &theirs);
        assert!((0.3..1.0).contains(&found), "{dim}: {found}");
    }
}

/// A wrong law is found: the literal loop has more dimensions.
#[test]
fn another_law_of_stages_of_networks_is_told_apart() {
    let recipe = &recipes()[0];
    let theirs: Vec<_> = (0..600)
        .into_par_iter()
        .map(|seed| literal(24, recipe, seed))
        .collect();
    let found = worst(&projected(12, recipe, 600), &theirs);
    assert!(found > 1.5, "{found}");
}
