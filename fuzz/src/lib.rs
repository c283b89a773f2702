//! What the binaries share: how a target is driven, and which panics count.
//!
//! A panic of the house counts where it happens. One in a library of others counts only when nobody catches it:
//! decoders of others are fenced in, and giving a file up is their right.
//!
//! Must not know a target's inside.

pub use libfuzzer_sys;

use std::panic::{PanicHookInfo, catch_unwind};
use std::sync::Mutex;

/// What the last panic of others said.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Makes a binary of a target.
#[macro_export]
macro_rules! drive {
    ($target:path) => {
        $crate::libfuzzer_sys::fuzz_target!(init: $crate::prepare(), |bytes: &[u8]| $crate::run($target, bytes));
    };
}

/// Takes the panics over, and sees that the build checks what it should.
pub fn prepare() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let overflow = catch_unwind(|| std::hint::black_box(u8::MAX) + std::hint::black_box(1));
    std::panic::set_hook(usual);
    assert!(cfg!(debug_assertions) && overflow.is_err(), "build with debug assertions and overflow checks");
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.to_string();
        if !is_of_others(panic) {
            eprintln!("{said}");
            std::process::abort();
        }
        if let Ok(mut last) = LAST.lock() {
            *last = said;
        }
    }));
}

/// Runs a target once; whoever panics through it ends the process.
pub fn run(target: fn(&[u8]), bytes: &[u8]) {
    if catch_unwind(|| target(bytes)).is_err() {
        eprintln!("{}", LAST.lock().map(|last| last.clone()).unwrap_or_default());
        std::process::abort();
    }
}

/// Whether the code of a library panicked, which cargo keeps in its registry, or that of Rust itself.
fn is_of_others(panic: &PanicHookInfo<'_>) -> bool {
    panic
        .location()
        .is_some_and(|place| ["/registry/src/", "/rustc/", "library/"].iter().any(|part| place.file().contains(part)))
}
