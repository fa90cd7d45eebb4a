//! How the file is replaced.

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::sts::LoopbackSts;
#[cfg(unix)]
use crate::support::sts::Tripwire;

#[test]
fn nothing_is_left_beside_the_file() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    assert_eq!(home.files(), [".credentials.aws-mfa.lock", "credentials"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;
    use crate::support::home::{mode, set_mode};

    #[test]
    fn the_file_is_replaced_and_keeps_its_mode() {
        for expected in [0o600, 0o640, 0o400] {
            let sts = LoopbackSts::start();
            let home = Home::with(&long_term_section());
            set_mode(&home.credentials_path(), expected);
            let before = std::fs::metadata(home.credentials_path()).unwrap().ino();
            home.run(&sts, &["-p", "dev", "--token", &sts.code()])
                .run()
                .exits(0);
            assert_eq!(mode(&home.credentials_path()), expected);
            assert_ne!(
                std::fs::metadata(home.credentials_path()).unwrap().ino(),
                before,
                "never written in place"
            );
        }
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let link = home.credentials_path();
        let folder = home.path().join("dotfiles");
        std::fs::create_dir(&folder).unwrap();
        std::fs::rename(&link, folder.join("real")).unwrap();
        symlink("real", folder.join("second")).unwrap();
        symlink("../dotfiles/second", &link).unwrap();
        home.run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(0);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(
            std::fs::symlink_metadata(folder.join("second"))
                .unwrap()
                .is_symlink()
        );
        assert!(
            std::fs::symlink_metadata(folder.join("real"))
                .unwrap()
                .is_file()
        );
        assert_eq!(mode(&folder.join("real")), 0o600);
        assert!(home.credentials().contains("ASIASANDBOX"));
        assert_eq!(
            std::fs::read_dir(&folder).unwrap().count(),
            3,
            "the two, and the lock beside the real one"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_no_code() {
        #[cfg(target_os = "linux")]
        if rustix::process::getuid().is_root() && !crate::support::tools::root_has(&["setpriv"]) {
            return;
        }
        let tripwire = Tripwire::set();
        let home = Home::with(&long_term_section());
        set_mode(&home.path().join(".aws"), 0o500);
        let run = home.run_offline(&["-p", "dev", "--token", "123456"]);
        let run = run
            .env("AWS_ENDPOINT_URL_STS", &tripwire.url())
            .never_as_root();
        run.run().exits(1).says(&[
            "cannot write ",
            ".aws",
            "caused by: Permission denied",
            "no code was used",
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
        home.run_offline(&["-p", "dev", "--credentials-file", "loop"])
            .run()
            .exits(1);
        let outcome = home
            .run_offline(&["-p", "dev", "--credentials-file", link.to_str().unwrap()])
            .run()
            .exits(1);
        outcome.says(&["cannot read ", "loop", "caused by: "]);
        let folder = home.path().join(".aws");
        home.run_offline(&["-p", "dev", "--credentials-file", folder.to_str().unwrap()])
            .run()
            .exits(1)
            .says(&["cannot read "]);
    }

    #[test]
    fn hard_links_are_warned_of() {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let other = home.path().join("other");
        std::fs::hard_link(home.credentials_path(), &other).unwrap();
        home.run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(0)
            .says(&["has 2 names (hard links)"]);
        assert_eq!(std::fs::read_to_string(other).unwrap(), long_term_section());
    }
}

#[test]
fn oddities_of_other_sections_are_warned_of() {
    let sts = LoopbackSts::start();
    let odd = format!(
        "[DEFAULT]\nregion: r\n[profile x]\n[z]\n[z]\n{}",
        long_term_section()
    );
    let home = Home::with(&odd);
    let outcome = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    outcome.says(&[
        "credentials: line 1: [DEFAULT] gives its values to every profile",
        "credentials: line 2: `key: value` instead of",
        "credentials: line 3: [profile …] belongs to the config file",
        "credentials: line 5: a section that is there twice",
    ]);
    assert!(home.credentials().starts_with(&odd));
}
