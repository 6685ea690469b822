//! Values on their way in and out.

use sqlx::{
    Arguments, Column, Row as _, TypeInfo, ValueRef,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::StoreError;

/// A parameter. Typed even when absent: PostgreSQL wants to know what kind of nothing it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arg {
    Text(Option<String>),
    Integer(Option<i64>),
    Real(Option<f64>),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Option<i64>> for Arg {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

impl From<Option<f64>> for Arg {
    fn from(number: Option<f64>) -> Self {
        Self::Real(number)
    }
}

fn add<'q, A: Arguments>(arguments: &mut A, arg: Arg) -> Result<(), StoreError>
where
    Option<String>: sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
    Option<i64>: sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
    Option<f64>: sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
{
    match arg {
        Arg::Text(Some(text)) if text.contains('\0') => {
            return Err(StoreError::Value("text with a NUL character cannot be stored".to_owned()));
        }
        Arg::Text(value) => arguments.add(value),
        Arg::Integer(value) => arguments.add(value),
        Arg::Real(value) => arguments.add(value),
    }
    .map_err(|error| StoreError::Value(error.to_string()))
}

pub(crate) fn sqlite_arguments(args: Vec<Arg>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    args.into_iter().try_for_each(|arg| add(&mut arguments, arg))?;
    Ok(arguments)
}

pub(crate) fn postgres_arguments(args: Vec<Arg>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    args.into_iter().try_for_each(|arg| add(&mut arguments, arg))?;
    Ok(arguments)
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Real(f64),
}

/// One row, decoded; read by column name.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    cells: Vec<(String, Cell)>,
}

impl Row {
    pub(crate) fn from_sqlite(row: &SqliteRow) -> Result<Self, StoreError> {
        let cell = |at: usize| -> Result<Cell, sqlx::Error> {
            let value = row.try_get_raw(at)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let kind = value.type_info().name().to_owned();
            match kind.as_str() {
                "INTEGER" | "BOOLEAN" | "INT8" => Ok(Cell::Integer(row.try_get_unchecked(at)?)),
                "REAL" => Ok(Cell::Real(row.try_get_unchecked(at)?)),
                _ => Ok(Cell::Text(row.try_get_unchecked(at)?)),
            }
        };
        Self::decode(row.columns().iter().map(|column| (column.name(), cell(column.ordinal()))))
    }

    pub(crate) fn from_postgres(row: &PgRow) -> Result<Self, StoreError> {
        let cell = |at: usize, kind: &str| -> Result<Cell, sqlx::Error> {
            if row.try_get_raw(at)?.is_null() {
                return Ok(Cell::Null);
            }
            match kind {
                "INT8" => Ok(Cell::Integer(row.try_get(at)?)),
                "INT4" => Ok(Cell::Integer(i64::from(row.try_get::<i32, _>(at)?))),
                "BOOL" => Ok(Cell::Integer(i64::from(row.try_get::<bool, _>(at)?))),
                "FLOAT8" => Ok(Cell::Real(row.try_get(at)?)),
                "FLOAT4" => Ok(Cell::Real(f64::from(row.try_get::<f32, _>(at)?))),
                _ => Ok(Cell::Text(row.try_get(at)?)),
            }
        };
        Self::decode(
            row.columns().iter().map(|column| (column.name(), cell(column.ordinal(), column.type_info().name()))),
        )
    }

    fn decode<'a>(cells: impl Iterator<Item = (&'a str, Result<Cell, sqlx::Error>)>) -> Result<Self, StoreError> {
        let cells = cells
            .map(|(name, cell)| match cell {
                Ok(cell) => Ok((name.to_owned(), cell)),
                Err(error) => Err(StoreError::Value(format!("stored column {name} is unreadable: {error}"))),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { cells })
    }

    fn cell(&self, name: &str) -> Result<&Cell, StoreError> {
        self.cells
            .iter()
            .find_map(|(known, cell)| (known == name).then_some(cell))
            .ok_or_else(|| StoreError::Value(format!("the stored row has no column {name}")))
    }

    fn mismatch(name: &str) -> StoreError {
        StoreError::Value(format!("stored column {name} has an unexpected type"))
    }

    pub(crate) fn text_or_null(&self, name: &str) -> Result<Option<String>, StoreError> {
        match self.cell(name)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text.clone())),
            Cell::Integer(_) | Cell::Real(_) => Err(Self::mismatch(name)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, StoreError> {
        self.text_or_null(name)?.ok_or_else(|| Self::mismatch(name))
    }

    pub(crate) fn integer_or_null(&self, name: &str) -> Result<Option<i64>, StoreError> {
        match self.cell(name)? {
            Cell::Null => Ok(None),
            Cell::Integer(number) => Ok(Some(*number)),
            Cell::Text(_) | Cell::Real(_) => Err(Self::mismatch(name)),
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Result<i64, StoreError> {
        self.integer_or_null(name)?.ok_or_else(|| Self::mismatch(name))
    }

    pub(crate) fn real(&self, name: &str) -> Result<f64, StoreError> {
        match self.cell(name)? {
            Cell::Real(number) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "scores and counts stay far below 2^52")]
            Cell::Integer(number) => Ok(*number as f64),
            Cell::Null | Cell::Text(_) => Err(Self::mismatch(name)),
        }
    }
}
