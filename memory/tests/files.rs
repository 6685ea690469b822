//! Export and import.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use dbwright_memory::{ImportReport, LearningKind, LearningStatus, NewLearning, Store};
use support::Fixture;

async fn save(store: &Store, title: &str) -> dbwright_memory::Learning {
    let mut new = NewLearning::new(LearningKind::Convention, title, "The *reason*.\n\nAnd more.");
    new.provenance.user_statement = Some("said so".to_owned());
    new.scope.project = Some("shop".to_owned());
    new.context = "from the contributing guide".to_owned();
    store.save_learning(new).await.unwrap().learning
}

async fn there_and_back(fixture: &Fixture) {
    let store = &fixture.store;
    let folder = tempfile::TempDir::new().unwrap();
    let names = save(store, "Names are snake case").await;
    let dates = save(store, "Dates carry a zone").await;
    assert_eq!(store.export(folder.path()).await.unwrap(), 2);
    let index = std::fs::read_to_string(folder.path().join("MEMORY.md")).unwrap();
    assert!(index.contains("[Names are snake case](shop/convention/"), "{index}");
    let unchanged = store.import(folder.path()).await.unwrap();
    assert_eq!(unchanged, ImportReport { unchanged: 2, ..ImportReport::default() });

    // A person edits one file, a second store knows neither, and a third file is no learning.
    let path = folder.path().join(format!("shop/convention/{}-names-are-snake-case.md", names.id));
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("status: proposed", "status: rejected").replace("The *reason*.", "Not any more.");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("notes.md"), "my notes").unwrap();
    let report = store.import(folder.path()).await.unwrap();
    assert_eq!((report.added, report.updated, report.unchanged, report.problems.len()), (0, 1, 1, 1));
    let edited = store.learning(&names.id).await.unwrap();
    assert_eq!(edited.status, LearningStatus::Rejected);
    assert!(edited.body.starts_with("Not any more."));
    assert_eq!(edited.provenance.agent.as_deref(), Some("user"));

    let fresh = Store::in_memory().await.unwrap();
    assert_eq!(fresh.import(folder.path()).await.unwrap().added, 2);
    assert_eq!(fresh.learning(&dates.id).await.unwrap(), dates);
    let missing = store.import(&folder.path().join("nowhere")).await.unwrap_err();
    assert!(missing.to_string().contains("nowhere"), "{missing}");
}

on_both!(there_and_back);
