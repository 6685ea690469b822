//! Standard output for data, standard error for talk, and whether either has colour.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use dbwright_contract::Redactor;

use super::terminal::tame;
use crate::cli::{ColorWhen, Global};

/// The two streams of a run: the last sinks, where no secret and no foreign control gets through,
/// whatever was forgotten before. Clones are the same.
#[derive(Debug, Clone)]
pub struct Console {
    quiet: bool,
    data: Style,
    talk: Style,
    secrets: Arc<RwLock<Redactor>>,
}

impl Console {
    /// As the options and the environment (`NO_COLOR`, `TERM`) say.
    pub fn new(global: &Global, no_color: bool) -> Self {
        let style = |is_terminal: bool| match global.color {
            ColorWhen::Always => Style(true),
            ColorWhen::Never => Style(false),
            ColorWhen::Auto => Style(is_terminal && !no_color),
        };
        Self {
            quiet: global.quiet,
            data: style(io::stdout().is_terminal() && global.output.is_none()),
            talk: style(io::stderr().is_terminal()),
            secrets: Arc::default(),
        }
    }

    /// Secrets that never leave through here from now on.
    pub fn keep_secret(&self, secrets: &Redactor) {
        let mut known = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let both = std::mem::take(&mut *known).and(secrets);
        *known = both;
    }

    /// `text` without secrets, and with no controls but our own colours.
    pub(super) fn clean(&self, text: &str) -> String {
        let known = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        tame(&known.redact(text)).into_owned()
    }

    /// The style of data.
    pub const fn data_style(&self) -> Style {
        self.data
    }

    /// The style of talk.
    pub const fn talk_style(&self) -> Style {
        self.talk
    }

    /// Says a line to the person, unless `--quiet`.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            // Nobody can be told when standard error is gone.
            let _ = writeln!(io::stderr().lock(), "{}", self.clean(line.as_ref()));
        }
    }

    /// Says why something went wrong, `--quiet` or not.
    pub fn complain(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{} {}", self.talk.red("error:"), self.clean(line.as_ref()));
    }

    /// Writes data as it is except for known secrets, and flushes: a reader may be waiting for it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn write(&self, data: &str) -> io::Result<()> {
        let data = self.without_known(data);
        let mut out = io::stdout().lock();
        out.write_all(data.as_bytes())?;
        out.flush()
    }

    /// Documents have a form that a shape would break: only what is known to be secret goes.
    fn without_known(&self, data: &str) -> String {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner).without_known(data).into_owned()
    }

    /// Writes a whole document to `output`, or to standard output.
    ///
    /// # Errors
    /// When it cannot be written; names the file.
    pub fn deliver(&self, output: Option<&Path>, document: &str) -> io::Result<()> {
        let newline = if document.ends_with('\n') { "" } else { "\n" };
        match output {
            None => self.write(&format!("{document}{newline}")),
            Some(path) => File::create(path)
                .and_then(|mut file| {
                    write!(file, "{}{newline}", self.without_known(document)).and_then(|()| file.sync_all())
                })
                .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))),
        }
    }
}

/// Colours from the terminal's own palette, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style(pub bool);

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bad.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Good.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Careful.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Names and hints.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Secondary.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }
}
