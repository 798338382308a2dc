//! CodeDeploy's check before a new version gets any of Production's traffic: it asks the version
//! itself, as API Gateway would, compares its answers with those of the version that serves, and tells CodeDeploy whether
//! to go on. A version that served before is let through: Production goes back then.
//!
//! It fails closed. Whatever is not as it should be is reported as a failure; and where nothing can
//! be reported, CodeDeploy hears nothing and gives the deployment up after an hour.

mod candidate;
mod check;
mod hook;
mod shape;

use api::{
    aws::Aws,
    config::{ConfigError, environment},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tracing::level_filters::LevelFilter;

use self::{candidate::Candidate, hook::Hook};

// One event at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let hook = read(environment)?;
    // Every decision is worth a line, so the level is no setting.
    let events = api::log::at(LevelFilter::INFO);
    api::log::write(
        events.with_target("lambda_runtime::layers::panic", LevelFilter::OFF),
        None,
    );
    lambda_runtime::run(service_fn(|event: LambdaEvent<hook::Event>| {
        hook.run(event.payload)
    }))
    .await
}

/// All that the function reads of its environment is read here.
fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Hook, ConfigError> {
    let aws = Aws::read(&variable)?;
    Ok(Hook {
        candidate: Candidate::read(variable, aws_sdk_lambda::Client::new(&aws.sdk)),
        code_deploy: aws_sdk_codedeploy::Client::new(&aws.sdk),
    })
}

#[cfg(test)]
mod tests {
    const TARGET: &str = "arn:aws:lambda:eu-west-1:123456789012:function:movies:8";

    #[test]
    fn the_function_is_given_every_variable_that_it_reads_and_no_other() {
        tests::template::gives_what_is_read("PreTrafficFunction", |variable| {
            let hook = super::read(|name| match name {
                "TARGET_FUNCTION" => variable(name).map(|_| TARGET.to_owned()),
                _ => variable(name),
            });
            hook.unwrap().candidate.unwrap();
        });
    }
}
