//! REST and the embedded console.
