//! Drives `saml_metadata` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::saml::metadata);
