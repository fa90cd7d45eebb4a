//! How the file is replaced.

use crate::support::home::LOCK;
use crate::support::lab::Lab;
use crate::support::long_term_section;

#[test]
fn nothing_is_left_beside_the_file() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    assert_eq!(lab.home.files(), [LOCK, "credentials"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::Path;

    use super::*;
    use crate::support::home::{Home, mode, set_mode};
    use crate::support::sts::Tripwire;
    use crate::support::tools::{has, text};

    #[test]
    fn the_file_is_replaced_and_keeps_its_mode() {
        for expected in [0o600, 0o640, 0o400] {
            let lab = Lab::new();
            let file = lab.home.credentials_path();
            set_mode(&file, expected);
            let inode = || std::fs::metadata(&file).unwrap().ino();
            let before = inode();
            lab.refresh(&[]).run().exits(0);
            assert_eq!(mode(&file), expected);
            assert_ne!(inode(), before, "never written in place");
        }
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let lab = Lab::new();
        let link = lab.home.credentials_path();
        let folder = lab.home.path().join("dotfiles");
        std::fs::create_dir(&folder).unwrap();
        std::fs::rename(&link, folder.join("real")).unwrap();
        symlink("real", folder.join("second")).unwrap();
        symlink("../dotfiles/second", &link).unwrap();
        lab.refresh(&[]).run().exits(0);
        let kept = |path: &Path| std::fs::symlink_metadata(path).unwrap();
        assert!(kept(&link).is_symlink() && kept(&folder.join("second")).is_symlink());
        assert!(kept(&folder.join("real")).is_file());
        assert_eq!(mode(&folder.join("real")), 0o600);
        assert!(lab.credentials().contains("ASIASANDBOX"));
        assert_eq!(
            std::fs::read_dir(&folder).unwrap().count(),
            3,
            "the two, and the lock beside the real one"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_no_code() {
        if rustix::process::getuid().is_root() && !has(&["setpriv"]) {
            return;
        }
        let tripwire = Tripwire::set();
        let home = Home::with(&long_term_section());
        set_mode(&home.path().join(".aws"), 0o500);
        home.refresh_offline(&[])
            .with_aws_at(&tripwire.url())
            .never_as_root()
            .run()
            .exits(1)
            .says(&[
                ".aws is yours, but you can't write to it",
                "hint: run `chmod u+wx ",
            ]);
        assert_eq!(tripwire.hits(), 0);
        assert_eq!(home.files(), ["credentials"]);
        set_mode(&home.path().join(".aws"), 0o700);
    }

    #[test]
    fn a_dangling_link_or_a_folder_in_the_files_place_is_said() {
        let home = Home::with(&long_term_section());
        let link = home.path().join("loop");
        symlink("loop", &link).unwrap();
        let fails = |file: &str| {
            let args = ["-p", "dev", "--credentials-file", file];
            home.run_offline(&args).run().exits(1)
        };
        fails("loop");
        fails(text(&link)).says(&["cannot read ", "loop", "caused by: "]);
        fails(text(&home.path().join(".aws"))).says(&["cannot read "]);
    }

    #[test]
    fn hard_links_are_warned_of() {
        let lab = Lab::new();
        let other = lab.home.path().join("other");
        std::fs::hard_link(lab.home.credentials_path(), other).unwrap();
        lab.refresh(&[]).run().exits(0).says(&["has 2 hard links"]);
        assert_eq!(lab.home.read("other"), long_term_section());
    }
}

#[test]
fn oddities_of_other_sections_are_warned_of() {
    let odd = format!(
        "[DEFAULT]\nregion: r\n[profile x]\n[z]\n[z]\n{}",
        long_term_section()
    );
    let lab = Lab::with(&odd);
    let outcome = lab.refresh(&["-v"]).run().exits(0);
    outcome.says(&[
        "credentials: line 1: [DEFAULT] applies to every profile",
        "credentials: line 2: `key: value` instead of",
        "credentials: line 3: [profile …] belongs to the config file",
        "credentials: line 5: a section appears twice",
    ]);
    assert!(lab.credentials().starts_with(&odd));
}
