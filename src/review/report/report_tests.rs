//! What every format must hold: all findings, nothing hostile, and the golden texts.

use std::collections::BTreeSet;

use super::{fixture, html, markdown, sarif, text};

#[test]
fn text_of_a_shop() {
    insta::assert_snapshot!(text(&fixture::shop(), false));
}

#[test]
fn text_of_a_healthy_database() {
    insta::assert_snapshot!(text(&fixture::healthy(), false));
}

#[test]
fn markdown_of_a_shop() {
    insta::assert_snapshot!(markdown(&fixture::shop()));
}

#[test]
fn sarif_of_a_shop() {
    let mut log = sarif(&fixture::shop());
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = "0.0.0".into();
    insta::assert_json_snapshot!(log);
}

#[test]
fn text_is_narrow_and_colour_adds_nothing_but_colour() {
    for review in [fixture::shop(), fixture::healthy(), fixture::hostile()] {
        let plain = text(&review, false);
        let wide: Vec<&str> = plain.lines().filter(|line| line.chars().count() > 80).collect();
        // A word without a space cannot be broken without changing it.
        assert!(wide.iter().all(|line| line.split_whitespace().any(|word| word.chars().count() > 40)), "{wide:#?}");
        let coloured = text(&review, true);
        assert!(coloured.contains("\u{1b}["));
        let stripped: String = coloured
            .split('\u{1b}')
            .enumerate()
            .map(|(at, part)| if at == 0 { part } else { part.split_once('m').unwrap().1 })
            .collect();
        assert_eq!(stripped, plain);
    }
}

#[test]
fn text_gives_a_finding_few_lines() {
    let text = text(&fixture::shop(), false);
    let blocks =
        text.split("\n\n").filter(|block| block.trim_start().starts_with(|letter: char| letter.is_ascii_digit()));
    for block in blocks.filter(|block| !block.contains("critical   ")) {
        assert!(block.lines().count() <= 10, "{block}");
    }
}

#[test]
fn nothing_hostile_reaches_a_terminal_or_becomes_markdown() {
    let review = fixture::hostile();
    let text = text(&review, false);
    assert!(text.chars().all(|letter| letter == '\n' || !super::words::is_hidden(letter)));
    let markdown = markdown(&review);
    let prose = without_code(&markdown);
    assert!(!prose.contains("<img") && !prose.contains("<script"), "{prose}");
    assert!(!prose.contains("@all") && !prose.contains("[a]("), "{prose}");
}

/// Markdown without its code: a span or fence ends at a run of as many backticks as opened it.
fn without_code(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('\\') {
            let escaped = after.chars().next().map_or(0, char::len_utf8);
            rest = &after[escaped..];
            continue;
        }
        let run = rest.len() - rest.trim_start_matches('`').len();
        let mut inside = &rest[run..];
        loop {
            let at = inside.find('`').expect("every run is closed");
            inside = &inside[at..];
            let closing = inside.len() - inside.trim_start_matches('`').len();
            inside = &inside[closing..];
            if closing == run {
                break;
            }
        }
        rest = inside;
    }
    out.push_str(rest);
    out
}

#[test]
fn html_holds_every_finding_and_exhibit() {
    let review = fixture::shop();
    let page = html(&review);
    for finding in &review.findings {
        assert!(page.contains(&format!("id=\"{}\"", finding.id)), "{}", finding.title);
        for statement in finding.fix.iter().flat_map(|fix| &fix.statements) {
            assert!(page.contains(&statement.replace('\'', "&#39;")), "{statement}");
        }
    }
    for section in ["gains", "findings", "plans", "workload", "storage", "redis", "fixed", "memory", "gaps"] {
        assert!(page.contains(&format!("<section id=\"{section}\">")), "{section}");
    }
    assert!(page.contains("href=\"#plan-explain-1\">explain#1</a>"));
}

#[test]
fn html_of_a_healthy_database_has_no_empty_sections() {
    let page = html(&fixture::healthy());
    assert!(page.contains("Nothing to report"));
    assert!(!page.contains("<section id=\"plans\">") && !page.contains("<section id=\"gains\">"));
}

/// Reads the page as a browser does: elements and attributes, nothing else.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut out = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let closing = rest.starts_with('/') || rest.starts_with('!');
        let name: String = rest.chars().take_while(|letter| letter.is_ascii_alphanumeric()).collect();
        let mut attributes = Vec::new();
        rest = &rest[if closing { 0 } else { name.len() }..];
        while !closing && !rest.starts_with('>') {
            rest = rest.trim_start();
            let attribute: String = rest.chars().take_while(|letter| !matches!(letter, '=' | '>' | ' ')).collect();
            rest = &rest[attribute.len()..];
            let mut value = String::new();
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let (inside, after) = quoted.split_once('"').expect("every value is quoted");
                inside.clone_into(&mut value);
                rest = after;
            }
            assert!(!attribute.is_empty(), "<{name} … {}", &rest[..rest.len().min(60)]);
            attributes.push((attribute, value));
        }
        if name == "style" || name == "script" {
            rest = &rest[rest.find(&format!("</{name}>")).expect("closed")..];
        }
        if !closing {
            out.push((name, attributes));
        }
    }
    out
}

#[test]
fn nothing_hostile_becomes_an_element_or_an_attribute() {
    let known: BTreeSet<String> = elements(&html(&fixture::shop())).into_iter().map(|(name, _)| name).collect();
    let page = html(&fixture::hostile());
    let elements = elements(&page);
    for (name, attributes) in &elements {
        assert!(known.contains(name), "<{name}> is not ours");
        for (attribute, value) in attributes {
            assert!(!attribute.starts_with("on") && attribute != "style" && attribute != "src", "{name} {attribute}");
            if attribute == "href" {
                assert!(value.starts_with('#'), "{value}");
            }
        }
    }
    assert_eq!(elements.iter().filter(|(name, _)| name == "script").count(), 1);
    assert_eq!(elements.iter().filter(|(name, _)| name == "style").count(), 1);
    assert!(!page.contains("\u{1b}") && !page.contains('\u{202e}'));
}

#[test]
fn html_loads_nothing() {
    let page = html(&fixture::shop());
    for needle in ["http://", "https://", "url(", "@import", "<link", "<img", "<iframe", "fetch("] {
        assert!(!page.contains(needle), "{needle}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("unsafe-inline"));
}

#[test]
fn links_inside_the_page_lead_somewhere_and_ids_are_unique() {
    let page = html(&fixture::shop());
    let elements = elements(&page);
    let all = |wanted: &str| {
        elements
            .iter()
            .flat_map(|(_, attributes)| attributes)
            .filter(|(attribute, _)| attribute == wanted)
            .map(|(_, value)| value.clone())
            .collect::<Vec<_>>()
    };
    let ids = all("id");
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    for link in all("href") {
        assert!(unique.contains(&link.trim_start_matches('#').to_owned()), "{link}");
    }
}

#[test]
fn sarif_places_files_and_objects_and_compares_with_the_last_run() {
    let review = fixture::shop();
    let log = sarif(&review);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), review.findings.len() + review.since_last.fixed.len());
    let migration = results.iter().find(|result| result["ruleId"] == "set_not_null").unwrap();
    let place = &migration["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "db/migrations/0007_orders.sql");
    assert_eq!(place["region"]["startLine"], 14);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results.iter().filter(|result| result["baselineState"] != "absent") {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["fingerprints"]["dbwright/id/v1"].as_str().unwrap().starts_with("f_"));
        assert!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].is_string());
    }
    let states: BTreeSet<&str> = results.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states, BTreeSet::from(["absent", "new", "unchanged", "updated"]));
}
