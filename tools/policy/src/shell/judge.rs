//! The judgement of a script: that of its most harmful command.

use std::path::{Path, PathBuf};

use dbwright_finding::Effect;

use super::{
    code,
    git::{self, GitUse},
    places::{self, Here, Use, refusal},
    programs::{Program, fetches, program},
    script::{Simple, commands},
    words::{Redirect, Word},
};
use crate::{Decision, Mode, Refusal, Ruling};

/// Longest script, and deepest nesting of scripts in scripts, that is read.
const LONGEST: usize = 128 * 1024;
const DEEPEST: usize = 8;
/// Programs that make text readable, or a program, again.
const DECODERS: &[&str] =
    &["base64", "base32", "xxd", "openssl", "rev", "tr", "gunzip", "zcat", "printf", "uudecode", "od"];

/// What may be said of a shell script before it runs. The sandbox confines every script alike, so
/// the mode of the session changes nothing here.
pub fn judge(script: &str, _: Mode) -> Ruling {
    let mut reader = Reader { blocked: None, question: None, here: Some(PathBuf::new()), destroys: false };
    if script.contains('\0') {
        reader.block(refusal("shell.syntax", "a script holds no NUL character"));
    } else if script.trim().is_empty() {
        reader.ask("the script is empty");
    } else if script.len() > LONGEST {
        reader.ask("the script is too long to judge");
    } else {
        reader.read(script, 0);
    }
    let effect = if reader.destroys { Effect::Destroy } else { Effect::Shell };
    match (reader.blocked, reader.question) {
        (Some(refusal), _) => Ruling::block(effect, refusal),
        (None, Some(reason)) => Ruling::new(Decision::Ask, effect, "shell.unclear", reason),
        (None, None) => {
            Ruling::new(Decision::Allow, effect, "shell.development", "development commands; the sandbox confines them")
        }
    }
}

struct Reader {
    blocked: Option<Refusal>,
    question: Option<String>,
    here: Here,
    destroys: bool,
}

impl Reader {
    fn block(&mut self, refusal: Refusal) {
        self.destroys |= refusal.rule == "shell.destroy";
        self.blocked.get_or_insert(refusal);
    }

    fn ask(&mut self, reason: impl Into<String>) {
        self.question.get_or_insert_with(|| reason.into());
    }

    fn read(&mut self, script: &str, depth: usize) {
        if depth > DEEPEST {
            return self.ask("scripts within scripts are nested too deep to judge");
        }
        let Ok(commands) = commands(script) else {
            return self.ask("its quotes or parentheses are not balanced");
        };
        let functions = defined(script);
        let mut before = String::new();
        for command in &commands {
            self.command(command, depth, &functions, &before);
            before = command.words.first().map(|word| base(&word.text).to_owned()).unwrap_or_default();
        }
    }

    fn command(&mut self, command: &Simple, depth: usize, functions: &[String], before: &str) {
        for (name, value) in &command.assignments {
            self.word(value, depth);
            if is_loader(name) {
                self.ask(format!("{name} changes what programs load or run"));
            }
        }
        for word in &command.words {
            self.word(word, depth);
        }
        for (redirect, word) in &command.redirects {
            self.word(word, depth);
            match redirect {
                Redirect::Read => self.path(word, Use::Read),
                Redirect::Write => self.path(word, Use::Write),
                Redirect::Copy if word.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {}
                Redirect::Copy => self.path(word, Use::Write),
                Redirect::Text => {}
            }
        }
        self.run(&command.words, command, depth, functions, before);
    }

    /// What a word does by itself, wherever it stands.
    fn word(&mut self, word: &Word, depth: usize) {
        for script in &word.scripts {
            self.read(script, depth + 1);
        }
        if let Some(name) = word.variables.iter().find(|name| is_secret(name)) {
            self.block(refusal("shell.credentials", format!("${name} holds credentials; none are in the sandbox")));
        }
    }

    fn path(&mut self, word: &Word, use_: Use) {
        match places::judge(&word.text, use_, &self.here) {
            Ok(None) if word.dynamic && use_ == Use::Write => self.ask("it writes a file that only a run would name"),
            Ok(None) => {}
            Ok(Some(refusal)) => self.block(refusal),
            Err(question) => self.ask(question),
        }
    }

