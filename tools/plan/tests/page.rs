//! The page in a real browser, and the Markdown.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf, process::Command};

use dbwright_plan::{Context, analyze, html, markdown, parse_any, summary};

fn plan(name: &str) -> dbwright_plan::Plan {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(name);
    parse_any(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What Chromium makes of the page, and what it complains about. It is a part of the test
/// environment: where it is missing the test fails and says so.
fn rendered(page: &str, name: &str) -> (String, Vec<String>) {
    let folder = std::env::temp_dir().join(format!("dbwright-plan-page-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plan.html");
    fs::write(&file, page).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("chromium must be installed: apt-get install chromium");
    fs::remove_dir_all(&folder).unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), complaints)
}

#[test]
fn the_page_stands_alone_in_a_browser() {
    let plan = plan("hash_batches.15.json");
    let page = html(&summary(&plan), "executed on main", &analyze(&plan, &Context::default()));
    let (dom, complaints) = rendered(&page, "alone");
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!(dom.matches("<tr>").count(), plan.nodes().len() + 1, "a row a node and the head");
    assert!(dom.matches("<rect").count() >= 3 && dom.contains("</svg>"), "{dom}");
    assert!(dom.contains("<article class=") && dom.contains("SET work_mem"));
    for outside in ["<script", "<link", "<img", "http://", "https://", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn names_are_text_and_never_markup() {
    let evil = "
Seq Scan on \"<script>alert(1)</script>\"  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..9.50 rows=21 loops=1)
  Filter: (note = '</title></style><img src=x onerror=alert(2)>'::text)
  Rows Removed by Filter: 99979
Execution Time: 9.520 ms";
    let plan = parse_any(evil).unwrap();
    let findings = analyze(&plan, &Context::default());
    let page = html(&summary(&plan), "<b>heading</b>", &findings);
    let (dom, complaints) = rendered(&page, "evil");
    assert_eq!(complaints, Vec::<String>::new());
    assert!(!dom.contains("<script") && !dom.contains("<img") && !dom.contains("<b>"), "{dom}");
    let text = markdown(&summary(&plan), "", &findings);
    let prose: String = text.split("```").step_by(2).collect();
    assert!(!prose.contains(" <script") && prose.contains("\\<script"), "{prose}");
}

#[test]
fn markdown_holds_findings_and_tree() {
    let plan = plan("hash_batches.15.json");
    let text = markdown(&summary(&plan), "executed on main", &analyze(&plan, &Context::default()));
    assert!(text.starts_with("# Query plan: executed in "), "{text}");
    assert!(text.contains("```sql\nSET work_mem") && text.contains("-- to undo it:\nRESET work_mem;"), "{text}");
    assert!(text.contains("## Plan\n\n```text\n"), "{text}");
}
