//! Random command lines: every command, every option, sense and nonsense.

use super::Random;
use super::generated::KINDS;

/// Options with a number, by what is usual for them.
const NUMBERS: &[(&str, &[&str])] = &[
    ("angle", &["0", "20", "88.2", "90"]),
    ("noise", &["0", "0.1", "2"]),
    ("dim", &["29", "1000", "1e8", "1e32"]),
    ("batch", &["5", "100"]),
    ("lr", &["0.1", "0.5"]),
    ("nu", &["0.05", "1"]),
    ("chi", &["0.3", "1", "4"]),
    ("decay", &["0", "0.05"]),
    ("u0", &["0", "0.1"]),
    ("alignment0", &["0.03", "-0.1", "1e-18"]),
    ("s0", &["0", "0.01"]),
    ("threshold", &["0.1", "0.5", "0.99"]),
    ("t-max", &["10", "1e4"]),
    ("loss-tolerance", &["1e-3", "1e-6"]),
    ("momentum", &["0", "0.5", "0.9"]),
    ("friction", &["0", "0.3", "2"]),
    (
        "lr-schedule",
        &[
            "1/t(10)",
            "cosine(300)",
            "steps(5: 0.5, 90: 2)",
            "1 - step/50",
            "warmup(20)*1/sqrt(1 + step)",
            "step",
        ],
    ),
];

/// Numbers that nobody means.
const ODD: &[&str] = &[
    "5e-324",
    "1e308",
    "-1e308",
    "-0",
    "nan",
    "inf",
    "-inf",
    "1e-300",
    "",
    "1e400",
    "0x10",
    "1,2",
    "½",
    "-1",
    "0",
    "1e16",
    "9007199254740993",
    "--",
    "0.1.2",
    "1e",
    " 3",
];

const GRIDS: &[&str] = &[
    "0.5",
    "0.1,0.5",
    "0.2:0.8:3",
    "log:0.1:0.9:3",
    "gap:0.1:0.99:3",
    "0,5e-324",
];

const ODD_GRIDS: &[&str] = &[
    "",
    ",",
    "0.5,,0.6",
    "1:0:3",
    "0:1:1e12",
    "0:1:0",
    "log:0:1:3",
    "log:-1:1:3",
    "gap:1:1:3",
    "nan:1:3",
    "0:inf:3",
    "0.1:0.1:5",
    "0:1:18446744073709551615",
    "a:b:c",
    "0.9,0.1",
    "0.5,0.5",
    "-0,0",
    "1e308,-1e308",
    "0:1:-3",
];

const AXES: &[&str] = &[
    "mu=0.1,0.5",
    "mu=0.2:0.8:3",
    "angle=0:80:3",
    "nu=0,0.1",
    "noise=0,1",
    "dim=log:100:1e4:2",
    "chi=0.5,1,2",
    "threshold=0.2,0.6",
    "decay=0,0.1",
    "u0=0,0.1",
    "alignment0=0.01,0.1",
    "c=0.1,0.9",
    "lr=0.1,0.2",
];

const ODD_AXES: &[&str] = &[
    "",
    "=",
    "mu",
    "mu=",
    "=0:1:3",
    "mu=nan,1",
    "mu=0,5e-324",
    "dim=2.5,3",
    "mu=0:1:99999999999",
    "frog=1,2",
    "x=1,2",
    "mu=1e308,-1e308",
    "chi=0,1",
    "mu=0.5",
    "angle=inf,2",
    "e=1,2",
];

const VALUES: &[&str] = &[
    "tau",
    "growth_rate",
    "gradient_norm",
    "curvature",
    "exit_time",
    "exit_samples",
    "exit_median",
    "learn_time",
    "final_loss",
    "outcome",
    "speedup_over_scratch",
    "speedup_over_full",
    "slowdown_over_best_mu",
    "frog",
];

