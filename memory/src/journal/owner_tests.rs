use std::process::Command;

use super::*;

#[test]
fn this_process_lives_and_a_later_one_with_its_number_is_another() {
    let this = Owner::this_process();
    assert_eq!(this.life_of(&this.text()), Life::Alive);
    let earlier = Owner { started: "1".to_owned(), ..this.clone() };
    assert_eq!(this.life_of(&earlier.text()), Life::Gone);
    let elsewhere = Owner { place: "otherhost.1.1".to_owned(), ..this.clone() };
    assert_eq!(this.life_of(&elsewhere.text()), Life::Elsewhere);
    assert_eq!(this.life_of("nonsense"), Life::Elsewhere);
    assert!(Owner::named(&elsewhere.text()).ends_with("on otherhost"));
}

#[test]
fn a_dead_child_is_gone_even_before_it_is_waited_for() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let this = Owner::this_process();
    let owner = Owner { pid, started: state_of(pid).unwrap().1, ..this.clone() };
    assert_eq!(this.life_of(&owner.text()), Life::Alive);
    child.kill().unwrap();
    while state_of(pid).is_some_and(|(state, _)| state != 'Z') {
        std::thread::yield_now();
    }
    assert_eq!(this.life_of(&owner.text()), Life::Gone);
    child.wait().unwrap();
    assert_eq!(this.life_of(&owner.text()), Life::Gone);
}
