//! A temporary home folder with a credentials file, and nothing of the developer's own environment.

#[cfg(unix)]
use std::io::Write;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::{Command, Stdio};

use super::run::Run;
#[cfg(unix)]
use super::run::{clean_environment, program};
use super::sts::LoopbackSts;
use super::{long_term_section, session_section};

/// The name of the file that runs lock while they write; it stays.
pub const LOCK: &str = ".credentials.aws-mfa.lock";

/// A home folder that is removed when it is dropped.
pub struct Home {
    /// Around the home folder, as `/home` is: not where everybody may put something.
    _around: tempfile::TempDir,
    path: PathBuf,
}

impl Home {
    /// A home with this credentials file.
    pub fn with(credentials: &str) -> Self {
        Self::with_bytes(credentials.as_bytes())
    }

    pub fn with_bytes(credentials: &[u8]) -> Self {
        let home = Self::empty();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        std::fs::write(home.credentials_path(), credentials).unwrap();
        #[cfg(unix)]
        set_mode(&home.credentials_path(), 0o600);
        home
    }

    /// A home where profile `dev` has a session that is valid for an hour, and a region.
    pub fn with_session() -> Self {
        let home = Self::with(&(session_section(3600) + &long_term_section()));
        home.set_config("[profile dev]\nregion = eu-west-1\n");
        home
    }

    /// A home without an `.aws` folder.
    pub fn empty() -> Self {
        let around = tempfile::tempdir().unwrap();
        #[cfg(unix)]
        set_mode(around.path(), 0o755);
        let path = around.path().join("home");
        std::fs::create_dir(&path).unwrap();
        #[cfg(unix)]
        set_mode(&path, 0o700);
        Self {
            _around: around,
            path,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn credentials_path(&self) -> PathBuf {
        self.path().join(".aws").join("credentials")
    }

    pub fn credentials(&self) -> String {
        String::from_utf8(std::fs::read(self.credentials_path()).unwrap()).unwrap()
    }

    pub fn lock_path(&self) -> PathBuf {
        self.path().join(".aws").join(LOCK)
    }

    /// Writes `.aws/config`.
    pub fn set_config(&self, text: &str) {
        self.write(".aws/config", text);
    }

    /// Writes a file below this folder; returns its path.
    pub fn write(&self, name: &str, content: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    /// Writes a program below this folder, as a script; returns its path.
    ///
    /// Another process writes it. While a file of this process is open for writing, each child that
    /// another test starts holds it open, too, until it becomes its own program; and a program that
    /// is open for writing can't be started (`ETXTBSY`).
    #[cfg(unix)]
    pub fn write_program(&self, name: &str, script: &str) -> String {
        let path = self.path().join(name);
        let _ = std::fs::remove_file(&path);
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = writer.stdin.take().unwrap();
        input.write_all(script.as_bytes()).unwrap();
        drop(input);
        assert!(writer.wait().unwrap().success(), "{name}");
        path.into_os_string().into_string().unwrap()
    }

    /// Reads a file below this folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Lets `run` trust a certificate, on machines whose system has none.
    pub fn trusting_somebody(&self, run: Run) -> Run {
        let sts = LoopbackSts::start_with_tls();
        let certificate = sts.certificate().unwrap();
        run.env("SSL_CERT_FILE", &self.write("trusted.pem", certificate))
    }

    /// The names of everything in the `.aws` folder.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join(".aws")).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program in this home, with `url` as its AWS, where `sts`'s certificate is trusted.
    pub fn run_at(&self, sts: &LoopbackSts, url: &str, args: &[&str]) -> Run {
        let run = self.run_offline(args).with_aws_at(url);
        let Some(certificate) = sts.certificate() else {
            return run;
        };
        run.env("SSL_CERT_FILE", &self.write("trusted.pem", certificate))
    }

    /// The program in this home, with an AWS where nobody listens.
    pub fn run_offline(&self, args: &[&str]) -> Run {
        Run::new(self.path(), args).with_aws_at("http://127.0.0.1:9")
    }

    /// Another program in this home, such as a shell, that finds aws-mfa in its path.
    #[cfg(unix)]
    pub fn other_program(&self, name: &str) -> Command {
        let bin = self.path().join("bin");
        if !bin.exists() {
            std::fs::create_dir(&bin).unwrap();
            std::os::unix::fs::symlink(program(), bin.join("aws-mfa")).unwrap();
        }
        let path = format!("{}:/usr/bin:/bin:/usr/local/bin", bin.display());
        let mut command = Command::new(name);
        command.env_clear().envs(clean_environment(self.path()));
        command.env("PATH", path).current_dir(self.path());
        command
    }

    /// As [`Home::run_offline`], a refresh of profile `dev` that is given a code.
    pub fn refresh_offline(&self, args: &[&str]) -> Run {
        self.run_offline(&[&["-p", "dev", "--token", "123456"], args].concat())
    }
}

#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o7777
}
