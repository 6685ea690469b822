//! One property line of TEXT under the JSON form's keys.

use serde_json::Value;

use super::value::Object;

/// Keys whose value is an expression and stays whole.
const EXPRESSIONS: &[&str] = &[
    "Filter",
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "One-Time Filter",
    "TID Cond",
    "Order By",
    "Run Condition",
    "Cache Key",
    "Remote SQL",
    "Function Call",
    "Table Function Call",
    "Conflict Filter",
    "Window",
    "Sampling",
    "Params Evaluated",
];

/// Keys whose value is a list.
const LISTS: &[&str] = &["Sort Key", "Presorted Key", "Group Key", "Hash Key", "Output"];

/// `Key: value`, when the line has that form.
pub(super) fn key_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (key, value) = line.split_once(':')?;
    let word = |c: char| c.is_ascii_alphanumeric() || " -/_".contains(c);
    let starts_well = key.starts_with(|c: char| c.is_ascii_uppercase());
    let spaced = value.is_empty() || value.starts_with(' ');
    (starts_well && key.len() <= 40 && key.chars().all(word) && spaced).then_some((key, value.trim()))
}

/// Whether a following line may continue this property's value.
pub(super) fn may_wrap(key: &str) -> bool {
    EXPRESSIONS.contains(&key) || LISTS.contains(&key)
}

/// Adds the property to `object`.
pub(super) fn add(object: &mut Object, key: &str, value: &str) {
    if EXPRESSIONS.contains(&key) {
        object.insert(key.to_owned(), value.into());
    } else if LISTS.contains(&key) {
        let key = if key == "Hash Key" { "Group Key" } else { key };
        let items = split_list(value).into_iter().filter(|item| item != "()").map(Value::from);
        match object.get_mut(key) {
            // Grouping sets print one line a set.
            Some(Value::Array(known)) => known.extend(items),
            _ => {
                object.insert(key.to_owned(), items.collect());
            }
        }
    } else {
        compound(object, key, value);
    }
}

/// Items between commas that no parenthesis, bracket or quote encloses.
fn split_list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('(' | '[', None) => depth += 1,
            (')' | ']', None) => depth -= 1,
            (',', None) if depth == 0 => {
                items.push(text.get(start..at).unwrap_or_default().trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(text.get(start..).unwrap_or_default().trim().to_owned());
    items.retain(|item| !item.is_empty());
    items
}

/// `Sort Method: external merge  Disk: 10kB` and the like: pairs two spaces apart.
fn compound(object: &mut Object, key: &str, value: &str) {
    match key {
        "Buffers" => return buffers(object, value),
        "I/O Timings" => return timings(object, value),
        "WAL" => {
            for (name, number) in assignments(value) {
                let key = match name {
                    "records" => "WAL Records",
                    "fpi" => "WAL FPI",
                    "bytes" => "WAL Bytes",
                    _ => continue,
                };
                object.insert(key.to_owned(), number.into());
            }
            return;
        }
        "Heap Blocks" => {
            for (name, number) in assignments(value) {
                let key = if name == "lossy" { "Lossy Heap Blocks" } else { "Exact Heap Blocks" };
                object.insert(key.to_owned(), number.into());
            }
            return;
        }
        "Full-sort Groups" | "Pre-sorted Groups" => return sort_groups(object, key, value),
        _ => {}
    }
    let of_hash = key == "Buckets";
    let mut set = |key: &str, value: &str| {
        object.insert(key.to_owned(), value.into());
    };
    for (key, value) in pairs(key, value) {
        let number = value.trim_end_matches("kB").split(' ').next().unwrap_or_default();
        let originally = value.split_once("(originally ").map(|(_, rest)| rest.trim_end_matches(')'));
        match key {
            "Memory" | "Disk" => {
                set("Sort Space Type", key);
                set("Sort Space Used", number);
            }
            "Buckets" => set("Hash Buckets", number),
            "Batches" if of_hash => {
                set("Hash Batches", number);
                set("Original Hash Batches", originally.unwrap_or(number));
            }
            "Batches" => set("HashAgg Batches", number),
            "Memory Usage" => set("Peak Memory Usage", number),
            "Disk Usage" | "Maximum Storage" => set(key, number),
            "Hits" | "Misses" | "Evictions" | "Overflows" => set(&format!("Cache {key}"), number),
            _ => set(key, value),
        }
    }
}

/// `a  B: b  C: c` as pairs, the first under `key`.
fn pairs<'a>(key: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut parts = value.split("  ").filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    std::iter::once((key, first.trim()))
        .chain(parts.filter_map(|part| part.trim().split_once(": ")))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect()
}

fn assignments(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split_whitespace().filter_map(|word| word.trim_end_matches(',').split_once('='))
}

/// `shared hit=1 read=2, temp written=3` (also of the `Planning:` footer).
pub(super) fn buffers(object: &mut Object, value: &str) {
    for group in value.split(", ") {
        let mut words = group.split_whitespace();
        let Some(area) = words.next().map(capitalise) else { continue };
        for (name, number) in words.filter_map(|word| word.split_once('=')) {
            object.insert(format!("{area} {} Blocks", capitalise(name)), number.into());
        }
    }
}

/// `shared read=1.2 write=3.4, temp read=5.6`; before PG 15 without the area.
fn timings(object: &mut Object, value: &str) {
    for group in value.split(", ") {
        let (area, rest) = match group.trim().split_once(' ') {
            Some((area, rest)) if !area.contains('=') => (area, rest),
            _ => ("shared", group),
        };
        for (name, number) in assignments(rest) {
            object.insert(format!("{} I/O {} Time", capitalise(area), capitalise(name)), number.into());
        }
    }
}

/// `3  Sort Method: quicksort  Average Memory: 27kB  Peak Memory: 27kB`.
fn sort_groups(object: &mut Object, key: &str, value: &str) {
    let mut group = Object::new();
    for (name, value) in pairs("Group Count", value) {
        let number = value.trim_end_matches("kB");
        match name {
            "Sort Method" | "Sort Methods" => {
                let methods = value.split(", ").map(Value::from).collect();
                group.insert("Sort Methods Used".to_owned(), methods);
            }
            "Peak Memory" | "Peak Disk" => {
                let space = Object::from_iter([("Peak Sort Space Used".to_owned(), number.into())]);
                group.insert(format!("Sort Space {}", name.trim_start_matches("Peak ")), Value::Object(space));
            }
            _ => {
                group.insert(name.to_owned(), number.into());
            }
        }
    }
    object.insert(key.to_owned(), Value::Object(group));
}

fn capitalise(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
