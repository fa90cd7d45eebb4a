//! The region that requests to the global endpoint are signed for.

use aws_sdk_sts::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, Region};
use aws_sdk_sts::error::BoxError;
use aws_types::region::SigningRegion;

/// Signs for `us-east-1`, as the global endpoint's requests are. The SDK does so by itself at the real endpoint, but would
/// sign for `aws-global` where another endpoint is configured.
#[derive(Debug)]
pub(super) struct GlobalSigning;

impl Intercept for GlobalSigning {
    fn name(&self) -> &'static str {
        "GlobalSigning"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let region = SigningRegion::from(Region::from_static("us-east-1"));
        config.interceptor_state().store_put(region);
        Ok(())
    }
}
