//! Nothing outside the root: paths, how they are opened, what stays closed, how files are replaced.

mod beneath;
mod path;
mod replace;
mod withheld;
mod workspace;

pub use path::RelativePath;
pub use withheld::withheld;
pub use workspace::Workspace;
