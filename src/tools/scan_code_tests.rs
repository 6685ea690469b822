use tokio_util::sync::CancellationToken;

use super::*;

#[tokio::test]
async fn loops_and_redis_calls_are_found_in_one_scan() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "app/orders.py",
        "for order in orders:\n    cursor.execute('SELECT * FROM items WHERE order_id = %s', [order.id])\n",
    );
    write("app/cache.py", "for key in redis.keys('page:*'):\n    pass\n");
    write("tests/test_cache.py", "redis.keys('page:*')\n");
    write("lua/purge.lua", "return redis.call('KEYS', ARGV[1])\n");
    let tool = ScanCode::new(Workspace::new(folder.path()).unwrap());
    let cx = CallCx::detached(CancellationToken::new());
    let report = tool.call(&cx, ScanCodeArgs::default()).await.unwrap();
    let mut rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules, ["code.keys", "lua.keys-command", "n_plus_one_code"]);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.location.as_ref().is_some_and(|at| !at.file.starts_with("tests/")))
    );
    assert_eq!(report.files, 4);
    let one = tool.call(&cx, ScanCodeArgs { path: Some("app/cache.py".into()) }).await.unwrap();
    assert_eq!((one.findings.len(), one.files), (1, 1));
    assert!(matches!(tool.call(&cx, ScanCodeArgs { path: Some("../".into()) }).await, Err(ToolError::Refused(_))));
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let ended = tool.call(&CallCx::detached(cancelled), ScanCodeArgs::default()).await;
    assert!(matches!(ended, Err(ToolError::Cancelled)));
}
