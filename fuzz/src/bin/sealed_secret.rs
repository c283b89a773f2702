//! Drives `sealed_secret` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::sealed::secret);
