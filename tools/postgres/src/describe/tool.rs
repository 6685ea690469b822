//! The tool itself: from a name to a card.

use dbwright_contract::{Assessment, CallCx, Tool, ToolError, null_as_default};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    card::{self, RelationCard},
    find::{self, Match, Wanted},
    index::{self, IndexCard},
    list::{self, Listing},
    overview::{self, Overview},
    routine::{self, RoutineCard, SequenceCard},
};
use crate::{Database, Databases, PgError, Probe, nearest, until_cancelled};

/// Describes schemas, tables, views, indexes, sequences and functions.
#[derive(Debug, Clone)]
pub struct Describe {
    databases: Databases,
}

/// Arguments of `Describe`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeArgs {
    /// Table, view, index, sequence, function or schema; `schema.*` or `order*` lists. Left out: an overview of the database.
    #[serde(default)]
    pub name: Option<String>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}

/// What was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DescribeOutput {
    /// The database.
    pub database: String,
    /// The card.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A card, or what the name may mean.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// No name was given.
    Overview(Overview),
    /// A schema or a pattern.
    List(Listing),
    /// A table or view.
    Relation(Box<RelationCard>),
    /// An index.
    Index(Box<IndexCard>),
    /// A sequence.
    Sequence(SequenceCard),
    /// A function with its overloads.
    Routine {
        /// The overloads.
        overloads: Vec<RoutineCard>,
    },
    /// The name fits several objects.
    Ambiguous {
        /// Those.
        matches: Vec<Match>,
    },
}

impl Describe {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases }
    }
}

impl Tool for Describe {
    const NAME: &'static str = "describe";
    const DESCRIPTION: &'static str = "Describes a table, view, index, sequence, function or schema: columns, keys in both directions, \
        indexes with size and scans, constraints, triggers, policies, rows, bytes, partitions, age of statistics. \
        Without a name: the schemas and biggest tables. Use it before writing SQL.";
    const SOURCE: &'static str = "database";
    type Args = DescribeArgs;
    type Output = DescribeOutput;

    fn assess(&self, args: &DescribeArgs) -> Assessment {
        Assessment::observe(match &args.name {
            Some(name) => format!("describe {}", name.chars().take(80).collect::<String>()),
            None => "describe the database".to_owned(),
        })
    }

    async fn call(&self, cx: &CallCx, args: DescribeArgs) -> Result<DescribeOutput, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        let name = args.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let answer = until_cancelled(database, cx, answer(database, name)).await?;
        Ok(DescribeOutput { database: database.name().to_owned(), answer })
    }
}

async fn answer(database: &Database, name: Option<&str>) -> Result<Answer, ToolError> {
    let mut probe = database.probe().await?;
    let Some(name) = name else {
        let overview = overview::read(&mut probe).await?;
        probe.finish().await;
        return Ok(Answer::Overview(overview));
    };
    let wanted = Wanted::parse(name);
    let answer = match resolve(&mut probe, &wanted).await? {
        Some(answer) => Ok(answer),
        None => Err(unknown(&mut probe, name, &wanted).await?),
    };
    probe.finish().await;
    answer
}

async fn resolve(probe: &mut Probe, wanted: &Wanted) -> Result<Option<Answer>, PgError> {
    if wanted.is_pattern() {
        let listing = list::read(probe, wanted.schema.as_deref().unwrap_or("*"), &wanted.name).await?;
        return Ok((listing.total > 0 || !listing.functions.is_empty()).then_some(Answer::List(listing)));
    }
    let found = find::find(probe, wanted).await?;
    match found.as_slice() {
        [] if wanted.schema.is_none() => match list::schema(probe, &wanted.name).await? {
            Some(schema) => Ok(Some(Answer::List(list::read(probe, &schema, "*").await?))),
            None => Ok(None),
        },
        [] => Ok(None),
        [single] => card(probe, single).await,
        several => Ok(Some(Answer::Ambiguous { matches: several.to_vec() })),
    }
}

async fn card(probe: &mut Probe, found: &Match) -> Result<Option<Answer>, PgError> {
    Ok(match found.kind.as_str() {
        "index" => index::read(probe, found.oid).await?.map(|card| Answer::Index(Box::new(card))),
        "sequence" => routine::read_sequence(probe, found.oid).await?.map(Answer::Sequence),
        "function" => {
            let overloads = routine::read(probe, &found.schema, &found.name).await?;
            (!overloads.is_empty()).then_some(Answer::Routine { overloads })
        }
        kind => {
            let mut card = card::read(probe, found.oid).await?;
            if let Some(card) = card.as_mut().filter(|_| kind.ends_with("view")) {
                // Reading the query locks what is behind the view: a card without it is better than none.
                card.view_definition = card::view_definition(probe, found.oid).await.ok().flatten();
            }
            card.map(|card| Answer::Relation(Box::new(card)))
        }
    })
}

async fn unknown(probe: &mut Probe, name: &str, wanted: &Wanted) -> Result<ToolError, PgError> {
    let names = find::all_names(probe).await?;
    let near = nearest(&wanted.name, names.iter().map(String::as_str), 5);
    let advice = if near.is_empty() {
        "call describe without a name for an overview".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Ok(ToolError::NotFound(format!("nothing is called {name} here; {advice}")))
}
