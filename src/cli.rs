//! The command line as types. What it means is decided in `assemble` and the surfaces.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dbwright_finding::Severity;

/// A database specialist for PostgreSQL and Redis: measured advice, safe by construction.
#[derive(Debug, Parser)]
#[command(
    name = "dbwright",
    version,
    about,
    long_about = "A database specialist for production PostgreSQL and Redis. Reads, measures and proves before it \
                  advises; works with or without a language model.\n\nWithout a command: `chat` in a terminal.",
    after_help = "Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused by policy, 4 turn or budget limit, \
                  5 model unreachable, 6 database unreachable, 10 findings at or above --fail-on, 130 interrupted.",
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// PostgreSQL: a configured name or a postgres:// URL; repeatable. Default: DATABASE_URL, PG*, the config's.
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub db: Vec<String>,
    /// Redis: a configured name or a redis:// URL; repeatable. Default: REDIS_URL, the config's.
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub redis: Vec<String>,
    /// The repository with migrations and code. Default: the current folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// A settings file on top of the usual ones.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where state is kept: a file or postgres://….
    #[arg(long, global = true, value_name = "URL")]
    pub state: Option<String>,
    /// A persona file instead of the embedded one.
    #[arg(long, global = true, value_name = "FILE")]
    pub persona: Option<PathBuf>,
    /// Model name or alias; `playbook` for none.
    #[arg(long, global = true, value_name = "NAME")]
    pub model: Option<String>,
    /// Output format, where the command knows more than one.
    #[arg(long, global = true, value_enum)]
    pub format: Option<Format>,
    /// Write the data to a file instead of standard output.
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: ColorWhen,
    /// More talk on standard error; twice for debugging.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No talk, only data and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, in a terminal.
    Text,
    /// One JSON document.
    Json,
    /// Markdown.
    Md,
    /// One self-contained HTML file.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Executable statements only.
    Sql,
    /// One JSON object a line.
    Jsonl,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Talk with the specialist in the terminal.
    Chat(ChatArgs),
    /// Ask one question and get one answer.
    Ask(AskArgs),
    /// Review databases, Redis, migrations and code once, now.
    Review(ReviewArgs),
    /// Run the daemon: scheduled reviews, MCP and A2A over HTTP.
    Serve(ServeArgs),
    /// Serve the tools and the specialist as an MCP server on standard input and output.
    Mcp,
    /// Explain a statement, or a plan that somebody pasted.
    Explain(ExplainArgs),
    /// Advise indexes for statements, or for the workload of the database.
    Advise(AdviseArgs),
    /// Check health, schema, sessions and settings once.
    Check(CheckArgs),
    /// Find hazards in migrations and Redis scripts, and their safe forms.
    Lint(LintArgs),
    /// Write migrations.
    Migrate(MigrateArgs),
    /// Analyse a Redis keyspace, or a list of key names.
    Keyspace(KeyspaceArgs),
    /// Carry out a finding's fix: approved by its hash, measured, kept or taken back.
    Apply(ApplyArgs),
    /// Judge statements, commands, scripts, paths and URLs without running them.
    Policy(PolicyArgs),
    /// Look into what was learned.
    Memory(MemoryArgs),
    /// List, show and export sessions.
    Sessions(SessionsArgs),
    /// Print the tool schemas, or the table of rules.
    Tools(ToolsArgs),
    /// Check this machine: servers, databases, state, model.
    Doctor,
    /// Make sure that PostgreSQL and Redis programs are here.
    Setup(SetupArgs),
    /// Start servers of our own with a demo shop, and review it.
    Demo(DemoArgs),
    /// Show settings.
    Config(ConfigArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
}

/// `chat`.
#[derive(Debug, Clone, Default, Args)]
pub struct ChatArgs {
    /// Take up a session: the newest chat, or the one named.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "last")]
    pub resume: Option<String>,
}

/// `ask`.
#[derive(Debug, Clone, Args)]
pub struct AskArgs {
    /// The question; `-` among the words, or no words in a pipe, reads standard input.
    pub prompt: Vec<String>,
    /// Stream events as JSON, one a line.
    #[arg(long)]
    pub json: bool,
    /// Take up a session.
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// JSON schema that the answer must follow (needs a model).
    #[arg(long, value_name = "FILE")]
    pub output_schema: Option<PathBuf>,
    /// Most exchanges with the driver.
    #[arg(long, value_name = "N")]
    pub max_turns: Option<u32>,
    /// Most US dollars.
    #[arg(long, value_name = "USD")]
    pub budget: Option<f64>,
}

