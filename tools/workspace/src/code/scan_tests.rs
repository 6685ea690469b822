use super::*;

/// Lines of the findings.
fn lines(path: &str, text: &str) -> Vec<u32> {
    scan_source(path, text).iter().map(|finding| finding.location.as_ref().unwrap().line).collect()
}

#[test]
fn queries_in_loops_are_found() {
    for (path, text, expected) in [
        ("a.py", "for order in orders:\n    cur.execute('SELECT 1 WHERE id = %s', (order.id,))\n", vec![2]),
        (
            "a.py",
            "for o in orders:\n    uid = o.user_id\n\n    user = User.objects.get(\n        pk=uid)\nx = 1\n",
            vec![4],
        ),
        ("a.py", "async for o in orders:\n    name = await conn.fetchval(f'select {o.id}')\n", vec![2]),
        ("a.py", "users = [session.get(User, i) for i in ids]\n", vec![1]),
        ("a.py", "users = [\n    await conn.fetchrow(SQL, i)\n    for i in ids\n]\n", vec![2]),
        (
            "a.js",
            "for (const o of orders) {\n  const r = await db.query('SELECT * FROM u WHERE id=$1', [o.uid]);\n}\n",
            vec![2],
        ),
        (
            "a.ts",
            "await Promise.all(ids.map(async (id: number) => prisma.user.findUnique({ where: { id } })))\n",
            vec![1],
        ),
        ("a.ts", "orders.forEach(async o => {\n  await pool.query(`select ${o.id}`)\n})\n", vec![2]),
        (
            "a.js",
            "for (let i = 0; i < ids.length; i++) {\n  const id = ids[i];\n  rows.push(await sql`select * from t where id = ${id}`);\n}\n",
            vec![3],
        ),
        ("a.rb", "orders.each do |order|\n  user = User.find(order.user_id)\nend\n", vec![2]),
        ("a.rb", "names = ids.map { |id| User.find_by(id: id).name }\n", vec![1]),
        ("a.go", "for _, o := range orders {\n\trow := db.QueryRowContext(ctx, q, o.ID)\n}\n", vec![2]),
        (
            "a.go",
            "for rows.Next() {\n\tvar id int\n\trows.Scan(&id)\n\tr.db.Exec(\"UPDATE t SET a=1 WHERE id=$1\", id)\n}\n",
            vec![4],
        ),
        ("A.java", "for (Order o : orders) {\n  User u = userRepository.findById(o.getUserId()).get();\n}\n", vec![2]),
        ("A.java", "orders.forEach(o -> jdbcTemplate.update(\"update t set a=1 where id=?\", o.id()));\n", vec![1]),
        (
            "a.php",
            "<?php\nforeach ($orders as $order) {\n  $u = User::find($order->user_id);\n  $pdo->query(\"select $order->id\");\n}\n",
            vec![3],
        ),
        ("a.php", "<?php foreach ($ids as $id):\n  $stmt->execute([$id]);\nendforeach;\n", vec![2]),
        (
            "a.rs",
            "for id in ids {\n    let row = sqlx::query!(\"select 1 where $1\", id).fetch_one(&pool).await?;\n}\n",
            vec![2],
        ),
        (
            "a.rs",
            "for order in &orders {\n    client.execute(\"update t set a = 1 where id = $1\", &[&order.id]).await?;\n}\n",
            vec![2],
        ),
        // The loop's variable stands in what is chained to the call.
        ("a.py", "for o in orders:\n    u = self.session.query(User).filter_by(id=o.uid).first()\n", vec![2]),
        (
            "a.py",
            "for o in orders:\n    u = (\n        session.query(User)\n        .filter(User.id == o.uid)\n        .one()\n    )\n",
            vec![3],
        ),
        ("a.py", "for o in Order.objects.all():\n    n = Item.objects.filter(order=o).count()\n", vec![2]),
        (
            "a.ts",
            "for (const o of orders) {\n  const u = await knex('users').where({ id: o.uid }).first();\n}\n",
            vec![2],
        ),
        (
            "a.ts",
            "for (const o of orders) {\n  o.items = await this.itemRepository.find({ where: { order: o } });\n}\n",
            vec![2],
        ),
        ("a.rb", "orders.each do |o|\n  puts Item.where(order_id: o.id).count\nend\n", vec![2]),
        (
            "a.rb",
            "Order.find_each do |o|\n  Item.joins(:x).first\n  total = Item.where(order: o).sum(:price)\nend\n",
            vec![3],
        ),
        ("a.go", "for _, o := range orders {\n\tdb.Where(\"id = ?\", o.UserID).First(&user)\n}\n", vec![2]),
        (
            "a.rs",
            "for o in orders {\n    let u: User = sqlx::query_as(\"select 1\")\n        .bind(o.user_id)\n        .fetch_one(&pool)\n        .await?;\n}\n",
            vec![2],
        ),
        (
            "a.php",
            "<?php foreach ($orders as $o) {\n  $u = DB::table('users')->where('id', $o->uid)->first();\n}\n",
            vec![2],
        ),
        // Two loops, two findings; a loop in a loop, one.
        ("a.py", "for a in x:\n    cur.execute(q, [a])\nfor b in y:\n    cur.execute(q, [b])\n", vec![2, 4]),
        ("a.py", "for a in x:\n    for b in a.bs:\n        cur.execute(q, [a, b])\n", vec![3]),
    ] {
        assert_eq!(lines(path, text), expected, "{path}:\n{text}");
    }
}

