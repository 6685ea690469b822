//! A row of a catalog query as one of the snapshot's types.
//!
//! The conversion happens here and not with `row_to_json` on the server, where it would be half
//! of the work on a database with thousands of tables.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::{Column, Row, TypeInfo, postgres::PgRow};

use crate::PgError;

/// Fields by column name; the query names its columns after the type's fields.
pub(super) fn decode<T: DeserializeOwned>(row: &PgRow) -> Result<T, PgError> {
    let mut fields = Map::new();
    for (at, column) in row.columns().iter().enumerate() {
        fields.insert(column.name().to_owned(), value(row, at, column.type_info().name())?);
    }
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| PgError::Answer(format!("a row does not have the expected shape: {error}")))
}

fn value(row: &PgRow, at: usize, type_name: &str) -> Result<Value, PgError> {
    let value = match type_name {
        "BOOL" => row.try_get::<Option<bool>, _>(at)?.map(Value::from),
        "INT2" => row.try_get::<Option<i16>, _>(at)?.map(Value::from),
        "INT4" => row.try_get::<Option<i32>, _>(at)?.map(Value::from),
        "INT8" => row.try_get::<Option<i64>, _>(at)?.map(Value::from),
        "FLOAT4" => row.try_get::<Option<f32>, _>(at)?.map(Value::from),
        "FLOAT8" => row.try_get::<Option<f64>, _>(at)?.map(Value::from),
        "TEXT" | "VARCHAR" | "NAME" => row.try_get::<Option<String>, _>(at)?.map(Value::from),
        "JSON" | "JSONB" => row.try_get::<Option<Value>, _>(at)?,
        "TEXT[]" => row.try_get::<Option<Vec<String>>, _>(at)?.map(Value::from),
        "INT4[]" => row.try_get::<Option<Vec<i32>>, _>(at)?.map(Value::from),
        other => {
            let name = row.column(at).name();
            return Err(PgError::Answer(format!("column {name} has the type {other}, which a snapshot does not know")));
        }
    };
    Ok(value.unwrap_or(Value::Null))
}
