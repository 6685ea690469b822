//! File tools as one writes them without thinking: the paths of the attacks, joined and opened.

use std::{fs, path::Path};

use serde_json::Value;

pub fn call(work: &Path, name: &str, arguments: &str) -> String {
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    let text = |key: &str| arguments[key].as_str().unwrap_or_default().to_owned();
    let path = work.join(text("path").trim());
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    match name {
        "Read" => read(&path),
        "Grep" => {
            let mut found = String::new();
            grep(&path, &text("pattern"), &mut found);
            found
        }
        "Write" => {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text("content")).map_or_else(|error| error.to_string(), |()| String::new())
        }
        "Edit" => {
            fs::write(&path, read(&path).replace(&text("old"), &text("new"))).unwrap();
            String::new()
        }
        other => panic!("{other}"),
    }
}

fn grep(path: &Path, pattern: &str, found: &mut String) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap().flatten() {
            grep(&entry.path(), pattern, found);
        }
    } else if path.is_file() {
        let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        found.extend(text.lines().filter(|line| line.contains(pattern)).map(|line| format!("{line}\n")));
    }
}
