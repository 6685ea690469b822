//! One case as its file says it.

use std::path::Path;

use serde::Deserialize;

/// A fault or a healthy control.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The file's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// What is wrong, in a sentence.
    #[serde(rename = "fault", alias = "control")]
    pub(crate) what: String,
    /// Nothing is wrong: no finding at medium or above.
    #[serde(default)]
    pub(crate) healthy: bool,
    /// Part of the quick run.
    #[serde(default)]
    pub(crate) quick: bool,
    /// First and last major version on which it can be set up.
    #[serde(default)]
    pub(crate) since: Option<u32>,
    #[serde(default)]
    pub(crate) until: Option<u32>,
    /// Server settings.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
    /// SQL as the superuser, before anything is counted.
    pub(crate) setup: String,
    /// Statements that the application runs, each in a session of its own.
    #[serde(default)]
    pub(crate) workload: Vec<Load>,
    /// Sessions that run this and stay open while the review looks.
    #[serde(default)]
    pub(crate) hold: Vec<String>,
    /// Sessions that run this and do not come back while the review looks.
    #[serde(default)]
    pub(crate) stuck: Vec<String>,
    /// Given to the review with `--sql`.
    #[serde(default)]
    pub(crate) sql: Option<String>,
    /// Files of the repository under review: path and content.
    #[serde(default)]
    pub(crate) files: Vec<(String, String)>,
    /// Settings of the project, `.dbwright/config.yaml`: faults that need an hour get a shorter limit.
    #[serde(default)]
    pub(crate) config: Option<String>,
    /// The role that the review connects as; the superuser when absent.
    #[serde(default)]
    pub(crate) role: Option<String>,
    /// What must be found; any one of several is enough for each entry.
    #[serde(default)]
    pub(crate) expect: Vec<Expected>,
    /// Words that no advised statement may contain: what would do harm here.
    #[serde(default)]
    pub(crate) harmful: Vec<String>,
    /// How the fix is proven.
    #[serde(default)]
    pub(crate) proof: Option<Proof>,
}

/// One statement of the application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Load {
    pub(crate) sql: String,
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) role: Option<String>,
}

const fn once() -> u32 {
    1
}

/// A finding that names the root cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Any of these rules.
    pub(crate) rules: Vec<String>,
    /// The object's name or columns, the title or the fix hold all of these words.
    #[serde(default)]
    pub(crate) about: Vec<String>,
    /// Any of these kinds of fix.
    #[serde(default)]
    pub(crate) fix: Vec<String>,
    /// The fix's statements hold all of these words.
    #[serde(default)]
    pub(crate) saying: Vec<String>,
}

/// What the fix must achieve.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    /// Run these in place of the finding's statements (where it rightly leaves a choice open).
    #[serde(default)]
    pub(crate) instead: Option<Vec<String>>,
    /// End the sessions of `hold` first: the fix is to end them.
    #[serde(default)]
    pub(crate) release: bool,
    /// The statement then touches this many times fewer pages (temporary files count).
    #[serde(default)]
    pub(crate) fewer_pages: Option<f64>,
    /// A query that is true afterwards.
    #[serde(default)]
    pub(crate) holds: Option<String>,
    /// A check afterwards does not find it any more.
    #[serde(default)]
    pub(crate) gone: bool,
}

impl Case {
    /// Every case, by name.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let mut cases: Vec<Self> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                let case: Self =
                    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                assert!(case.healthy || !case.expect.is_empty(), "{} expects nothing", path.display());
                Self { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..case }
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }
}
