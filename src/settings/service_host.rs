//! The host that the SDK calls for a region, by the SDK's own rules. Pure.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_iam::config::endpoint as iam;
use aws_sdk_sts::config::endpoint as sts;

use super::aws::{IAM, Service};

/// What the SDK looks up for each request.
struct Wanted<'r> {
    region: &'r str,
    fips: bool,
    dual_stack: bool,
}

/// `None` if AWS has no such endpoint, for example none for FIPS in that part of AWS.
pub(super) fn host_for(
    service: &'static Service,
    region: &str,
    fips: bool,
    dual_stack: bool,
) -> Option<String> {
    let wanted = Wanted {
        region,
        fips,
        dual_stack,
    };
    let url = if *service == IAM {
        wanted.iam_url()
    } else {
        wanted.sts_url()
    };
    let url: http::Uri = url?.parse().ok()?;
    url.host().map(str::to_owned)
}

impl Wanted<'_> {
    fn sts_url(&self) -> Option<String> {
        use sts::ResolveEndpoint;
        let params = sts::Params::builder().region(self.region);
        let params = params.use_fips(self.fips).use_dual_stack(self.dual_stack);
        let resolver = sts::DefaultResolver::new();
        let params = params.build().ok()?;
        let endpoint = now(resolver.resolve_endpoint(&params))?;
        Some(endpoint.ok()?.url().to_owned())
    }

    fn iam_url(&self) -> Option<String> {
        use iam::ResolveEndpoint;
        let params = iam::Params::builder().region(self.region);
        let params = params.use_fips(self.fips).use_dual_stack(self.dual_stack);
        let resolver = iam::DefaultResolver::new();
        let params = params.build().ok()?;
        let endpoint = now(resolver.resolve_endpoint(&params))?;
        Some(endpoint.ok()?.url().to_owned())
    }
}

/// The outcome of what is ready at once: nothing is looked up anywhere.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::aws::STS;
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
            assert_eq!(
                host_for(&STS, region, fips, dual_stack).as_deref(),
                Some(host)
            );
            assert!(STS.is_at(host), "{host}");
        }
    }

    #[test]
    fn each_part_of_aws_has_one_iam() {
        for (region, fips, dual_stack, host) in [
            ("eu-west-1", false, false, "iam.amazonaws.com"),
            ("us-east-1", true, false, "iam-fips.amazonaws.com"),
            ("us-east-1", false, true, "iam.global.api.aws"),
            ("us-gov-east-1", false, false, "iam.us-gov.amazonaws.com"),
            (
                "cn-northwest-1",
                false,
                false,
                "iam.cn-north-1.amazonaws.com.cn",
            ),
            (
                "eusc-de-east-1",
                false,
                false,
                "iam.eusc-de-east-1.amazonaws.eu",
            ),
            (
                "us-iso-west-1",
                false,
                false,
                "iam.us-iso-east-1.c2s.ic.gov",
            ),
        ] {
            let found = host_for(&IAM, region, fips, dual_stack);
            assert_eq!(found.as_deref(), Some(host), "{region}");
            assert!(IAM.is_at(host), "{host}");
        }
        for host in [
            "sts.amazonaws.com",
            "iam.evil.amazonaws.com",
            "evil.iam.amazonaws.com",
        ] {
            assert!(!IAM.is_at(host), "{host}");
        }
    }
}
