//! The function as Lambda runs it: several instances, each with one event at a time, behind a gateway that makes the events.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tests::runtime_api::{Function, Invoked, RuntimeApi};
use tokio::{
    sync::{Mutex, mpsc, watch},
    time::timeout,
};

use crate::{
    clock::{Clock, Clocks},
    exchange::{Answer, Request},
    freeze::freeze,
    plan::What,
};

/// The time after which Lambda ends an instance that has not answered: the timeout of the template.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A gateway with its instances.
#[derive(Debug)]
pub struct Gateway {
    instances: Vec<Instance>,
    idle: Mutex<mpsc::UnboundedReceiver<usize>>,
    free: mpsc::UnboundedSender<usize>,
    /// The URL of the simulated AWS.
    aws: String,
}

/// What the instances are started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program of the function.
    pub program: PathBuf,
    /// Its variables.
    pub variables: Vec<(String, String)>,
    /// The URL of the simulated AWS, for the mail.
    pub aws: String,
    /// The clocks of the instances.
    pub clocks: Clocks,
}

/// A place for an instance: when one ends, another one is started in it.
#[derive(Debug)]
struct Instance {
    number: u32,
    life: Mutex<Life>,
    settings: Settings,
}

/// An instance from its start to its end.
#[derive(Debug)]
struct Life {
    runtime_api: RuntimeApi,
    function: Function,
    clock: Clock,
    ended: watch::Sender<bool>,
}

impl Settings {
    async fn start(&self, number: u32) -> Life {
        let runtime_api = RuntimeApi::start().await;
        let mut clock = self.clocks.next(number);
        // Lambda tells the end of an invocation by the clock that the function has, too: both are in one machine.
        let allowed = i64::try_from(TIMEOUT.as_millis()).unwrap_or(i64::MAX);
        runtime_api.allow(allowed + clock.ahead() * 1_000);
        let of_clock = clock.variables();
        let variables = self.variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(of_clock.iter().map(|(name, value)| (*name, value.as_str())))
            .collect();
        let program = self.program.to_str().expect("a path in UTF-8");
        let mut function = runtime_api.start_function(program, &variables);
        function.discard_log();
        clock.given_to(function.id());
        Life {
            runtime_api,
            function,
            clock,
            ended: watch::Sender::new(false),
        }
    }
}

impl Instance {
    async fn start(number: u32, settings: Settings) -> Self {
        Self {
            number,
            life: Mutex::new(settings.start(number).await),
            settings,
        }
    }

    /// Hands it an event, and kills it if it takes too long. `None` if it did, or was killed meanwhile. With what it posted comes how far its
    /// clock is ahead.
    async fn invoke(&self, event: &Value) -> Option<(Invoked, i64)> {
        // The life is not locked while the event is at work, so that others can end it.
        let (invoked, mut ended, runtime_api, ahead) = {
            let life = self.life.lock().await;
            (
                life.runtime_api.send(event.to_string().into()),
                life.ended.subscribe(),
                life.runtime_api.clone(),
                life.clock.ahead(),
            )
        };
        let answered = tokio::select! {
            answered = timeout(TIMEOUT, invoked) => answered.ok(),
            _ = ended.wait_for(|ended| *ended) => None,
        };
        drop(runtime_api);
        if answered.is_none() && !*ended.borrow() {
            self.kill().await;
        }
        answered.map(|invoked| (invoked, ahead))
    }

    /// Kills it, and starts another one in its place.
    async fn kill(&self) {
        let mut life = self.life.lock().await;
        let before = std::mem::replace(&mut *life, self.settings.start(self.number).await);
        before.ended.send_replace(true);
        before.function.stop().await;
    }
}

impl Gateway {
    /// Starts the instances.
    pub async fn start(instances: u32, settings: Settings) -> Self {
        let (free, idle) = mpsc::unbounded_channel();
        let mut all = Vec::new();
        for number in 0..instances {
            free.send(all.len()).expect("the gateway is there");
            all.push(Instance::start(number, settings.clone()).await);
        }
        Self {
            instances: all,
            idle: Mutex::new(idle),
            free,
            aws: settings.aws,
        }
    }

