//! Drivers over real HTTP.

mod openai;
