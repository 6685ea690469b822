use std::collections::BTreeSet;

use dbwright_keyspace::{lint_code, lint_script};
use dbwright_migrations::{Context, Tool, detect, lint, load};

use super::*;

fn migrations() -> Vec<(&'static str, &'static str)> {
    FILES.iter().copied().filter(|(path, _)| path.starts_with("db/migrations/")).collect()
}

#[test]
fn every_file_of_the_asset_folder_is_embedded() {
    fn walk(folder: &Path, base: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                found.insert(path.strip_prefix(base).unwrap().display().to_string());
            }
        }
    }
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/repository");
    let mut on_disk = BTreeSet::new();
    walk(&base, &base, &mut on_disk);
    assert_eq!(on_disk, FILES.iter().map(|(path, _)| (*path).to_owned()).collect());
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "precious").unwrap();
    assert!(matches!(write(folder.path()), Err(DemoError::Occupied(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let fresh = folder.path().join("shop");
    write(&fresh).unwrap();
    write(&fresh).unwrap();
    assert!(fresh.join("app/orders.py").exists());
}

#[test]
fn two_migrations_are_dangerous_and_three_are_fine() {
    let files = migrations();
    let convention = detect(&files).unwrap();
    assert_eq!(convention.tool, Tool::Dbmate);
    let loaded = load(&files, Some(&convention));
    assert_eq!((loaded.scripts.len(), loaded.gaps.len()), (5, 0));

    let found = lint(&loaded.scripts, &Context::default());
    let files: BTreeSet<&str> =
        found.iter().filter_map(|finding| finding.location.as_ref()).map(|at| at.file.as_str()).collect();
    let dangerous = [
        "db/migrations/20260518140000_require_order_currency.sql",
        "db/migrations/20260601090000_widen_item_quantity.sql",
    ];
    assert_eq!(files, BTreeSet::from(dangerous), "{:#?}", found.iter().map(|f| &f.title).collect::<Vec<_>>());
    let rules: BTreeSet<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
    for rule in ["unbatched_update", "set_not_null", "alter_column_type", "create_index_not_concurrent"] {
        assert!(rules.contains(rule), "{rule} is not among {rules:?}");
    }
}

#[test]
fn code_and_scripts_carry_what_was_planted_and_nothing_else() {
    let rules: BTreeSet<(&str, String)> = FILES
        .iter()
        .flat_map(|(path, text)| {
            let found = if path.ends_with(".lua") { lint_script(path, text) } else { lint_code(path, text) };
            found.into_iter().map(|finding| (*path, finding.rule.clone()))
        })
        .collect();
    assert!(rules.contains(&("app/cache.py", "code.keys".to_owned())), "{rules:?}");
    assert!(rules.contains(&("app/checkout.py", "code.setnx".to_owned())), "{rules:?}");
    assert!(rules.contains(&("redis/forget_pages.lua", "lua.keys-command".to_owned())), "{rules:?}");
    assert!(rules.iter().all(|(path, _)| !path.ends_with("take_stock.lua")), "{rules:?}");
}
