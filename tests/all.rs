//! End-to-end tests, one binary: each folder below is a module.

mod model;
mod support;
