//! Ctrl-C and progress: what a long run shows and how it is ended early.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use indicatif::{ProgressBar, ProgressStyle};

/// Set by Ctrl-C; long loops look at it and keep what is finished.
pub(super) fn flag() -> &'static AtomicBool {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let inner = Arc::clone(&flag);
        // Without a handler Ctrl-C ends the program at once, which is all that is lost.
        let _unavailable = ctrlc::set_handler(move || {
            if inner.swap(true, std::sync::atomic::Ordering::Relaxed) {
                // The second time the user means it.
                std::process::exit(130);
            }
        });
        flag
    })
}

/// A bar on standard error; indicatif hides it when that is no terminal.
pub(super) fn progress(length: u64, of: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = format!("{{bar:40}} {{human_pos}}/{{human_len}} {of}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
