//! The habits of the project's migration tool: how files are named, split into up and down,
//! and sent to the server.

mod detect;
mod extract;
mod load;
mod naming;
mod sections;
mod tool;

pub use detect::detect;
pub use load::{Loaded, load};
pub use naming::Versioning;
pub(crate) use naming::next as next_version;
pub use tool::{Convention, Tool};
