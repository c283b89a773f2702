//! Drives `ledger_canonical` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::ledger::canonical);
