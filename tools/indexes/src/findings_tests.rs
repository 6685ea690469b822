use std::collections::BTreeMap;

use dbwright_finding::{How, Measurement};

use super::*;
use crate::{
    AdvisedStatement, Candidate, CandidateClass, Catalog, Conclusion, IndexKey, KeyExpression, PlanCost, Run,
    Selection, Table, Verdict, conclude,
};

fn key(name: &str) -> IndexKey {
    IndexKey::new(KeyExpression::Column(name.into()))
}

fn advice(verdict: Option<&Verdict>) -> Advice {
    advice_with(verdict, None)
}

fn advice_with(verdict: Option<&Verdict>, sampled: Option<String>) -> Advice {
    let mut table = Table::new("public", "orders");
    table.rows = 1e6;
    table.writes.inserts = 7;
    let catalog = Catalog { tables: vec![table], ..Catalog::default() };
    let candidates = [
        Candidate::btree(
            catalog.tables[0].name.clone(),
            vec![key("tenant_id"), key("created_at")],
            CandidateClass::Btree,
        ),
        Candidate::btree(catalog.tables[0].name.clone(), vec![key("total")], CandidateClass::Btree),
    ];
    let selection = Selection {
        chosen: vec![0, 1],
        before: vec![Some(PlanCost { cost: 98_110.2, used: vec![] })],
        after: vec![Some(PlanCost { cost: 412.9, used: vec![0] })],
        ..Selection::default()
    };
    conclude(&Conclusion {
        catalog: &catalog,
        statements: &[AdvisedStatement {
            brief: "SELECT …".into(),
            query_id: None,
            calls: Some(40),
            sampled,
            weight: 1.0,
        }],
        candidates: &candidates,
        selection: &selection,
        planned: How::Hypothetical,
        verdict,
        sizes: &BTreeMap::new(),
        builds: &BTreeMap::new(),
        writes: &crate::WriteMix::default(),
        skipped: Vec::new(),
    })
}

#[test]
fn a_planned_index_is_estimated_and_an_unused_one_is_never_advised() {
    let advice = advice(None);
    assert_eq!(advice.indexes.len(), 1);
    let findings = findings(&advice);
    let finding = &findings[0];
    assert_eq!(finding.confidence, Confidence::Estimated);
    assert_eq!(
        finding.title,
        "public.orders lacks an index on (tenant_id, created_at): a statement's estimated cost is 98110, 413 with it (238 times less), 40 calls"
    );
    let fix = finding.fix.as_ref().unwrap();
    assert_eq!(
        fix.statements,
        [
            "CREATE INDEX CONCURRENTLY orders_tenant_id_created_at_idx ON public.orders USING btree (tenant_id, created_at)"
        ]
    );
    assert_eq!(fix.undo, ["DROP INDEX CONCURRENTLY IF EXISTS public.orders_tenant_id_created_at_idx"]);
    assert_eq!(finding.severity, Severity::High);
}

#[test]
fn an_executed_index_is_measured() {
    let run = |buffers, ms, used: &[usize]| Run {
        measurement: Measurement { ms: Some(ms), buffers: Some(buffers), cost: Some(1.0) },
        fastest_ms: ms,
        slowest_ms: ms,
        runs: 3,
        timed_out: false,
        used: used.to_vec(),
    };
    let verdict = Verdict {
        kept: vec![0],
        dropped: vec![(1, "was not scanned".into())],
        runs: BTreeMap::from([(0, (run(41_200, 2300.1, &[]), run(310, 12.0, &[0])))]),
    };
    let advice = advice(Some(&verdict));
    let findings = findings(&advice);
    assert_eq!(findings[0].confidence, Confidence::Measured);
    assert!(findings[0].title.contains("touches 41200 pages in 2300 ms, 310 in 12 ms"), "{}", findings[0].title);
    assert_eq!(advice.rejected.len(), 1);
}

#[test]
fn figures_from_sampled_values_say_so() {
    let with = findings(&advice_with(None, Some("SELECT … WHERE tenant_id = '7'".into())));
    assert!(with[0].why.contains("with sampled values"), "{}", with[0].why);
    let evidence = with[0].evidence.iter().find(|evidence| evidence.field == "with_sampled_values").unwrap();
    assert_eq!(evidence.value, serde_json::Value::from("SELECT … WHERE tenant_id = '7'"));
    let without = findings(&advice(None));
    assert!(!without[0].why.contains("sampled"));
    assert!(without[0].evidence.iter().all(|evidence| evidence.field != "with_sampled_values"));
}
