//! libFuzzer around the targets: `DBWRIGHT_FUZZ` names the one that runs.
#![no_main]

mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("DBWRIGHT_FUZZ").unwrap_or_default();
    let found = targets::TARGETS.iter().find(|(name, _)| *name == wanted);
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    found.unwrap_or_else(|| panic!("set DBWRIGHT_FUZZ to one of {}", names.join(", "))).1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
