//! Many problems at once: curves over the pre-training strength.

mod law_times;
mod network;
mod search_curve;
mod times;

pub use law_times::LawTimes;
pub use network::{NetworkCurve, NetworkPoint, NetworkSweep};

pub use search_curve::{
    Along, Asked, KeptPoint, SearchCurve, SearchPoint, SearchResults, SearchSweep,
};
pub(crate) use times::{clock, constant_factor, time_factor};
