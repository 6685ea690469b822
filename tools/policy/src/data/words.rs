//! What the conditions of a rule see of an input.

use dbwright_sql::{Item, parse};

use super::rule::Kind;

/// The parts of an input that conditions can name.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// `select`, `drop table`: of each statement.
    pub(super) statements: Vec<String>,
    /// Functions that are called, as written.
    pub(super) functions: Vec<String>,
    /// Relations, as written and without their schema.
    pub(super) relations: Vec<String>,
    /// Commands: `CONFIG SET`, or the programs of a script.
    pub(super) commands: Vec<String>,
    /// The path, without `read:` or `write:`.
    pub(super) paths: Vec<String>,
    /// Whether the path would be written.
    pub(super) writes: bool,
    /// The host of a URL.
    pub(super) hosts: Vec<String>,
}

impl Parts {
    pub(super) fn of(kind: Kind, input: &str) -> Self {
        match kind {
            Kind::Sql => Self::sql(input),
            Kind::Redis => Self { commands: redis(input), ..Self::default() },
            Kind::Bash => Self { commands: programs(input), ..Self::default() },
            Kind::Path => {
                let (writes, path) = match input.split_once(':') {
                    Some(("write", path)) => (true, path),
                    Some(("read", path)) => (false, path),
                    _ => (false, input),
                };
                let path = path.trim_start_matches("./").to_owned();
                Self { paths: vec![path], writes, ..Self::default() }
            }
            Kind::Http => Self { hosts: host(input).into_iter().collect(), ..Self::default() },
        }
    }

    fn sql(input: &str) -> Self {
        let mut parts = Self::default();
        // Text that is no SQL meets no condition on its parts; the rules in code refuse it.
        let Ok(parsed) = parse(input) else { return parts };
        for item in parsed.items() {
            item.walk(&mut |node| parts.visit(node));
            for relation in dbwright_sql::relations_of(&item) {
                if let Some(schema) = &relation.schema {
                    parts.relations.push(format!("{schema}.{}", relation.name));
                }
                parts.relations.push(relation.name);
            }
        }
        parts
    }

    fn visit(&mut self, node: &Item) {
        if node.name == "FuncCall" {
            let names: Vec<&str> = node.list("funcname").map(|part| part.text("sval")).collect();
            self.functions.push(names.join("."));
            self.functions.extend(names.last().map(|name| (*name).to_owned()));
        }
        if let Some(kind) = node.name.strip_suffix("Stmt") {
            self.statements.push(crate::sql::spoken_statement(node, kind));
        }
    }
}

fn redis(input: &str) -> Vec<String> {
    let words: Vec<String> = input.split_whitespace().take(2).map(str::to_ascii_uppercase).collect();
    match words.as_slice() {
        [command, sub] => vec![command.clone(), format!("{command} {sub}")],
        _ => words,
    }
}

/// Words that stand where a script could start a program.
fn programs(script: &str) -> Vec<String> {
    script
        .split([';', '|', '&', '\n', '(', ')', '`', '{', '}'])
        .filter_map(|part| {
            let mut words = part.split_whitespace().skip_while(|word| word.contains('=') || *word == "!");
            words.next().map(|word| word.rsplit('/').next().unwrap_or(word).trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}

fn host(input: &str) -> Option<String> {
    let url = input.split_whitespace().last()?;
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host =
        if host.starts_with('[') { host.split(']').next()?.trim_start_matches('[') } else { host.split(':').next()? };
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