/// `review`.
#[derive(Debug, Clone, Default, Args)]
pub struct ReviewArgs {
    /// Statements to look at besides the workload; repeatable.
    #[arg(long, value_name = "FILE")]
    pub sql: Vec<PathBuf>,
    /// Exit with 10 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", value_parser = clap::builder::ValueParser::new(severity))]
    pub fail_on: Option<Severity>,
    /// A review in JSON to compare with, instead of the last one in memory.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Address and port.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
}

/// `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A statement (with $1 placeholders too), a file with one, or `-` for standard input; a pasted plan works as well.
    pub sql: Option<String>,
    /// Execute it (rolled back) for real rows, buffers and times.
    #[arg(long)]
    pub analyze: bool,
    /// Try rewrites, settings, statistics and indexes, and show the fix that is proven to help.
    #[arg(long)]
    pub fix: bool,
    /// Most seconds for --fix.
    #[arg(long, value_name = "SECONDS", requires = "fix")]
    pub seconds: Option<u32>,
    /// Read a plan (TEXT or JSON) instead of asking a server; `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sql", "analyze", "fix"])]
    pub plan: Option<PathBuf>,
}

/// `advise`.
#[derive(Debug, Clone, Args)]
pub struct AdviseArgs {
    /// A folder or file with statements; `-` for standard input. Default: the workload.
    #[arg(long, value_name = "DIR|FILE")]
    pub queries: Option<PathBuf>,
    /// Take the statements from pg_stat_statements.
    #[arg(long, conflicts_with = "queries")]
    pub workload: bool,
    /// Most bytes for new indexes: 500MB, 2GB.
    #[arg(long, value_name = "SIZE")]
    pub budget: Option<String>,
    /// Most new indexes.
    #[arg(long, value_name = "N")]
    pub max_indexes: Option<u32>,
    /// How candidates are tried. Default: hypothetically, then on a scratch copy where the tables are small enough.
    #[arg(long, value_enum)]
    pub verify: Option<VerifyHow>,
}

/// How index candidates are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyHow {
    /// Hypothetically only (hypopg): the planner's costs, nothing is executed.
    None,
    /// Built and executed on a throwaway copy of the tables.
    Scratch,
}

/// `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// One group: locks, sessions, vacuum, indexes, tables, schema, security, replication, queries, settings.
    #[arg(long, value_name = "GROUP")]
    pub only: Option<String>,
    /// Exit with 10 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", value_parser = clap::builder::ValueParser::new(severity))]
    pub fail_on: Option<Severity>,
}

/// `lint`.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// Files or folders: migrations (.sql and the usual tools' files) and Redis scripts (.lua).
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// PostgreSQL major version that they will run on.
    #[arg(long, value_name = "N")]
    pub pg_version: Option<u32>,
    /// Exit with 10 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", value_parser = clap::builder::ValueParser::new(severity))]
    pub fail_on: Option<Severity>,
}

/// `migrate`.
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MigrateCommand,
}

/// What to do with migrations.
#[derive(Debug, Clone, Subcommand)]
pub enum MigrateCommand {
    /// Write zero-downtime migration files in the project's own convention.
    New {
        /// In words: `add column email text not null to users`.
        #[arg(required = true)]
        intent: Vec<String>,
        /// Print the files instead of writing them.
        #[arg(long)]
        dry_run: bool,
    },
}

/// `keyspace`.
#[derive(Debug, Clone, Args)]
pub struct KeyspaceArgs {
    /// Keys to sample: a number, or `all`.
    #[arg(long, value_name = "N|all")]
    pub sample: Option<String>,
    /// Longest time on the server: 10s, 500ms.
    #[arg(long, value_name = "TIME")]
    pub max_time: Option<String>,
    /// Only keys that match a pattern.
    #[arg(long, value_name = "GLOB")]
    pub pattern: Option<String>,
    /// Find templates in a list of names instead (plain or hex, one a line): prints each line, a tab, its template.
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
}

/// `apply`.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// The finding's id (`f_…`, or the beginning of it), from the newest review.
    #[arg(value_name = "FINDING_ID")]
    pub finding: String,
    /// A review or a list of findings in JSON, instead of the newest review; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Approve the action of exactly this hash, as --dry-run prints it.
    #[arg(long, value_name = "HASH")]
    pub approve: Option<String>,
    /// Print the action and its hash, and run nothing.
    #[arg(long, conflicts_with = "approve")]
    pub dry_run: bool,
    /// Keep the change whatever is measured.
    #[arg(long)]
    pub keep: bool,
    /// A file with SELECT statements to measure before and after, besides those that the finding names; repeatable.
    #[arg(long, value_name = "FILE")]
    pub measure: Vec<PathBuf>,
}

/// `policy`.
#[derive(Debug, Clone, Args)]
pub struct PolicyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// What to do with the policy.
#[derive(Debug, Clone, Subcommand)]
pub enum PolicyCommand {
    /// Judge inputs: one JSON object a line in (id, kind, input), one a line out.
    Check(PolicyCheckArgs),
    /// List the rules, those in code and those of all policy files.
    Rules,
}

