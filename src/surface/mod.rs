//! Every way in. Surfaces send input and consume events; none holds logic of its own.

mod console;
mod event_view;

pub use console::{Console, Style};
pub use event_view::{EventView, Shown};
