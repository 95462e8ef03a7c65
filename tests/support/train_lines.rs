//! Random command lines of `lorode train`.

use super::Random;
use super::lines::{FILES, ODDLY};

impl Random {
    /// The words after the command: a file that stands in its folder, and flags.
    pub(super) fn history(&mut self, line: &mut Vec<String>) {
        let odd = self.chance(4.0 * ODDLY);
        let usual = [
            "history.toml",
            "trapped.toml",
            "history.toml",
            "odd-history.toml",
        ];
        line.push(self.pick(if odd { FILES } else { &usual }).to_owned());
        if self.chance(0.5) {
            line.push(self.pick(&["--sgd", "--compare", "--sgd"]).to_owned());
            self.flag(line, "seeds", &["4", "2:5", "7,"]);
        }
        if self.chance(0.4) {
            self.flag(line, "points", &["4", "40"]);
        }
        if self.chance(0.2) {
            line.push(
                self.pick(&["--per-seed", "--resume", "--seeds=3"])
                    .to_owned(),
            );
        }
        self.solver(line);
    }
}