/// `policy check`.
#[derive(Debug, Clone, Args)]
pub struct PolicyCheckArgs {
    /// How far the session may go.
    #[arg(long, value_enum, default_value_t)]
    pub mode: PolicyMode,
    /// PostgreSQL major version whose functions are meant, without a database. Default: the newest known.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(13..))]
    pub pg_version: Option<u32>,
}

/// How far a session may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PolicyMode {
    /// Reads only.
    #[default]
    Readonly,
    /// Also ANALYZE, VACUUM and REINDEX CONCURRENTLY, each after approval.
    Maintain,
    /// Also schema, settings and data, each after approval.
    Change,
}

/// `memory`.
#[derive(Debug, Clone, Args)]
pub struct MemoryArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MemoryCommand,
}

/// What to do with the memory.
#[derive(Debug, Clone, Subcommand)]
pub enum MemoryCommand {
    /// Search by words, tables or fingerprint.
    Search {
        /// Words.
        query: Vec<String>,
        /// Only about this table; repeatable.
        #[arg(long)]
        table: Vec<String>,
        /// Most results.
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// Show one learning with its evidence and history.
    Show {
        /// Its id.
        id: String,
    },
    /// List the newest learnings.
    List {
        /// Most results.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Forget one learning.
    Forget {
        /// Its id.
        id: String,
    },
    /// Write all learnings as Markdown files.
    Export {
        /// The folder.
        dir: PathBuf,
    },
    /// Read learnings from Markdown files; hand edits win.
    Import {
        /// The folder.
        dir: PathBuf,
    },
}

/// `sessions`.
#[derive(Debug, Clone, Args)]
pub struct SessionsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SessionsCommand,
}

/// What to do with sessions.
#[derive(Debug, Clone, Subcommand)]
pub enum SessionsCommand {
    /// List the newest sessions.
    List {
        /// Most results.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show one session: questions, calls, answers.
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// Print one session's events as JSON, one a line.
    Export {
        /// Its id, or the beginning of it.
        id: String,
    },
}

/// `tools`.
#[derive(Debug, Clone, Args)]
pub struct ToolsArgs {
    /// The table of rules instead of the tools.
    #[arg(long)]
    pub rules: bool,
    /// Schemas in the strict form of OpenAI-compatible endpoints.
    #[arg(long, conflicts_with = "rules")]
    pub strict: bool,
}

/// `setup`.
#[derive(Debug, Clone, Args)]
pub struct SetupArgs {
    /// Install without asking.
    #[arg(long)]
    pub yes: bool,
    /// Something else than the programs.
    #[command(subcommand)]
    pub command: Option<SetupCommand>,
}

/// What to set up besides the programs.
#[derive(Debug, Clone, Subcommand)]
pub enum SetupCommand {
    /// Print, and after approval make, the least-privilege PostgreSQL role and Redis user.
    Role(SetupRoleArgs),
}

/// `setup role`. --db and --redis name the servers, as an administrator.
#[derive(Debug, Clone, Args)]
pub struct SetupRoleArgs {
    /// Name of the role and user.
    #[arg(long, value_name = "NAME", default_value = "specialist")]
    pub name: String,
    /// PostgreSQL schemas that it may read, separated by commas. Default: every schema with tables.
    #[arg(long, value_name = "SCHEMAS", value_delimiter = ',')]
    pub schemas: Vec<String>,
    /// Patterns of the Redis keys that it may read, separated by commas. Default: all keys.
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    pub keys: Vec<String>,
    /// Carry it out, after approval of exactly the statements shown.
    #[arg(long)]
    pub apply: bool,
    /// Approve the statements of exactly this hash.
    #[arg(long, value_name = "HASH", requires = "apply")]
    pub approve: Option<String>,
    /// A new file for the generated password (mode 0600); it is shown nowhere else.
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub password_file: Option<PathBuf>,
    /// Give an existing role a new password.
    #[arg(long, conflicts_with = "no_password")]
    pub new_password: bool,
    /// Set none: pg_hba.conf lets the role in by other means (peer, certificate).
    #[arg(long)]
    pub no_password: bool,
}

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Leave the servers up and print their URLs.
    #[arg(long)]
    pub keep: bool,
    /// Stop servers that an earlier --keep left up.
    #[arg(long, conflicts_with = "keep")]
    pub stop: bool,
    /// Install missing servers without asking.
    #[arg(long)]
    pub yes: bool,
    /// Write the demo repository (migrations, code) here; default: a folder in DBWRIGHT_HOME.
    #[arg(long, value_name = "DIR")]
    pub repository: Option<PathBuf>,
}

/// `config`.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do with settings.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting, its value and which layer set it.
    Show,
}

/// `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse()
}
