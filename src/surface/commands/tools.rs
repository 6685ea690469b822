//! `tools`: the schemas of the tools as JSON, or the table of rules.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    assemble::Specialist,
    cli::{Format, Global, ToolsArgs},
    exit::Exit,
    review,
    surface::{
        console::Console,
        findings::{format_of, json as document},
        terminal::table,
    },
};

/// Runs the command.
pub(super) async fn run(
    args: &ToolsArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
) -> Result<(), Exit> {
    let text = if args.rules { rules(global)? } else { schemas(args.strict, global, env, console).await? };
    Ok(console.deliver(global.output.as_deref(), &text)?)
}

fn rules(global: &Global) -> Result<String, Exit> {
    let rules: Vec<_> = review::catalogue::rules().collect();
    if format_of(global, "tools --rules", &[Format::Text, Format::Json])? == Format::Json {
        return document(&rules);
    }
    let rows: Vec<Vec<String>> = rules
        .iter()
        .map(|rule| vec![rule.group.to_owned(), rule.id.to_owned(), rule.severity.to_string(), rule.summary.to_owned()])
        .collect();
    Ok(table(&rows))
}

async fn schemas(
    strict: bool,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
) -> Result<String, Exit> {
    format_of(global, "tools", &[Format::Text, Format::Json])?;
    let specialist = Specialist::assemble(global, env).await?;
    if specialist.databases.is_empty() {
        console.say("without a database its tools are not on offer: pass --db URL");
    }
    if specialist.redis.is_none() {
        console.say("without Redis its tools are not on offer: pass --redis URL");
    }
    let specs: Vec<_> = specialist
        .toolbox
        .specs()
        .iter()
        .map(|spec| {
            let parameters = if strict { spec.strict_parameters() } else { spec.parameters.clone() };
            json!({"name": spec.name, "description": spec.description, "parameters": parameters})
        })
        .collect();
    document(&specs)
}
