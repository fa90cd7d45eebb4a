//! Who else may change or read the file: modes, owners and access lists. Linux, much of it as root.

use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

use crate::support::home::{Home, mode, set_mode};
use crate::support::lab::Lab;
use crate::support::tools::{has_user_namespaces, root_has, text, tool};
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, long_term_section};

const NOBODY: u32 = 65534;

/// The secret comes from standard input.
const SETUP: [&str; 6] = [
    "setup",
    "--yes",
    "--access-key-id",
    ACCESS_KEY_ID,
    "--device",
    SERIAL,
];

#[test]
fn what_everybody_may_change_is_not_trusted() {
    for (of_file, of_folder, named, cure) in [
        (
            0o606,
            0o700,
            "credentials can be changed by every user",
            "chmod 600 ",
        ),
        (
            0o600,
            0o777,
            ".aws can be changed by every user",
            "chmod go-w ",
        ),
    ] {
        let lab = Lab::new();
        set_mode(&lab.home.credentials_path(), of_file);
        set_mode(&lab.home.path().join(".aws"), of_folder);
        lab.refuses(&[], &[named, &format!("hint: run `{cure}")]);
    }
    let lab = Lab::new();
    set_mode(&lab.home.path().join(".aws"), 0o1777);
    lab.refresh(&[]).run().exits(0).never_says("warning");
}

/// A group that isn't a user's own private one.
const GROUP: u32 = 4321;

#[test]
fn what_others_may_read_is_warned_of() {
    for of_file in [0o644, 0o640] {
        let lab = Lab::new();
        let file = lab.home.credentials_path();
        set_mode(&file, of_file);
        lab.refresh(&[])
            .run()
            .exits(0)
            .says(&["warning: ", "can be read by others (to fix: `chmod 600 "]);
        assert_eq!(mode(&file), of_file, "kept all the same");
    }
}

#[test]
fn what_a_group_may_change_is_warned_of_and_obeyed_no_more() {
    if !root_has(&["setfacl"]) {
        return;
    }
    let by_group = ("can be changed by its group (4321)", "chmod g-w ");
    let by_list = ("can be changed by others through its access", "setfacl -b ");
    for (name, (problem, cure)) in [
        ("credentials", by_group),
        ("", by_group),
        ("credentials", by_list),
        ("", by_list),
    ] {
        let open = |lab: &Lab| {
            let path = lab.home.path().join(".aws").join(name);
            if cure.starts_with("chmod") {
                chown(&path, None, Some(GROUP)).unwrap();
                set_mode(&path, 0o770);
            } else {
                tool("setfacl", &["-m", "u:4321:rwx", text(&path)]);
            }
        };
        let lab = Lab::new();
        open(&lab);
        let outcome = lab.refresh(&[]).run().exits(0);
        outcome.says(&["warning: ", problem, &format!("(to fix: `{cure}")]);

        let lab = Lab::with(&(long_term_section() + "mfa_process = false\n"));
        open(&lab);
        let outcome = lab.run(&["-p", "dev", "-q"]).run().exits(1);
        outcome.says(&["error: ", problem, &format!("hint: run `{cure}")]);
        assert_eq!(lab.sts.connections(), 0);
    }
    // Only root's own group can change it, and an entry that may only read isn't doubted.
    let lab = Lab::new();
    set_mode(&lab.home.credentials_path(), 0o660);
    tool(
        "setfacl",
        &["-m", "u:4321:r", text(&lab.home.path().join(".aws"))],
    );
    lab.refresh(&[]).run().exits(0).never_says("can be changed");
}

/// `daemon` has a group of its own name, without other members.
#[test]
fn a_users_private_group_is_the_user() {
    const DAEMON: u32 = 1;
    if !root_has(&["setpriv"]) {
        return;
    }
    let lab = Lab::with(&(long_term_section() + "mfa_process = false\n"));
    let run = lab.run(&["-p", "dev", "-v"]).never_as_root_but(DAEMON);
    set_mode(&lab.home.credentials_path(), 0o660);
    set_mode(&lab.home.path().join(".aws"), 0o770);
    run.run()
        .never_says("can be changed")
        .says(&["running the command from mfa_process"]);
}

