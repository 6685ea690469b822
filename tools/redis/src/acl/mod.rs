//! Who we are on a server: the least-privilege user that dbwright needs, the difference to what is
//! there, and what our own user could do beyond it.

mod grants;
mod plan;
mod power;
mod user;

pub use plan::{AclPlan, AclRequest};
pub use power::{Excess, Power, power};
