//! The shop's repository: migrations, application code and scripts, written to a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::DemoError;

/// Says that the folder is ours, so that a later run may write into it again.
const MARK: &str = ".dbwright-demo";

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        /// Paths inside the repository, and their text.
        pub(super) const FILES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../demo/repository/", $path)))),+];
    };
}

files![
    "README.md",
    "app/accounts.py",
    "app/cache.py",
    "app/checkout.py",
    "app/orders.py",
    "db/migrations/20260112093000_add_order_channel.sql",
    "db/migrations/20260209110000_index_stock_movements.sql",
    "db/migrations/20260302080000_check_order_total.sql",
    "db/migrations/20260518140000_require_order_currency.sql",
    "db/migrations/20260601090000_widen_item_quantity.sql",
    "db/schema/indexes.sql",
    "db/schema/keys.sql",
    "db/schema/references.sql",
    "db/schema/security.sql",
    "db/schema/tables.sql",
    "redis/forget_pages.lua",
    "redis/take_stock.lua",
];

/// Writes the repository. Only into a new or empty folder, or one that an earlier demo wrote.
pub(super) fn write(folder: &Path) -> Result<(), DemoError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| DemoError::Repository { path, source }
    };
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some() && !folder.join(MARK).exists(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(folder)(error)),
    };
    if occupied {
        return Err(DemoError::Occupied(folder.to_owned()));
    }
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for (name, text) in FILES.iter().copied().chain([(MARK, "Written by `dbwright demo`.\n")]) {
        let path: PathBuf = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "repository_tests.rs"]
mod tests;
