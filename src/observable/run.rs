//! Numbers of a run as a whole, and of its finite-size law.

use super::{AxisScale, Observable, PLAIN, Unit};

/// Time of the exit.
pub static EXIT_TIME: Observable = Observable {
    name: "exit_time",
    symbol: "t_exit",
    short: "exit time",
    label: "exit time",
    about: "first time with |alignment| >= threshold",
    unit: Unit::Time,
    ..PLAIN
};

/// Samples up to the exit.
pub static EXIT_SAMPLES: Observable = Observable {
    name: "exit_samples",
    symbol: "B t_exit/η",
    short: "exit samples",
    label: "samples to the exit",
    about: "samples seen up to the exit, B t / eta",
    unit: Unit::Samples,
    ..PLAIN
};

/// Mean exit time.
pub static EXIT_MEAN: Observable = Observable {
    name: "exit_mean",
    symbol: "E[t_exit]",
    short: "mean",
    label: "mean exit time",
    about: "mean of the finite-size law of the exit time",
    unit: Unit::Time,
    ..PLAIN
};

/// Median exit time.
pub static EXIT_MEDIAN: Observable = Observable {
    name: "exit_median",
    symbol: "median t_exit",
    short: "median",
    label: "median exit time",
    about: "median of the finite-size law of the exit time: random starts and the noise of SGD",
    unit: Unit::Time,
    ..PLAIN
};

/// 5 % quantile of the exit time.
pub static EXIT_Q05: Observable = Observable {
    name: "exit_q05",
    symbol: "5 % of t_exit",
    short: "5 %",
    label: "exit time, 5 % quantile",
    about: "5 % quantile of that law",
    unit: Unit::Time,
    ..PLAIN
};

/// 95 % quantile of the exit time.
pub static EXIT_Q95: Observable = Observable {
    name: "exit_q95",
    symbol: "95 % of t_exit",
    short: "95 %",
    label: "exit time, 95 % quantile",
    about: "95 % quantile of that law",
    unit: Unit::Time,
    ..PLAIN
};

/// Median exit time of the linear law.
pub static EXIT_MEDIAN_LINEAR: Observable = Observable {
    name: "exit_median_linear",
    symbol: "median of the linear law",
    short: "linear median",
    label: "median exit time, linear law",
    about: "median of the linear law: early, and with times where nothing exits",
    unit: Unit::Time,
    ..PLAIN
};

/// Median exit time of simulated SGD.
pub static SGD_EXIT_TIME: Observable = Observable {
    name: "sgd_exit_time",
    symbol: "median t_exit of SGD",
    short: "SGD",
    label: "median exit time of SGD",
    about: "median exit time of 16 seeds of simulated SGD (needs lr and batch)",
    unit: Unit::Time,
    ..PLAIN
};

/// Time to learn.
pub static LEARN_TIME: Observable = Observable {
    name: "learn_time",
    symbol: "t_learn",
    short: "time to learn",
    label: "time to learn",
    about: "time until the excess loss has fallen to loss-tolerance of its initial value",
    unit: Unit::Time,
    ..PLAIN
};

/// Excess loss at rest.
pub static FINAL_LOSS: Observable = Observable {
    name: "final_loss",
    symbol: "L − L_best",
    short: "excess loss",
    label: "final excess loss",
    about: "loss above the best that the student can reach, where the run comes to rest; none for runs that learn, whose excess has no last value",
    ..PLAIN
};

/// How long the loss stands still on the way.
pub static PLATEAU_LENGTH: Observable = Observable {
    name: "plateau_length",
    symbol: "T_plateau",
    short: "plateau",
    label: "longest plateau",
    about: "networks: how long the loss stands still on the way, at its longest plateau (as solve marks them); none where there is none",
    unit: Unit::Time,
    ..PLAIN
};

/// How the run ends.
pub static OUTCOME: Observable = Observable {
    name: "outcome",
    symbol: "outcome",
    short: "outcome",
    label: "outcome",
    about: "how the run ends: 1 learned, 2 trapped, 7 noise-floor, 8 rest (networks that have exited); none where time ran out",
    unit: Unit::Outcome,
    axis: AxisScale::Linear,
    ..PLAIN
};

/// Time to learn from scratch over that of LoRA.
pub static SPEEDUP_OVER_SCRATCH: Observable = Observable {
    name: "speedup_over_scratch",
    symbol: "t_scratch/t_LoRA",
    short: "speed-up",
    label: "speed-up over training from scratch",
    about: "time to learn from scratch on the sphere, over that of LoRA: below 1 pre-training hurts",
    unit: Unit::Ratio,
    axis: AxisScale::Log,
    ..PLAIN
};

/// Time to learn by full fine-tuning over that of LoRA.
pub static SPEEDUP_OVER_FULL: Observable = Observable {
    name: "speedup_over_full",
    symbol: "t_full/t_LoRA",
    short: "speed-up",
    label: "speed-up over full fine-tuning",
    about: "time to learn by full fine-tuning, over that of LoRA: below 1 the adapter hurts",
    unit: Unit::Ratio,
    axis: AxisScale::Log,
    ..PLAIN
};

/// Exit time over that at the best strength.
pub static SLOWDOWN_OVER_BEST_MU: Observable = Observable {
    name: "slowdown_over_best_mu",
    symbol: "t_exit/min t_exit",
    short: "slow-down",
    label: "exit time over that at the best μ",
    about: "exit time over the shortest one at any aligned mu in [0, 1), all else equal: at least 1",
    unit: Unit::Ratio,
    axis: AxisScale::Log,
    ..PLAIN
};

/// All of them.
pub static ALL: &[&Observable] = &[
    &EXIT_TIME,
    &EXIT_SAMPLES,
    &EXIT_MEAN,
    &EXIT_MEDIAN,
    &EXIT_Q05,
    &EXIT_Q95,
    &EXIT_MEDIAN_LINEAR,
    &SGD_EXIT_TIME,
    &LEARN_TIME,
    &FINAL_LOSS,
    &PLATEAU_LENGTH,
    &OUTCOME,
    &SPEEDUP_OVER_SCRATCH,
    &SPEEDUP_OVER_FULL,
    &SLOWDOWN_OVER_BEST_MU,
];
