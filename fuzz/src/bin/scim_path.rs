//! Drives `scim_path` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::scim::path);
