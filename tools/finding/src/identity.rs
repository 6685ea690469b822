//! The stable id of a finding.

use sha2::{Digest, Sha256};

use crate::{Location, Object};

/// The same rule on the same object has the same id in every run, so that reviews can be
/// compared and findings ignored. Lines move when a file is edited, so only the file counts;
/// `discriminator` tells apart what would otherwise share an id.
pub(crate) fn finding_id(rule: &str, object: &Object, location: Option<&Location>, discriminator: &str) -> String {
    let mut hash = Sha256::new();
    let query_id = object.query_id.as_deref().unwrap_or_default();
    let file = location.map_or("", |location| location.file.as_str());
    for part in [rule, object.kind.as_str(), &object.name, query_id, file, discriminator] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    for column in &object.columns {
        hash.update(column.as_bytes());
        hash.update([1]);
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("f_{hex}")
}