/// Whoever can change a link, or a folder on the way, can put another file in place.
#[test]
fn the_way_to_a_file_that_is_obeyed_is_looked_at() {
    let obeys = long_term_section() + "mfa_process = false\n";
    let open = |path: &Path, mode: u32| {
        std::fs::create_dir(path).unwrap();
        set_mode(path, mode);
    };
    for (what, mode, is_trusted) in [
        ("link", 0o777, false),
        ("folder of a link", 0o777, false),
        ("folder above", 0o777, false),
        ("folder above", 0o1777, true),
        ("folder above the home folder", 0o777, true),
    ] {
        let lab = Lab::new();
        let real = lab.home.path().join("real");
        std::fs::create_dir(&real).unwrap();
        let file = real.join("credentials");
        std::fs::write(&file, &obeys).unwrap();
        set_mode(&file, 0o600);
        let open_folder = lab.home.path().join("open");
        open(&open_folder, mode);
        let path = match what {
            "link" => {
                symlink(&file, open_folder.join("credentials")).unwrap();
                open_folder.join("credentials")
            }
            "folder of a link" => {
                symlink(&real, open_folder.join("linked")).unwrap();
                open_folder.join("linked/credentials")
            }
            _ => {
                std::fs::rename(&real, open_folder.join("real")).unwrap();
                open_folder.join("real/credentials")
            }
        };
        let run = lab.run(&["-p", "dev", "-v", "--credentials-file", text(&path)]);
        let run = if what == "folder above the home folder" {
            run.env("HOME", text(&open_folder.join("real")))
        } else {
            run
        };
        let outcome = run.run();
        let problem = "open can be changed by every user of this computer";
        assert_eq!(
            (
                outcome.stderr.contains(problem),
                outcome.stderr.contains("running the command")
            ),
            (!is_trusted, is_trusted),
            "{what} {mode:o}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_link_that_others_can_change_is_not_followed_to_write() {
    let lab = Lab::new();
    let open = lab.home.path().join("open");
    std::fs::create_dir(&open).unwrap();
    set_mode(&open, 0o777);
    let link = open.join("credentials");
    symlink(lab.home.credentials_path(), &link).unwrap();
    let outcome = lab.refuses(
        &["--credentials-file", text(&link)],
        &[
            "open can be changed by every user",
            "hint: run `chmod go-w ",
        ],
    );
    drop(outcome);
}

/// It comes back to the folders that it left, and to the home folder by any way.
#[test]
fn ways_with_detours_lead_to_the_file() {
    let lab = Lab::with(&(long_term_section() + "mfa_process = false\n"));
    let home = lab.home.path();
    for folder in ["project", "dotfiles", "dotfiles/inner"] {
        std::fs::create_dir(home.join(folder)).unwrap();
    }
    std::fs::rename(lab.home.credentials_path(), home.join("dotfiles/aws")).unwrap();
    symlink("../dotfiles/inner/../aws", lab.home.credentials_path()).unwrap();
    symlink("inner/up", home.join("dotfiles/first")).unwrap();
    symlink("../aws", home.join("dotfiles/inner/up")).unwrap();
    for path in [
        ".aws/credentials",
        "project/../.aws/credentials",
        "project/../dotfiles/aws",
        "dotfiles/first",
        "./dotfiles/./inner/../../dotfiles//aws",
    ] {
        let run = lab.refresh(&["-f", "--credentials-file", path]);
        run.in_home().run().exits(0).never_says("warning");
        let run = lab.run(&["-p", "dev", "-f", "-v", "--credentials-file", path]);
        run.in_home().run().exits(1).says(&["running the command"]);
    }
    // The folder above is a group's, but the home folder itself isn't.
    set_mode(home, 0o770);
    chown(home, None, Some(GROUP)).ok();
    let inner = home.join("inner-home");
    std::fs::create_dir(&inner).unwrap();
    std::fs::rename(home.join(".aws"), inner.join(".aws")).unwrap();
    symlink("inner-home", home.join("linked-home")).unwrap();
    symlink(home.join("dotfiles/aws"), inner.join(".aws/credentials2")).unwrap();
    std::fs::copy(home.join("dotfiles/aws"), inner.join(".aws/own")).unwrap();
    let own = inner.join(".aws/own");
    let run = lab.run(&["-p", "dev", "-f", "-v", "--credentials-file", text(&own)]);
    let run = run.env("HOME", text(&home.join("linked-home")));
    run.run().exits(1).says(&["running the command"]);
}

/// All that is wrong is said at once.
#[test]
fn file_and_folder_are_judged_together() {
    let lab = Lab::new();
    set_mode(&lab.home.credentials_path(), 0o666);
    set_mode(&lab.home.path().join(".aws"), 0o777);
    lab.refuses(
        &[],
        &[
            ".aws can be changed by every user of this computer; ",
            "credentials can be changed by every user of this computer",
            "hint: run `chmod go-w ",
            " && chmod 600 ",
        ],
    );
}

/// After that, nothing is left to be said.
#[test]
fn the_cure_for_what_everybody_may_change_is_whole() {
    let lab = Lab::new();
    let folder = lab.home.path().join(".aws");
    for path in [&folder, &lab.home.credentials_path()] {
        set_mode(path, 0o777);
        // Only root can give it to a group that isn't this user's own, and would be warned of.
        let _ = chown(path, None, Some(GROUP));
    }
    let outcome = lab.refuses(&[], &[]);
    let cure = outcome.stderr.split('`').nth(1).unwrap();
    tool("sh", &["-c", cure]);
    lab.refresh(&[]).run().exits(0).never_says("warning");
}

/// As after `sudo aws configure`.
#[test]
fn what_belongs_to_root_is_named_at_once_with_the_cure() {
    if !root_has(&["setpriv"]) {
        return;
    }
    for (of_folder, of_file, named) in [
        (
            0o755,
            0o600,
            &[
                ".aws belongs to user 0, and you can't write to it",
                "can't read it",
            ][..],
        ),
        (
            0o755,
            0o644,
            &[
                ".aws belongs to user 0",
                "after an edit it would belong to you",
            ],
        ),
    ] {
        let lab = Lab::new();
        let (folder, file) = (lab.home.path().join(".aws"), lab.home.credentials_path());
        let run = lab.refresh(&[]).never_as_root();
        for (path, mode) in [(&folder, of_folder), (&file, of_file)] {
            chown(path, Some(0), Some(0)).unwrap();
            set_mode(path, mode);
        }
        let outcome = run.run().exits(1).never_says("warning").says(named);
        let cure = format!(
            "hint: run `sudo chown 65534 {} && sudo chown 65534 {}`",
            text(&folder),
            text(&file)
        );
        outcome.says(&[&cure]);
        assert_eq!(lab.home.files(), ["credentials"]);
    }
}

/// They say whom to tell the code.
#[test]
fn endpoints_and_authorities_of_others_are_not_obeyed() {
    for settings in [
        "endpoint_url = https://sts.evil.example\n",
        "services = s\n[services s]\nsts =\n  endpoint_url = https://sts.evil.example\n",
        "ca_bundle = /etc/ssl/certs/ca-certificates.crt\n",
    ] {
        for args in [
            &["-p", "dev", "--token", "123456"][..],
            &["-p", "dev", "setup", "--yes"],
        ] {
            let lab = Lab::new();
            lab.home.set_config(&format!("[profile dev]\n{settings}"));
            set_mode(&lab.home.path().join(".aws/config"), 0o646);
            let run = lab.run(args).without_endpoints();
            run.run()
                .exits(1)
                .says(&["config can be changed by every user of this computer"]);
            assert_eq!(lab.sts.connections(), 0);
        }
    }
}

/// A region is no matter of trust as long as it leads to AWS's own hosts.
#[test]
fn what_chooses_a_host_that_may_not_be_aws_s_is_not_obeyed() {
    let home = Home::with(&long_term_section());
    let run = |config: &str| {
        home.set_config(&format!("[profile dev]\n{config}"));
        set_mode(&home.path().join(".aws/config"), 0o666);
        let run = home.refresh_offline(&[]).without_endpoints();
        let run = home.trusting_somebody(run);
        run.env("HTTPS_PROXY", "http://127.0.0.1:9").run().exits(1)
    };
    let exposed = "can be changed by every user of this computer";
    run("region = xx-east-1\n").says(&["config", exposed]);
    for own in [
        "region = eu-west-1\n",
        "region = eu-west-1\nuse_dualstack_endpoint = true\n",
        "region = us-east-1\nuse_fips_endpoint = true\n",
        "ignore_configured_endpoint_urls = true\n",
    ] {
        run(own).says(&["no answer to GetCallerIdentity from sts"]);
    }
}

/// Which of the endpoints in a file of one's own is used, others don't choose, even a group that
/// may otherwise change the credentials file.
#[test]
fn what_chooses_among_endpoints_is_not_obeyed() {
    if !root_has(&[]) {
        return;
    }
    let home = Home::with(&(long_term_section() + "services = other\n"));
    home.set_config("[services other]\nsts =\n  endpoint_url = https://sts.example\n");
    chown(home.credentials_path(), None, Some(GROUP)).unwrap();
    set_mode(&home.credentials_path(), 0o660);
    let run = home.refresh_offline(&[]);
    let outcome = run.without_endpoints().run().exits(1);
    outcome.says(&[
        "credentials can be changed by its group",
        "hint: run `chmod g-w ",
    ]);
}

/// Whoever can exchange them can read the code.
#[test]
fn authorities_that_others_can_exchange_are_not_trusted() {
    let lab = Lab::with_tls();
    let certificate = lab.sts.certificate().unwrap();
    let bundle = lab.home.write("bundle.pem", certificate);
    let run = || {
        lab.refresh(&["-f"])
            .env_remove("SSL_CERT_FILE")
            .env("AWS_CA_BUNDLE", &bundle)
    };
    for (mode, is_trusted) in [(0o644, true), (0o664, true), (0o646, false)] {
        set_mode(Path::new(&bundle), mode);
        let outcome = run().run();
        let is_refused = outcome
            .stderr
            .contains("bundle.pem can be changed by every user");
        assert_eq!(
            (is_refused, outcome.code == Some(0)),
            (!is_trusted, is_trusted)
        );
    }
    assert_eq!(lab.sts.codes_received(), 2);
    // The system's, too, if it is elsewhere: each folder of a list, and each file. Nothing is sent.
    let safe = lab.home.path().join("safe");
    let linked = lab.home.path().join("linked");
    for folder in [&safe, &linked] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::copy(&bundle, safe.join("ca.pem")).unwrap();
    set_mode(&safe.join("ca.pem"), 0o644);
    symlink(&bundle, linked.join("ca.pem")).unwrap();
    let both = format!("{}:{}", text(&safe), text(&linked));
    for (folders, is_trusted) in [(text(&safe), true), (&both, false)] {
        let run = lab
            .refresh(&["-f"])
            .env_remove("SSL_CERT_FILE")
            .env("SSL_CERT_DIR", folders);
        let outcome = run.run();
        let is_refused = outcome.stderr.contains("can be changed by every user");
        assert_eq!(is_refused, !is_trusted, "{}", outcome.stderr);
    }
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let folder = lab.home.path().join("authorities");
        let path = if variable == "SSL_CERT_DIR" {
            let _ = std::fs::create_dir(&folder);
            set_mode(&folder, 0o777);
            text(&folder)
        } else {
            bundle.as_str()
        };
        let run = lab
            .refresh(&["-f"])
            .env_remove("SSL_CERT_FILE")
            .env(variable, path);
        run.run().exits(1).says(&["can be changed by every user"]);
    }
    assert_eq!(lab.sts.codes_received(), 3);
}

/// In a container, the system's files belong to a user that it doesn't know, and settings come in
/// mounts that nobody can write, whatever their mode.
#[test]
fn authorities_of_a_container_are_trusted() {
    if !root_has(&["unshare", "mount"]) || !has_user_namespaces() {
        return;
    }
    let lab = Lab::with_tls();
    let around = tempfile::tempdir().unwrap();
    set_mode(around.path(), 0o755);
    let bundle = around.path().join("bundle.pem");
    std::fs::write(&bundle, lab.sts.certificate().unwrap()).unwrap();
    set_mode(&bundle, 0o644);
    let refresh = || {
        let run = lab.refresh(&["-f"]).env_remove("SSL_CERT_FILE");
        let run = run.env("AWS_CA_BUNDLE", text(&bundle));
        run.env("PATH", "/usr/bin:/bin")
    };
    chown(&bundle, Some(4321), Some(4321)).unwrap();
    let problem = "bundle.pem belongs to user 4321";
    refresh().run().exits(1).says(&[problem]);
    let in_namespace = ["--user", "--map-user=1234", "--map-group=1234"];
    refresh().under("unshare", &in_namespace).run().exits(0);
    chown(&bundle, Some(0), Some(0)).unwrap();

    let folder = text(around.path());
    let script = |options: &str| {
        format!(
            "cp {folder}/bundle.pem /tmp/bundle.$$; mount -t tmpfs none {folder}
            mv /tmp/bundle.$$ {folder}/bundle.pem; chmod 777 {folder}
            mount -o remount,{options} {folder}; exec \"$@\""
        )
    };
    for (options, is_trusted) in [("ro", true), ("rw", false)] {
        let script = script(options);
        let run = refresh().under("unshare", &["--mount", "sh", "-c", &script, "sh"]);
        let outcome = run.run();
        let is_refused = outcome.stderr.contains("can be changed by every user");
        assert_eq!(is_refused, !is_trusted, "{options}: {}", outcome.stderr);
    }
}

#[test]
fn a_session_that_others_may_have_planted_is_not_handed_on() {
    let others = [
        (0o666, None, "credentials can be changed by every user"),
        (0o644, Some(4321), "credentials belongs to user 4321"),
    ];
    for (mode, owner, problem) in others {
        if owner.is_some() && !root_has(&["setpriv"]) {
            continue;
        }
        let home = Home::with_session();
        let run = |args: &[&str]| {
            let run = home.run_offline(args).never_as_root();
            set_mode(&home.credentials_path(), mode);
            if let Some(owner) = owner {
                chown(home.credentials_path(), Some(owner), Some(owner)).unwrap();
            }
            run.run()
        };
        for reported in [&["-p", "dev"][..], &["-p", "dev", "check"]] {
            run(reported).exits(0).says(&["warning: ", problem]);
        }
        for handed_on in ["env", "credential-process"] {
            run(&["-p", "dev", handed_on])
                .exits(1)
                .says(&[problem])
                .prints("");
        }
        run(&["-p", "dev", "exec", "--", "true"])
            .exits(125)
            .says(&[problem]);
    }
}

/// A new file in such a folder gets its entries, which the mode could open.
#[test]
fn a_folders_default_access_list_is_not_inherited() {
    if !root_has(&["setfacl", "getfacl"]) {
        return;
    }
    let lab = Lab::new();
    let file = lab.home.credentials_path();
    tool(
        "setfacl",
        &[
            "-d",
            "-m",
            "u:4321:rwx,g:4321:rwx",
            text(file.parent().unwrap()),
        ],
    );
    set_mode(&file, 0o640);
    lab.refresh(&[]).run().exits(0);
    assert_eq!(mode(&file), 0o640);
    for path in [file, lab.home.lock_path()] {
        let list = tool("getfacl", &["-cpE", text(&path)]);
        let list = String::from_utf8(list.stdout).unwrap();
        assert!(!list.contains("4321:rw"), "{list}");
    }
}

#[test]
fn the_umask_changes_nothing() {
    for umask in ["000", "077", "777"] {
        let lab = Lab::at(Home::empty());
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        lab.run(&SETUP)
            .never_as_root()
            .under("sh", &["-c", &script])
            .stdin(SECRET_ACCESS_KEY)
            .run()
            .exits(0);
        let modes = [".aws", ".aws/credentials", ".aws/.credentials.aws-mfa.lock"]
            .map(|name| mode(&lab.home.path().join(name)));
        assert_eq!(modes, [0o700, 0o600, 0o600], "umask {umask}");
    }
}

#[test]
fn a_file_of_someone_else_is_refused() {
    if !root_has(&["setpriv"]) {
        return;
    }
    let lab = Lab::new();
    set_mode(&lab.home.credentials_path(), 0o644);
    let run = lab.refresh(&[]).never_as_root();
    chown(lab.home.credentials_path(), Some(0), Some(0)).unwrap();
    run.run()
        .exits(1)
        .says(&["credentials belongs to user 0, and after an edit it would belong to you"]);
    assert_eq!(lab.sts.connections(), 0);

    let run = lab.refresh(&[]).never_as_root();
    chown(lab.home.path().join(".aws"), Some(4321), Some(4321)).unwrap();
    set_mode(&lab.home.path().join(".aws"), 0o1777);
    run.run()
        .exits(1)
        .says(&[".aws belongs to user 4321, who could change it"]);
    assert_eq!(lab.sts.connections(), 0);
}

#[test]
fn root_keeps_the_owner() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    let file = lab.home.credentials_path();
    chown(&file, Some(NOBODY), Some(4321)).unwrap();
    set_mode(&file, 0o640);
    lab.refresh(&[]).run().exits(0);
    for path in [&file, &lab.home.lock_path()] {
        let metadata = std::fs::metadata(path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, 4321));
    }
    assert_eq!(mode(&file), 0o640);
}

