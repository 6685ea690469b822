//! The tools that belong to the specialist itself: its skills, and the way to hand over.

mod escalate;
mod load_skill;

pub use escalate::{Escalate, Escalation, HandOver};
pub use load_skill::LoadSkill;
