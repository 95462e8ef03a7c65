//! What do tasks and stages ask, and what does a run of them cost?

use std::fmt::Write;

use crate::error::Error;
use crate::numeral::{counted, plain};
use crate::problem::Dynamics;
use crate::stages::{Begin, History, Limits, Stage};
use crate::study::train::{HistoryOptions, SeedsWork, ToldOfSeeds, Train, TrainSgd};
use crate::study::words::{kept, significant, word};
use crate::study::{Study, Work};
use crate::watch::{Cancel, Watch};

/// A trial run of each kind may take so many seconds.
const PATIENCE: f64 = 1.0;

/// Tasks, angles and stages in words, a line each, and where `progress` has a clock, what a run takes here.
pub(super) fn check(options: &HistoryOptions, progress: &dyn Watch) -> Result<String, Error> {
    let train = Train {
        history: options.clone(),
        ..Train::default()
    };
    let history = options.history()?;
    let mut text = String::new();
    for task in &history.tasks {
        let _infallible = writeln!(text, "task          {}: {}", task.name, task.model.label());
    }
    for line in angles(&history) {
        let _infallible = writeln!(text, "angle         {line}");
    }
    for (i, stage) in history.stages.iter().enumerate() {
        let _infallible = writeln!(text, "stage {:<8}{}", i + 1, told(&history, stage, i == 0));
    }
    let _infallible = writeln!(text, "by ODEs       {}", by_odes(&train, progress)?);
    let _infallible = writeln!(
        text,
        "by SGD        {}",
        by_sgd(TrainSgd(train).begin(), progress)
    );
    Ok(text)
}

/// Degrees between every two tasks.
fn angles(history: &History) -> Vec<String> {
    let tasks = &history.tasks;
    let pairs = (0..tasks.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let line = |(i, j): (usize, usize)| {
        let degrees = history.directions.cosine(i, j).acos().to_degrees();
        let degrees = plain((degrees * 1e9).round() / 1e9);
        format!("{} and {}: {degrees} degrees", tasks[i].name, tasks[j].name)
    };
    pairs.map(line).collect()
}

/// A stage in a line.
fn told(history: &History, stage: &Stage, is_first: bool) -> String {
    let (problem, scaling) = (&stage.problem, stage.problem.scaling());
    let begun = match (stage.begin, is_first) {
        (Begin::On { .. }, _) => "goes on with what the stage before trained",
        (Begin::Anew { .. }, true) => "from w0",
        (Begin::Anew { .. }, false) if problem.adapter().facts().no_pretraining.is_some() => {
            "from nothing"
        }
        (Begin::Anew { .. }, false) => "from the weights of the stage before",
    };
    let mut text = format!(
        "{} ({}), {begun}; until {}; Delta = {}, nu = {}",
        history.tasks[stage.task].name,
        word(&problem.adapter()),
        limits(&stage.until),
        plain(problem.label_noise()),
        plain(scaling.nu)
    );
    if let Ok(sgd) = problem.sgd() {
        let (dim, batch, step) = (plain(sgd.dim), plain(sgd.batch), plain(sgd.step));
        let _infallible = write!(text, " (d = {dim}, B = {batch}, eta = {step}{})", kept(sgd));
    }
    if stage.dynamics == Dynamics::Map {
        text.push_str(", finite-step map");
    }
    if let Some(sizes) = &scaling.sizes {
        let _infallible = write!(text, ", lr times {sizes}");
    }
    text
}

pub(super) fn limits(until: &Limits) -> String {
    let all = until.all().into_iter();
    let given = all.filter_map(|(name, limit)| Some(format!("{name} = {}", plain(limit?))));
    given.collect::<Vec<_>>().join(" or ")
}

/// Ends a trial run once it has taken long enough, and counts what it did.
struct Trial<'a> {
    watch: &'a dyn Watch,
    end: Option<f64>,
    cancel: Cancel,
    done: std::sync::atomic::AtomicU64,
    length: std::sync::atomic::AtomicU64,
}

impl<'a> Trial<'a> {
    fn new(watch: &'a dyn Watch) -> Self {
        Self {
            watch,
            end: watch.clock().map(|now| now + PATIENCE),
            cancel: Cancel::new(),
            done: 0.into(),
            length: 0.into(),
        }
    }

    fn counted(&self) -> (f64, f64) {
        use std::sync::atomic::Ordering::Relaxed;
        (
            self.done.load(Relaxed) as f64,
            self.length.load(Relaxed) as f64,
        )
    }
}

impl Watch for Trial<'_> {
    fn begin(&self, _what: &str, length: u64) {
        self.length
            .store(length, std::sync::atomic::Ordering::Relaxed);
    }

    fn advance(&self, units: u64) {
        self.done
            .fetch_add(units, std::sync::atomic::Ordering::Relaxed);
        let is_late = self
            .clock()
            .zip(self.end)
            .is_some_and(|(now, end)| now >= end);
        if is_late || self.watch.cancelled() {
            self.cancel.set();
        }
    }

    fn clock(&self) -> Option<f64> {
        self.watch.clock()
    }

    fn cancel(&self) -> Cancel {
        self.cancel
    }
}

/// What a run by the ODEs takes, and how its stages end: it is made.
pub(super) fn by_odes<S: Study>(train: &S, progress: &dyn Watch) -> Result<String, Error> {
    let begun = progress.clock();
    let work = train.begin()?;
    let trial = Trial::new(progress);
    let ended = std::thread::scope(|scope| {
        let run = scope.spawn(|| work.advance(&trial));
        // Stages are long: what looks for the end is not the work alone.
        while !run.is_finished() && begun.is_some() {
            std::thread::sleep(std::time::Duration::from_millis(2));
            trial.advance(0);
        }
        run.join()
    });
    let seconds = progress.clock().zip(begun).map(|(now, then)| now - then);
    let taken = seconds.map_or(String::new(), |s| format!(": {:.0} ms here", 1e3 * s));
    Ok(match ended {
        Ok(Ok(())) => format!("all stages come to an end{taken}"),
        Ok(Err(_)) if trial.cancelled() => format!("a run takes more than {PATIENCE} s here"),
        Ok(Err(error)) => format!("ends early: {error}"),
        Err(_) => "the trial run failed".to_owned(),
    })
}

/// What a run by SGD takes at most, by the steps of a second.
pub(super) fn by_sgd<H: ToldOfSeeds>(
    begun: Result<SeedsWork<H>, Error>,
    progress: &dyn Watch,
) -> String {
    let work = match begun {
        Ok(work) => work,
        Err(error) => return format!("not as it is: {error}"),
    };
    let seeds = work.seeds();
    let (steps, samples) = work.most();
    let mut text = format!(
        "{} of at most {} steps and {} samples each",
        counted(seeds, "seed"),
        plain(steps),
        plain(samples)
    );
    let (begun, trial) = (progress.clock(), Trial::new(progress));
    if begun.is_none() || work.advance(&trial).is_err() {
        return text;
    }
    let seconds = progress
        .clock()
        .zip(begun)
        .map_or(0.0, |(now, then)| now - then);
    let (done, all) = trial.counted();
    let _infallible = match done >= all {
        true => write!(text, ": {} s here", significant(seconds, 2)),
        // Seeds that met their limits count as whole, and others may meet none.
        false if done > 0.0 => {
            write!(
                text,
                ": about {} s here by the pace of the first {PATIENCE} s, an estimate and no bound",
                significant(seconds * all / done, 2)
            )
        }
        false => Ok(()),
    };
    text
}
