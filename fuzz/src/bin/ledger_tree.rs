//! Drives `ledger_tree` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::ledger::tree);
