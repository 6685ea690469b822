//! The tool `analyze_keyspace`.

use std::{borrow::Cow, fmt::Write, time::Duration};

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use dbwright_finding::Finding;
use dbwright_keyspace::{Analysis, Family, SampleMethod};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Redis, SampleOptions, SampleSize, analyze};

/// Arguments of `analyze_keyspace`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct AnalyzeKeyspaceArgs {
    /// Keys to look at in detail, a number or `all`; 10000 when absent.
    #[serde(default, deserialize_with = "number_or_text")]
    pub sample: Option<String>,
    /// 10000 when absent, 600000 with `all`.
    #[serde(default)]
    pub max_time_ms: Option<u64>,
    /// As in SCAN MATCH.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Number of the logical database; the configured one when absent.
    #[serde(default)]
    pub database: Option<u32>,
}

/// Models send numbers where text is asked for; both are clear.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Option::<Either>::deserialize(deserializer) {
        Ok(None) => Ok(None),
        Ok(Some(Either::Number(number))) => Ok(Some(number.to_string())),
        Ok(Some(Either::Text(text))) => Ok(Some(text)),
        Err(_) => Err(de::Error::custom("sample is a number of keys or `all`")),
    }
}

impl AnalyzeKeyspaceArgs {
    /// The options that the arguments stand for.
    ///
    /// # Errors
    /// [`ToolError::Arguments`] when `sample` is neither a positive number nor `all`.
    pub fn options(&self) -> Result<SampleOptions, ToolError> {
        let sample = match self.sample.as_deref().map(str::trim) {
            None | Some("") => SampleSize::Keys(10_000),
            Some("all") => SampleSize::All,
            Some(text) => match text.parse::<usize>() {
                Ok(keys) if keys > 0 => SampleSize::Keys(keys.min(SampleSize::All.capacity())),
                _ => return Err(ToolError::Arguments(format!("sample is `{text}`: give a number of keys or `all`"))),
            },
        };
        let default = if sample == SampleSize::All { 600_000 } else { 10_000 };
        Ok(SampleOptions {
            sample,
            max_time: Duration::from_millis(self.max_time_ms.unwrap_or(default).clamp(200, 3_600_000)),
            pattern: self.pattern.clone().filter(|pattern| !pattern.is_empty()),
            database: self.database,
        })
    }
}

/// An analysis as a tool result.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct KeyspaceReport(pub Analysis);

impl Report for KeyspaceReport {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        Cow::Owned(clip(&render(&self.0), budget, "narrow with pattern, or see the JSON result").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.0.findings
    }
}

fn render(analysis: &Analysis) -> String {
    let mut out = String::new();
    let server = &analysis.server;
    let how = match analysis.method {
        SampleMethod::Census => "every key looked at".to_owned(),
        SampleMethod::FullWalk => format!("every name walked, {} keys looked at", analysis.sampled),
        SampleMethod::Window => {
            format!("{} names walked, {} keys looked at; counts scaled up", analysis.walked, analysis.sampled)
        }
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "redis {} {} ({}), {} used, maxmemory {}, {}",
        server.version,
        server.role,
        server.mode,
        size(server.used_memory),
        if server.maxmemory == 0 { "none".to_owned() } else { size(server.maxmemory) },
        server.policy
    );
    let _ = writeln!(out, "db{}: {} keys, {how}", analysis.database, analysis.dbsize);
    for other in &analysis.other_databases {
        let _ = writeln!(out, "db{}: {} keys, not looked at", other.database, other.keys);
    }
    let _ = writeln!(out, "\ntemplate | keys | memory | share | type | no TTL | TTL p50");
    for family in analysis.templates.iter().take(25) {
        let _ = writeln!(out, "{}", row(family));
    }
    if analysis.templates.len() > 25 {
        let _ = writeln!(out, "… {} more templates", analysis.templates.len() - 25);
    }
    if !analysis.big_keys.is_empty() {
        let _ = writeln!(out, "\nlargest keys:");
    }
    for key in analysis.big_keys.iter().take(6) {
        let kind = key.kind.as_ref().map_or("?", |kind| kind.as_str());
        let _ = writeln!(
            out,
            "{} | {kind} | {} | length {}",
            key.name,
            key.bytes.map(size).unwrap_or_default(),
            key.length.unwrap_or(0)
        );
    }
    if !analysis.findings.is_empty() {
        let _ = writeln!(out, "\nfindings:");
    }
    for finding in &analysis.findings {
        let _ = writeln!(out, "{} {} [{}]: {}", finding.severity, finding.rule, finding.id, finding.title);
    }
    for gap in &analysis.gaps {
        let _ = writeln!(out, "not checked: {gap}");
    }
    out
}

fn row(family: &Family) -> String {
    let percent = |share: Option<f64>| share.map_or_else(|| "?".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let kind = family.kind.as_ref().map_or("?", |kind| kind.as_str());
    let ttl = family.ttl.map_or_else(|| "-".to_owned(), |ttl| format!("{:.0} s", ttl.p50_s));
    let bytes = family.bytes.map_or_else(|| "?".to_owned(), size);
    format!(
        "{} | {} | {bytes} | {} | {kind} | {} | {ttl}",
        family.template,
        family.keys,
        percent(family.memory_share),
        percent(family.no_ttl_share)
    )
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// Analyses a keyspace.
#[derive(Debug, Clone)]
pub struct AnalyzeKeyspace {
    redis: Redis,
}

impl AnalyzeKeyspace {
    /// The tool on a server.
    pub const fn new(redis: Redis) -> Self {
        Self { redis }
    }
}

impl Tool for AnalyzeKeyspace {
    const NAME: &'static str = "analyze_keyspace";
    const DESCRIPTION: &'static str = "Analyses a Redis keyspace gently with SCAN: templates (cart:{id}) with count, memory, type and TTLs, the largest keys, and findings about TTLs, eviction, memory, slow commands, persistence and clients. Use it first for any question about Redis.";

    const SOURCE: &'static str = "Redis";
    type Args = AnalyzeKeyspaceArgs;
    type Output = KeyspaceReport;

    fn assess(&self, args: &Self::Args) -> Assessment {
        let sample = args.sample.as_deref().unwrap_or("10000");
        let pattern = args.pattern.as_deref().map(|pattern| format!(" matching {pattern}")).unwrap_or_default();
        Assessment::observe(format!("analyse {sample} keys{pattern} of {}", self.redis.name()))
    }

    async fn call(&self, cx: &CallCx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let options = args.options()?;
        Ok(KeyspaceReport(analyze(&self.redis, &options, cx).await?))
    }
}
