//! Numbers and grids that are refused: one line that names the argument, exit 2.

use super::said::*;

#[test]
fn strengths() {
    search_refused(&["--mu", "-0.5"], &["mu = -0.5", ">= 0"]);
    search_refused(&["--mu", "-0.1:0.5:3"], &["mu = -0.1"]);
    search_refused(&["--mu", "0.5,-0.5"], &["mu = -0.5"]);
    search_refused(&["--angle", "20"], &["mu", "angle"]);
    search_refused(&["--mixture"], &["mu", "mixture"]);
    search_refused(
        &["--mu", "0.5", "--angle", "-1"],
        &["angle = -1", "[0, 180]"],
    );
    search_refused(&["--mu", "0.5", "--angle", "181"], &["angle = 181"]);
    search_refused(&["--mu", "1.5", "--mixture"], &["mu = 1.5", "mixture"]);
    search_refused(
        &["--mu", "0.5", "--mixture", "--angle", "3"],
        &["angle", "mixture"],
    );
    search_refused(&["--rho", "0.5"], &["kappa"]);
    search_refused(&["--kappa", "0.5"], &["rho"]);
    search_refused(
        &["--rho", "0.5", "--kappa", "0.2"],
        &["kappa = 0.2", "rho^2"],
    );
    search_refused(
        &["--rho", "0.5", "--kappa", "0.3", "--mu", "0.5"],
        &["rho", "mu"],
    );
    search_refused(
        &["--rho", "0.5", "--kappa", "0.3", "--angle", "5"],
        &["rho", "angle"],
    );
    search_refused(&["--mu", "0.5", "--adapter", "scratch"], &["scratch", "mu"]);
    search_refused(&["--gap", "1.5"], &["gap = 1.5", "[0, 1]"]);
    search_refused(&["--gap", "1e-9", "--mu", "0.5"], &["gap", "mu"]);
    search_refused(&["--gap", "1e-9", "--angle", "5"], &["gap", "angle"]);
}

#[test]
fn grids() {
    search_refused(&["--mu", ""], &["--mu", "empty"]);
    search_refused(&["--mu", " "], &["--mu", "empty"]);
    search_refused(&["--mu", ","], &["--mu", "not a finite number"]);
    search_refused(&["--mu", "0.1,,0.3"], &["--mu", "0.1,,0.3"]);
    for count in [
        "0",
        "1e9",
        "-3",
        "2.5",
        "many",
        "99999999999999999999",
        "nan",
        "inf",
    ] {
        let grid = format!("0.1:0.9:{count}");
        search_refused(&["--mu", &grid], &["--mu", "count", count]);
    }
    for grid in [
        "0.1:0.9",
        "0.1:0.9:3:4",
        "log:0.1:0.9",
        "gap:0.1",
        ":",
        "::",
    ] {
        search_refused(&["--mu", grid], &["--mu", &format!("'{grid}'")]);
    }
    search_refused(&["--mu", "lin:0.1:0.9:3"], &["--mu", "lin"]);
    search_refused(
        &["--mu", "0.9:0.1:3"],
        &["--mu", "start must be below stop"],
    );
    search_refused(
        &["--mu", "0.5:0.5:3"],
        &["--mu", "start must be below stop"],
    );
    search_refused(&["--mu", "log:0:0.9:3"], &["--mu", "above 0"]);
    search_refused(&["--mu", "gap:0.1:1:3"], &["--mu", "below 1"]);
    for bad in ["nan", "inf", "-inf", "1e999", "0,5;0,6", "½", "0x10"] {
        search_refused(&["--mu", bad], &["--mu", "finite number"]);
    }
    refused(
        &["solve", "--link", "erf", "--mu", "0.5", "--angle", "0,10"],
        &["angle", "search"],
    );
}

#[test]
fn numbers_that_are_none() {
    let grids = "angle noise dim batch lr nu chi decay u0 alignment0 threshold";
    let numbers = "s0 t-max loss-tolerance rtol atol";
    let all = grids.split(' ').map(|flag| (flag, true));
    for (flag, takes_grid) in all.chain(numbers.split(' ').map(|flag| (flag, false))) {
        let option = format!("--{flag}");
        let name = format!("{flag} = ");
        let why = if takes_grid {
            [option.as_str(), "is not a finite number"]
        } else {
            [name.as_str(), "not allowed"]
        };
        for bad in ["nan", "inf", "-inf"] {
            search_refused(&["--mu", "0.5", &option, bad], &why);
        }
        search_refused(&["--mu", "0.5", &option, "much"], &[&option, "much"]);
        search_refused(&["--mu", "0.5", &option], &[&option]);
    }
    search_refused(&["--rho", "nan", "--kappa", "1"], &["--rho", "finite"]);
    search_refused(&["--rho", "0.1", "--kappa", "nan"], &["--kappa", "finite"]);
    search_refused(&["--rho", "0.1", "--kappa", "inf"], &["--kappa", "finite"]);
}

#[test]
fn numbers_out_of_range() {
    for (flag, values) in [
        ("threshold", &["1", "1.5", "0", "-0.5"][..]),
        ("dim", &["1", "0", "-5", "10.5"]),
        ("batch", &["0", "0.5", "-1"]),
        ("lr", &["0", "-0.1"]),
        ("nu", &["-0.5"]),
        ("noise", &["-0.1"]),
        ("chi", &["0", "-1"]),
        ("decay", &["-0.1"]),
        ("alignment0", &["1.01", "-2"]),
        ("t-max", &["0", "-1"]),
        ("loss-tolerance", &["0", "1", "-0.1"]),
        ("rtol", &["0", "-1", "1"]),
        ("atol", &["0", "-1", "1"]),
        ("max-steps", &["0"]),
    ] {
        for value in values {
            let option = format!("--{flag}");
            let named = format!("{flag} = {value}");
            search_refused(&["--mu", "0.5", &option, value], &[&named]);
        }
    }
    search_refused(&["--mu", "0.5", "--max-steps", "1e6"], &["--max-steps"]);
    let solve = ["solve", "--link", "erf", "--mu", "0.5", "--points"];
    for points in ["0", "3", "1e4", "10000001"] {
        refused(&[&solve[..], &[points]].concat(), &["--points"]);
    }
}

/// A negative count is a wrong value of its option, not a stray argument.
#[test]
fn negative_counts() {
    search_refused(&["--mu", "0.5", "--max-steps", "-1"], &["max-steps"]);
    refused(
        &["solve", "--link", "erf", "--mu", "0.5", "--points", "-1"],
        &["points"],
    );
}
