//! How SGD is simulated and looked at, for every study that simulates it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::problem::ProblemOptions;
use crate::simulation::{Method, Schedule, Seeds, Settings, Until};

/// Samples of a test batch: the loss of a record is good to about 3 %, the mean over seeds to much less.
const TEST_BATCH: u64 = 2_000;
/// Records of a run, about.
const RECORDS: u64 = 200;
/// Most of anything that is counted.
const MOST: u64 = 1_000_000_000_000_000;

/// How SGD is simulated and looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Simulation"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Sampling {
    /// Steps of SGD per seed
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", value_parser = whole, allow_hyphen_values = true))]
    pub steps: Option<u64>,
    /// How many seeds (64: 0 to 63), a list (3,5,8), or a range (10:19)
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "SEEDS",
            default_value_t,
            allow_hyphen_values = true
        )
    )]
    pub seeds: Seeds,
    /// Through the projections of the batch, the same law at any dimension; or all d dimensions
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub method: Method,
    /// Records per seed, about, even in the logarithm of the step
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", default_value_t = RECORDS, value_parser = whole, allow_hyphen_values = true, conflicts_with = "every"))]
    pub records: u64,
    /// Record every so many steps instead
    #[cfg_attr(feature = "cli", arg(long, value_name = "K", value_parser = whole, allow_hyphen_values = true))]
    pub every: Option<u64>,
    /// Samples of the fresh test batch that estimates the loss of a record
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", default_value_t = TEST_BATCH, value_parser = whole, allow_hyphen_values = true))]
    pub test_batch: u64,
    /// Loss by the theory's kernel at the simulated overlaps, instead of a test batch
    #[cfg_attr(feature = "cli", arg(long))]
    pub exact_loss: bool,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            steps: None,
            seeds: Seeds::default(),
            method: Method::default(),
            records: RECORDS,
            every: None,
            test_batch: TEST_BATCH,
            exact_loss: false,
        }
    }
}

/// A whole number >= 1, also as `1e6`.
fn whole(text: &str) -> Result<u64, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number"))?;
    if value.fract() == 0.0 && (1.0..=MOST as f64).contains(&value) {
        Ok(value as u64)
    } else {
        Err("a whole number from 1 to 1e15 is allowed".to_owned())
    }
}

impl Sampling {
    /// The settings for so many steps.
    ///
    /// # Errors
    /// The number that is out of range.
    pub(crate) fn settings(&self, steps: u64, until: Until) -> Result<Settings, Error> {
        let counted = [
            ("records", self.records),
            ("every", self.every.unwrap_or(1)),
            ("test-batch", self.test_batch),
            ("steps", steps),
        ];
        if let Some((name, value)) = counted.iter().find(|(_, n)| !(1..=MOST).contains(n)) {
            let allowed = "a whole number from 1 to 1e15 is allowed";
            let why = format!("= {value} is not allowed: {allowed}");
            return Err(Error::refused(name, why));
        }
        // With the loss by the kernel the test batch would be drawn in vain.
        let test_batch = if self.exact_loss { 1 } else { self.test_batch };
        Ok(Settings {
            method: self.method,
            steps,
            until,
            schedule: match self.every {
                Some(stride) => Schedule::Every(stride),
                None => Schedule::Logarithmic(self.records as usize),
            },
            seeds: self.seeds.clone(),
            test_batch: test_batch as usize,
        })
    }

    /// How a result was made, as the flags that repeat it.
    pub(crate) fn parameters(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| all.insert(key.to_owned(), value);
        if let Some(steps) = self.steps {
            put("steps", json!(steps));
        }
        put("seeds", json!(self.seeds));
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
        if self.test_batch != TEST_BATCH {
            put("test-batch", json!(self.test_batch));
        }
        if self.exact_loss {
            put("exact-loss", json!(true));
        }
        all
    }

    /// How the loss was found, in words.
    pub(crate) fn loss_by(&self) -> String {
        if self.exact_loss {
            "kernel".to_owned()
        } else {
            format!("fresh test batch of {} samples", self.test_batch)
        }
    }
}

/// Refuses what is the theory's alone in a study that runs SGD.
pub(crate) fn require_of_sgd(options: &ProblemOptions, command: &str) -> Result<(), Error> {
    if options.dynamics.is_some() {
        let why = format!("has no meaning in {command}, which runs SGD itself: leave it out");
        return Err(Error::refused("dynamics", why));
    }
    if options.t_max.is_some() {
        let why = format!("has no meaning in {command}: SGD ends after --steps");
        return Err(Error::refused("t-max", why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_from_json_and_seeds_are_text_or_a_count() {
        let sampling = Sampling {
            steps: Some(7),
            seeds: "3,5,8".parse().unwrap(),
            every: Some(2),
            ..Sampling::default()
        };
        let text = serde_json::to_string(&sampling).unwrap();
        assert!(text.contains("\"seeds\":\"3,5,8\""), "{text}");
        assert_eq!(serde_json::from_str::<Sampling>(&text).unwrap(), sampling);
        let counted: Sampling = serde_json::from_str("{\"seeds\": 64}").unwrap();
        assert_eq!(counted, Sampling::default());
        assert!(serde_json::from_str::<Sampling>("{\"seeds\": 0}").is_err());
    }

    #[test]
    fn counts_of_none_are_refused() {
        let refused = |change: fn(&mut Sampling), name: &str| {
            let mut sampling = Sampling::default();
            change(&mut sampling);
            let error = sampling.settings(10, Until::Steps).unwrap_err();
            assert!(error.is_refusal() && error.to_string().starts_with(name));
        };
        refused(|s| s.records = 0, "records = 0 is not allowed");
        refused(|s| s.every = Some(0), "every = 0 is not allowed");
        refused(|s| s.test_batch = 0, "test-batch = 0 is not allowed");
        assert!(Sampling::default().settings(10, Until::Steps).is_ok());
        assert!(Sampling::default().settings(0, Until::Steps).is_err());
    }
}
