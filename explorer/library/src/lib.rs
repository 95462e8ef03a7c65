//! Studies as the explorer's page asks for them: a question as JSON in, an answer as JSON or as a file out.
//!
//! The page asks for [`room`], writes a question there, calls [`ask`], and reads [`answer_length`] bytes at [`answer`].
//! While the work goes on, the page may be [shown](page::show) what is finished so far.

mod answer;
mod controls;
mod page;

use std::sync::{Mutex, MutexGuard, PoisonError};

static QUESTION: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the page writes so many bytes of a question.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *const u8 {
    let mut question = lock(&QUESTION);
    *question = vec![0; length];
    question.as_ptr()
}

/// Where the answer stands.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    lock(&ANSWER).as_ptr()
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    lock(&ANSWER).len()
}

/// Answers the question; 1 where the answer is why it cannot be answered.
#[unsafe(no_mangle)]
pub extern "C" fn ask() -> u32 {
    let question = lock(&QUESTION).clone();
    let answered = answer::answer(&question);
    let failed = u32::from(answered.is_err());
    *lock(&ANSWER) = answered.unwrap_or_else(|error| error.to_string().into_bytes());
    failed
}
