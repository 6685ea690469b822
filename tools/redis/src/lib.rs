//! Redis adapter: bounded sampling and the read-only command tool
