//! A column with the planner's statistics about it.

use serde::{Deserialize, Serialize};

/// One of the most common values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonValue {
    /// The value in the type's text form.
    pub value: String,
    /// Its share of the rows, 0 to 1.
    pub frequency: f64,
}

/// A column as the catalog and `pg_stats` describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name as stored, not quoted.
    pub name: String,
    /// Type as `format_type` spells it, domains resolved to their base type.
    pub data_type: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// As in `pg_stats`: positive is a count, negative a fraction of the rows; `None` without
    /// statistics.
    #[serde(default)]
    pub n_distinct: Option<f64>,
    /// Share of NULLs.
    #[serde(default)]
    pub null_frac: Option<f64>,
    /// Average stored width in bytes.
    #[serde(default)]
    pub avg_width: Option<f64>,
    /// Most common values, most frequent first.
    #[serde(default)]
    pub common: Vec<CommonValue>,
    /// Values at five, fifty and ninety-five percent of the histogram, in text form.
    #[serde(default)]
    pub quantiles: Option<[String; 3]>,
    /// Correlation between the order of values and the order of rows.
    #[serde(default)]
    pub correlation: Option<f64>,
    /// Whether the column sorts in plain byte order, so that an ordinary b-tree serves prefix LIKE.
    #[serde(default)]
    pub byte_order: bool,
}

impl Column {
    /// A column without statistics.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            nullable: true,
            n_distinct: None,
            null_frac: None,
            avg_width: None,
            common: Vec::new(),
            quantiles: None,
            correlation: None,
            byte_order: false,
        }
    }

    /// Number of distinct values in a table of `rows` rows; 200, the planner's own default,
    /// without statistics.
    pub fn distinct_values(&self, rows: f64) -> f64 {
        match self.n_distinct {
            Some(count) if count > 0.0 => count,
            Some(fraction) if fraction < 0.0 => (-fraction * rows).max(1.0),
            _ if self.data_type == "boolean" => 2.0,
            _ => 200.0_f64.min(rows.max(1.0)),
        }
    }

    /// Share of rows equal to `value`, or to an average value where it is not a common one.
    pub fn equality_share(&self, value: Option<&str>, rows: f64) -> f64 {
        if let Some(value) = value
            && let Some(common) = self.common.iter().find(|common| common.value == value)
        {
            return common.frequency;
        }
        let nulls = self.null_frac.unwrap_or(0.0);
        let listed: f64 = self.common.iter().map(|common| common.frequency).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most a few thousand common values")]
        let rest = self.distinct_values(rows) - self.common.len() as f64;
        if value.is_some() && rest >= 1.0 {
            ((1.0 - nulls - listed) / rest).clamp(0.0, 1.0)
        } else {
            ((1.0 - nulls) / self.distinct_values(rows)).clamp(0.0, 1.0)
        }
    }

    /// Stored width in bytes, by type where there are no statistics.
    pub fn width(&self) -> f64 {
        self.avg_width.unwrap_or_else(|| match self.base_type() {
            "boolean" | "\"char\"" => 1.0,
            "smallint" => 2.0,
            "integer" | "date" | "real" | "oid" => 4.0,
            "bigint" | "double precision" | "timestamp without time zone" | "timestamp with time zone" | "money" => 8.0,
            "uuid" => 16.0,
            _ => 32.0,
        })
    }

    /// The type without its modifiers: `character varying` for `character varying(40)`.
    pub fn base_type(&self) -> &str {
        // `timestamp(3) with time zone` keeps its tail: only its head and modifiers are ambiguous.
        if self.data_type.starts_with("timestamp") {
            return if self.data_type.ends_with("without time zone") {
                "timestamp without time zone"
            } else {
                "timestamp with time zone"
            };
        }
        self.data_type.split('(').next().unwrap_or(&self.data_type).trim_end()
    }

    /// Whether the type is one of the text types that LIKE works on.
    pub fn is_text(&self) -> bool {
        matches!(self.base_type(), "text" | "character varying" | "character" | "citext" | "name")
    }

    /// Whether the default b-tree operator class exists for the type. Unknown types are taken to
    /// have one: the oracle refuses those that do not.
    pub fn is_sortable(&self) -> bool {
        !matches!(
            self.base_type(),
            "json"
                | "jsonpath"
                | "xml"
                | "point"
                | "line"
                | "lseg"
                | "box"
                | "path"
                | "polygon"
                | "circle"
                | "geometry"
                | "geography"
        )
    }

    /// Whether the type's equal values are always interchangeable, so that a b-tree may store
    /// them once (PostgreSQL 13 and later).
    pub fn deduplicates(&self) -> bool {
        !matches!(self.base_type(), "numeric" | "real" | "double precision" | "jsonb" | "interval")
            && !self.data_type.ends_with("[]")
    }
}

#[cfg(test)]
#[path = "column_tests.rs"]
mod tests;
