//! Many problems at once: curves over the pre-training strength.

mod law_times;
mod search_curve;

pub use law_times::LawTimes;

pub(crate) use search_curve::time_factor;
pub use search_curve::{
    Along, Asked, KeptPoint, SearchCurve, SearchPoint, SearchResults, SearchSweep,
};
