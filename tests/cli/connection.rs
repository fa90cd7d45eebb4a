//! The connection to AWS, over TLS: how many, how many requests, and what is said while there is none.

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::sts::LoopbackSts;

#[test]
fn untrusted() {
    let sts = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    let outcome = home
        .run(&sts, &["-p", "dev", "--token", "123456"])
        .env_remove("SSL_CERT_FILE")
        .run();
    panic!("{outcome:?}");
}
