//! What the machine lends: files, read up to a limit, written in one step, held by one run; and
//! memory, asked for before it is taken.
//!
//! Nothing here knows what a file holds. What is written has a name that nobody can guess until it
//! is whole, so that no planted link leads it elsewhere; what is read has an end, whatever it is.

#[cfg(feature = "system")]
mod checkpoint;
#[cfg(feature = "system")]
mod lock;
mod memory;
#[cfg(feature = "system")]
mod read;
#[cfg(feature = "system")]
mod replace;
#[cfg(feature = "system")]
mod room;
#[cfg(feature = "cli")]
mod temporary;

#[cfg(feature = "system")]
pub use checkpoint::{
    CheckpointError, checkpoint, difference, made_of_checkpoint, read_checkpoint,
};
#[cfg(feature = "system")]
pub use lock::{FolderLock, LockError};
pub use memory::{MemoryError, require_memory};
#[cfg(feature = "system")]
pub use read::{ReadError, input_at_most, open_file, read_at_most};
#[cfg(feature = "system")]
pub use replace::replace;
#[cfg(feature = "cli")]
pub use temporary::Temporary;
