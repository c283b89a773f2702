//! Audio in, samples out.
