//! Conditions as the server deparses them, taken apart far enough for advice.
//!
//! Not a SQL parser: EXPLAIN prints fully parenthesised expressions with explicit casts, and
//! rules need only know which column meets which operator, and what is wrapped around it.

use serde::Serialize;

/// One AND-ed part of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conjunct {
    /// As printed, without outer parentheses.
    pub text: String,
    /// The column on the left, without qualifier; none for sub-plans, ORs and constants.
    pub column: Option<String>,
    /// The left side as printed.
    pub left: String,
    /// `=`, `<`, `~~`, `= ANY`, `IS NULL`, `` for a bare boolean column.
    pub operator: String,
    /// The right side as printed.
    pub value: String,
    /// The function around the column, if any.
    pub function: Option<String>,
    /// The type that the column is cast to, if any.
    pub cast: Option<String>,
    /// The column stands in arithmetic.
    pub arithmetic: bool,
}

impl Conjunct {
    /// Compares the bare column (a cast of varchar to text is the server's own and free).
    pub fn is_bare(&self) -> bool {
        self.column.is_some()
            && self.function.is_none()
            && !self.arithmetic
            && self.cast.as_deref().is_none_or(|cast| cast == "text" || cast == "bpchar")
    }

    /// An equality that an index's leading column can serve.
    pub fn is_equality(&self) -> bool {
        self.is_bare() && matches!(self.operator.as_str(), "=" | "= ANY" | "IS NULL" | "")
    }

    /// A range that one index column can serve.
    pub fn is_range(&self) -> bool {
        self.is_bare() && matches!(self.operator.as_str(), "<" | "<=" | ">" | ">=")
    }

    /// Whether the right side is a constant or parameter, not another column.
    pub fn has_constant(&self) -> bool {
        let value = self.value.trim_start_matches('(');
        value.is_empty()
            || value.starts_with(['\'', '$', '-'])
            || value.starts_with(|c: char| c.is_ascii_digit())
            || ["true", "false", "ARRAY[", "now()", "CURRENT_", "InitPlan "].iter().any(|word| value.starts_with(word))
    }
}

/// A condition as its AND-ed parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Predicate {
    /// The parts, in order.
    pub conjuncts: Vec<Conjunct>,
}

impl Predicate {
    /// Takes a printed condition apart.
    pub fn parse(text: &str) -> Self {
        let text = strip(text);
        Self { conjuncts: split_top(text, " AND ").into_iter().map(conjunct).collect() }
    }

    /// Columns that a b-tree could serve, in index order: equalities first, then ranges.
    pub fn index_columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        let equal = self.conjuncts.iter().filter(|part| part.is_equality());
        let range = self.conjuncts.iter().filter(|part| part.is_range());
        for column in equal.chain(range).filter_map(|part| part.column.clone()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }
}

fn conjunct(text: &str) -> Conjunct {
    let text = strip(text);
    let mut found = Conjunct {
        text: text.to_owned(),
        column: None,
        left: String::new(),
        operator: String::new(),
        value: String::new(),
        function: None,
        cast: None,
        arithmetic: false,
    };
    if split_top(text, " OR ").len() > 1 || text.contains("SubPlan") || text.starts_with("EXISTS") {
        return found;
    }
    if let Some(column) = text.strip_prefix("NOT ").and_then(column_name) {
        found.column = Some(column);
        found.value = "false".to_owned();
        return found;
    }
    let (left, rest) = left_side(text);
    left.clone_into(&mut found.left);
    describe(left, &mut found);
    let (operator, value) = operator(rest.trim_start());
    operator.clone_into(&mut found.operator);
    value.clone_into(&mut found.value);
    if found.column.is_none()
        && let Some(column) = column_name(strip(value))
        && matches!(operator, "=" | "<" | ">" | "<=" | ">=")
    {
        // `1 = id`: the same with the sides exchanged.
        found.column = Some(column);
        left.clone_into(&mut found.value);
        found.operator = match operator {
            "<" => ">",
            ">" => "<",
            "<=" => ">=",
            ">=" => "<=",
            same => same,
        }
        .to_owned();
    }
    found
}

/// What the left side wraps around its column.
fn describe(left: &str, found: &mut Conjunct) {
    let mut text = left;
    if let Some((inner, cast)) = cast(text) {
        found.cast = Some(cast.to_owned());
        text = inner;
    }
    text = strip(text);
    if let Some((inner, cast)) = cast(text) {
        // `(lower((email)::text))`: the innermost is what matters to the function below.
        found.cast.get_or_insert_with(|| cast.to_owned());
        text = strip(inner);
    }
    if let Some(column) = column_name(text) {
        found.column = Some(column);
        return;
    }
    if let Some((name, arguments)) = text.split_once('(')
        && text.ends_with(')')
        && !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
    {
        let arguments = arguments.get(..arguments.len() - 1).unwrap_or_default();
        found.function = Some(name.to_owned());
        found.column = split_top(arguments, ", ").into_iter().find_map(inner_column);
        return;
    }
    if [" + ", " - ", " * ", " / ", " % ", " || "].iter().any(|sign| split_top(text, sign).len() > 1) {
        found.arithmetic = true;
        found.column = split_top(text, " ").into_iter().find_map(inner_column);
    }
}

