//! An answer as it came over the wire, read again without a network: what drills and fuzzing feed
//! with everything that an endpoint could send.

use super::{assembler::Assembler, chunk::Chunk, lines::Lines};
use crate::model::{Delta, ModelError, catalog::Echo};

/// What the bytes of one answer, as the network delivered them, say.
///
/// # Errors
/// When they are no complete answer.
pub fn read_recorded<'a>(reads: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Delta>, ModelError> {
    let mut lines = Lines::default();
    let mut text = String::new();
    for bytes in reads {
        let whole = lines.push(bytes).ok_or_else(|| ModelError::BrokenOff("an endless line".to_owned()))?;
        text.push_str(&whole);
    }
    text.push_str(&lines.finish());
    let mut assembler = Assembler::new(Echo::default(), text.len());
    let mut deltas = Vec::new();
    for line in text.split(['\n', '\r']) {
        let Some(data) = line.strip_prefix("data:").map(str::trim) else { continue };
        if data == "[DONE]" {
            break;
        }
        let chunk: Chunk = serde_json::from_str(data)
            .map_err(|error| ModelError::BrokenOff(format!("an event is not JSON: {error}")))?;
        deltas.extend(assembler.push(chunk)?);
    }
    deltas.extend(assembler.close()?);
    Ok(deltas)
}
