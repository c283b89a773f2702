//! Drives `openid_token` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::openid::token);