#[test]
fn what_is_no_query_for_each_item_is_silent() {
    for (path, text) in [
        // The query is what is looped over, or comes before or after.
        ("a.py", "for row in cur.execute('SELECT 1'):\n    print(row)\n"),
        ("a.py", "cur.execute(q, ids)\nfor row in cur.fetchall():\n    names[row.id] = row\ncur.execute(q2, names)\n"),
        ("a.py", "rows = [r.id for r in session.query(User)]\n"),
        ("a.py", "total = sum(x.n for x in rows) + conn.execute(q, x)\n"),
        (
            "a.js",
            "const rows = await db.query('select 1');\nfor (const r of rows) { out.push(r.id); }\nawait db.query('x', [out]);\n",
        ),
        // Batch calls.
        ("a.py", "for r in rows:\n    batch.append(r)\ncur.executemany(q, batch)\nUser.objects.bulk_create(batch)\n"),
        ("a.py", "for chunk in chunked(ids, 500):\n    cur.execute('SELECT 1 WHERE id = ANY(%s)', (chunk,))\n"),
        ("a.py", "for i in range(0, len(ids), 500):\n    cur.execute(q, ids[i:i + 500])\n"),
        ("a.ts", "for (const o of os) { data.push({ id: o.id }) }\nawait prisma.order.createMany({ data });\n"),
        ("a.ts", "for (let i = 0; i < n; i += 100) {\n  await db.query(q, [ids.slice(i, i + 100)]);\n}\n"),
        ("a.rb", "ids.each_slice(100) do |some|\n  User.where(id: some).update_all(a: 1)\nend\n"),
        ("a.rb", "orders.each do |order|\n  rows << { id: order.id }\nend\nOrder.insert_all(rows)\n"),
        ("a.go", "for _, o := range orders {\n\tbatch.Queue(q, o.ID)\n}\nbr := conn.SendBatch(ctx, batch)\n"),
        ("A.java", "for (Order o : orders) {\n  ps.setLong(1, o.id());\n  ps.addBatch();\n}\nps.executeBatch();\n"),
        ("A.java", "Optional<User> u = id.map(x -> userRepository.findById(x));\n"),
        // Retries, workers, constants, statements about the schema.
        ("a.py", "for attempt in range(retries):\n    conn.execute(q, [attempt])\n"),
        ("a.py", "while True:\n    job = next_job()\n    cur.execute(q, [job])\n"),
        ("a.py", "for t in ('a', 'b'):\n    cur.execute(f'select count(*) from {t}')\n"),
        ("a.py", "for table in tables:\n    cur.execute(f'ANALYZE {table}')\n"),
        ("a.go", "for {\n\trow := db.QueryRow(q)\n\tdb.Exec(q, row)\n}\n"),
        ("a.rs", "loop {\n    let job = next();\n    client.execute(q, &[&job]).await?;\n}\n"),
        // The same query every time, other things with similar names, comments and strings.
        ("a.py", "for o in orders:\n    cur.execute('SELECT now()')\n"),
        ("a.rb", "paths.each do |path|\n  File.exists?(path)\n  Dir.first(path)\nend\n"),
        ("a.js", "for (const el of els) { document.query(el); el.find(x); map.get(el) }\n"),
        ("a.py", "for o in orders:\n    # cur.execute(q, o)\n    log('cur.execute(q, o)')\n"),
        ("a.txt", "for o in orders:\n    cur.execute(q, o)\n"),
        ("a.js", "for (const o of"),
        ("a.py", "for o in"),
        ("a.rb", "x.each do |"),
    ] {
        assert_eq!(lines(path, text), [0u32; 0], "{path}:\n{text}");
    }
}

#[test]
fn a_finding_shows_loop_and_query_and_keeps_its_id() {
    let text = "for order in orders:\n    cur.execute('SELECT 1 WHERE id = %s', (order.id,))\n";
    let found = scan_source("shop/a.py", text);
    let moved = scan_source("shop/a.py", &format!("\n\n{text}"));
    assert_eq!(found[0].id, moved[0].id);
    assert_eq!(found[0].title, "shop/a.py:2 asks the database once for each item of the loop at line 1");
    assert_eq!(found[0].evidence[0].value, "for order in orders:");
    assert_eq!(found[0].evidence[1].value, "cur.execute('SELECT 1 WHERE id = %s', (order.id,))");
}

#[test]
fn tests_and_seeds_are_recognised() {
    for path in ["tests/a.py", "src/a_test.go", "spec/models/a.rb", "src/a.spec.ts", "db/seeds.rb", "test_a.py"] {
        assert!(is_for_tests(path), "{path}");
    }
    for path in ["src/latest.py", "app/contest/a.py", "attest.go", "src/inspect.rs"] {
        assert!(!is_for_tests(path), "{path}");
    }
}
