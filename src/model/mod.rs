//! What drives a turn: a language model behind an HTTP endpoint, or the deterministic playbook.
//!
//! Both see the same [`Request`] and answer with the same stream of [`Delta`]s, so that the agent
//! loop cannot tell them apart. This module knows no tool, no surface and no store.

mod catalog;
mod endpoint;
mod error;
mod message;
mod openai;
mod playbook;

use std::pin::Pin;

use futures_util::{Stream, future::BoxFuture};

pub use catalog::EndpointProfile;
pub use endpoint::{Choice, Endpoint, WantedModel, resolve};
pub use error::ModelError;
pub use message::{Delta, FinishReason, Item, Provenance, Request, ToolCall, ToolReply, Usage};
pub use openai::{OpenAi, Probe, read_recorded};
pub use playbook::Playbook;

/// A turn's answer as it arrives. Ends after [`Delta::Finished`]; an early end is an error item.
pub type DeltaStream<'a> = Pin<Box<dyn Stream<Item = Result<Delta, ModelError>> + Send + 'a>>;

/// Something that can continue a transcript.
pub trait Model: Send + Sync {
    /// The name shown to people and kept in journals: `playbook`, `gpt-5.2 at api.example`.
    fn name(&self) -> &str;

    /// What is known of the model's limits and prices.
    fn profile(&self) -> Profile {
        Profile::default()
    }

    /// Continues the transcript. The future resolves once the endpoint has accepted the request;
    /// dropping the stream abandons it.
    fn stream<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<DeltaStream<'a>, ModelError>>;
}

/// Limits and prices of a model; unknown ones are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Profile {
    /// Context window in tokens.
    pub window: Option<u32>,
    /// US dollars per million input tokens.
    pub input_price: Option<f64>,
    /// US dollars per million output tokens.
    pub output_price: Option<f64>,
    /// Whether answers follow fixed procedures: no language model is involved.
    pub deterministic: bool,
}

impl Profile {
    /// What `usage` costs in US dollars, where the prices are known. A deterministic driver is free.
    pub fn cost(&self, usage: Usage) -> Option<f64> {
        if self.deterministic {
            return Some(0.0);
        }
        let per_million = |tokens: u64, price: f64| {
            #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
            let tokens = tokens as f64;
            tokens * price / 1e6
        };
        Some(per_million(usage.input_tokens, self.input_price?) + per_million(usage.output_tokens, self.output_price?))
    }
}
