//! The editor on arbitrary bytes. The first byte chooses which keys are set and which removed, the rest is the file.

#![no_main]

#[path = "../../support/oracle.rs"]
mod oracle;

use aws_mfa::Document;
use aws_mfa::Edit;
use aws_mfa::managed_keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, file)) = data.split_first() else { return };
    let edits: Vec<Edit<'_>> = (0..)
        .zip(managed_keys())
        .map(|(bit, key)| Edit { key, value: (choice >> bit & 1 == 1).then_some("val/ue+") })
        .collect();
    let Ok(document) = Document::parse(file) else { return };
    let before = std::str::from_utf8(file).expect("a document is text");
    let _ = document.remove("mfa", &managed_keys());
    let _ = document.rename("mfa", "mfa-long-term");
    let _ = document.move_keys("mfa", "mfa-long-term", &["aws_access_key_id", "aws_secret_access_key"]);
    let _ = document.oddities("mfa", &managed_keys());
    if let Ok(after) = document.set_long_term("mfa", &["region"], &edits) {
        let again = Document::parse(after.as_bytes()).and_then(|document| document.set_long_term("mfa", &["region"], &edits));
        assert_eq!(again.as_ref(), Ok(&after), "twice is once");
    }
    let Ok(after) = document.set("mfa", &edits) else { return };
    if let Err(problem) = oracle::every_other_byte_survives(before, &after) {
        panic!("{problem}: {before:?} {:?}", &*after);
    }
    let again = Document::parse(after.as_bytes()).and_then(|document| document.set("mfa", &edits));
    assert_eq!(again.as_ref(), Ok(&after), "twice is once");
});
