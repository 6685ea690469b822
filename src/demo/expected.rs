//! What the demo carries, as data.
