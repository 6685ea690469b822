//! What a script does, as far as a linter needs it: its calls, loops, names and keys.

use std::collections::{BTreeSet, HashSet};

use super::lexer::{Lua, Token, tokens};

/// One `redis.call` or `redis.pcall`.
#[derive(Debug)]
pub(crate) struct Call {
    /// The command in upper case; empty when it is not a literal.
    pub(crate) command: String,
    /// Tokens of each argument after the command.
    pub(crate) args: Vec<Vec<Token>>,
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// Index of the innermost loop that the call is in.
    pub(crate) inside: Option<usize>,
    /// `redis.pcall` whose result nobody looks at.
    pub(crate) is_ignored_pcall: bool,
    /// The variable that gets the reply, when the statement is `local v = redis.call(…)`.
    pub(crate) into: Option<String>,
}

/// What a loop runs over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// `while true`, `repeat … until false`.
    Forever,
    /// Any other `while` or `repeat`.
    Condition,
    /// `for … in … do` or `for i = a, b do`, with the names in its head.
    Items(Vec<String>),
}

/// A loop.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) over: Over,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) has_exit: bool,
    pub(crate) parent: Option<usize>,
    /// Variables that its head declares.
    declares: Vec<String>,
}

/// A script, read.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) path: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) calls: Vec<Call>,
    pub(crate) loops: Vec<Loop>,
    /// Variables whose value comes from KEYS or from outside the script's own text.
    pub(crate) declared: HashSet<String>,
    /// Local names, parameters and loop variables.
    pub(crate) locals: HashSet<String>,
    /// Literal indices of KEYS.
    pub(crate) key_indices: BTreeSet<u64>,
    /// Whether KEYS is used in another way than by a literal index.
    pub(crate) uses_all_keys: bool,
}

