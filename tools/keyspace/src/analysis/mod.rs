//! From a snapshot to families of keys and findings.

mod family;
mod report;

pub use family::{Family, NamedKey, TtlSpread};
pub(crate) use family::{ratio, rounded};
pub(crate) use report::Facts;
pub use report::{Analysis, ServerSummary, analyze};
