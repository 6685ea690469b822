//! Steps as files of the project's tool.

use crate::author::intent::{AuthorError, Intent, NewFile};
use crate::author::plan::{Step, steps};
use crate::author::render_program::{alembic, django, knex, rails};
use crate::convention::Versioning;
use crate::{Context, Convention, Tool};

/// Writes the migrations that reach the intent without stopping the application: expand,
/// backfill, contract, each file one transaction or one statement outside any, with its way
/// back.
///
/// # Errors
/// What the intent needs to know and the context does not tell; names that are no names.
pub fn author(intent: &Intent, convention: &Convention, context: &Context) -> Result<Vec<NewFile>, AuthorError> {
    let steps = steps(intent, context)?;
    let mut parent = convention.parent.clone();
    let mut files = Vec::new();
    for (number, step) in (1_u64..).zip(&steps) {
        let version = version(convention, number);
        let place = Place { convention, version: &version, parent: parent.as_deref() };
        let (written, next) = place.write(step);
        files.extend(written);
        parent = next.or(parent);
    }
    Ok(files)
}

fn version(convention: &Convention, number: u64) -> String {
    let versioning = match (convention.tool, convention.versioning) {
        // These tools know no other form for new files.
        (Tool::Prisma | Tool::Knex | Tool::Rails, _) => Versioning::Timestamp,
        (Tool::Django, _) => Versioning::Sequence { width: 4 },
        (_, versioning) => versioning,
    };
    crate::convention::next_version(versioning, convention.last_version.as_deref(), convention.now.as_deref(), number)
}

/// Where a step's files go.
pub(crate) struct Place<'a> {
    pub(crate) convention: &'a Convention,
    pub(crate) version: &'a str,
    pub(crate) parent: Option<&'a str>,
}

impl Place<'_> {
    /// The files of a step, and what the next step names as its parent.
    fn write(&self, step: &Step) -> (Vec<NewFile>, Option<String>) {
        let stem = format!("{}_{}", self.version, step.slug);
        let files = match self.convention.tool {
            Tool::Sqlx | Tool::GolangMigrate | Tool::Plain => self.pair(&stem, step),
            Tool::Flyway => self.flyway(step),
            Tool::Goose => vec![self.file(&format!("{stem}.sql"), goose(step))],
            Tool::Dbmate => vec![self.file(&format!("{stem}.sql"), dbmate(step))],
            Tool::Diesel => self.diesel(&stem, step),
            Tool::Prisma => {
                vec![self.file(&format!("{stem}/migration.sql"), self.up(step))]
            }
            Tool::Knex => vec![self.file(&format!("{stem}.js"), knex(step))],
            Tool::Rails => vec![self.file(&format!("{stem}.rb"), rails(step, self.parent))],
            Tool::Django => {
                let text = django(step, &self.convention.directory, self.parent);
                return (vec![self.file(&format!("{stem}.py"), text)], Some(stem));
            }
            Tool::Alembic => {
                let (revision, text) = alembic(step, self.parent);
                return (vec![self.file(&format!("{revision}_{}.py", step.slug), text)], Some(revision));
            }
        };
        (files, None)
    }

    pub(crate) fn file(&self, name: &str, contents: String) -> NewFile {
        let directory = &self.convention.directory;
        let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        NewFile { path, contents }
    }

    fn pair(&self, stem: &str, step: &Step) -> Vec<NewFile> {
        let always = self.convention.tool == Tool::GolangMigrate;
        if !(self.convention.reversible || always) {
            return vec![self.file(&format!("{stem}.sql"), self.up(step))];
        }
        vec![
            self.file(&format!("{stem}.up.sql"), self.up(step)),
            self.file(&format!("{stem}.down.sql"), self.down(step)),
        ]
    }

    fn flyway(&self, step: &Step) -> Vec<NewFile> {
        let name = |letter: char| format!("{letter}{}__{}.sql", self.version, step.slug);
        let mut files = vec![self.file(&name('V'), self.up(step))];
        let backfill = step.up.first().is_some_and(|first| first.starts_with("DO "));
        if backfill {
            // Flyway recognises CONCURRENTLY by itself, a DO block that commits it does not.
            files.push(self.file(&format!("{}.conf", name('V')), "executeInTransaction=false\n".to_owned()));
        }
        if self.convention.reversible {
            files.push(self.file(&name('U'), self.down(step)));
        }
        files
    }

    fn diesel(&self, stem: &str, step: &Step) -> Vec<NewFile> {
        let mut files = vec![
            self.file(&format!("{stem}/up.sql"), self.up(step)),
            self.file(&format!("{stem}/down.sql"), self.down(step)),
        ];
        if !step.transactional {
            files.push(self.file(&format!("{stem}/metadata.toml"), "run_in_transaction = false\n".to_owned()));
        }
        files
    }

    fn up(&self, step: &Step) -> String {
        self.sql(&step.note, &step.up, step.transactional)
    }

    fn down(&self, step: &Step) -> String {
        let note = if step.down.is_empty() { "Nothing to take back." } else { "Takes the step back." };
        self.sql(note, &step.down, step.transactional)
    }

    /// A file of SQL alone.
    fn sql(&self, note: &str, statements: &[String], transactional: bool) -> String {
        let mut text = String::new();
        if !transactional && self.convention.tool == Tool::Sqlx {
            text.push_str("-- no-transaction\n");
        }
        text.push_str(&format!("-- {note}\n"));
        let wrapped = transactional && self.convention.tool == Tool::Plain && !statements.is_empty();
        if wrapped {
            text.push_str("BEGIN;\n");
        }
        text.push_str(&body(statements, transactional));
        if wrapped {
            text.push_str("COMMIT;\n");
        }
        text
    }
}

/// The statements, a lock timeout before those that run in a transaction.
pub(crate) fn body(statements: &[String], transactional: bool) -> String {
    let mut text = String::new();
    if transactional && !statements.is_empty() {
        text.push_str("SET LOCAL lock_timeout = '2s';\n");
    }
    for statement in statements {
        text.push_str(statement);
        text.push_str(";\n");
    }
    text
}

fn goose(step: &Step) -> String {
    let mark = if step.transactional { "" } else { "-- +goose NO TRANSACTION\n" };
    let section = |statements: &[String]| {
        let quoted = |statement: &String| {
            // goose splits at every semicolon that it is not told about.
            if statement.contains(';') {
                format!("-- +goose StatementBegin\n{statement};\n-- +goose StatementEnd\n")
            } else {
                format!("{statement};\n")
            }
        };
        let timeout =
            if step.transactional && !statements.is_empty() { "SET LOCAL lock_timeout = '2s';\n" } else { "" };
        format!("{timeout}{}", statements.iter().map(quoted).collect::<String>())
    };
    format!("{mark}-- +goose Up\n-- {}\n{}\n-- +goose Down\n{}", step.note, section(&step.up), section(&step.down))
}

fn dbmate(step: &Step) -> String {
    let option = if step.transactional { "" } else { " transaction:false" };
    format!(
        "-- migrate:up{option}\n-- {}\n{}\n-- migrate:down{option}\n{}",
        step.note,
        body(&step.up, step.transactional),
        body(&step.down, step.transactional)
    )
}

#[cfg(test)]
#[path = "author_tests.rs"]
mod tests;
