//! Files that the program once read without an end, as users meet them.

use crate::running::fails;
use serde_json::json;

/// A part that ends behind its first line, of a map of 10^12 cells: they are counted, not read.
#[test]
fn a_part_cut_off_at_its_beginning_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let axes = json!({"link": ["erf"], "x": "mu=0.1:0.9:1000000", "y": "angle=0:80:1000000", "value": "exit_time"});
    let made = json!({"version": env!("CARGO_PKG_VERSION"), "parameters": axes});
    let line = json!({"format": "lorode cells 2", "made": made, "cells": 1_000_000_000_000_u64, "shard": "1/1"});
    let mut head = line.to_string().into_bytes();
    head.resize(4096 - 9, b' ');
    let sum = crc32fast::hash(&head);
    head.extend(format!("{sum:08x}\n").bytes());
    std::fs::write(folder.path().join("phase-1-of-1.part"), head).unwrap();
    let complaint = fails(&format!("merge {}", folder.path().display()), 1);
    assert!(
        complaint.contains("1000000000000 cells missing"),
        "{complaint}"
    );
}