/// As a container's root does with a mounted home, where the umask let the private group write.
#[test]
fn root_uses_what_belongs_to_the_user_whose_home_it_is() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    for path in [lab.home.path().join(".aws"), lab.home.credentials_path()] {
        chown(&path, Some(1), Some(1)).unwrap();
        set_mode(&path, if path.is_dir() { 0o775 } else { 0o660 });
    }
    lab.refresh(&[]).run().exits(0).never_says("can be changed");
    lab.run(&["-p", "dev", "exec", "--", "true"])
        .run()
        .exits(0)
        .says_nothing();
    assert_eq!(
        std::fs::metadata(lab.home.credentials_path())
            .unwrap()
            .uid(),
        1
    );
}

/// Folders and files that root makes in another user's home are that user's.
#[test]
fn root_makes_nothing_of_its_own_in_another_home() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::at(Home::empty());
    chown(lab.home.path(), Some(NOBODY), Some(4321)).unwrap();
    lab.run(&SETUP).stdin(SECRET_ACCESS_KEY).run().exits(0);
    for name in [".aws", ".aws/credentials", ".aws/.credentials.aws-mfa.lock"] {
        let metadata = std::fs::metadata(lab.home.path().join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, 4321), "{name}");
    }
}

/// What lies where everybody may put something could be a trap, and whose certificates root trusts is
/// never up to others.
#[test]
fn root_takes_nothing_from_where_everybody_may_put_something() {
    if !root_has(&[]) {
        return;
    }
    let home = Home::with_session();
    let open = home.path().join("open");
    std::fs::create_dir(&open).unwrap();
    set_mode(&open, 0o1777);
    let file = open.join("credentials");
    std::fs::copy(home.credentials_path(), &file).unwrap();
    set_mode(&file, 0o600);
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    // One folder deeper, too.
    let deep = open.join("theirs/aws");
    std::fs::create_dir_all(&deep).unwrap();
    let deeper = deep.join("credentials");
    std::fs::copy(&file, &deeper).unwrap();
    set_mode(&deeper, 0o600);
    for path in [&open.join("theirs"), &deep, &deeper] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let problem = "credentials belongs to user 65534, who could change it";
    for file in [&file, &deeper] {
        let path = ["--credentials-file", text(file)];
        for args in [
            &["-p", "dev", "env"][..],
            &["-p", "dev", "-f", "--token", "123456"],
        ] {
            let run = home.run_offline(&[args, &path[..]].concat());
            run.run().exits(1).says(&[problem]).prints("");
        }
    }
    let lab = Lab::with_tls();
    let bundle = lab.home.write("bundle.pem", lab.sts.certificate().unwrap());
    chown(&bundle, Some(NOBODY), Some(NOBODY)).unwrap();
    let run = lab
        .refresh(&[])
        .env_remove("SSL_CERT_FILE")
        .env("AWS_CA_BUNDLE", &bundle);
    run.run()
        .exits(1)
        .says(&["bundle.pem belongs to user 65534"]);
}