    fn run(&mut self, words: &[Word], command: &Simple, depth: usize, functions: &[String], before: &str) {
        let Some((first, args)) = words.split_first() else { return };
        if first.dynamic {
            self.paths(args, Use::Read);
            return self.ask("the program is only known when it runs");
        }
        let name = base(&first.text);
        if functions.iter().any(|function| function == name) {
            if command.background || command.piped {
                self.block(refusal("shell.exhaustion", format!("{name} may start itself again and again")));
            }
            return self.paths(args, Use::Read);
        }
        let texts: Vec<&str> = args.iter().map(|word| word.text.as_str()).collect();
        match program(name) {
            Some(Program::Refused(rule, why)) => self.block(refusal(rule, format!("{name}: {why}"))),
            Some(Program::Asks(why)) => {
                self.named(name, args, &texts);
                self.ask(format!("{name}: {why}"));
            }
            Some(Program::Reads) => self.reads(name, args, &texts),
            Some(Program::Edits) => {
                let writes = texts.iter().any(|arg| arg.starts_with("-i") || *arg == "--in-place");
                self.paths(args, if writes { Use::Write } else { Use::Read });
            }
            Some(Program::Writes) => self.writes(name, args, &texts),
            Some(Program::Copies) => self.copies(args, name == "mv"),
            Some(Program::Removes) => self.removes(args, &texts),
            Some(Program::Develops) => self.develops(name, args, &texts),
            Some(Program::Shell) => self.shell(args, &texts, command, depth, before),
            Some(Program::Interpreter) => self.interpreter(name, args, &texts, command),
            Some(Program::Wrapper) => self.wrapper(name, args, command, depth, functions, before),
            Some(Program::Git) => {
                match git::judge(&texts) {
                    GitUse::Fine => {}
                    GitUse::Ask(why) => self.ask(format!("git: {why}")),
                    GitUse::Block(refusal) => self.block(refusal),
                }
                self.paths(args, Use::Read);
            }
            Some(Program::Find) => self.find(args, &texts, command, depth, functions),
            None => {
                self.paths(args, Use::Read);
                match places::judge(&first.text, Use::Read, &self.here) {
                    Ok(Some(refusal)) => self.block(refusal),
                    Ok(None) if first.text.contains('/') && !first.text.starts_with('/') => {}
                    _ => self.ask(format!("{name} is not among the known programs")),
                }
            }
        }
    }

    /// Arguments that look like paths; options may carry one after `=`.
    fn paths(&mut self, args: &[Word], use_: Use) {
        for word in args {
            let text = match word.text.split_once('=') {
                Some((option, value)) if option.starts_with('-') || option == "if" || option == "of" => value,
                _ if word.text.starts_with('-') => continue,
                _ => &word.text,
            };
            self.path(&Word { text: text.to_owned(), ..word.clone() }, use_);
        }
    }

