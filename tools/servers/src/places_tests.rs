use super::*;

#[test]
fn socket_paths_stay_below_the_limit_of_the_system() {
    let account = Account::detect().unwrap();
    let root = run_root(&account).unwrap();
    let socket = root.join("dbw-123456/s/.s.PGSQL.5432");
    assert!(socket.as_os_str().len() < 100, "{}", socket.display());
}

#[test]
fn a_cache_of_another_owner_is_not_used() {
    let account = Account::detect().unwrap();
    let folder = tempfile::Builder::new().tempdir_in(run_root(&account).unwrap()).unwrap();
    let foreign = folder.path().join("cache");
    fs::create_dir(&foreign).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&foreign, Some(54_321), None).unwrap();
        assert!(!usable_cache(&foreign, &account));
    } else {
        assert!(!usable_cache(Path::new("/"), &account));
    }
}
