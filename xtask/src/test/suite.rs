//! Runs steps one after the other, keeps what came out, and prints one table at the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::build::seconds;
use crate::outcome::{Failure, Outcome};

/// What a step proved.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: BTreeSet<String>,
    pub(crate) failed: BTreeSet<String>,
    /// Passed checks without a name of their own, such as a linter's run.
    pub(crate) unnamed: usize,
}

impl Tally {
    /// One check that passed.
    pub(crate) fn one() -> Self {
        Self { unnamed: 1, ..Self::default() }
    }
}

struct Done {
    name: &'static str,
    took: Duration,
    passed: usize,
    failed: usize,
}

/// The steps so far.
pub(crate) struct Suite {
    done: Vec<Done>,
    passed_tests: BTreeSet<String>,
    failures: Vec<String>,
    start: Instant,
}

impl Suite {
    pub(crate) fn new() -> Self {
        Self { done: Vec::new(), passed_tests: BTreeSet::new(), failures: Vec::new(), start: Instant::now() }
    }

    /// Names of the tests that passed so far, with their suite in front.
    pub(crate) fn passed_tests(&self) -> BTreeSet<String> {
        self.passed_tests.clone()
    }

    /// Runs a step unless one that it needs failed, which counts as its own failure. A needed step that
    /// wasn't asked for is taken as done.
    pub(crate) fn step(&mut self, name: &'static str, needs: &[&str], work: impl FnOnce() -> Outcome<Tally>) {
        println!("\n==> {name}");
        let start = Instant::now();
        let broken = self.done.iter().find(|done| done.failed > 0 && needs.contains(&done.name)).map(|done| done.name);
        let outcome = match broken {
            Some(needed) => Err(Failure::new(format!("not run, because '{needed}' failed"))),
            None => work(),
        };
        let took = start.elapsed();
        let (passed, failed) = match outcome {
            Ok(tally) => self.count(name, tally),
            Err(failure) => {
                println!("{failure}");
                self.failures.push(format!("{name}: {failure}"));
                (0, 1)
            }
        };
        println!("    {passed} passed, {failed} failed in {}", seconds(took));
        self.done.push(Done { name, took, passed, failed });
    }

    fn count(&mut self, name: &str, mut tally: Tally) -> (usize, usize) {
        let counts = (tally.passed.len() + tally.unnamed, tally.failed.len());
        for test in &tally.failed {
            self.failures.push(format!("{name}: {test}"));
        }
        if counts == (0, 0) {
            self.failures.push(format!("{name}: ran no test"));
            return (0, 1);
        }
        self.passed_tests.append(&mut tally.passed);
        counts
    }

    /// The table and the closing line.
    ///
    /// # Errors
    /// When anything failed.
    pub(crate) fn close(self) -> Outcome {
        println!("\n{:<52} {:>8} {:>8} {:>13}", "step", "passed", "failed", "time");
        for done in &self.done {
            println!("{:<52} {:>8} {:>8} {:>13}", done.name, done.passed, done.failed, seconds(done.took));
        }
        println!("{:<52} {:>31}", "all", seconds(self.start.elapsed()));
        if !self.failures.is_empty() {
            println!("\nfailed:");
        }
        for failure in &self.failures {
            let mut lines = failure.lines();
            println!("  {}", lines.next().unwrap_or_default());
            for line in lines.take(20) {
                println!("      {line}");
            }
        }
        let passed: usize = self.done.iter().map(|done| done.passed).sum();
        let failed: usize = self.done.iter().map(|done| done.failed).sum();
        println!("\n{passed} passed, {failed} failed");
        if failed == 0 { Ok(()) } else { Err(Failure::new("not everything passed")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_whose_need_failed_is_not_run_and_counts_as_failed() {
        let mut suite = Suite::new();
        suite.step("first", &[], || Err(Failure::new("broken")));
        let mut ran = false;
        suite.step("second", &["first"], || {
            ran = true;
            Ok(Tally::one())
        });
        assert!(!ran);
        assert!(suite.close().is_err());
    }

    #[test]
    fn a_step_that_ran_no_test_fails() {
        let mut suite = Suite::new();
        suite.step("empty", &[], || Ok(Tally::default()));
        assert!(suite.close().is_err());
    }

    #[test]
    fn what_passed_is_known_by_name() {
        let mut suite = Suite::new();
        suite.step("named", &[], || Ok(Tally { passed: BTreeSet::from(["one".to_owned()]), ..Tally::default() }));
        assert!(suite.passed_tests().contains("one"));
        assert!(suite.close().is_ok());
    }
}
