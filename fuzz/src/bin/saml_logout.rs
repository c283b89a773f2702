//! Drives `saml_logout` with libFuzzer.
#![no_main]

soundkeep_fuzz::drive!(soundkeep_fuzz_targets::saml::logout);
