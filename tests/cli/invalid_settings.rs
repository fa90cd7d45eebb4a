//! Settings that can't be right: absurd values, a config file that doesn't parse, keys that no
//! header can carry. Each is named, before anything is sent; none makes the SDK panic.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::Run;
use crate::support::sts::Tripwire;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, long_term_section, session_section};

/// A lab with this config file.
fn with_config(config: &str) -> Lab {
    let lab = Lab::new();
    lab.home.set_config(config);
    lab
}

/// With this config file a refresh fails with these words, and nothing was sent.
#[track_caller]
fn refused(config: &str, words: &str) {
    let outcome = with_config(config).refuses(&[], &[words]);
    outcome.never_says("a bug in aws-mfa");
}

#[test]
fn values_that_cannot_be_right_are_named() {
    let long = "x".repeat(64);
    let no_region = "region in [profile dev]: not a region; expected";
    for (line, words) in [
        ("region = eu west 1", no_region),
        ("region = ../../etc", no_region),
        ("region = -eu", no_region),
        (&format!("region = {long}"), no_region),
        (
            "sts_regional_endpoints = none",
            "sts_regional_endpoints in [profile dev]: must be regional or legacy",
        ),
        (
            "use_fips_endpoint = 1",
            "use_fips_endpoint in [profile dev]: must be true or false",
        ),
        (
            "use_dualstack_endpoint = yes",
            "use_dualstack_endpoint in [profile dev]: must be true or false",
        ),
        (
            "ignore_configured_endpoint_urls = no",
            "ignore_configured_endpoint_urls in [profile dev]: must be true or false",
        ),
        (
            "use_fips_endpoint = true",
            "use_fips_endpoint in [profile dev]: can't be combined with a custom endpoint \
             (from AWS_ENDPOINT_URL",
        ),
        (
            "use_dualstack_endpoint = true",
            "use_dualstack_endpoint in [profile dev]: can't be combined with a custom endpoint \
             (from AWS_ENDPOINT_URL",
        ),
        (
            "services = mine",
            "services in [profile dev]: there is no section [services mine]\n",
        ),
        (
            "ca_bundle = x.pem",
            "ca_bundle in [profile dev]: a relative path; use an absolute path or one that begins",
        ),
        (
            "mfa_process = ./getcode",
            "mfa_process in [profile dev]: a relative path; use an absolute path, or a name that",
        ),
        (
            "ca_bundle = /nonexistent",
            "(from ca_bundle in [profile dev])",
        ),
    ] {
        refused(&format!("[profile dev]\n{line}\n"), words);
    }
}

/// Most names below AWS's domain are anybody's: `sts.s3.amazonaws.com` is a bucket.
#[test]
fn a_region_leads_to_aws_s_own_hosts_or_is_named() {
    let home = Home::with(&long_term_section());
    let run = |line: &str| {
        home.set_config(&format!("[profile dev]\n{line}\n"));
        let run = home.refresh_offline(&["-q"]).without_endpoints();
        let run = home.trusting_somebody(run);
        run.env("HTTPS_PROXY", "http://127.0.0.1:9").run().exits(1)
    };
    let refused = |line: &str, words: &str| {
        let outcome = run(line).says(&[words]);
        outcome.never_says("no answer to").never_says("isn't known");
    };
    for region in [
        "s3",
        "elb",
        "compute-1",
        "execute-api",
        "s3-website-eu-west-1",
    ] {
        let words = "region in [profile dev]: not a region; expected something like";
        refused(&format!("region = {region}"), words);
    }
    for key in ["use_fips_endpoint", "use_dualstack_endpoint"] {
        let words = format!("{key} in [profile dev]: needs a region; set one with --region");
        refused(&format!("region = aws-global\n{key} = true"), &words);
    }
    // A part of AWS that is still to come, perhaps.
    let host = "sts.xx-east-1.amazonaws.com";
    run("region = xx-east-1").says(&[
        &format!("STS is at {host} (from region in [profile dev]), which isn't known to be AWS's"),
        &format!("no answer to GetCallerIdentity from {host}"),
    ]);
    run("region = eu-west-1")
        .says(&["no answer to GetCallerIdentity from sts.eu-west-1.amazonaws.com"])
        .never_says("STS is at");
}

