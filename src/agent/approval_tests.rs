use dbwright_contract::Effect;

use super::*;

const EFFECTS: [Effect; 7] = [
    Effect::Observe,
    Effect::Rehearse,
    Effect::WriteFiles,
    Effect::Shell,
    Effect::Maintain,
    Effect::Change,
    Effect::Destroy,
];

#[test]
fn the_permission_table_is_the_documented_one() {
    use Verdict::{Allow as A, Ask as Q, Deny as D};
    let table = [
        (PermissionMode::Default, [A, A, Q, Q, Q, Q, Q]),
        (PermissionMode::AcceptEdits, [A, A, A, Q, Q, Q, Q]),
        (PermissionMode::Plan, [A, A, D, D, D, D, D]),
        (PermissionMode::DontAsk, [A, A, D, D, D, D, D]),
        (PermissionMode::BypassPermissions, [A, A, A, A, A, A, Q]),
    ];
    for (mode, expected) in table {
        assert_eq!(EFFECTS.map(|effect| mode.verdict(effect, false)), expected, "{mode:?}");
    }
    let tainted = [
        (PermissionMode::Default, [A, A, Q, Q, Q, Q, Q]),
        (PermissionMode::AcceptEdits, [A, A, A, Q, Q, Q, Q]),
        (PermissionMode::Plan, [A, A, D, D, D, D, D]),
        (PermissionMode::DontAsk, [A, A, D, D, D, D, D]),
        (PermissionMode::BypassPermissions, [A, A, A, A, Q, Q, Q]),
    ];
    for (mode, expected) in tainted {
        assert_eq!(EFFECTS.map(|effect| mode.verdict(effect, true)), expected, "{mode:?} after content from outside");
    }
}

#[test]
fn modes_are_spelled_as_in_persona_files() {
    for (text, mode) in [
        ("default", PermissionMode::Default),
        ("acceptEdits", PermissionMode::AcceptEdits),
        ("plan", PermissionMode::Plan),
        ("dontAsk", PermissionMode::DontAsk),
        ("bypassPermissions", PermissionMode::BypassPermissions),
    ] {
        assert_eq!(text.parse(), Ok(mode));
    }
    assert!("yolo".parse::<PermissionMode>().unwrap_err().contains("acceptEdits"));
}