impl Script {
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let mut script = Self { path: path.to_owned(), tokens: tokens(text), ..Self::default() };
        script.read_blocks();
        script.read_names();
        script.read_keys();
        script
    }

    /// Whether any call sends one of `commands`.
    pub(crate) fn sends(&self, commands: &[&str]) -> bool {
        self.calls.iter().any(|call| commands.contains(&call.command.as_str()))
    }

    /// The loops around a call, innermost first.
    pub(crate) fn loops_around(&self, call: &Call) -> impl Iterator<Item = &Loop> {
        std::iter::successors(call.inside.and_then(|at| self.loops.get(at)), |current| {
            current.parent.and_then(|at| self.loops.get(at))
        })
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.token(at).is_some_and(|token| token.is(word))
    }

    /// One pass over blocks, with the loops that are open.
    fn read_blocks(&mut self) {
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut at = 0;
        // The `do` of `while … do` and `for … do` belongs to a block that is already open.
        let mut pending_do = 0usize;
        while let Some(token) = self.token(at).cloned() {
            let innermost = open.iter().rev().find_map(|block| *block);
            match token.name() {
                Some("while" | "for") => {
                    let head = self.head(at + 1);
                    let over = if token.is("while") {
                        if head.len() == 1 && head.first().is_some_and(|word| word.is("true") || word.is("1")) {
                            Over::Forever
                        } else {
                            Over::Condition
                        }
                    } else {
                        Over::Items(head.iter().filter_map(Token::name).map(str::to_owned).collect())
                    };
                    let declares = head
                        .iter()
                        .take_while(|word| !word.is("in") && !word.is("="))
                        .filter_map(Token::name)
                        .map(str::to_owned)
                        .collect();
                    open.push(Some(self.loops.len()));
                    self.loops.push(Loop {
                        over,
                        line: token.line,
                        column: token.column,
                        has_exit: false,
                        parent: innermost,
                        declares,
                    });
                    pending_do += 1;
                }
                Some("repeat") => {
                    open.push(Some(self.loops.len()));
                    self.loops.push(Loop {
                        over: Over::Condition,
                        line: token.line,
                        column: token.column,
                        has_exit: false,
                        parent: innermost,
                        declares: Vec::new(),
                    });
                }
                Some("do") if pending_do > 0 => pending_do -= 1,
                Some("do" | "function" | "if") => open.push(None),
                Some("end") => {
                    open.pop();
                }
                Some("until") => {
                    if let Some(current) = open.pop().flatten().and_then(|at| self.loops.get_mut(at))
                        && self.tokens.get(at + 1).is_some_and(|word| word.is("false"))
                    {
                        current.over = Over::Forever;
                    }
                }
                Some("break" | "return" | "error") => {
                    if let Some(current) = innermost.and_then(|at| self.loops.get_mut(at)) {
                        current.has_exit = true;
                    }
                }
                Some("redis" | "server") => {
                    if let Some(call) = self.call(at, innermost) {
                        self.calls.push(call);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn head(&self, from: usize) -> Vec<Token> {
        self.tokens.iter().skip(from).take_while(|token| !token.is("do")).take(60).cloned().collect()
    }

    fn call(&self, at: usize, inside: Option<usize>) -> Option<Call> {
        let is_pcall = self.is(at + 2, "pcall");
        if !self.is(at + 1, ".") || !(is_pcall || self.is(at + 2, "call")) || !self.is(at + 3, "(") {
            return None;
        }
        let mut args = self.arguments(at + 4).into_iter();
        let command = match args.next().as_deref() {
            Some([Token { lua: Lua::Text(text), .. }]) => text.to_uppercase(),
            _ => String::new(),
        };
        let before = at.checked_sub(1).and_then(|before| self.token(before));
        let is_statement = before.is_none_or(|token| {
            token.is("then") || token.is("do") || token.is("else") || token.is(")") || token.is(";") || token.is("end")
        }) || before
            .zip(self.token(at))
            .is_some_and(|(before, token)| before.line < token.line && !is_operator(before));
        let into =
            before.filter(|token| token.is("=")).and_then(|_| self.token(at.checked_sub(2)?)).and_then(Token::name);
        let token = self.token(at)?;
        Some(Call {
            command,
            args: args.collect(),
            line: token.line,
            column: token.column,
            inside,
            is_ignored_pcall: is_pcall && is_statement,
            into: into.map(str::to_owned),
        })
    }

    /// Splits at commas of the outermost level, up to the closing parenthesis.
    fn arguments(&self, from: usize) -> Vec<Vec<Token>> {
        let mut depth = 0;
        let mut args = vec![Vec::new()];
        for token in self.tokens.iter().skip(from) {
            match &token.lua {
                Lua::Symbol("(" | "{" | "[") => depth += 1,
                Lua::Symbol(")" | "}" | "]") if depth == 0 => break,
                Lua::Symbol(")" | "}" | "]") => depth -= 1,
                Lua::Symbol(",") if depth == 0 => {
                    args.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if let Some(last) = args.last_mut() {
                last.push(token.clone());
            }
        }
        args
    }

    /// Locals, and which variables carry declared keys.
    fn read_names(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            if self.is(at, "local") && !self.is(at + 1, "function") {
                let names = self.names_from(at + 1);
                let assigned = at + 1 + names.len() * 2 - usize::from(!names.is_empty());
                if self.is(assigned, "=") && self.statement(assigned + 1).any(|token| self.carries_keys(token)) {
                    self.declared.extend(names.iter().cloned());
                }
                self.locals.extend(names);
            } else if self.is(at, "function") {
                // Parameters come from callers that are judged where they call.
                let open = if self.is(at + 1, "(") { at + 1 } else { at + 2 };
                let parameters = self.names_from(open + 1);
                self.locals.extend(self.token(at + 1).and_then(Token::name).map(str::to_owned));
                self.declared.extend(parameters.iter().cloned());
                self.locals.extend(parameters);
            }
            at += 1;
        }
        for index in 0..self.loops.len() {
            let Some(current) = self.loops.get(index) else { continue };
            let carries = matches!(&current.over, Over::Items(words) if words.iter().any(|word| word == "KEYS" || self.declared.contains(word)));
            let names = current.declares.clone();
            if carries {
                self.declared.extend(names.iter().cloned());
            }
            self.locals.extend(names);
        }
    }

    fn names_from(&self, from: usize) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = from;
        while let Some(name) = self.token(at).and_then(Token::name) {
            names.push(name.to_owned());
            if !self.is(at + 1, ",") {
                break;
            }
            at += 2;
        }
        names
    }

    /// The tokens of the statement that starts at `from`: to the end of its line.
    fn statement(&self, from: usize) -> impl Iterator<Item = &Token> {
        let line = self.token(from).map_or(0, |token| token.line);
        self.tokens.iter().skip(from).take_while(move |token| token.line == line)
    }

    /// Whether a token stands for a declared key, or for what was computed from one.
    pub(crate) fn carries_keys(&self, token: &Token) -> bool {
        token.name().is_some_and(|name| name == "KEYS" || self.declared.contains(name))
    }

    fn read_keys(&mut self) {
        for (at, token) in self.tokens.iter().enumerate() {
            if !token.is("KEYS") {
                continue;
            }
            match (self.token(at + 1).map(|next| next.is("[")), self.token(at + 2).map(|index| &index.lua)) {
                (Some(true), Some(Lua::Number(number))) if self.is(at + 3, "]") => {
                    self.key_indices.extend(number.parse::<u64>().ok());
                }
                _ => self.uses_all_keys = true,
            }
        }
    }
}

fn is_operator(token: &Token) -> bool {
    match &token.lua {
        Lua::Symbol(symbol) => !matches!(*symbol, ")" | "}" | "]" | ";"),
        Lua::Name(name) => matches!(name.as_str(), "return" | "and" | "or" | "not" | "in"),
        Lua::Text(_) | Lua::Number(_) => false,
    }
}