/// The user whose home it is makes links.
#[test]
fn root_creates_nothing_where_another_users_links_lead() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    let roots = lab.home.path().join("roots");
    std::fs::create_dir(&roots).unwrap();
    let theirs = lab.home.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let lure = |to: &Path, at: &Path| {
        symlink(to, at).unwrap();
        std::os::unix::fs::lchown(at, Some(NOBODY), Some(NOBODY)).unwrap();
    };
    lure(&roots, &theirs.join("aws-mfa"));
    lure(
        &roots.join("new/deep/credentials"),
        &theirs.join("credentials"),
    );
    chown(&theirs, Some(NOBODY), Some(NOBODY)).unwrap();
    let code = lab.sts.code();
    let run = lab.run(&["-p", "dev", "--token", &code, "exec", "--", "true"]);
    run.env("XDG_CACHE_HOME", text(&theirs)).run().exits(0);
    let path = theirs.join("credentials");
    let run = lab.run(&[&SETUP[..], &["--credentials-file", text(&path)]].concat());
    run.stdin(SECRET_ACCESS_KEY)
        .run()
        .exits(1)
        .says(&["could make root write elsewhere"]);
    assert_eq!(std::fs::read_dir(&roots).unwrap().count(), 0);
}

/// A user's private group is also the main one of another user.
#[test]
fn a_group_that_others_have_as_their_main_one_is_not_private() {
    if !root_has(&["unshare", "mount", "setpriv"]) {
        return;
    }
    for (other, is_private) in [("", true), ("bob:x:4002:4001::/:/bin/sh\n", false)] {
        let lab = Lab::with(&(long_term_section() + "mfa_process = false\n"));
        let run = lab.run(&["-p", "dev", "-v"]).never_as_root_but(4001);
        set_mode(&lab.home.credentials_path(), 0o660);
        let passwd = format!("root:x:0:0::/:/bin/sh\nalice:x:4001:4001::/:/bin/sh\n{other}");
        let passwd = lab.home.write("passwd", &passwd);
        let group = lab.home.write("group", "root:x:0:\nalice:x:4001:\n");
        let script = format!(
            "mount --bind {passwd} /etc/passwd; mount --bind {group} /etc/group; exec \"$@\""
        );
        let outcome = run
            .under("unshare", &["--mount", "sh", "-c", &script, "sh"])
            .run();
        let is_refused = outcome
            .stderr
            .contains("can be changed by its group (4001)");
        assert_eq!(is_refused, !is_private, "{}", outcome.stderr);
    }
}

