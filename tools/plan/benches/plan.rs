//! How long a large plan takes, and how small the compact form is. Prints what it measures:
//! `cargo bench -p dbwright-plan`.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{fs, hint::black_box, io::Write as _, path::PathBuf, time::Instant};

use dbwright_plan::{Context, analyze, compact, parse_any, parse_json, parse_text};

/// Joins over appended scans, 10,000 nodes in all.
fn large() -> String {
    let mut text =
        String::from("Append  (cost=0.00..90000.00 rows=1 width=8) (actual time=0.1..900.0 rows=10000 loops=1)\n");
    for part in 0..2500 {
        text.push_str(&format!(
            "  ->  Hash Join  (cost=1.00..36.00 rows=100 width=16) (actual time=0.05..0.34 rows=120 loops=1)\n        Hash Cond: (a.id = b.a_id)\n        Buffers: shared hit=12\n        ->  Seq Scan on part_{part} a  (cost=0.00..12.00 rows=100 width=8) (actual time=0.01..0.08 rows=110 loops=1)\n              Filter: (kind = {part})\n              Rows Removed by Filter: 90\n              Buffers: shared hit=6\n        ->  Hash  (cost=9.00..9.00 rows=100 width=8) (actual time=0.03..0.03 rows=100 loops=1)\n              Buckets: 1024  Batches: 1  Memory Usage: 12kB\n              Buffers: shared hit=6\n              ->  Seq Scan on other_{part} b  (cost=0.00..9.00 rows=100 width=8) (actual time=0.01..0.02 rows=100 loops=1)\n                    Buffers: shared hit=6\n"
        ));
    }
    text.push_str("Planning Time: 3.000 ms\nExecution Time: 901.000 ms\n");
    text
}

/// Median milliseconds of eleven runs.
fn median(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..11)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Tokens as a rule of thumb: words and numbers in pieces of four characters, each sign for one.
fn tokens(text: &str) -> usize {
    text.split(|c: char| !c.is_alphanumeric()).map(|word| word.len().div_ceil(4)).sum::<usize>()
        + text.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).count()
}

fn main() {
    let mut out = std::io::stdout();
    let text = large();
    let plan = parse_text(&text).unwrap();
    let context = Context::default();
    writeln!(out, "{} nodes, {} kB of TEXT", plan.nodes().len(), text.len() / 1024).unwrap();
    writeln!(out, "parse    {:8.2} ms", median(|| drop(black_box(parse_text(&text))))).unwrap();
    writeln!(out, "analyze  {:8.2} ms", median(|| drop(black_box(analyze(&plan, &context))))).unwrap();
    writeln!(out, "compact  {:8.2} ms", median(|| drop(black_box(compact(&plan))))).unwrap();

    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let (mut text, mut json, mut short, mut plans) = ((0, 0), (0, 0), (0, 0), 0);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".15.txt"))
        else {
            continue;
        };
        let as_text = fs::read_to_string(&path).unwrap();
        let as_json = fs::read_to_string(folder.join(format!("{name}.15.json"))).unwrap();
        let as_compact = compact(&parse_any(&as_text).unwrap());
        assert!(parse_json(&as_json).is_ok());
        for (sums, form) in [(&mut text, &as_text), (&mut json, &as_json), (&mut short, &as_compact)] {
            sums.0 += form.len();
            sums.1 += tokens(form);
        }
        plans += 1;
    }
    writeln!(out, "{plans} plans of PostgreSQL 15    bytes   tokens (estimated)").unwrap();
    for (name, sums) in [("JSON", json), ("TEXT", text), ("compact", short)] {
        writeln!(out, "{name:8} {:22} {:8}", sums.0, sums.1).unwrap();
    }
}
