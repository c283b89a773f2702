//! Nouns and rules of every room.
