use super::*;

#[test]
fn lines_are_told_apart() {
    assert_eq!(parse("  "), Command::Nothing);
    assert_eq!(parse("why is it slow?"), Command::Say("why is it slow?".into()));
    assert_eq!(parse("/explain select 1"), Command::Play("/explain select 1".into()));
    assert_eq!(parse("/review"), Command::Play("/review".into()));
    assert_eq!(parse("/mode plan"), Command::Mode(Some(PermissionMode::Plan)));
    assert_eq!(parse("/mode"), Command::Mode(None));
    assert_eq!(parse("/mode nonsense"), Command::Unknown("mode nonsense".into()));
    assert_eq!(parse("/nope x"), Command::Unknown("nope".into()));
}

#[test]
fn help_lists_every_command() {
    for (name, ..) in TABLE {
        assert!(help().contains(&format!("/{name}")), "{name}");
    }
}
