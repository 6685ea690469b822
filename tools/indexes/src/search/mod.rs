//! Which of the candidates are worth having together.
//!
//! A state machine around a pure function of the answers so far: [`Search::step`] replays the
//! decisions, and wherever an answer is missing it asks for it. The adapter may answer in any
//! order and stop at any time; [`Search::best_so_far`] then decides with what is known.

mod cache;
mod greedy;
mod limits;
mod machine;
mod relax;
mod view;

pub use cache::PlanCost;
pub use limits::Limits;
pub use machine::{Answer, Question, Search, SearchCandidate, Selection, Step, WeightedQuery};
