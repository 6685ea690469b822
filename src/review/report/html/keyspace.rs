//! Redis memory by key template.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::words::{bytes, counted, cut, percent, plain, seconds, short},
    bars::bar,
    gains::size,
    json,
    markup::{breakable, escape},
};
use crate::review::Review;

/// Templates listed.
const TEMPLATES: usize = 20;
/// Keys listed.
const KEYS: usize = 8;

pub(super) fn section(out: &mut String, review: &Review) {
    let found = review.exhibits.iter().filter(|exhibit| exhibit.tool == "analyze_keyspace");
    let Some(json) = found.map(|exhibit| &exhibit.json).find(|json| json::items(json, "templates").next().is_some())
    else {
        return;
    };
    out.push_str("<section id=\"redis\"><h2>Redis memory</h2>");
    lead(out, json);
    if let Some(server) = json.get("server") {
        fill(out, server);
    }
    templates(out, json);
    big_keys(out, json);
    out.push_str("</section>");
}

fn lead(out: &mut String, json: &Value) {
    let mut words = Vec::new();
    if let Some(server) = json.get("server") {
        words.extend(json::text(server, "version").map(|version| format!("Redis {}", plain(version))));
        words.extend(json::text(server, "policy").map(plain));
    }
    words.extend(json::number(json, "dbsize").map(|keys| format!("{} keys", short(keys))));
    words.extend(json::number(json, "sampled").map(|keys| format!("{} looked at in detail", short(keys))));
    let _ = write!(out, "<p class=\"lead\">{}</p>", escape(&words.join(" · ")));
}

/// How full the server is.
fn fill(out: &mut String, server: &Value) {
    let Some(used) = json::number(server, "used_memory") else { return };
    let Some(limit) = json::number(server, "maxmemory").filter(|limit| *limit > 0.0) else {
        let _ = write!(out, "<div class=\"gauge\"><p>{} used; no maxmemory is set</p></div>", bytes(used));
        return;
    };
    let share = used / limit;
    let class = match share {
        share if share >= 0.9 => "hot",
        share if share >= 0.75 => "warm",
        _ => "cool",
    };
    let _ = write!(
        out,
        "<div class=\"gauge\">{}<p>{} of {} used, {}</p></div>",
        bar(share, class),
        bytes(used),
        bytes(limit),
        percent(share)
    );
}

fn templates(out: &mut String, json: &Value) {
    out.push_str("<table class=\"list\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">");
    for head in ["template", "share of the memory", "memory", "keys", "type", "without TTL", "median TTL"] {
        let _ = write!(out, "<th scope=\"col\" role=\"columnheader\">{head}</th>");
    }
    out.push_str("</tr></thead><tbody role=\"rowgroup\">");
    let count = json::items(json, "templates").count();
    for family in json::items(json, "templates").take(TEMPLATES) {
        let share = json::number(family, "memory_share");
        let ttl = family.get("ttl").and_then(|ttl| json::number(ttl, "p50_s"));
        let none = || "–".to_owned();
        let _ = write!(
            out,
            "<tr role=\"row\"><td role=\"cell\" class=\"name\"><code>{}</code></td><td role=\"cell\" class=\"barcell\">{}<em>{}</em></td>",
            breakable(&plain(json::text(family, "template").unwrap_or_default())),
            bar(share.unwrap_or(0.0), "cool"),
            share.map_or_else(none, percent)
        );
        for (label, figure) in [
            ("memory", size(json::number(family, "bytes"))),
            ("keys", json::number(family, "keys").map_or_else(none, short)),
            ("type", escape(&cut(&plain(json::text(family, "type").unwrap_or("–")), 20))),
            ("no TTL", json::number(family, "no_ttl_share").map_or_else(none, percent)),
            ("median TTL", ttl.map_or_else(none, seconds)),
        ] {
            let _ = write!(out, "<td role=\"cell\" class=\"figure\" data-label=\"{label}\">{figure}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if let Some(left) = count.checked_sub(TEMPLATES).filter(|left| *left > 0) {
        let _ = write!(out, "<p class=\"notes\">{} with less memory</p>", counted(left, "more template"));
    }
}

fn big_keys(out: &mut String, json: &Value) {
    let keys: Vec<&Value> = json::items(json, "big_keys").take(KEYS).collect();
    let most = keys.iter().filter_map(|key| json::number(key, "bytes")).fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    out.push_str("<h3>Largest keys</h3><ul class=\"rows\">");
    for key in keys {
        let size_of = json::number(key, "bytes");
        let mut notes: Vec<String> = json::text(key, "type").map(plain).into_iter().collect();
        notes.extend(json::number(key, "length").map(|length| format!("length {}", short(length))));
        let _ = write!(
            out,
            "<li><span class=\"name\"><code>{}</code></span><b class=\"ratio\">{}</b>{}<small>{}</small></li>",
            breakable(&plain(json::text(key, "name").unwrap_or_default())),
            size(size_of),
            bar(size_of.unwrap_or(0.0) / most, "cool"),
            escape(&notes.join(" · "))
        );
    }
    out.push_str("</ul>");
}
