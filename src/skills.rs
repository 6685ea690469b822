//! SKILL.md: procedures that are loaded when they are needed, not before.

use std::path::{Path, PathBuf};

use crate::frontmatter::{Document, FrontmatterError};

/// The skills that are compiled in.
const EMBEDDED: &[(&str, &str)] = &[
    ("memory-query-first", include_str!("../prompts/skills/memory-query-first/SKILL.md")),
    ("systematic-debugging", include_str!("../prompts/skills/systematic-debugging/SKILL.md")),
    ("learning-engine", include_str!("../prompts/skills/learning-engine/SKILL.md")),
    ("verification-before-completion", include_str!("../prompts/skills/verification-before-completion/SKILL.md")),
    ("coding-workflow", include_str!("../prompts/skills/coding-workflow/SKILL.md")),
    ("mcp-cli", include_str!("../prompts/skills/mcp-cli/SKILL.md")),
];

/// Largest skill that is read from disk.
const MAX_BYTES: u64 = 64 * 1024;

/// A loaded skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Its name: the folder's.
    pub name: String,
    /// When to use it, in a sentence.
    pub description: String,
    /// The procedure.
    pub body: String,
    /// Where it came from: a path, or `embedded`.
    pub origin: String,
    /// Whether it came with the project's files, which need not be the work of whoever asks.
    pub of_project: bool,
}

/// The skills at hand: the project's win over the user's, these over the embedded.
#[derive(Debug, Clone, Default)]
pub struct Skills {
    skills: Vec<Skill>,
    /// Files that could not be read, each with its reason.
    pub warnings: Vec<String>,
}

impl Skills {
    /// Reads the skill folders `DIR/<name>/SKILL.md` of the `project`, then those of the `user`, then
    /// the embedded ones; the first of a name counts. A broken file is a warning, never fatal.
    pub fn load(project: &[PathBuf], user: &[PathBuf]) -> Self {
        let mut loaded = Self::default();
        let of_project = project.iter().map(|folder| (folder, true));
        for (folder, of_project) in of_project.chain(user.iter().map(|folder| (folder, false))) {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path().join("SKILL.md")).collect();
            files.sort();
            for file in files.iter().filter(|file| file.is_file()) {
                match read(file) {
                    Ok(skill) => loaded.add(Skill { of_project, ..skill }),
                    Err(reason) => loaded.warnings.push(reason),
                }
            }
        }
        for (name, text) in EMBEDDED {
            match Skill::parse(Path::new(name), name, "embedded", text) {
                Ok(skill) => loaded.add(skill),
                Err(error) => loaded.warnings.push(error.to_string()),
            }
        }
        loaded
    }

    fn add(&mut self, skill: Skill) {
        if self.get(&skill.name).is_none() {
            self.skills.push(skill);
        }
    }

    /// The skill called `name`.
    pub fn get(&self, name: &str) -> Option<&Skill> {
        self.skills.iter().find(|skill| skill.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Skill> {
        self.skills.iter()
    }
}

impl Skill {
    fn parse(file: &Path, name: &str, origin: &str, text: &str) -> Result<Self, FrontmatterError> {
        let document = Document::parse(file, text)?;
        Ok(Self {
            name: document.text("name").filter(|name| is_name(name)).unwrap_or_else(|| name.to_owned()),
            description: document.text("description").unwrap_or_default(),
            body: document.body.trim().to_owned(),
            origin: origin.to_owned(),
            of_project: false,
        })
    }
}

/// Names stand in the system prompt, where no sentence of a file belongs.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn read(file: &Path) -> Result<Skill, String> {
    let shown = file.display();
    let size = std::fs::metadata(file).map_err(|error| format!("{shown}: {error}"))?.len();
    if size > MAX_BYTES {
        return Err(format!("{shown}: {size} bytes; a skill is at most {MAX_BYTES}"));
    }
    let bytes = std::fs::read(file).map_err(|error| format!("{shown}: {error}"))?;
    let name =
        file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !is_name(&name) {
        return Err(format!("{shown}: the folder's name is no name of a skill: letters, digits and -_. only"));
    }
    Skill::parse(file, &name, &shown.to_string(), &String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "skills_tests.rs"]
mod tests;
