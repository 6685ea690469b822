use super::*;

#[test]
fn words_of_agreement() {
    for yes in ["1", "true", "yes", "github"] {
        assert!(agreed(yes), "{yes}");
    }
    for no in ["", "0", "false", "False", "no"] {
        assert!(!agreed(no), "{no}");
    }
}

#[test]
fn only_the_named_policies_change_the_machine() {
    let proposal = Proposal { command: "apt-get install postgresql".into(), reason: "a server is needed".into() };
    assert!(!InstallPolicy::FindOnly.allows(&proposal));
    assert!(!InstallPolicy::PrivateOnly.allows(&proposal));
    assert!(InstallPolicy::Always.allows(&proposal));
    assert!(!InstallPolicy::Ask(Arc::new(|_| false)).allows(&proposal));
    assert!(InstallPolicy::Ask(Arc::new(|asked| asked.command.starts_with("apt-get"))).allows(&proposal));
    assert!(!InstallPolicy::FindOnly.allows_private());
}
