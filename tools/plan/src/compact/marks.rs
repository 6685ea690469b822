//! The words of the form that are no names, in one place for the writer and the reader.

/// Words that stand for themselves.
const WORDS: [&str; 23] = [
    "self",
    "never",
    "cost",
    "TEMP",
    "topN",
    "mem",
    "DISK",
    "batches",
    "LOSSY",
    "heap",
    "hit",
    "workers",
    "each",
    "wal",
    "pruned",
    "searches",
    "DISABLED",
    "presorted",
    "left",
    "right",
    "full",
    "semi",
    "anti",
];

/// Marks that a number follows in the same word: `r12`, `b36k`, `r~12`.
const MARKS: [&str; 11] = ["r", "L", "rm", "rj", "rc", "b", "rd", "dirty", "local", "w", "io"];

/// A mark and its number, split where the number begins.
pub(super) fn split(word: &str) -> (&str, &str) {
    let digits = word.find(|c: char| c.is_ascii_digit() || c == '~').unwrap_or(word.len());
    word.split_at_checked(digits).unwrap_or((word, ""))
}

/// Whether a reader takes the word for something else than a name.
pub(super) fn is_mark(word: &str) -> bool {
    let (mark, number) = split(word);
    WORDS.contains(&word) || (!number.is_empty() && MARKS.contains(&mark))
}
