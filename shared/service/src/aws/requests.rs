//! The calls of AWS that a request makes: each ends before the [deadline] of the request, and none is repeated for longer than that helps.
//!
//! No timer is added: the time limit of an attempt, which has one anyway, is made shorter.

use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{
        BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef, InterceptorContext,
    },
    retry::{ClassifyRetry, RetryAction, RetryPartition, TokenBucket},
};
use aws_smithy_runtime_api::{box_error::BoxError, client::interceptors::dyn_dispatch_hint};
use kit::deadline;

use super::Aws;

/// The attempts of a call, if it may be repeated.
const ATTEMPTS: u32 = 3;

/// The time limit of an attempt of a call of DynamoDB. It answers within milliseconds, so an attempt that takes longer is over a
/// connection that is dead, or meets a part of DynamoDB that another attempt may not meet.
const STORE_ATTEMPT: Duration = Duration::from_millis(1_200);

/// The time limit of an attempt of a call of Cognito, which sends mail and calls a function before it answers.
const IDENTITY_ATTEMPT: Duration = Duration::from_millis(2_500);

/// The longest pause before the second attempt. That before the third is twice as long at most. The SDK takes a random part of it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The least time that an attempt is begun for: enough for a new connection and an answer.
const LEAST: Duration = Duration::from_millis(200);

/// The retries that an instance has saved up, in the SDK's tokens: a retry after no answer or a fault takes ten, one after throttling
/// five. A retry that succeeds gives them back, a success at the first attempt gives one.
const TOKENS: usize = 100;
/// The tokens that come back by themselves in a second, so that an instance with few requests has retries again after an outage.
const TOKENS_A_SECOND: f32 = 1.0;

impl Aws {
    /// The configuration of DynamoDB's client, for requests.
    #[must_use]
    pub fn store_config(&self) -> aws_sdk_dynamodb::Config {
        let sdk = self.within(STORE_ATTEMPT);
        aws_sdk_dynamodb::config::Builder::from(&sdk)
            .retry_partition(retries("store"))
            .retry_classifier(Deadlines)
            .interceptor(Deadlines)
            .build()
    }

    /// The configuration of Cognito's client, for requests.
    #[must_use]
    pub fn identity_config(&self) -> aws_sdk_cognitoidentityprovider::Config {
        let sdk = self.within(IDENTITY_ATTEMPT);
        aws_sdk_cognitoidentityprovider::config::Builder::from(&sdk)
            .retry_partition(retries("identity"))
            .retry_classifier(Deadlines)
            .interceptor(Deadlines)
            .build()
    }

    fn within(&self, attempt: Duration) -> SdkConfig {
        let limits = TimeoutConfig::builder().operation_attempt_timeout(attempt);
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(FIRST_PAUSE)
            .with_max_backoff(LONGEST_PAUSE);
        let sdk = self.sdk.to_builder().timeout_config(limits.build());
        sdk.retry_config(retries).build()
    }
}

/// The retries of a client. By default all clients of a service in a region share theirs.
fn retries(of: &'static str) -> RetryPartition {
    let tokens = TokenBucket::builder()
        .capacity(TOKENS)
        .refill_rate(TOKENS_A_SECOND);
    RetryPartition::custom(of)
        .token_bucket(tokens.build())
        .build()
}

/// Keeps the calls of a request within its [deadline].
#[derive(Debug, Clone, Copy)]
struct Deadlines;

#[dyn_dispatch_hint]
impl Intercept for Deadlines {
    fn name(&self) -> &'static str {
        "Deadlines"
    }

    fn modify_before_retry_loop(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match deadline::left() {
            Some(left) if left < LEAST => Err("the time of the request is over".into()),
            Some(left) => {
                shorten(config, left);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The next attempt, if there is one, begins after a pause.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failed = context.output_or_error().is_none_or(|of| of.is_err());
        if failed && let Some(left) = deadline::left() {
            shorten(config, left.saturating_sub(LONGEST_PAUSE));
        }
        Ok(())
    }
}

/// Makes the time limit of the next attempt this short, if it is longer.
fn shorten(config: &mut ConfigBag, left: Duration) {
    let Some(limits) = config.load::<TimeoutConfig>() else {
        return;
    };
    let limit = limits.operation_attempt_timeout();
    if limit.is_none_or(|limit| left < limit) {
        let shorter = limits.to_builder().operation_attempt_timeout(left).build();
        config.interceptor_state().store_put(shorter);
    }
}

impl ClassifyRetry for Deadlines {
    fn name(&self) -> &'static str {
        "Deadlines"
    }

    /// Forbids an attempt that cannot end in time.
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        match deadline::left() {
            Some(left) if left < LONGEST_PAUSE + LEAST => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }
}

#[cfg(test)]
mod tests;
