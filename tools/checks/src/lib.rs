//! Health, schema and settings rules over a snapshot value
