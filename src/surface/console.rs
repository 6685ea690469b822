//! Standard output for data, standard error for talk, and whether either has colour.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
};

use crate::cli::{ColorWhen, Global};

/// The two streams of a run.
#[derive(Debug, Clone)]
pub struct Console {
    quiet: bool,
    data: Style,
    talk: Style,
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
        }
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
            let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
        }
    }

    /// Says why something went wrong, `--quiet` or not.
    pub fn complain(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{} {}", self.talk.red("error:"), line.as_ref());
    }

    /// Writes data as it is, and flushes: a reader may be waiting for it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn write(&self, data: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(data.as_bytes())?;
        out.flush()
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
                .and_then(|mut file| write!(file, "{document}{newline}").and_then(|()| file.sync_all()))
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
