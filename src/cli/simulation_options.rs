//! Options of the commands that simulate SGD.

use serde_json::{Map, Value, json};

use crate::simulation::{Method, Schedule, Seeds, Settings, Until};

/// Samples of a test batch: the loss of a record is good to about 3 %, the mean over seeds to much less.
const TEST_BATCH: usize = 2_000;
/// Records of a run, about.
const RECORDS: u64 = 200;

/// How SGD is simulated and looked at.
#[derive(Debug, clap::Args)]
pub(super) struct SimulationOptions {
    /// Steps of SGD per seed
    #[arg(long, value_name = "N", value_parser = whole, help_heading = "Simulation",
          allow_hyphen_values = true)]
    pub(super) steps: Option<u64>,
    /// How many seeds (64: 0 to 63), a list (3,5,8), or a range (10:19)
    #[arg(
        long,
        value_name = "SEEDS",
        default_value = "64",
        help_heading = "Simulation",
        allow_hyphen_values = true
    )]
    pub(super) seeds: Seeds,
    /// Through the projections of the batch, the same law at any dimension; or all d dimensions
    #[arg(long, value_enum, default_value_t, help_heading = "Simulation")]
    pub(super) method: Method,
    /// Records per seed, about, even in the logarithm of the step
    #[arg(long, value_name = "N", default_value_t = RECORDS, value_parser = whole,
          help_heading = "Simulation", allow_hyphen_values = true, conflicts_with = "every")]
    records: u64,
    /// Record every so many steps instead
    #[arg(long, value_name = "K", value_parser = whole, help_heading = "Simulation",
          allow_hyphen_values = true)]
    every: Option<u64>,
    /// Samples of the fresh test batch that estimates the loss of a record
    #[arg(long, value_name = "N", default_value_t = TEST_BATCH as u64, value_parser = whole,
          help_heading = "Simulation", allow_hyphen_values = true)]
    test_batch: u64,
    /// Loss by the theory's kernel at the simulated overlaps, instead of a test batch
    #[arg(long, help_heading = "Simulation")]
    pub(super) exact_loss: bool,
}

/// A whole number >= 1, also as `1e6`.
fn whole(text: &str) -> Result<u64, String> {
    const LARGEST: f64 = 1e15;
    let value: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number"))?;
    if value.fract() == 0.0 && (1.0..=LARGEST).contains(&value) {
        Ok(value as u64)
    } else {
        Err("a whole number from 1 to 1e15 is allowed".to_owned())
    }
}

impl SimulationOptions {
    /// The settings for so many steps.
    pub(super) fn settings(&self, steps: u64, until: Until) -> Settings {
        // With the loss by the kernel the test batch would be drawn in vain.
        let test_batch = if self.exact_loss { 1 } else { self.test_batch };
        Settings {
            method: self.method,
            steps,
            until,
            schedule: match self.every {
                Some(stride) => Schedule::Every(stride),
                None => Schedule::Logarithmic(self.records as usize),
            },
            seeds: self.seeds.clone(),
            test_batch: test_batch as usize,
        }
    }

    /// How a result was made, as the flags that repeat it.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| all.insert(key.to_owned(), value);
        if let Some(steps) = self.steps {
            put("steps", json!(steps));
        }
        put("seeds", json!(self.seeds.to_string()));
        if self.method != Method::default() {
            put("method", json!(self.method));
        }
        match self.every {
            Some(stride) => {
                put("every", json!(stride));
            }
            None if self.records != RECORDS => {
                put("records", json!(self.records));
            }
            None => {}
        }
        if self.test_batch != TEST_BATCH as u64 {
            put("test-batch", json!(self.test_batch));
        }
        if self.exact_loss {
            put("exact-loss", json!(true));
        }
        all
    }

    /// How the loss was found, in words.
    pub(super) fn loss_by(&self) -> String {
        if self.exact_loss {
            "kernel".to_owned()
        } else {
            format!("fresh test batch of {} samples", self.test_batch)
        }
    }
}
