//! The system calls that a confined program does not have.
//!
//! Everything is allowed but what is listed: sockets that could reach anything, other processes,
//! namespaces and mounts, the kernel's own interfaces, typing into terminals, and setting bits
//! that give a program its owner's rights. A second filter answers "no such call" where programs
//! then take an older way whose arguments can be judged (`clone3`, `openat2`).

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Is, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, sock_filter,
};

/// Numbers that are the same on every architecture and newer than some C libraries' headers.
const NEW: &[c_long] = &[
    425, 426, 427, // io_uring_setup, _enter, _register
    428, 429, 430, 431, 432, 433, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
    438, // pidfd_getfd
    442, // mount_setattr
    443, // quotactl_fd
    457, 458, // statmount, listmount
    467, // open_tree_attr
];

const DENIED: &[c_long] = &[
    // Anything that could be talked to: descriptors come only from socketpair, which is judged below.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    // The kernel's own interfaces.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_lookup_dcookie,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] =
    &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib, libc::SYS_ustat, libc::SYS_sysfs];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

/// Calls of x86's third instruction set have this bit in their number and would pass a list.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

const NEW_NAMESPACES: &[u64] =
    &[0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000];
/// Typing into a terminal, selecting text in it, changing its line discipline, taking the console.
const TERMINAL: &[u64] = &[0x5412, 0x541c, 0x5423, 0x541d];
/// set-user-ID and set-group-ID.
const OWNERS_RIGHTS: [u64; 2] = [0o4000, 0o2000];

/// The two filters as bubblewrap reads them.
pub(super) fn filters() -> Result<[Vec<u8>; 2], String> {
    let fault =
        |error: &dyn std::fmt::Display| format!("no sandbox: this machine's system calls cannot be filtered ({error})");
    let arch = std::env::consts::ARCH.try_into().map_err(|error| fault(&error))?;
    let build = |rules, errno: i32| -> Result<Vec<u8>, String> {
        let deny = SeccompAction::Errno(u32::try_from(errno).unwrap_or_default());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, deny, arch).map_err(|error| fault(&error))?;
        let program: BpfProgram = filter.try_into().map_err(|error: seccompiler::BackendError| fault(&error))?;
        Ok(bytes(&program))
    };
    let denied = denied().map_err(|error| fault(&error))?;
    // clone3 and openat2 take their flags in memory, which a filter cannot read.
    let older = BTreeMap::from([(libc::SYS_clone3, Vec::new()), (libc::SYS_openat2, Vec::new())]);
    Ok([build(denied, libc::EPERM)?, build(older, libc::ENOSYS)?])
}

type Rules = BTreeMap<c_long, Vec<Rule>>;

fn denied() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = [NEW, DENIED, DENIED_HERE].into_iter().flatten().map(|call| (*call, Vec::new())).collect();
    let condition = |argument, is, value| Condition::new(argument, Length::Dword, is, value);
    let any = |argument, bits: &[u64]| -> Result<Vec<Rule>, seccompiler::BackendError> {
        bits.iter().map(|bit| Rule::new(vec![condition(argument, Is::MaskedEq(*bit), *bit)?])).collect()
    };
    rules.insert(libc::SYS_clone, any(0, NEW_NAMESPACES)?);
    rules.insert(
        libc::SYS_ioctl,
        TERMINAL.iter().map(|call| Rule::new(vec![condition(1, Is::Eq, *call)?])).collect::<Result<_, _>>()?,
    );
    // Pairs of connected sockets are pipes with manners. Datagram ones could be connected elsewhere.
    rules.insert(
        libc::SYS_socketpair,
        vec![Rule::new(vec![condition(0, Is::Ne, 1)?])?, Rule::new(vec![condition(1, Is::MaskedEq(0xf), 2)?])?],
    );
    // sendto with an address; without one it is send.
    rules.insert(libc::SYS_sendto, vec![Rule::new(vec![Condition::new(4, Length::Qword, Is::Ne, 0)?])?]);
    // Asking for the personality and setting the usual one are harmless.
    rules.insert(
        libc::SYS_personality,
        vec![Rule::new(vec![condition(0, Is::Ne, 0)?, condition(0, Is::Ne, 0xffff_ffff)?])?],
    );
    rules.insert(libc::SYS_fchmod, any(1, &OWNERS_RIGHTS)?);
    rules.insert(libc::SYS_fchmodat, any(2, &OWNERS_RIGHTS)?);
    rules.insert(452, any(2, &OWNERS_RIGHTS)?); // fchmodat2
    rules.insert(libc::SYS_mknodat, any(2, &OWNERS_RIGHTS)?);
    let creates = |flags, mode| -> Result<Vec<Rule>, seccompiler::BackendError> {
        let create = u64::try_from(libc::O_CREAT).unwrap_or_default();
        OWNERS_RIGHTS
            .iter()
            .map(|bit| {
                Rule::new(vec![
                    condition(flags, Is::MaskedEq(create), create)?,
                    condition(mode, Is::MaskedEq(*bit), *bit)?,
                ])
            })
            .collect()
    };
    rules.insert(libc::SYS_openat, creates(2, 3)?);
    #[cfg(target_arch = "x86_64")]
    {
        rules.insert(libc::SYS_open, creates(1, 2)?);
        rules.insert(libc::SYS_creat, any(1, &OWNERS_RIGHTS)?);
        rules.insert(libc::SYS_chmod, any(1, &OWNERS_RIGHTS)?);
        rules.insert(libc::SYS_mknod, any(1, &OWNERS_RIGHTS)?);
    }
    Ok(rules)
}

/// The program as the kernel lays it out.
fn bytes(program: &[sock_filter]) -> Vec<u8> {
    let instruction = |code: u16, jt: u8, jf: u8, k: u32| {
        let mut bytes = code.to_ne_bytes().to_vec();
        bytes.extend([jt, jf]);
        bytes.extend(k.to_ne_bytes());
        bytes
    };
    let mut all = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        const LOAD_NUMBER: u16 = 0x20;
        const JUMP_IF_AT_LEAST: u16 = 0x35;
        const RETURN: u16 = 0x06;
        const REFUSE: u32 = 0x0005_0000;
        all.extend(instruction(LOAD_NUMBER, 0, 0, 0));
        all.extend(instruction(JUMP_IF_AT_LEAST, 0, 1, X32));
        all.extend(instruction(RETURN, 0, 0, REFUSE | libc::EPERM.unsigned_abs()));
    }
    all.extend(program.iter().flat_map(|step| instruction(step.code, step.jt, step.jf, step.k)));
    all
}
