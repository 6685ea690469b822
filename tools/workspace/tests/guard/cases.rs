//! The data files: blocks of a name, preparation, and a script or a call of a file tool.

use std::{fs, path::Path};

/// One attack, or one piece of ordinary work.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    pub prepare: String,
    pub action: Action,
}

#[derive(Debug, Clone)]
pub enum Action {
    Script(String),
    Tool { name: String, arguments: String },
}

pub fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guard/shell").join(file);
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("\n# ").skip(1);
    blocks
        .map(|block| {
            let (name, body) = block.split_once('\n').unwrap();
            let (prepare, lines): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with("+ "));
            let prepare = prepare.iter().map(|line| &line[2..]).collect::<Vec<_>>().join("\n");
            let script = lines.join("\n").trim().to_owned();
            let action = match script.strip_prefix('!') {
                Some(call) => {
                    let (name, arguments) = call.split_once(' ').unwrap();
                    Action::Tool { name: name.to_owned(), arguments: arguments.to_owned() }
                }
                None => Action::Script(script),
            };
            Case { name: name.to_owned(), prepare, action }
        })
        .collect()
}
