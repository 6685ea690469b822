//! The scripted model as a program: `model_server SCRIPT.json [ADDRESS]`. Prints its base URL and
//! serves until it is stopped.
#![allow(dead_code, clippy::print_stdout, clippy::expect_used, missing_docs, unreachable_pub)]

mod model_server;

use anyhow::Context;
use model_server::{Answer, ModelServer, read_script};
use serde_json::json;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().context("usage: model_server SCRIPT.json [ADDRESS]")?;
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let mut script = read_script(&text).with_context(|| format!("{path} is not a script"))?.into_iter();
    let server = ModelServer::listen(&address, move |_, _| {
        script.next().unwrap_or_else(|| Answer::json(410, &json!({"error": {"message": "the script is at its end"}})))
    })
    .await;
    println!("{}", server.base_url());
    std::future::pending::<()>().await;
    Ok(())
}