    fn reads(&mut self, name: &str, args: &[Word], texts: &[&str]) {
        match name {
            "cd" | "pushd" => return self.enter(args),
            // Their arguments are text, no paths.
            "echo" | "printf" | ":" | "test" | "[" | "for" | "case" | "in" | "export" | "let" | "trap" => {
                if let Some(refusal) =
                    (name == "trap").then(|| texts.first().and_then(|text| code::judge(text))).flatten()
                {
                    self.block(refusal);
                }
                return;
            }
            "tail" if texts.iter().any(|arg| arg.starts_with("-f") || *arg == "-F" || *arg == "--follow") => {
                self.ask("tail: it never ends");
            }
            "yes" => self.ask("yes: it never ends"),
            "awk" | "gawk" | "mawk" | "sort" | "xxd" | "less" | "more" => {
                let runs = texts.iter().any(|arg| {
                    arg.contains("system(")
                        || arg.contains("| \"")
                        || arg.contains("|\"")
                        || arg.contains("/inet/")
                        || arg.starts_with("--compress-program")
                });
                if runs {
                    self.ask(format!("{name}: it runs other programs"));
                }
                if let Some(at) = texts.iter().position(|arg| *arg == "-o").filter(|_| name == "sort") {
                    self.paths(args.get(at + 1..).unwrap_or_default(), Use::Write);
                }
                if let Some(refusal) = texts.iter().find_map(|text| code::judge(text)) {
                    self.block(refusal);
                }
                let files: Vec<Word> =
                    args.iter().filter(|word| !word.text.contains(['{', '$', '(', ' '])).cloned().collect();
                return self.paths(&files, Use::Read);
            }
            _ => {}
        }
        // The first argument of a search is a pattern; it names no file unless it looks like one.
        let pattern = matches!(name, "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "jq" | "yq" | "tr" | "cut");
        let explicit = texts.iter().any(|arg| *arg == "-e" || *arg == "-f" || *arg == "--files");
        let skip = match args.iter().position(|word| !word.text.starts_with('-')) {
            Some(at) if pattern && !explicit => at + 1,
            _ => 0,
        };
        self.paths(args.get(skip..).unwrap_or_default(), Use::Read);
    }

    fn enter(&mut self, args: &[Word]) {
        let Some(word) = args.iter().find(|word| !word.text.starts_with('-')) else {
            if args.is_empty() {
                self.here = None;
            }
            return;
        };
        self.path(word, Use::Read);
        self.here = match &self.here {
            Some(here) if !word.dynamic && !word.text.starts_with('/') => places::resolve(here, &word.text),
            _ => None,
        };
    }

    fn named(&mut self, name: &str, args: &[Word], texts: &[&str]) {
        match name {
            "kill" => {
                let harmless =
                    |arg: &&str| arg.starts_with('%') || arg.starts_with('-') && !matches!(*arg, "-1" | "--");
                if texts.iter().any(|arg| !arg.is_empty() && !harmless(arg))
                    || texts.iter().filter(|arg| **arg == "-1").count() > 0
                {
                    self.block(refusal(
                        "shell.processes",
                        "kill: it may only end jobs that it started (kill %1, kill $!)",
                    ));
                }
            }
            "dd" => {
                for word in args {
                    let Some((option, path)) = word.text.split_once('=') else { continue };
                    let use_ = if option == "of" { Use::Write } else { Use::Read };
                    if matches!(option, "of" | "if") {
                        if option == "of" && path.starts_with("/dev/") && path != "/dev/null" {
                            self.block(refusal("shell.destroy", format!("dd writes over {path}")));
                        }
                        self.path(&Word { text: path.to_owned(), ..word.clone() }, use_);
                    }
                }
            }
            _ => {
                if let Some(refusal) = texts.iter().find_map(|text| code::judge(text)) {
                    self.block(refusal);
                }
                self.paths(args, Use::Read);
            }
        }
    }

    fn writes(&mut self, name: &str, args: &[Word], texts: &[&str]) {
        if name == "chmod" {
            let special = texts.iter().filter(|arg| !arg.contains('/')).any(|arg| {
                let octal = arg.len() >= 4 && arg.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
                octal && arg.trim_start_matches('0').len() == 4 && !arg.trim_start_matches('0').starts_with('1')
                    || arg.contains("+s")
                    || arg.contains("=s")
                    || (arg.contains('+') && arg.ends_with('s'))
            });
            if special {
                self.block(refusal(
                    "shell.privilege",
                    "chmod: a program that runs with its owner's rights outlives the sandbox",
                ));
            }
        }
        self.paths(args, Use::Write);
    }

    fn copies(&mut self, args: &[Word], moves: bool) {
        let files: Vec<&Word> = args.iter().filter(|word| !word.text.starts_with('-')).collect();
        let Some((target, sources)) = files.split_last() else { return };
        for source in sources {
            self.path(source, if moves { Use::Write } else { Use::Read });
        }
        self.path(target, Use::Write);
    }

    fn removes(&mut self, args: &[Word], texts: &[&str]) {
        let option = |letter: char| {
            texts.iter().any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter))
        };
        let recursive = option('r') || option('R') || texts.contains(&"--recursive");
        for word in args.iter().filter(|word| !word.text.starts_with('-')) {
            let text = word.text.trim_end_matches('/');
            let everything =
                matches!(text, "" | "." | ".." | "*" | "./*" | "./.*" | ".*" | ".[!.]*" | "~" | "**" | "{*,.*}");
            let scratch = text.starts_with("/tmp/") && !text.contains("..");
            if !word.dynamic && everything || text.starts_with('~') || (text.starts_with('/') && !scratch) {
                self.block(refusal(
                    "shell.destroy",
                    format!("rm {}: it removes more than the work at hand", word.text),
                ));
            } else if word.dynamic && (recursive || word.text.starts_with('/')) {
                // An unset variable turns `rm -rf "$X"/*` into the end of everything.
                self.block(refusal("shell.destroy", "rm: what it removes is only known when it runs: name the files"));
            }
            self.path(word, Use::Write);
        }
    }

    fn develops(&mut self, name: &str, args: &[Word], texts: &[&str]) {
        let first =
            texts.iter().find(|arg| !arg.starts_with('-') && !arg.starts_with('+')).copied().unwrap_or_default();
        if fetches(name, first) && !texts.contains(&"--offline") {
            self.ask(format!("{name} {first} fetches: there is no network in the sandbox"));
        }
        if matches!(name, "tar" | "zip" | "unzip" | "sqlite3") {
            if texts.iter().any(|arg| {
                arg.contains("checkpoint-action")
                    || arg.contains("--to-command")
                    || arg.contains("-I")
                    || arg.contains(".shell")
                    || arg.contains(".system")
            }) {
                self.ask(format!("{name}: it runs other programs"));
            }
            if let Some(at) = texts.iter().position(|arg| *arg == "-C" || *arg == "-d") {
                self.paths(args.get(at + 1..at + 2).unwrap_or_default(), Use::Write);
            }
        }
        self.paths(args, Use::Read);
    }

    fn shell(&mut self, args: &[Word], texts: &[&str], command: &Simple, depth: usize, before: &str) {
        let inline = texts.iter().position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains('c'));
        if let Some(script) = inline.and_then(|at| args.get(at + 1)) {
            if script.dynamic {
                self.ask("a script inside is only known when it runs");
            }
            let here = self.here.clone();
            self.read(&script.text, depth + 1);
            self.here = here;
            return;
        }
        if let Some((_, text)) = command.redirects.iter().find(|(kind, _)| *kind == Redirect::Text) {
            return self.read(&text.text, depth + 1);
        }
        let files: Vec<&Word> = args.iter().filter(|word| !word.text.starts_with('-')).collect();
        if files.is_empty() && command.piped {
            if DECODERS.contains(&before) {
                self.block(refusal(
                    "shell.hidden",
                    format!("{before} feeds a shell: the script is hidden from whoever reads it"),
                ));
            }
            return self.ask("a shell runs what another program prints");
        }
        if files.is_empty() || files.iter().any(|word| word.dynamic) {
            self.ask("a shell runs text that only a run would show");
        }
        self.paths(args, Use::Read);
    }

    fn interpreter(&mut self, name: &str, args: &[Word], texts: &[&str], command: &Simple) {
        let inline = texts.iter().position(|arg| {
            matches!(
                *arg,
                "-c" | "-e"
                    | "-E"
                    | "--eval"
                    | "-p"
                    | "--print"
                    | "-r"
                    | "-ne"
                    | "-pe"
                    | "-lne"
                    | "-pi"
                    | "-i"
                    | "-0777"
                    | "-ane"
                    | "-le"
            )
        });
        let given = command.redirects.iter().find(|(kind, _)| *kind == Redirect::Text).map(|(_, word)| word);
        if inline.is_some() || given.is_some() {
            let text = texts.iter().copied().chain(given.map(|word| word.text.as_str())).collect::<Vec<_>>().join("\n");
            return match code::judge(&text) {
                Some(refusal) => self.block(refusal),
                None => self.ask(format!("{name}: inline code cannot be judged by reading it")),
            };
        }
        if texts.contains(&"http.server") || texts.contains(&"smtpd") {
            self.block(refusal("shell.network", "there is no network in the sandbox"));
        }
        let module = texts.iter().position(|arg| *arg == "-m").and_then(|at| texts.get(at + 1));
        if module.is_some_and(|module| matches!(*module, "pip" | "ensurepip")) {
            self.ask(format!("{name}: it fetches: there is no network in the sandbox"));
        }
        let harmless = texts.first().is_some_and(|arg| matches!(*arg, "--version" | "-V" | "-v" | "--help"));
        if module.is_none() && !harmless && args.iter().all(|word| word.text.starts_with('-')) {
            self.ask(format!("{name}: it runs text that only a run would show"));
        }
        self.paths(args, Use::Read);
    }

    fn wrapper(
        &mut self,
        name: &str,
        args: &[Word],
        command: &Simple,
        depth: usize,
        functions: &[String],
        before: &str,
    ) {
        if matches!(name, "watch") {
            self.ask("watch: it never ends");
        }
        let mut rest = args;
        let mut takes_number = matches!(name, "timeout" | "taskset" | "chrt");
        while let Some((word, after)) = rest.split_first() {
            let text = word.text.as_str();
            let assigned = name == "env" && !text.starts_with('-') && text.contains('=');
            if assigned {
                let variable = text.split('=').next().unwrap_or_default();
                if is_loader(variable) {
                    self.ask(format!("{variable} changes what programs load or run"));
                }
            } else if takes_number && !text.starts_with('-') {
                takes_number = false;
            } else if text.starts_with('-') {
                // `-S` and `--split-string` hide a command in one word.
                if name == "env" && (text.starts_with("-S") || text.starts_with("--split-string")) {
                    return self.ask("env: the command is hidden in one word");
                }
                let with_value = matches!(text, "-n" | "-I" | "-P" | "-L" | "-u" | "-s" | "-k" | "-d" | "-c" | "-C");
                if with_value && after.len() > 1 {
                    rest = after.get(1..).unwrap_or_default();
                    continue;
                }
            } else {
                break;
            }
            rest = after;
        }
        if rest.is_empty() {
            if name == "env" {
                self.ask("env: it shows the environment, which is empty in the sandbox");
            }
            return;
        }
        // What xargs passes on is only known when it runs.
        if name == "xargs" || name == "parallel" {
            let unknown = Word { dynamic: true, ..Word::default() };
            let words: Vec<Word> = rest.iter().cloned().chain([unknown]).collect();
            let piped = Simple { piped: false, redirects: Vec::new(), ..command.clone() };
            return self.run(&words, &piped, depth, functions, before);
        }
        self.run(rest, command, depth, functions, before);
    }

    fn find(&mut self, args: &[Word], texts: &[&str], command: &Simple, depth: usize, functions: &[String]) {
        let roots = args.iter().take_while(|word| !word.text.starts_with(['-', '(', '!'])).cloned().collect::<Vec<_>>();
        self.paths(&roots, Use::Read);
        let narrow =
            texts.iter().any(|arg| matches!(*arg, "-name" | "-iname" | "-path" | "-newer" | "-regex" | "-mtime"));
        let everywhere = roots.is_empty() || roots.iter().any(|word| matches!(word.text.as_str(), "." | "./" | "/"));
        if texts.contains(&"-delete") && (everywhere && !narrow) {
            self.block(refusal("shell.destroy", "find: it removes everything it finds: name what it may remove"));
        }
        if let Some(at) = texts.iter().position(|arg| matches!(*arg, "-exec" | "-execdir" | "-ok" | "-okdir")) {
            let words: Vec<Word> = args
                .iter()
                .skip(at + 1)
                .take_while(|word| word.text != ";" && word.text != "+")
                .map(|word| {
                    if word.text.contains("{}") {
                        Word { dynamic: !narrow, text: String::new(), ..word.clone() }
                    } else {
                        word.clone()
                    }
                })
                .collect();
            self.run(&words, command, depth, functions, "");
        }
        if texts.iter().any(|arg| matches!(*arg, "-fprint" | "-fprintf" | "-fls")) {
            self.ask("find: it writes a file");
        }
    }
}

