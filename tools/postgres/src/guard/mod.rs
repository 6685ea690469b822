//! The one place where SQL that we did not write reaches a server.
//!
//! What holds, whatever the text says:
//!
//! - It travels only in extended-protocol messages, so the server itself refuses a second
//!   statement. Simple-protocol messages carry constants of ours alone.
//! - A query is declared as a cursor: `DECLARE … CURSOR FOR` takes nothing but a query without
//!   INTO, locking clause or data-changing CTE. Only EXPLAIN and SHOW run as they are.
//! - The transaction is read-only, has taken its snapshot (so it cannot be made read-write), has
//!   local timeouts, and is always rolled back. The connection serves one call and is closed.
//! - Rows and bytes are bounded; what was cut is said.
//! - When the caller goes away or its time is up, the server-side statement is cancelled.
//!
//! - Before it runs, the policy judges its tree and every function, operator, view and type that it
//!   reaches, as the catalog of this very connection knows them; text that the policy's parser
//!   cannot read is described by the server and never run.

mod cancel;
mod catalog;
mod diagnose;
mod execute;
mod judgement;
mod place;
mod rows;
mod session;
mod statement;

pub(crate) use cancel::InFlight;
pub use rows::{Column, Limits, Rows};
pub use session::{GuardedSession, run_statement, run_untrusted};
pub use statement::Statement;