const ODD_LINKS: &[&str] = &[
    "",
    "frog",
    "x",
    "0",
    "1e308*x^9",
    "x^1000",
    "1/x",
    "log(x)",
    "x/0",
    "nan",
    "((((x",
    "x)",
    "exp(exp(x))",
    "1e-90*he3",
    "he1*1e-12",
    "x^-1",
    "he40",
    "he-1",
    "x^0.5",
    "sin(1e3*x)",
    "tanh(1e9*x)",
    "2x",
    "x−1",
    "π*x",
    "x²",
    "y",
    "x;ls",
    "relu(x-40)",
    "abs(x)^1.5",
    "sqrt(x^2)",
    "x\ny",
    "-x",
    "--link",
    "log(1+exp(100*x))",
    "(((x+1)^5)^5)^5",
    "exp(-1e6*(x-0.31)^2)",
];

pub(super) const FILES: &[&str] = &[
    "good.toml",
    "bad.toml",
    "missing.toml",
    "/dev/null",
    ".",
    "empty.toml",
    "binary.toml",
    "",
    "good.toml",
    "history.toml",
];

const FORMATS: &[&str] = &["json", "csv", "human", "npz"];

const COMMANDS: &[&str] = &[
    "search", "search", "solve", "solve", "solve", "kernel", "kernel", "derive", "links", "check",
    "simulate", "compare", "phase", "phase", "merge", "optimum", "scaling", "frog", "help",
    "train", "train",
];

/// How much of a line is nonsense.
pub(super) const ODDLY: f64 = 0.06;

