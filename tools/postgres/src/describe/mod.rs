//! The tool `describe`: schema cards, compact enough to read before every decision.
//!
//! One statement a card, without locks: sizes of a relation that somebody has locked come from
//! its last vacuum instead of from the file system, and the card says so.

mod card;
mod find;
mod index;
mod list;
mod overview;
mod render;
mod routine;
mod tool;
mod words;

pub use card::{
    CheckConstraint, ColumnCard, ForeignKey, IndexLine, Partitioning, Policy, Referencing, RelationCard, RelationStats,
    Trigger,
};
pub use find::Match;
pub use index::IndexCard;
pub use list::{ListedRelation, Listing};
pub use overview::{ExtensionLine, Overview, SchemaLine};
pub use routine::{RoutineCard, SequenceCard};
pub use tool::{Answer, Describe, DescribeArgs, DescribeOutput};
pub(crate) use words::{bytes, count};
