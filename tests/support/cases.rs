//! How many random cases a property test tries, and from which seed.
//!
//! By default the seed is fixed, so that `cargo test` tries the same cases for everybody. With
//! `LORODE_RANDOM_CASES=n` (as `tests/long.sh` sets it) the seed is new in every run, there are
//! `n` times as many cases, and failures are kept beside the sources in `proptest-regressions`,
//! from where such runs try them first.

#![allow(dead_code, reason = "each family of tests uses a part")]

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// The configuration of every property test: `count` cases.
pub fn cases(count: u32) -> ProptestConfig {
    let factor = std::env::var("LORODE_RANDOM_CASES").ok();
    match factor.and_then(|text| text.parse::<u32>().ok()) {
        Some(factor) => ProptestConfig::with_cases(count.saturating_mul(factor)),
        None => ProptestConfig {
            rng_seed: RngSeed::Fixed(20_261_126),
            failure_persistence: None,
            ..ProptestConfig::with_cases(count)
        },
    }
}

/// The seed of a generator: `fixed`, or a new one where random cases are asked for. A failure is
/// told in a form that can be tried by itself.
pub fn seed(fixed: u64) -> u64 {
    match std::env::var_os("LORODE_RANDOM_CASES") {
        None => fixed,
        Some(_) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let seed = now.map_or(fixed, |now| now.as_nanos() as u64 ^ fixed);
            println!("seed {seed}");
            seed
        }
    }
}
