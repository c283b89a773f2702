//! Drives `intake_sidecar` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::intake::sidecar);
