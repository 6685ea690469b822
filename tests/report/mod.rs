//! The HTML report in a real browser.

#[path = "../../src/review/report/fixture.rs"]
mod fixture;

use std::{fs, path::Path, process::Command};

use dbwright::{
    model::Usage,
    review::{self, Review, report},
};
use serde_json::Value;

/// Opens the report in a frame of the given width, works with it, and writes down what it saw.
const PROBE: &str = r#"<!doctype html><meta charset="utf-8"><body>
<iframe id="frame" width="WIDTH" height="900" src="report.html"></iframe>
<script>
const frame = document.getElementById("frame");
frame.addEventListener("load", () => {
  const page = frame.contentDocument;
  const visible = () => [...page.querySelectorAll(".card")].filter((card) => !card.hidden).length;
  const seen = { cards: visible(), images: page.images.length, scripts: page.scripts.length };
  seen.filters = page.getElementById("filters") ? !page.getElementById("filters").hidden : null;
  seen.copy = [...page.querySelectorAll("button.copy")].every((button) => !button.hidden);
  const form = page.getElementById("filters");
  if (form) {
    for (const box of form.querySelectorAll("[name=severity]")) box.checked = box.value === "high";
    form.dispatchEvent(new Event("input"));
    seen.high = visible();
    form.reset();
    form.dispatchEvent(new Event("input"));
    form.elements.text.value = "no such words";
    form.dispatchEvent(new Event("input"));
    seen.none = visible();
    form.reset();
    form.dispatchEvent(new Event("input"));
  }
  for (const fold of page.querySelectorAll("details")) fold.open = true;
  seen.over = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  page.getElementById("theme").click();
  seen.theme = page.documentElement.dataset.theme;
  seen.background = frame.contentWindow.getComputedStyle(page.body).backgroundColor;
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
});
</script>"#;

struct Seen {
    page: Value,
    console: Vec<String>,
}

/// Chromium is a part of the test environment: where it is missing the test fails and says so.
fn open(review: &Review, width: u32) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.html"), report::html(review)).unwrap();
    let probe = folder.path().join("probe.html");
    fs::write(&probe, PROBE.replace("WIDTH", &width.to_string())).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args([
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--virtual-time-budget=10000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(url(&probe))
        .output()
        .expect("chromium must be installed: apt-get install chromium");
    let dom = String::from_utf8_lossy(&output.stdout);
    let seen =
        dom.split_once("<pre id=\"seen\">").and_then(|(_, rest)| rest.split_once("</pre>")).map(|(seen, _)| seen);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let seen = seen.unwrap_or_else(|| panic!("the page did not load: {dom}\n{log}"));
    Seen {
        page: serde_json::from_str(seen).unwrap(),
        console: log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect(),
    }
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn a_report_works_at_phone_width() {
    let seen = open(&fixture::shop(), 390);
    assert_eq!(seen.console, Vec::<String>::new());
    assert_eq!(seen.page["over"], 0, "horizontal scrolling: {}", seen.page);
    assert_eq!((&seen.page["filters"], &seen.page["copy"]), (&true.into(), &true.into()));
    assert_eq!((&seen.page["cards"], &seen.page["high"], &seen.page["none"]), (&11.into(), &3.into(), &0.into()));
}

#[test]
fn a_report_turns_dark_and_fits_a_desk() {
    let seen = open(&fixture::shop(), 1200);
    assert_eq!(seen.console, Vec::<String>::new());
    assert_eq!(seen.page["over"], 0);
    assert_eq!(seen.page["theme"], "dark");
    assert_eq!(seen.page["background"], "rgb(13, 18, 24)");
}

#[test]
fn hostile_names_neither_run_nor_widen_a_page() {
    let seen = open(&fixture::hostile(), 390);
    assert_eq!(seen.console, Vec::<String>::new());
    assert_eq!(seen.page["over"], 0, "horizontal scrolling: {}", seen.page);
    assert_eq!((&seen.page["images"], &seen.page["scripts"]), (&0.into(), &1.into()));
}

#[test]
fn a_healthy_database_has_a_page_too() {
    let seen = open(&fixture::healthy(), 390);
    assert_eq!(seen.console, Vec::<String>::new());
    assert_eq!((&seen.page["over"], &seen.page["cards"]), (&0.into(), &0.into()));
}
