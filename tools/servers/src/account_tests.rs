use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn passwd_entries_are_found_by_exact_name() {
    let passwd = "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:7::/:/bin/sh\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
    assert_eq!(entry(passwd, "postgres"), Some(Account::Other { uid: 101, gid: 104, name: "postgres".into() }));
    assert_eq!(entry(passwd, "nobody"), None);
    assert_eq!(entry(passwd, "root"), None, "never root");
}

#[test]
fn negative_ids_of_macos_wrap() {
    let account = entry("nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n", "nobody");
    assert_eq!(account, Some(Account::Other { uid: 4_294_967_294, gid: 4_294_967_294, name: "nobody".into() }));
}

#[test]
fn a_private_folder_is_out_of_reach_for_others() {
    let closed = fs::Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(closed).tempdir().unwrap();
    let inside = folder.path().join("bin");
    fs::create_dir(&inside).unwrap();
    let stranger = Account::Other { uid: 54_321, gid: 54_321, name: "stranger".into() };
    assert!(!stranger.reaches(&inside), "0700");
    assert!(stranger.reaches(Path::new("/usr/bin")));
    let owner = Account::Own { uid: rustix::process::geteuid().as_raw() };
    assert!(owner.reaches(&inside));
}
