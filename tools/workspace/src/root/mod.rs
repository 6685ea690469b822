//! Nothing outside the root: paths, how they are opened, what stays closed, how files are replaced.

mod beneath;
mod path;
mod replace;
mod workspace;

pub use path::RelativePath;
pub use workspace::Workspace;
