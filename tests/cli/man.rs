//! The man pages: their sections, and what groff makes of them.

#[cfg(unix)]
use std::process::Command;

use crate::manpages::pages;
#[cfg(unix)]
use crate::support::tools::has;

#[test]
fn a_page_for_every_command() {
    let pages = pages();
    assert_eq!(pages.len(), 10);
    let names: Vec<&str> = pages
        .iter()
        .map(|(file, _)| &file[..file.len() - 2])
        .collect();
    for (name, (file, text)) in names.iter().zip(&pages) {
        let settings = [".SH ENVIRONMENT", ".SH FILES"];
        let has_settings = *name != "aws-mfa-completions";
        let sections = [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH DESCRIPTION",
            ".SH OPTIONS",
            ".SH \"EXIT STATUS\"",
        ];
        let sections = sections
            .into_iter()
            .chain(settings.into_iter().filter(|_| has_settings))
            .chain([".SH EXAMPLES", ".SH \"SEE ALSO\""]);
        let mut rest = text.as_str();
        for section in sections {
            let found = rest.split_once(&format!("\n{section}\n"));
            rest = found.unwrap_or_else(|| panic!("{file}: {section}")).1;
        }
        for other in names.iter().filter(|other| *other != name) {
            let link = format!("\\fB{}\\fR(1)", other.replace('-', "\\-"));
            assert!(rest.contains(&link), "{file}: {other}");
        }
        assert!(!text.contains("EXTRA") && text.is_ascii(), "{file}");
    }
}

#[test]
fn a_page_says_what_the_help_says() {
    let (_, text) = pages().swap_remove(0);
    for words in [
        "\\fB\\-\\-long\\-term\\-profile\\fR \\fI<NAME>\\fR\nThe permanent keys",
        "[alias: \\-\\-serial\\-number]",
        "\n.TP\n\\fB3\\fR\na refresh is due",
        "\n.TP\n\\fBMFA_DEVICE\\fR\nthe MFA serial\n",
        "\n.nf\naws\\-mfa \\-\\-profile dev\n.fi\n",
        "\n.SS \"MFA code\"\n",
        // Not what groff makes of a tilde.
        "\\(ti/.aws/credentials",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // For users of the Python tool.
    assert!(!text.contains("log\\-level"));
}

/// And no line is too long for 80 columns.
#[cfg(unix)]
#[test]
fn groff_has_no_complaints() {
    if !has(&["groff"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in pages() {
        let path = folder.path().join(&file);
        std::fs::write(&path, text).unwrap();
        let output = Command::new("groff")
            // As man does at 80 columns, without colours and overstriking.
            .args(["-man", "-Tutf8", "-ww", "-rLL=78n", "-P-cbou"])
            .arg(&path)
            .output();
        let output = output.unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaints.is_empty(),
            "{file}: {complaints}"
        );
        let shown = String::from_utf8_lossy(&output.stdout);
        for line in shown.lines() {
            assert!(line.chars().count() <= 80, "{file}: {line}");
        }
        assert!(shown.contains("EXAMPLES\n"), "{file}: {shown}");
    }
}
