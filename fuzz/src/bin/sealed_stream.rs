//! Drives `sealed_stream` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::sealed::stream);
