//! How many random cases a property test tries, and from which seed.
//!
//! By default the seed is fixed, so that `cargo test` tries the same cases for everybody. With
//! `LORODE_RANDOM_CASES=n` (as `tests/long.sh` sets it) the seed is new in every run, there are
//! `n` times as many cases, and failures are kept beside the sources in `proptest-regressions`,
//! from where such runs try them first.

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
