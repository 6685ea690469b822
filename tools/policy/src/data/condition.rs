//! When a rule holds.

use serde::{Deserialize, Serialize};

use super::{glob::matches, rule::Kind, words::Parts};
use crate::Mode;

/// Conditions of a rule: each that is given must hold; of a list, one entry is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Kinds of statements anywhere in the SQL: `select`, `delete`, `drop table`; `*` as wildcard.
    pub statements: Vec<String>,
    /// Called functions, with or without schema: `app.refresh`, `pg_*`.
    pub functions: Vec<String>,
    /// Relations, with or without schema: `app.secrets`, `*.audit_*`.
    pub relations: Vec<String>,
    /// Redis commands (`CONFIG SET`) or programs of a script (`terraform`).
    pub commands: Vec<String>,
    /// Paths below the workspace: `infra/**`.
    pub paths: Vec<String>,
    /// Only paths that would be written.
    pub writes: bool,
    /// Hosts of a URL: `*.example.org`.
    pub hosts: Vec<String>,
    /// A regular expression that the input's text contains.
    pub text: Option<String>,
    /// Modes in which the rule holds; all when empty.
    pub modes: Vec<Mode>,
}

impl When {
    /// The conditions that are given but mean nothing for the kind, by name.
    pub(super) fn strangers(&self, kind: Kind) -> Vec<&'static str> {
        let given = [
            ("statements", !self.statements.is_empty(), kind == Kind::Sql),
            ("functions", !self.functions.is_empty(), kind == Kind::Sql),
            ("relations", !self.relations.is_empty(), kind == Kind::Sql),
            ("commands", !self.commands.is_empty(), matches!(kind, Kind::Redis | Kind::Bash)),
            ("paths", !self.paths.is_empty(), kind == Kind::Path),
            ("writes", self.writes, kind == Kind::Path),
            ("hosts", !self.hosts.is_empty(), kind == Kind::Http),
        ];
        given.into_iter().filter(|(_, given, fits)| *given && !fits).map(|(name, ..)| name).collect()
    }

    /// Whether no condition is given at all.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self { modes: self.modes.clone(), ..Self::default() }
    }

    pub(super) fn holds(&self, kind: Kind, input: &str, mode: Mode, text: Option<&regex::Regex>) -> bool {
        if !(self.modes.is_empty() || self.modes.contains(&mode)) {
            return false;
        }
        let parts = Parts::of(kind, input);
        let any = |patterns: &[String], found: &[String]| {
            patterns.is_empty() || patterns.iter().any(|pattern| found.iter().any(|found| matches(pattern, found)))
        };
        any(&self.statements, &parts.statements)
            && any(&self.functions, &parts.functions)
            && any(&self.relations, &parts.relations)
            && any(&self.commands, &parts.commands)
            && any(&self.paths, &parts.paths)
            && any(&self.hosts, &parts.hosts)
            && (!self.writes || parts.writes)
            && text.is_none_or(|text| text.is_match(input))
    }
}
