//! Roles: the least-privilege one that dbwright needs, the difference to what is there, and what
//! our own role could do beyond it.

mod apply;
mod facts;
mod grants;
mod plan;
mod power;
mod rights;
mod scram;
mod secret;

pub use apply::log_in;
pub use plan::{Optional, Password, RolePlan, RoleRequest, Step};
pub use power::{Power, power};
pub use rights::{Excess, Right};
pub use scram::verifier;
