//! Where a notification may go: URLs and the addresses behind them.
//!
//! Who gives a URL to a server lets the server knock at doors that he cannot reach himself: the
//! metadata service of a cloud, a database on the inside, the server's own ports. A URL is
//! therefore judged as it is written, and every address that its name resolves to is judged again
//! before anything is dialled.

mod address;
mod judge;
mod vet;

pub use address::{AddressKind, classify};
pub use judge::judge;
pub use vet::{Vetted, vet};
