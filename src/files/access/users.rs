//! Users and groups, as far as the system knows them.

use std::fs;

use nix::unistd::{Gid, Group, Uid, User};

/// Whether `user` stands for all users that this container doesn't know.
pub(super) fn is_unknown_here(user: u32) -> bool {
    const OVERFLOW: u32 = 65534;
    // Each line: the first user here, the first one outside, and how many there are.
    let is_mapped = |line: &str| {
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        let first = numbers.next()?.ok()?;
        let count = numbers.nth(1)?.ok()?;
        Some((first..first + count).contains(&u64::from(user)))
    };
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    user == OVERFLOW && !map.is_empty() && !map.lines().any(|line| is_mapped(line).unwrap_or(true))
}

/// Whether the group is the private one of one of `users`: it has the user's name, as systems with
/// private groups give it, and nobody else is in it. Where the system knows neither a user nor a
/// group of these numbers, as in containers, the group of the user's own number counts.
pub(super) fn is_private(group: u32, users: &[u32]) -> bool {
    let user = |id| User::from_uid(Uid::from_raw(id)).ok().flatten();
    let Ok(known) = Group::from_gid(Gid::from_raw(group)) else {
        return false;
    };
    let Some(known) = known else {
        return users.contains(&group)
            && user(group).is_none()
            && others_in(group, group).is_empty();
    };
    users.iter().any(|id| {
        user(*id).is_some_and(|user| {
            user.name == known.name
                && known.mem.iter().all(|member| *member == user.name)
                && others_in(group, *id).is_empty()
        })
    })
}

/// Users who have the group as their main one, which its list of members doesn't tell. Only local
/// ones are known.
fn others_in(group: u32, user: u32) -> Vec<u32> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = passwd.lines().filter_map(|line| {
        let mut fields = line.split(':').skip(2);
        let id: u32 = fields.next()?.parse().ok()?;
        Some((id, fields.next()?.parse::<u32>().ok()?))
    });
    ids.filter(|(id, main)| *main == group && *id != user)
        .map(|(id, _)| id)
        .collect()
}
