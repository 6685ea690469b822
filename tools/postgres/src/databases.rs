//! The configured databases, by name.

use std::sync::Arc;

use dbwright_contract::ToolError;

use crate::{Database, nearest};

/// All configured databases; the first is the default. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Databases {
    items: Arc<[Database]>,
}

impl Databases {
    /// The set; the first is used where no name is given.
    pub fn new(items: impl IntoIterator<Item = Database>) -> Self {
        Self { items: items.into_iter().collect() }
    }

    /// The database called `name`, or the default one.
    ///
    /// # Errors
    /// [`ToolError::NotFound`] with the names that exist; [`ToolError::Unavailable`] when none does.
    pub fn get(&self, name: Option<&str>) -> Result<&Database, ToolError> {
        let Some(default) = self.items.first() else {
            return Err(ToolError::Unavailable(
                "no PostgreSQL database is configured: pass --db URL, set DATABASE_URL, or add one to the config"
                    .to_owned(),
            ));
        };
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(default) };
        self.items.iter().find(|database| database.name() == name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            let meant = match nearest(name, names.iter().copied(), 1).as_slice() {
                [close] => format!(" (did you mean {close}?)"),
                _ => String::new(),
            };
            ToolError::NotFound(format!("database {name}{meant}; configured are: {}", names.join(", ")))
        })
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Database> {
        self.items.iter()
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(Database::name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
