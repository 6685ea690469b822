//! `keyspace`: what a Redis server holds and what is wrong with it, or the templates in a list of
//! key names.

use std::path::Path;

use dbwright_contract::{Report, TokenBudget};
use dbwright_keyspace::{Analysis, mine, parse_names};
use dbwright_redis::{AnalyzeKeyspace, AnalyzeKeyspaceArgs, KeyspaceReport};

use super::{bench::Bench, input, units};
use crate::{
    cli::{Format, KeyspaceArgs},
    exit::Exit,
    review::Target,
    surface::{
        findings::{FORMATS, Found, deliver, json},
        terminal::visible,
    },
};

/// Room for the whole table; a person can scroll.
const WHOLE: TokenBudget = TokenBudget(100_000);

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &KeyspaceArgs) -> Result<(), Exit> {
    if let Some(path) = &args.names {
        return templates(bench, path);
    }
    let format = bench.format("keyspace", FORMATS)?;
    let max_time = args.max_time.as_deref().map(units::duration).transpose().map_err(Exit::Usage)?;
    let call = AnalyzeKeyspaceArgs {
        sample: args.sample.clone().or_else(|| Some(bench.settings.review.redis_sample.to_string())),
        max_time_ms: max_time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        pattern: args.pattern.clone(),
        database: None,
    };
    let redis = bench.redis()?;
    let KeyspaceReport(analysis) = bench.call(&AnalyzeKeyspace::new(redis.clone()), call).await?;
    let target = Target { redis: Some(redis.name().to_owned()), ..Target::default() };
    let (findings, gaps) = (analysis.findings.clone(), analysis.gaps.clone());
    let found = Found { lead: lead(analysis), findings, gaps, target };
    deliver(&found, format, bench.global, bench.console)
}

/// The tables; findings and gaps follow in their own form.
fn lead(analysis: Analysis) -> String {
    let tables = KeyspaceReport(Analysis { findings: Vec::new(), gaps: Vec::new(), ..analysis });
    visible(&tables.for_model(WHOLE))
}

/// One line a name: the line as it was given, a tab, its template.
fn templates(bench: &Bench<'_>, path: &Path) -> Result<(), Exit> {
    let format = bench.format("keyspace --names", &[Format::Text, Format::Json])?;
    let text = input::bytes(path)?;
    let names = parse_names(&text);
    if names.is_empty() {
        return Err(Exit::Usage(format!("{} holds no key name", path.display())));
    }
    let templates = mine(names.iter().map(Vec::as_slice));
    if format == Format::Json {
        return bench.deliver(&json(&templates.list())?);
    }
    let lines = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty());
    let mut out = String::new();
    for (line, name) in lines.zip(&names) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\t');
        out.push_str(&templates.template_of(name));
        out.push('\n');
    }
    bench.deliver(&out)
}
