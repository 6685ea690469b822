use super::*;
use crate::run_dir::RunDir;

#[test]
fn a_folder_in_use_is_left_and_a_lost_one_goes() {
    let account = Account::detect().unwrap();
    let mut dir = RunDir::create(&account).unwrap();
    sweep(&account);
    assert!(dir.path().is_dir(), "in use");
    let path = dir.path().to_owned();
    assert!(folders(&account).contains(&path));
    dir.release();
    sweep(&account);
    assert!(!path.exists(), "nobody uses it and no guard tends it");
}

#[test]
fn a_folder_with_a_living_guard_is_left() {
    let account = Account::detect().unwrap();
    let mut dir = RunDir::create(&account).unwrap();
    let guard = File::open(dir.path().join("guard")).unwrap();
    guard.lock().unwrap();
    dir.release();
    sweep(&account);
    assert!(dir.path().is_dir());
    drop(guard);
    sweep(&account);
    assert!(!dir.path().exists());
}

#[test]
fn a_process_that_works_elsewhere_is_not_killed() {
    let account = Account::detect().unwrap();
    let mut other = std::process::Command::new("sleep").arg("60").current_dir("/").spawn().unwrap();
    let mut dir = RunDir::create(&account).unwrap();
    fs::write(dir.path().join("pid"), other.id().to_string()).unwrap();
    dir.release();
    sweep(&account);
    assert!(!dir.path().exists());
    assert!(other.try_wait().unwrap().is_none(), "still running");
    other.kill().unwrap();
    other.wait().unwrap();
}
