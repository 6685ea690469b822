//! The serde back end that builds [`Item`]s from the typed tree.

use pg_query::NodeEnum;
use serde::ser::{self, Impossible, Serialize, SerializeSeq, SerializeStruct};

use crate::{Item, Value};

/// The uniform view of `node`.
pub(crate) fn item(node: &NodeEnum) -> Item {
    match node.serialize(ToValue) {
        Ok(Value::Item(item)) => *item,
        // The derived implementations emit nothing that this back end refuses.
        Ok(_) | Err(_) => Item { name: "Unknown", fields: Vec::new() },
    }
}

/// Raised for shapes that the tree's types do not have (maps, tuples, bytes).
#[derive(Debug, thiserror::Error)]
#[error("the tree has an unexpected shape: {0}")]
pub(crate) struct Unexpected(String);

impl ser::Error for Unexpected {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn unexpected<T>(what: &str) -> Result<T, Unexpected> {
    Err(Unexpected(what.to_owned()))
}

struct ToValue;

struct Fields {
    item: Item,
}

struct Elements {
    values: Vec<Value>,
}

impl SerializeStruct for Fields {
    type Ok = Value;
    type Error = Unexpected;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unexpected> {
        self.item.fields.push((key, value.serialize(ToValue)?));
        Ok(())
    }

    fn end(mut self) -> Result<Value, Unexpected> {
        // `Node` is the grammar's box around a node and `RawStmt` its place: both only add depth.
        if self.item.name == "Node" && self.item.fields.len() == 1 {
            return Ok(self.item.fields.pop().map_or(Value::None, |(_, value)| value));
        }
        Ok(Value::Item(Box::new(self.item)))
    }
}

impl SerializeSeq for Elements {
    type Ok = Value;
    type Error = Unexpected;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unexpected> {
        self.values.push(value.serialize(ToValue)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Unexpected> {
        Ok(Value::List(self.values))
    }
}

impl ser::Serializer for ToValue {
    type Ok = Value;
    type Error = Unexpected;
    type SerializeSeq = Elements;
    type SerializeTuple = Impossible<Value, Unexpected>;
    type SerializeTupleStruct = Impossible<Value, Unexpected>;
    type SerializeTupleVariant = Impossible<Value, Unexpected>;
    type SerializeMap = Impossible<Value, Unexpected>;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Value, Unexpected>;

    fn serialize_bool(self, value: bool) -> Result<Value, Unexpected> {
        Ok(Value::Bool(value))
    }
    fn serialize_i8(self, value: i8) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_i16(self, value: i16) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_i32(self, value: i32) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_i64(self, value: i64) -> Result<Value, Unexpected> {
        Ok(Value::Int(value))
    }
    fn serialize_u8(self, value: u8) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_u16(self, value: u16) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_u32(self, value: u32) -> Result<Value, Unexpected> {
        Ok(Value::Int(value.into()))
    }
    fn serialize_u64(self, value: u64) -> Result<Value, Unexpected> {
        Ok(Value::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }
    fn serialize_f32(self, value: f32) -> Result<Value, Unexpected> {
        Ok(Value::Text(value.to_string()))
    }
    fn serialize_f64(self, value: f64) -> Result<Value, Unexpected> {
        Ok(Value::Text(value.to_string()))
    }
    fn serialize_char(self, value: char) -> Result<Value, Unexpected> {
        Ok(Value::Text(value.to_string()))
    }
    fn serialize_str(self, value: &str) -> Result<Value, Unexpected> {
        Ok(Value::Text(value.to_owned()))
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Unexpected> {
        unexpected("bytes")
    }
    fn serialize_none(self) -> Result<Value, Unexpected> {
        Ok(Value::None)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Unexpected> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, Unexpected> {
        Ok(Value::None)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Unexpected> {
        Ok(Value::None)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Unexpected> {
        Ok(Value::Text(variant.to_owned()))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, Unexpected> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Unexpected> {
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Elements, Unexpected> {
        Ok(Elements { values: Vec::new() })
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unexpected> {
        unexpected("tuple")
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unexpected> {
        unexpected("tuple struct")
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unexpected> {
        unexpected("tuple variant")
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unexpected> {
        unexpected("map")
    }
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Fields, Unexpected> {
        Ok(Fields { item: Item { name, fields: Vec::with_capacity(len) } })
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unexpected> {
        unexpected("struct variant")
    }
}
