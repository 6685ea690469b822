//! Nothing outside the root: paths, how they are opened, what stays closed, how files are replaced.

mod beneath;
mod path;
mod replace;
mod version;
mod workspace;

pub use path::RelativePath;
pub(crate) use version::Version;
pub use workspace::Workspace;
