//! Studies as a page calls them: settings as JSON in, the report as JSON or SVG out.
//!
//! The page asks for [`room`], writes the settings there, calls a study, and reads [`answer_length`]
//! bytes at [`answer`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use lorode::study::search::Search;
use lorode::study::simulate::Simulate;
use lorode::study::solve::Solve;
use lorode::study::{Report, Study, Work};
use lorode::watch::Cancel;
use serde::de::DeserializeOwned;

type Answer = Result<String, Box<dyn std::error::Error>>;

static SETTINGS: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<String> = Mutex::new(String::new());

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the page writes so many bytes of settings.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *const u8 {
    let mut settings = lock(&SETTINGS);
    *settings = vec![0; length];
    settings.as_ptr()
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

/// `solve` as JSON; 1 where the answer is an error.
#[unsafe(no_mangle)]
pub extern "C" fn solve() -> u32 {
    answer_with(report::<Solve>().and_then(json))
}

/// `search` as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn search() -> u32 {
    answer_with(report::<Search>().and_then(json))
}

/// `simulate` as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn simulate() -> u32 {
    answer_with(report::<Simulate>().and_then(json))
}

/// The figure of `search` as SVG.
#[unsafe(no_mangle)]
pub extern "C" fn search_figure() -> u32 {
    let figure = |report: Box<dyn Report>| {
        let figure = report.figure().ok_or("there is nothing to draw")?;
        Ok(figure.to_svg()?)
    };
    answer_with(report::<Search>().and_then(figure))
}

fn report<S>() -> Result<Box<dyn Report>, Box<dyn std::error::Error>>
where
    S: Study + DeserializeOwned,
    <S::Work as Work>::Report: 'static,
{
    let study: S = serde_json::from_slice(&lock(&SETTINGS))?;
    Ok(Box::new(study.run(&Cancel::default())?))
}

fn json(report: Box<dyn Report>) -> Answer {
    // As the command writes it to a file.
    Ok(serde_json::to_string_pretty(&report.json())? + "\n")
}

fn answer_with(answer: Answer) -> u32 {
    let failed = u32::from(answer.is_err());
    *lock(&ANSWER) = answer.unwrap_or_else(|error| error.to_string());
    failed
}
