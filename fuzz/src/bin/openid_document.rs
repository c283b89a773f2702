//! Drives `openid_document` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::openid::document);
