//! What was read from a server, as values.

mod info;
mod sample;
mod snapshot;

pub(crate) use info::part;
pub use info::{CommandStat, DatabaseKeys, ServerInfo};
pub use sample::{Chosen, KeySample, KeyType, Ttl, display_name};
pub use snapshot::{AccessFacts, ClientFacts, KeyspaceSnapshot, LatencyEvent, SampleMethod, SlowEntry, Window};
