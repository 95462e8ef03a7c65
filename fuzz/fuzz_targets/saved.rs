#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lorode_fuzz::saved(bytes));
