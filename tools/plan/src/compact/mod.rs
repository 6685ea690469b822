//! The form for models: one line a node, derived figures instead of raw ones.
//!
//! `Idx orders o/orders_customer_idx self 219ms r2 L3k rm8 b36k ic[customer_id = c.id]`
//!
//! | mark | meaning |
//! |---|---|
//! | `self` | elapsed milliseconds of the node alone (`cost` where not executed) |
//! | `r12` | rows per loop; `r~12` expected, `r12(est 1.2k x100)` when misjudged threefold or more, `r12(est 200k)` when stopped early |
//! | `L3k` | loops, where they are not the parent's (of an inner side: where not one) |
//! | `rm8`, `rj8`, `rc8` | rows removed per loop by filter, join filter, recheck |
//! | `b36k`, `rd1.2k` | 8 kB pages touched by the node alone, of which read from outside |
//! | `io40ms` | waiting for reads and writes of pages |
//! | `w1.4k` | bytes of a row, where rows are wide or many |
//! | `DISK 12MB`, `TEMP 1.2k` | spill: size on disk, pages of temporary files |
//! | `batches 8<-1` | hash batches, and planned ones where they were fewer |
//! | `wal 90MB 30k fpi 12k` | log of a write: bytes, records, whole pages |
//! | `ic`, `rc`, `hc`, `mc`, `jf`, `f` | index, recheck, hash, merge condition, join filter, filter |
//! | `out`, `remote` | an aggregate with DISTINCT; what another server is asked |
//!
//! Names that could be taken for a mark stand in double quotes. [`read`](read::parse_compact)
//! takes the form back: what the rules find in it is what they found in the plan.

mod marks;
mod read;
mod write;

pub use read::parse_compact;
pub use write::compact;
