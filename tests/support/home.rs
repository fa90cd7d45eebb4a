//! A temporary home folder with a credentials file, and nothing of the developer's own environment.

use std::path::{Path, PathBuf};

use super::run::Run;
use super::sts::LoopbackSts;
use super::{long_term_section, session_section};

/// A home folder that is removed when it is dropped.
pub struct Home {
    folder: tempfile::TempDir,
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
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn credentials_path(&self) -> PathBuf {
        self.path().join(".aws").join("credentials")
    }

    pub fn credentials(&self) -> String {
        String::from_utf8(std::fs::read(self.credentials_path()).unwrap()).unwrap()
    }

    /// Writes `.aws/config`.
    pub fn set_config(&self, text: &str) {
        std::fs::write(self.path().join(".aws").join("config"), text).unwrap();
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

    /// The program in this home, with `sts` as its AWS.
    pub fn run(&self, sts: &LoopbackSts, args: &[&str]) -> Run {
        self.run_at(sts, &sts.url(), args)
    }

    /// The program in this home, with `url` as its AWS, where `sts`'s certificate is trusted.
    pub fn run_at(&self, sts: &LoopbackSts, url: &str, args: &[&str]) -> Run {
        let run = self.run_offline(args).env("AWS_ENDPOINT_URL_STS", url);
        let Some(certificate) = sts.certificate() else {
            return run;
        };
        let path = self.path().join("trusted.pem");
        std::fs::write(&path, certificate).unwrap();
        run.env("SSL_CERT_FILE", path.to_str().unwrap())
    }

    /// The program in this home, with an AWS where nobody listens.
    pub fn run_offline(&self, args: &[&str]) -> Run {
        Run::new(self.path(), args).env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
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