impl Random {
    fn number(&mut self, usual: &[&'static str]) -> &'static str {
        let of = if self.chance(ODDLY) { ODD } else { usual };
        self.pick(of)
    }

    fn any_link(&mut self) -> String {
        if self.chance(2.0 * ODDLY) {
            return self.pick(ODD_LINKS).to_owned();
        }
        let kind = self.pick(&KINDS);
        self.link(kind)
    }

    fn links(&mut self, line: &mut Vec<String>) {
        if self.chance(0.75) {
            line.extend(["--link".to_owned(), self.any_link()]);
        } else {
            line.extend(["--teacher".to_owned(), self.any_link()]);
            if !self.chance(ODDLY) {
                line.extend(["--student".to_owned(), self.any_link()]);
            }
        }
    }

    pub(super) fn flag(&mut self, line: &mut Vec<String>, name: &str, usual: &[&'static str]) {
        let value = self.number(usual);
        line.extend([format!("--{name}"), value.to_owned()]);
    }

    /// Physical options of most commands.
    fn physical(&mut self, line: &mut Vec<String>, many: bool) {
        if self.chance(ODDLY) {
            line.push(self.pick(FILES).to_owned());
        }
        if !self.chance(ODDLY) {
            self.links(line);
        }
        if self.chance(0.9) {
            let odd = self.chance(ODDLY);
            let grid = match (odd, many) {
                (true, _) => self.pick(ODD_GRIDS),
                (false, true) => self.pick(GRIDS),
                (false, false) => self.pick(&["0.2", "0.5", "0.8", "0.95"]),
            };
            line.extend(["--mu".to_owned(), grid.to_owned()]);
        }
        for (name, usual) in NUMBERS {
            if self.chance(0.09) {
                self.flag(line, name, usual);
            }
        }
        if self.chance(0.25) {
            let adapter = self.pick(&["spherical", "free", "full", "scratch", "frog"]);
            line.extend(["--adapter".to_owned(), adapter.to_owned()]);
        }
        if self.chance(0.06) {
            line.extend(["--dynamics", "map", "--lr", "0.1", "--batch", "50"].map(str::to_owned));
        }
        if self.chance(0.05) {
            line.push(
                self.pick(&[
                    "--mixture",
                    "--hermite-time",
                    "--time steps",
                    "--rho=0.3",
                    "--kappa=0.5",
                ])
                .to_owned(),
            );
        }
    }

    pub(super) fn solver(&mut self, line: &mut Vec<String>) {
        if self.chance(0.15) {
            self.flag(line, "method", &["auto", "rk45", "implicit"]);
        }
        if self.chance(0.15) {
            self.flag(line, "rtol", &["1e-4", "1e-8", "1e-12"]);
        }
        if self.chance(0.08) {
            self.flag(line, "atol", &["1e-12", "1e-20"]);
        }
        // A bound on the work of every line, so that the nonsense stays cheap.
        self.flag(line, "max-steps", &["20000"]);
    }

    /// The words of a line; `good.toml` and the like stand in its folder.
    pub fn line(&mut self) -> Vec<String> {
        let command = self.pick(COMMANDS);
        let mut line = vec![command.to_owned()];
        match command {
            "search" => {
                self.physical(&mut line, true);
                self.solver(&mut line);
            }
            "solve" => {
                self.physical(&mut line, false);
                self.solver(&mut line);
                if self.chance(0.3) {
                    self.flag(&mut line, "points", &["2", "10"]);
                }
            }
            "kernel" => {
                self.links(&mut line);
                self.flag(&mut line, "m", &["0", "0.3", "-0.5", "1"]);
                self.flag(&mut line, "q", &["0.25", "0.7", "1", "1e-6", "1e6"]);
                if self.chance(0.3) {
                    self.flag(&mut line, "noise", &["0.1"]);
                }
            }
            "links" if self.chance(0.9) => line.push(self.any_link()),
            "check" => line.push(self.pick(FILES).to_owned()),
            "merge" => line.push(self.pick(&[".", "missing", "good.toml", ""]).to_owned()),
            "derive" => {
                self.physical(&mut line, false);
                if self.chance(0.3) {
                    line.push(self.pick(&["--explain", "--exact"]).to_owned());
                }
                let format = self.pick(&["text", "latex", "json", "python", "frog"]);
                line.extend(["--format".to_owned(), format.to_owned()]);
            }
            "simulate" | "compare" => {
                let many = command == "compare" && self.chance(0.3);
                self.physical(&mut line, many);
                for (name, usual) in [("lr", &["0.1", "0.5"]), ("batch", &["5", "50"])] {
                    if !line.contains(&format!("--{name}")) {
                        self.flag(&mut line, name, usual);
                    }
                }
                self.flag(&mut line, "steps", &["1", "50", "300"]);
                self.flag(&mut line, "seeds", &["3", "2:5", "7,"]);
                self.flag(&mut line, "test-batch", &["50"]);
                if self.chance(0.1) {
                    line.push(
                        self.pick(&["--exact-loss", "--per-seed", "--resume", "--method=full"])
                            .to_owned(),
                    );
                }
            }
            "phase" => {
                self.physical(&mut line, false);
                let (x, y) = (self.pick(AXES), self.pick(AXES));
                let odd = self.chance(2.0 * ODDLY);
                let y = if odd { self.pick(ODD_AXES) } else { y };
                line.extend(["--x", x, "--y", y, "--value"].map(str::to_owned));
                line.push(self.pick(VALUES).to_owned());
                if self.chance(0.1) {
                    line.push(
                        self.pick(&[
                            "--refine",
                            "--shard=1/2",
                            "--resume",
                            "--shard=0/0",
                            "--slurm=job.sh",
                        ])
                        .to_owned(),
                    );
                }
                self.solver(&mut line);
            }
            "train" => self.history(&mut line),
            "optimum" => {
                self.physical(&mut line, true);
                self.flag(&mut line, "goal", &["exit", "learn"]);
            }
            "scaling" => {
                self.physical(&mut line, false);
                self.flag(
                    &mut line,
                    "dims",
                    &["log:1e2:1e6:4", "100,1000,10000,100000"],
                );
                self.solver(&mut line);
            }
            _ => {}
        }
        if !["derive", "check", "help"].contains(&command) {
            let format = self.pick(FORMATS);
            line.extend(["--format".to_owned(), format.to_owned()]);
        }
        if !["derive", "check", "help", "kernel"].contains(&command) && self.chance(0.5) {
            line.extend([
                "--out".to_owned(),
                self.pick(&["out", "out", "out", "good.toml", "/dev/full", "a/b/c"])
                    .to_owned(),
            ]);
        }
        line
    }
}