/// The column of an argument, cast or not.
fn inner_column(argument: &str) -> Option<String> {
    let argument = strip(argument);
    let bare = strip(cast(argument).map_or(argument, |(inner, _)| inner));
    // `(placed_at AT TIME ZONE 'UTC'::text)` is a function of the column in other words.
    let bare = split_top(bare, " AT TIME ZONE ").first().copied().unwrap_or(bare);
    column_name(strip(bare))
}

/// `(x)::type` as `x` and `type`, when the cast is the outermost thing.
fn cast(text: &str) -> Option<(&str, &str)> {
    let at = split_top(text, "::").first().map(|part| part.len()).filter(|at| *at < text.len())?;
    Some((text.get(..at)?, text.get(at + 2..)?))
}

/// A possibly qualified, possibly quoted identifier, as its last part.
fn column_name(text: &str) -> Option<String> {
    const WORDS: [&str; 6] = ["true", "false", "NULL", "ANY", "ALL", "EXISTS"];
    let parts = split_top(text, ".");
    if !parts.iter().all(|part| is_identifier(part)) {
        return None;
    }
    let last = *parts.last()?;
    if let Some(quoted) = last.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Some(quoted.replace("\"\"", "\""));
    }
    (!last.is_empty() && !WORDS.contains(&last)).then(|| last.to_owned())
}

/// One part of a dotted name: in double quotes anything, else what needs none.
fn is_identifier(part: &str) -> bool {
    match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        // Quotes inside come in pairs, or two names stand here.
        Some(inner) => !inner.is_empty() && !inner.replace("\"\"", "").contains('"'),
        None => {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        }
    }
}

/// The left side of a comparison and what follows; types of several words stay with their cast.
fn left_side(text: &str) -> (&str, &str) {
    const TAILS: [&str; 5] = [" without time zone", " with time zone", " precision", " varying", " varying[]"];
    let mut end = top_level(text).find(|&(_, c)| c == ' ').map_or(text.len(), |(at, _)| at);
    if text.get(..end).is_some_and(|left| left.contains("::")) {
        let rest = text.get(end..).unwrap_or_default();
        if let Some(tail) = TAILS.iter().find(|tail| rest.starts_with(**tail)) {
            end += tail.len();
        }
    }
    (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default())
}

/// The operator and the right side.
fn operator(rest: &str) -> (&str, &str) {
    for words in ["IS NOT NULL", "IS NULL", "IS NOT TRUE", "IS TRUE", "IS DISTINCT FROM"] {
        if let Some(value) = rest.strip_prefix(words) {
            return (words, value.trim_start());
        }
    }
    let end = rest.find(' ').unwrap_or(rest.len());
    let (operator, value) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let value = value.trim_start();
    match value.strip_prefix("ANY ") {
        Some(array) if operator == "=" => (rest.get(..end + 4).unwrap_or(operator), array),
        _ => (operator, value),
    }
}

/// Characters outside parentheses, brackets and quotes.
fn top_level(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut depth, mut quote) = (0i32, None::<char>);
    text.char_indices().filter(move |&(_, c)| {
        let outside = depth == 0 && quote.is_none();
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('(' | '[', None) => depth += 1,
            (')' | ']', None) => depth -= 1,
            _ => {}
        }
        outside
    })
}

/// Parts between `separator`s at the top level.
pub(crate) fn split_top<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let first = separator.chars().next();
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in top_level(text) {
        if Some(c) == first && at >= start && text.get(at..).is_some_and(|rest| rest.starts_with(separator)) {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + separator.len();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Without the parentheses that enclose the whole.
pub(crate) fn strip(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        // `(a) AND (b)` starts and ends with parentheses that do not belong together.
        let mut lowest = 0i32;
        let (mut depth, mut quote) = (0i32, None::<char>);
        for c in inner.chars() {
            match (c, quote) {
                (c, Some(open)) if c == open => quote = None,
                (_, Some(_)) => {}
                ('\'' | '"', None) => quote = Some(c),
                ('(', None) => depth += 1,
                (')', None) => depth -= 1,
                _ => {}
            }
            lowest = lowest.min(depth);
        }
        if lowest < 0 {
            break;
        }
        text = inner.trim();
    }
    text
}

#[cfg(test)]
#[path = "predicate_tests.rs"]
mod tests;
