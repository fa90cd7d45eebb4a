//! The host that the SDK calls for a region, by the SDK's own rules. Pure.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

/// `None` if AWS has no such endpoint, for example none for FIPS in that part of AWS.
pub(super) fn host_for(region: &str, fips: bool, dual_stack: bool) -> Option<String> {
    let params = Params::builder()
        .region(region)
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .build()
        .ok()?;
    let resolver = DefaultResolver::new();
    let endpoint = pin!(resolver.resolve_endpoint(&params));
    // It is ready at once: nothing is looked up.
    let Poll::Ready(Ok(endpoint)) = endpoint.poll(&mut Context::from_waker(Waker::noop())) else {
        return None;
    };
    let url: http::Uri = endpoint.url().parse().ok()?;
    url.host().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::aws_hosts::STS;
    use super::*;

    #[test]
    fn regions_have_hosts() {
        for (region, fips, dual_stack, host) in [
            ("aws-global", false, false, "sts.amazonaws.com"),
            ("eu-west-1", false, false, "sts.eu-west-1.amazonaws.com"),
            ("us-east-2", true, false, "sts-fips.us-east-2.amazonaws.com"),
            ("eu-west-1", false, true, "sts.eu-west-1.api.aws"),
            ("us-west-2", true, true, "sts-fips.us-west-2.api.aws"),
            (
                "us-gov-west-1",
                true,
                false,
                "sts.us-gov-west-1.amazonaws.com",
            ),
            (
                "cn-north-1",
                false,
                false,
                "sts.cn-north-1.amazonaws.com.cn",
            ),
            (
                "eusc-de-east-1",
                false,
                false,
                "sts.eusc-de-east-1.amazonaws.eu",
            ),
            (
                "us-isob-east-1",
                false,
                false,
                "sts.us-isob-east-1.sc2s.sgov.gov",
            ),
        ] {
            assert_eq!(host_for(region, fips, dual_stack).as_deref(), Some(host));
            assert!(STS.is_at(host), "{host}");
        }
    }
}
