//! What the child may use, enforced by the kernel.
//!
//! It must not be called in a process that has other work to do: limits can't be raised again.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Bounds of the child process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// Processor time in seconds.
    pub processor_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 512 * 1024 * 1024, processor_seconds: 600 }
    }
}

impl Limits {
    /// Takes away what decoding doesn't need: more memory and time than granted, new files, new processes and
    /// threads, file growth, core dumps, and gaining privileges by executing something.
    ///
    /// # Errors
    /// When the kernel refuses; then nothing foreign should be decoded.
    pub fn apply(&self) -> io::Result<()> {
        let open_files = 3;
        for (resource, bound) in [
            (Resource::Core, 0),
            (Resource::Fsize, 0),
            (Resource::Nproc, 0),
            (Resource::Nofile, open_files),
            (Resource::Cpu, self.processor_seconds),
            (Resource::As, self.memory_bytes),
        ] {
            setrlimit(resource, Rlimit { current: Some(bound), maximum: Some(bound) })?;
        }
        rustix::thread::set_no_new_privs(true)?;
        Ok(())
    }
}