/// The name of a program without its folder.
fn base(text: &str) -> &str {
    Path::new(text).file_name().and_then(|name| name.to_str()).unwrap_or(text)
}

/// Functions that the script defines: `name() {`, `function name`.
fn defined(script: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in script.match_indices("()") {
        let before = script.get(..at).unwrap_or_default().trim_end();
        let name = before.rsplit([' ', '\n', ';', '\t', '&', '|']).next().unwrap_or_default();
        if !name.is_empty() {
            names.push(name.to_owned());
        }
    }
    names
}

/// Variables that change what a program loads or which program runs.
fn is_loader(name: &str) -> bool {
    matches!(
        name,
        "LD_PRELOAD"
            | "LD_LIBRARY_PATH"
            | "LD_AUDIT"
            | "BASH_ENV"
            | "ENV"
            | "PATH"
            | "PROMPT_COMMAND"
            | "PS4"
            | "IFS"
            | "SHELLOPTS"
            | "PYTHONSTARTUP"
            | "NODE_OPTIONS"
            | "PERL5OPT"
            | "RUBYOPT"
            | "GIT_SSH_COMMAND"
            | "GIT_EXTERNAL_DIFF"
            | "GIT_PAGER"
            | "PAGER"
            | "EDITOR"
            | "GIT_DIR"
            | "GIT_CONFIG_GLOBAL"
            | "GIT_CONFIG_COUNT"
    )
}

fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    let parts =
        ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL"];
    parts.iter().any(|part| name.contains(part))
        || matches!(name.as_str(), "DATABASE_URL" | "REDIS_URL" | "PGPASSFILE" | "DBWRIGHT_STATE_URL" | "SSH_AUTH_SOCK")
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