    /// Hands a request to an instance that is free.
    pub async fn call(&self, request: &Request) -> Option<Answer> {
        let at = self.idle.lock().await.recv().await?;
        let free = Free(&self.free, at);
        let invoked = self.instances[at].invoke(&event(request)).await;
        drop(free);
        let (invoked, ahead) = invoked?;
        if invoked.is_error {
            return None;
        }
        let mut answer = answer(&serde_json::from_slice(&invoked.body).ok()?)?;
        answer.ahead = Some(ahead);
        Some(answer)
    }

    /// Does something to an instance.
    pub async fn disrupt(&self, process: u32, what: What) {
        let at = process as usize % self.instances.len();
        match what {
            What::Kill => self.instances[at].kill().await,
            What::Freeze(milliseconds) => {
                let id = self.instances[at].life.lock().await.function.id();
                freeze(id, milliseconds).await;
            }
        }
    }

    /// The newest code that was mailed to an address.
    pub async fn mailed(&self, address: &str) -> Option<String> {
        tests::ministack::mailed(&self.aws, address).await
    }
}

/// An instance that is given back when nobody waits for it any more.
struct Free<'a>(&'a mpsc::UnboundedSender<usize>, usize);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        // The gateway may have ended.
        let _ = self.0.send(self.1);
    }
}

/// The event that a REST API makes of a request.
fn event(request: &Request) -> Value {
    let host = "chaos.execute-api.eu-west-1.amazonaws.com".to_owned();
    let mut headers = vec![
        ("Host", host),
        ("X-Forwarded-For", "192.0.2.1".to_owned()),
        ("User-Agent", "chaos/1.0".to_owned()),
    ];
    headers.extend(request.headers.iter().cloned());
    if request.body.is_some() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    let one = |pairs: &[(&str, String)]| -> Value {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let every = |pairs: &[(&str, String)]| -> Value {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), json!([value])))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let has_query = !request.query.is_empty();
    json!({
        "resource": request.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": one(&headers),
        "multiValueHeaders": every(&headers),
        "queryStringParameters": has_query.then(|| one(&request.query)),
        "multiValueQueryStringParameters": has_query.then(|| every(&request.query)),
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "chaos",
            "httpMethod": request.method,
            "identity": { "sourceIp": "192.0.2.1", "userAgent": "chaos/1.0" },
            "path": format!("/Production{}", request.path),
            "protocol": "HTTP/1.1",
            "requestId": uuid::Uuid::new_v4().to_string(),
            "requestTimeEpoch": 1_700_000_000_000_u64,
            "resourceId": "r",
            "resourcePath": request.resource,
            "stage": "Production"
        },
        "body": request.body.as_ref().map(ToString::to_string),
        "isBase64Encoded": false
    })
}

fn answer(event: &Value) -> Option<Answer> {
    let status = u16::try_from(event["statusCode"].as_u64()?).ok()?;
    let header = |wanted: &'static str| {
        let every = event["multiValueHeaders"].as_object();
        let of_many = every.into_iter().flatten().find_map(|(name, values)| {
            name.eq_ignore_ascii_case(wanted)
                .then(|| values[0].as_str())
                .flatten()
        });
        let one = event["headers"].as_object();
        of_many.or_else(|| {
            one.into_iter().flatten().find_map(|(name, value)| {
                name.eq_ignore_ascii_case(wanted)
                    .then(|| value.as_str())
                    .flatten()
            })
        })
    };
    let body = event["body"].as_str().unwrap_or_default();
    Some(Answer::of(status, header, body.as_bytes()))
}

/// The function that follows the streams, which answers one batch at a time.
#[derive(Debug)]
pub struct Follower(Instance);

impl Follower {
    /// Starts it, as the process of this number.
    pub async fn start(number: u32, settings: Settings) -> Arc<Self> {
        Arc::new(Self(Instance::start(number, settings).await))
    }

    /// Hands it a batch. True if it was relayed.
    pub async fn relay(&self, batch: &Value) -> bool {
        let invoked = self.0.invoke(batch).await;
        invoked.is_some_and(|(invoked, _)| !invoked.is_error)
    }

    /// Kills it, and starts it again.
    pub async fn kill(&self) {
        self.0.kill().await;
    }
}
