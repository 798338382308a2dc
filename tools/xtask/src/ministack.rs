//! MiniStack, which simulates AWS on this machine.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::simulator::{Program, Simulator, isolated, url};

const LAUNCHER: &str = include_str!("ministack/launcher.py");

/// The services that the tests and the stack need, besides those that every MiniStack has.
const SERVICES: &str = "apigateway,cloudformation,cloudfront,cognito-idp,dynamodb,dynamodbstreams,iam,lambda,logs,monitoring,s3,ses,sns,sts";

/// The region of the simulated AWS.
pub(crate) const REGION: &str = "eu-west-1";

/// A running MiniStack.
#[derive(Debug)]
pub(crate) struct MiniStack(Simulator);

/// The Python that has it.
struct Python(PathBuf);

impl MiniStack {
    /// Starts MiniStack on a free port, and waits until it is ready.
    pub(crate) async fn start(python: &Path) -> anyhow::Result<Self> {
        Simulator::start(&Python(python.to_owned())).await.map(Self)
    }

    /// The URL of its endpoint.
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }
}

impl Program for Python {
    const NAME: &'static str = "MiniStack";
    const READY: &'static str = "/_ministack/ready";

    fn command(&self, port: u16, folder: &Path) -> Command {
        let mut command = isolated(&self.0, folder);
        command
            .args(["-I", "-B", "-c", LAUNCHER])
            .env("STATE_DIR", folder.join("state"))
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("SERVICES", SERVICES)
            .env("MINISTACK_REGION", REGION)
            // The functions inherit this environment, and find MiniStack by it.
            .env("AWS_ENDPOINT_URL", url(port))
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING");
        command
    }
}