/// The endpoint `url`, named by each place in turn, is refused with these words.
#[track_caller]
fn endpoint_refused(url: &str, words: &str) {
    let home = Home::with(&long_term_section());
    let run = || home.refresh_offline(&["-v"]).without_endpoints();
    let refused = |run: Run, place: &str| {
        let words = format!("{place}: {words}");
        run.run().exits(1).says(&[&words]).never_says("pass-word");
    };
    for variable in ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"] {
        refused(run().env(variable, url), variable);
    }
    home.set_config(&format!("[profile dev]\nendpoint_url = {url}\n"));
    refused(run(), "endpoint_url in [profile dev]");
    home.set_config(&format!(
        "[profile dev]\nservices = s\n[services s]\ns3 =\n  endpoint_url = x\n\
         sts =\n  # c\n  endpoint_url = {url}\n"
    ));
    refused(run(), "endpoint_url in [services s]");
}

/// Windows programs take a quote that isn't closed as it comes.
#[test]
#[cfg(unix)]
fn a_quote_that_is_not_closed_is_named() {
    refused(
        "[profile dev]\nmfa_process = 'unclosed\n",
        "mfa_process in [profile dev]: unclosed quote",
    );
}

#[test]
fn endpoints_that_are_no_urls_are_named() {
    for url in [
        "not a url",
        "https://",
        "localhost:8080",
        "ftp://user:pass-word@127.0.0.1",
        "https://host:99999",
    ] {
        endpoint_refused(url, "not a URL; expected something like https://");
    }
}

#[test]
fn plain_http_goes_to_this_computer_only() {
    endpoint_refused("http://192.0.2.1:8080", "192.0.2.1 without TLS");
    endpoint_refused(
        "http://user:pass-word@sts.example/",
        "sts.example without TLS: others could read keys and codes; use an https:// URL",
    );
}

/// What is the SDK's alone to read, and would make it panic or warn.
#[test]
fn absurd_values_of_other_settings_do_no_harm() {
    for line in [
        "retry_mode = legacy",
        "retry_mode = absurd",
        "max_attempts = 0",
        "max_attempts = -1",
        "max_attempts = 999999999999999999999",
        "defaults_mode = fast",
        "sdk_ua_app_id = a\u{e9} b",
        "request_min_compression_size_bytes = -5",
        "account_id_endpoint_mode = x",
        "auth_scheme_preference = ,,",
        "api_versions =\n  ec2 = 2015-03-01\n  nothing",
    ] {
        let lab = with_config(&format!("[profile dev]\n{line}\n"));
        lab.refresh(&[]).run().exits(0);
    }
    Lab::new()
        .refresh(&[])
        .env("AWS_RETRY_MODE", "legacy")
        .env("AWS_MAX_ATTEMPTS", "0")
        .env("AWS_SDK_UA_APP_ID", "a\u{e9}")
        .env("AWS_DEFAULTS_MODE", "fast")
        .run()
        .exits(0);
}

#[test]
fn a_config_file_that_no_tool_reads_is_named_with_its_line() {
    for (config, words) in [
        (
            "[profile dev]\nregion\n",
            "/config: line 2: neither a section header nor `key = value`",
        ),
        (
            "[profile other]\nk = v\nregion\n",
            "/config: line 3: neither a section header nor `key = value`",
        ),
        (
            "hello\n[profile dev]\n",
            "/config: line 1: text before the first section header",
        ),
        (
            "[profile dev]\nk = v\n[profile x\n",
            "/config: line 3: a section header without a name or without its closing bracket",
        ),
        (
            "[profile dev]\n= v\n",
            "/config: line 2: a value without a key",
        ),
        (
            "\u{feff}[profile dev]\n",
            "/config: line 1: the file begins with a byte order mark",
        ),
        (
            "[profile dev]\nregion = a\nregion = b\n",
            "/config: line 3: region appears twice in section [profile dev]",
        ),
        (
            "[profile dev]\nservices = s\n[services s]\nsts =\n  endpoint_url\n",
            "/config: line 5: neither a section header nor",
        ),
    ] {
        refused(config, words);
    }
}

