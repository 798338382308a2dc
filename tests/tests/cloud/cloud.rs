//! The deployed stack: its endpoint, its outputs, and clients of its stages.

use std::{
    fs,
    time::{Duration, Instant},
};

use local::server::Stage;
use serde::Deserialize;
use serde_json::{Map, Value};
use tests::{
    api::{Api, encode},
    ministack,
    person::{PASSWORD, Person, confirm_with, sign_up},
};
use uuid::Uuid;

/// A deployed stack.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Cloud {
    /// The URL that takes the place of AWS.
    pub(crate) endpoint: String,
    pub(crate) region: String,
    outputs: Map<String, Value>,
    /// Physical ids by logical ids.
    resources: Map<String, Value>,
}

impl Cloud {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests names the stack"
    )]
    pub(crate) fn from_environment() -> Option<Self> {
        let file = std::env::var("CLOUD_OUTPUTS").ok()?;
        let facts = fs::read(file).expect("the file that CLOUD_OUTPUTS names");
        Some(serde_json::from_slice(&facts).expect("facts about a stack"))
    }

    /// An output of the stack.
    pub(crate) fn output(&self, name: &str) -> &str {
        let value = self.outputs.get(name).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no output {name}"))
    }

    /// An output that each stage has of its own.
    pub(crate) fn of_stage(&self, stage: Stage, name: &str) -> &str {
        self.output(&format!("{stage:?}{name}"))
    }

    /// The physical id of a resource.
    pub(crate) fn resource(&self, name: &str) -> &str {
        let value = self.resources.get(name).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no resource {name}"))
    }

    /// A stage, without an access token.
    pub(crate) fn api(&self, stage: Stage) -> Api {
        Api::at(&self.url(stage))
    }

    /// The base URL of a stage on the local cloud; the outputs have its URL on AWS.
    pub(crate) fn url(&self, stage: Stage) -> String {
        let (endpoint, api) = (&self.endpoint, self.output("ApiId"));
        format!("{endpoint}/_aws/execute-api/{api}/{stage:?}")
    }

    /// A new user with an account at a stage, signed in.
    pub(crate) async fn person(&self, stage: Stage) -> Person {
        let (api, email) = (self.api(stage), address());
        sign_up(&api, &email).await.is(202);
        confirm_with(&api, &email, &self.code(&email).await, PASSWORD)
            .await
            .is(204);
        Person::signed_in(&api, &email, PASSWORD).await
    }

    /// The code in the newest letter to an address.
    pub(crate) async fn code(&self, email: &str) -> String {
        let code = ministack::mailed(&self.endpoint, email).await;
        code.expect("a letter with a code")
    }

    /// Waits until a search finds a movie: searches follow the writes.
    pub(crate) async fn until_found(&self, api: &Api, title: &str) {
        eventually("a search that finds the movie", || async {
            let found = api.titles(&format!("q={}&limit=2", encode(title))).await;
            (found == [title]).then_some(())
        })
        .await;
    }

    /// The `X-Served-By` header of a stage: the build, and the function's version.
    pub(crate) async fn served_by(&self, stage: Stage) -> String {
        let answer = self.api(stage).get("/health").send().await.is(200);
        answer.header("x-served-by").unwrap().to_owned()
    }
}

/// The longest wait for what follows a write. It takes a second or two; on a busy machine some functions start meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks again until there is an answer.
pub(crate) async fn eventually<T, F>(what: &str, look: impl Fn() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{what}: not within {PATIENCE:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// An address that nobody has yet.
pub(crate) fn address() -> String {
    format!("{}@example.com", Uuid::new_v4())
}

/// A title that no movie has yet.
pub(crate) fn title() -> String {
    format!("Alien {}", Uuid::new_v4())
}

/// The `X-Served-By` header of a build of this checkout.
pub(crate) fn version(build: &str, function_version: &str) -> String {
    format!("{}+{build}/{function_version}", env!("CARGO_PKG_VERSION"))
}
