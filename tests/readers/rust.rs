//! The AWS SDK for Rust, as a reader.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it is a part of a test"
)]

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::config::ProvideCredentials;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for line in std::io::stdin().lines() {
        let question: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let file = question["file"].as_str().unwrap();
        let files = EnvConfigFiles::builder()
            .with_file(EnvConfigFileKind::Credentials, file)
            .build();
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&ProviderConfig::without_region())
            .profile_files(files)
            .profile_name(question["profile"].as_str().unwrap())
            .build();
        let answer = provider.provide_credentials().await.ok().map(|keys| {
            [
                Some(keys.access_key_id().to_owned()),
                Some(keys.secret_access_key().to_owned()),
                keys.session_token().map(str::to_owned),
            ]
        });
        println!("{}", serde_json::to_string(&answer).unwrap());
    }
}
