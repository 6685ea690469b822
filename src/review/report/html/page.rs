//! The page as a whole.

use super::{
    super::digest, cards, gains, keyspace, markup::escape, notes, plans, policy::policy, storage, summary, workload,
};
use crate::review::Review;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The report as one self-contained HTML document.
pub fn html(review: &Review) -> String {
    let entries = digest::entries(review);
    let mut main = String::new();
    gains::section(&mut main, review);
    cards::section(&mut main, review, &entries);
    plans::section(&mut main, review);
    workload::section(&mut main, review);
    storage::section(&mut main, review);
    keyspace::section(&mut main, review);
    notes::fixed(&mut main, review);
    notes::memory(&mut main, review);
    notes::gaps(&mut main, review);
    let mut out = String::with_capacity(main.len() + STYLE.len() + SCRIPT.len() + 4096);
    let name = digest::target(review).into_iter().next().unwrap_or_else(|| "review".to_owned());
    out.push_str(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n",
        policy(STYLE, SCRIPT),
        escape(&name),
        digest::tally(review)
    ));
    summary::head(&mut out, review);
    summary::verdict(&mut out, review);
    contents(&mut out, &main);
    out.push_str("<main>");
    out.push_str(&main);
    out.push_str("</main>\n");
    notes::footer(&mut out, review, &entries);
    out.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

/// Links to the sections that are there.
fn contents(out: &mut String, main: &str) {
    let sections = [
        ("gains", "Gains"),
        ("findings", "Findings"),
        ("plans", "Plans"),
        ("workload", "Workload"),
        ("storage", "Storage"),
        ("redis", "Redis"),
        ("fixed", "Fixed"),
        ("memory", "Memory"),
        ("gaps", "Not checked"),
    ];
    out.push_str("<nav aria-label=\"Sections\"><ul>");
    for (id, name) in sections {
        if main.contains(&format!("<section id=\"{id}\">")) {
            out.push_str(&format!("<li><a href=\"#{id}\">{name}</a></li>"));
        }
    }
    out.push_str("</ul></nav>");
}