/// As in a container that runs as any number.
#[test]
fn the_group_of_a_users_own_number_is_private_where_neither_is_known() {
    if !root_has(&["setpriv"]) {
        return;
    }
    let lab = Lab::with(&(long_term_section() + "mfa_process = false\n"));
    let run = lab.run(&["-p", "dev", "-v"]).never_as_root_but(54321);
    set_mode(&lab.home.credentials_path(), 0o660);
    run.run().says(&["running the command"]);
}

#[test]
fn root_gives_no_file_away() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    let roots = lab.home.path().join("roots");
    std::fs::write(&roots, "root's").unwrap();
    for path in [lab.home.path().join(".aws"), lab.home.credentials_path()] {
        chown(path, Some(NOBODY), Some(4321)).unwrap();
    }
    std::fs::hard_link(&roots, lab.home.lock_path()).unwrap();
    lab.refresh(&[]).run().exits(0).says(&["cannot lock "]);
    assert_eq!(std::fs::metadata(&roots).unwrap().uid(), 0);
}

/// The user whose home it is exchanges the folder at the prompt.
#[test]
fn root_writes_nowhere_else() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    let (aws, roots) = (lab.home.path().join(".aws"), lab.home.path().join("roots"));
    std::fs::create_dir(&roots).unwrap();
    std::fs::copy(lab.home.credentials_path(), roots.join("credentials")).unwrap();
    for path in [lab.home.path(), &aws, &lab.home.credentials_path()] {
        chown(path, Some(NOBODY), Some(4321)).unwrap();
    }
    let mut terminal = lab.asks();
    std::fs::rename(&aws, lab.home.path().join("away")).unwrap();
    symlink(&roots, &aws).unwrap();
    std::os::unix::fs::lchown(&aws, Some(NOBODY), Some(4321)).unwrap();
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    let seen = terminal.exits(1, &[&code]);
    assert!(seen.contains("could make root write elsewhere"), "{seen}");
    assert_eq!(lab.credentials(), long_term_section());
    assert_eq!(std::fs::read_dir(&roots).unwrap().count(), 1);
    // Nor does it from the start.
    lab.refresh(&[])
        .run()
        .exits(1)
        .says(&["could make root write elsewhere"]);
    assert_eq!(lab.sts.codes_received(), 1);
}

/// Whoever moves the folder meanwhile, and puts another one there, finds the session in that one.
#[test]
fn a_folder_that_was_moved_is_found_again() {
    let lab = Lab::new();
    let aws = lab.home.path().join(".aws");
    let terminal = lab.asks();
    std::fs::rename(&aws, lab.home.path().join("away")).unwrap();
    std::fs::create_dir(&aws).unwrap();
    std::fs::copy(
        lab.home.path().join("away/credentials"),
        lab.home.credentials_path(),
    )
    .unwrap();
    lab.types_code(terminal);
    assert!(lab.credentials().contains("ASIASANDBOX"));
    assert!(!lab.home.read("away/credentials").contains("ASIASANDBOX"));
}

#[test]
fn an_access_list_never_becomes_wider() {
    if !root_has(&["setfacl"]) {
        return;
    }
    let lab = Lab::new();
    let file = lab.home.credentials_path();
    tool("setfacl", &["-m", "u:4321:r", text(&file)]);
    lab.refresh(&[])
        .run()
        .exits(0)
        .says(&["has an access control list, which will be lost"]);
    assert_eq!(mode(&file), 0o600);
}
