//! What the machine lends: files, read up to a limit, written in one step, held by one run; and
//! memory, asked for before it is taken.
//!
//! Nothing here knows what a file holds. What is written has a name that nobody can guess until it
//! is whole, so that no planted link leads it elsewhere; what is read has an end, whatever it is.

mod lock;
mod memory;
mod read;
mod replace;
mod temporary;

pub use lock::{FolderLock, LockError};
pub use memory::{MemoryError, require_memory};
pub use read::{ReadError, open_file, read_at_most};
pub use replace::replace;
pub use temporary::Temporary;
