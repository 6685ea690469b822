//! Redis key templates, TTL, memory and script rules over sampled values.
//!
//! Everything here is pure: names, samples and server facts come in as values, an [`Analysis`]
//! with its findings goes out. Reading them from a server is the adapter's work.

mod analysis;
mod code;
mod facts;
mod rules;
mod script;
mod template;

pub use analysis::{Analysis, Family, NamedKey, ServerSummary, TtlSpread, analyze};
pub use code::{CODE_RULES, lint_code};
pub use facts::{
    AccessFacts, Chosen, ClientFacts, CommandStat, DatabaseKeys, KeySample, KeyType, KeyspaceSnapshot, LatencyEvent,
    SampleMethod, ServerInfo, SlowEntry, Ttl, Window, display_name,
};
pub use rules::KEYSPACE_RULES;
pub use script::{SCRIPT_RULES, lint_script};
pub use template::{Miner, Template, Templates, mine, parse_names};
