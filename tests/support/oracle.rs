//! A second, simpler reading of the grammar, which an edit is checked against.

use aws_mfa::managed_keys;

/// The text without our own keys' lines in section `[mfa]`, and without what continues them.
pub fn without_managed_lines(text: &str) -> String {
    let mut kept = String::new();
    let (mut in_target, mut in_managed) = (false, false);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        if content.starts_with('[') {
            in_target = content.strip_prefix("[mfa]").is_some_and(|rest| {
                let rest = rest.trim_matches([' ', '\t']);
                rest.is_empty() || rest.starts_with(['#', ';'])
            });
            in_managed = false;
        } else if content.starts_with([' ', '\t']) {
            if in_target && in_managed && !content.trim_matches([' ', '\t']).is_empty() {
                continue;
            }
        } else if !content.is_empty() && !content.starts_with(['#', ';']) {
            let ours = |key: &str| managed_keys().contains(&key.trim().to_lowercase().as_str());
            in_managed = content.split(['=', ':']).next().is_some_and(ours)
                || content.split('=').next().is_some_and(ours);
            if in_target && in_managed {
                continue;
            }
        }
        kept.push_str(line);
    }
    kept
}

/// Checks that an edit of section `[mfa]` kept every byte but our keys' lines, in order.
pub fn every_other_byte_survives(before: &str, after: &str) -> Result<(), String> {
    let (old, new) = (without_managed_lines(before), without_managed_lines(after));
    let added = new
        .strip_prefix(old.as_str())
        .ok_or("a byte is gone")?
        .replace('\r', "");
    // What an edit may add besides: an ending to the last line, a blank line, the header.
    let allowed = ["", "\n", "[mfa]\n", "\n[mfa]\n", "\n\n[mfa]\n"];
    if allowed.contains(&added.as_str()) {
        Ok(())
    } else {
        Err(format!("added: {added:?}"))
    }
}
