//! Many problems at once: curves over the pre-training strength.

mod search_curve;

pub(crate) use search_curve::time_factor;
pub use search_curve::{Failure, SearchCurve, SearchPoint, SearchSweep, Watch};
