//! Sealed streams, key hierarchy, passwords, tokens, signatures.
