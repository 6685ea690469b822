//! Drivers over real HTTP.
