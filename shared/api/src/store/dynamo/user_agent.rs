//! Who calls, as AWS's own logs will say.

use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
};
use aws_smithy_runtime_api::client::interceptors::{disable_interceptor, dyn_dispatch_hint};

use crate::store::BoxError;

/// Says who calls in a few words, in place of the SDK's own `User-Agent` and `x-amz-user-agent`: a line each, put together
/// anew for each call from the environment and what the SDK is set to, of which the second is signed as well.
#[derive(Debug)]
pub(super) struct ShortUserAgent;

/// What AWS's own logs will say.
const USER_AGENT: &str = concat!("movies-api/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust");

#[dyn_dispatch_hint]
impl Intercept for ShortUserAgent {
    fn name(&self) -> &'static str {
        "ShortUserAgent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let disabled = disable_interceptor::<UserAgentInterceptor>("another one speaks for it");
        config.interceptor_state().store_put(disabled);
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("user-agent", USER_AGENT);
        Ok(())
    }
}
