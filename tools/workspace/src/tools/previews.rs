//! What was shown to the person who decides: the write must change the version that they saw.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::root::Version;

/// Previews that are remembered; calls wait for their decision one at a time.
const REMEMBERED: usize = 128;

type Call = [u8; 32];

/// The versions that previews were made from, by the call. Shared by the clones of a tool.
#[derive(Debug, Clone, Default)]
pub(super) struct Previews(Arc<Mutex<VecDeque<(Call, Version)>>>);

impl Previews {
    /// Remembers that the preview of this call was made from `version`.
    pub(super) fn remember(&self, arguments: &impl Serialize, version: Version) {
        let call = call(arguments);
        let mut shown = self.lock();
        shown.retain(|(other, _)| *other != call);
        if shown.len() == REMEMBERED {
            shown.pop_front();
        }
        shown.push_back((call, version));
    }

    /// The version that was shown for this call, if it was shown. It counts for one call.
    pub(super) fn take(&self, arguments: &impl Serialize) -> Option<Version> {
        let call = call(arguments);
        let mut shown = self.lock();
        let at = shown.iter().position(|(other, _)| *other == call)?;
        shown.remove(at).map(|(_, version)| version)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Call, Version)>> {
        // A list of pairs is whole whatever happened to its last user.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn call(arguments: &impl Serialize) -> Call {
    struct Into(Sha256);
    impl std::io::Write for Into {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut digest = Into(Sha256::new());
    // Arguments came out of JSON and go back into it.
    let _ = serde_json::to_writer(&mut digest, arguments);
    digest.0.finalize().into()
}
