//! Work that outlives the process that took it on: tasks, schedules, and one review per target.
//!
//! A worker holds a task by a lease that it renews. When it dies, the lease runs out and another
//! worker takes over; whatever the first one still tries to write is refused, because every write
//! names the attempt it belongs to. All instants are the database's own, the one clock that all
//! workers share.

mod claim;
mod schedule;
mod target;
mod task;

pub use claim::{Claim, Outcome};
pub use schedule::Schedule;
pub use target::TargetLease;
pub use task::{NewTask, Task, TaskState};