/// A session that is valid needs no config file, and a file that other tools can't read stops
/// nobody who doesn't read it.
#[test]
fn a_damaged_config_file_is_not_read_while_the_session_is_valid() {
    let home = Home::with(&session_section(60));
    home.set_config("[profile dev\n");
    home.run_offline(&["-p", "dev"])
        .run()
        .exits(0)
        .says(&["is valid until"]);
    home.run_offline(&["check", "-p", "dev"]).run().exits(0);
    home.run_offline(&["list"]).run().exits(0);
}

#[test]
fn keys_that_no_header_can_carry_are_refused() {
    for bad in [
        "two words",
        "tab\tbed",
        "caf\u{e9}",
        "\"quoted\"",
        "escape\u{1b}[2J",
        "delete\u{7f}",
        "nul\0",
    ] {
        for (good, key) in [
            (ACCESS_KEY_ID, "aws_access_key_id"),
            (SECRET_ACCESS_KEY, "aws_secret_access_key"),
        ] {
            if bad.starts_with('"') && good == SECRET_ACCESS_KEY {
                // Quotes are not the alphabet of secrets, but a header can carry them: AWS answers.
                continue;
            }
            let lab = Lab::with(&long_term_section().replace(good, bad));
            let path = lab.home.credentials_path();
            let words = format!("[dev-long-term] of {}: line ", path.display());
            let why = format!(": {key} must be ");
            lab.refuses(&["-v"], &[&words, &why]).never_says(bad);
        }
    }
}

/// To another computer, that would be.
#[test]
fn plain_http_goes_through_no_proxy() {
    let lab = Lab::new();
    let proxy = Tripwire::set();
    let mut run = lab.refresh(&[]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        run = run.env(name, &proxy.url());
    }
    run.run().exits(0);
    assert_eq!(proxy.hits(), 0);
}

/// What the SDK would read from the environment by itself, and put into its requests, or trip over.
#[test]
fn what_the_sdk_would_read_from_the_environment_does_no_harm() {
    let lab = Lab::new();
    let refresh = |variables: &[(&str, &str)]| {
        let run = lab.refresh(&["-f"]);
        let run = variables.iter().fold(run, |run, (k, v)| run.env(k, v));
        run.run()
    };
    let long = "x".repeat(100_000);
    for (name, value) in [
        ("AWS_EXECUTION_ENV", "line\nbreak"),
        ("AWS_EXECUTION_ENV", "caf\u{e9}"),
        ("AWS_EXECUTION_ENV", &long),
        ("AWS_SDK_UA_APP_ID", "line\nbreak"),
        ("AWS_SDK_UA_APP_ID", &long),
        ("AWS_AUTH_SCHEME_PREFERENCE", "sigv4a,noAuth"),
        ("AWS_SIGV4A_SIGNING_REGION_SET", "*"),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"),
        ("AWS_DISABLE_REQUEST_COMPRESSION", "x"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "x"),
        ("AWS_NEW_RETRIES_2026", "true"),
        ("AWS_MAX_ATTEMPTS", "0"),
    ] {
        refresh(&[(name, value)]).exits(0);
    }
    let lambda = ("AWS_LAMBDA_FUNCTION_NAME", "f");
    refresh(&[lambda, ("_X_AMZN_TRACE_ID", "line\nbreak")]).exits(0);
    refresh(&[lambda, ("_X_AMZN_TRACE_ID", &long)]).exits(0);
    let agents = lab.sts.received();
    assert!(agents.iter().all(|request| {
        let agent = &request.user_agent;
        agent.contains("app/aws-mfa-") && !agent.contains("exec-env/")
    }));
    let count = agents.len();
    for file in ["", "/nonexistent", "/dev/null"] {
        let outcome = refresh(&[("SMITHY_CLIENT_SDK_CUSTOM_PARTITION", file)]).exits(1);
        outcome.says(&["SMITHY_CLIENT_SDK_CUSTOM_PARTITION: not supported; unset it"]);
    }
    assert_eq!(lab.sts.received().len(), count);
}
