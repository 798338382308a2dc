//! The environment of the measured functions: DynamoDB, Cognito and the key set behind TLS, and the variables with
//! their addresses.

use std::{collections::HashMap, fs, time::Duration};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use service::{aws::AMAZON_ROOTS, nouns::REALM};
use tempfile::TempDir;
use tests::{
    aws,
    distance::Relay,
    issuer::{CLIENT, ISS, KEY, key_set},
    stub::{Canned, Reply, Stub},
    tls::Authority,
};

use super::{events::USER, subjects::Kind};
use crate::noun;

/// The files in which systems keep their trusted certificates.
const ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The number of resources on a page of the list: the default limit.
const PAGE: u8 = kit::page::DEFAULT_LIMIT;

/// The round-trip times. Cognito shares the address of DynamoDB here, so its responses are delayed by the difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoundTrips {
    /// To DynamoDB.
    store: Duration,
    /// To the key set, and to Cognito.
    cognito: Duration,
}

impl RoundTrips {
    /// Those of a function in the cloud.
    pub(super) const USUAL: Self = Self {
        store: Duration::from_millis(1),
        cognito: Duration::from_millis(3),
    };
    pub(super) const NONE: Self = Self {
        store: Duration::ZERO,
        cognito: Duration::ZERO,
    };
}

pub(super) struct World {
    pub(super) aws: Stub,
    way_to_aws: Relay,
    way_to_key_set: Relay,
    _key_set: Stub,
    folder: TempDir,
    /// The number of trusted certificates besides our own.
    pub(super) roots: usize,
}

impl World {
    pub(super) async fn start(round_trips: RoundTrips) -> anyhow::Result<Self> {
        let authority = Authority::generate();
        // Created here, so that no request waits for them.
        let (answers, others) = answers(round_trips);
        let aws = Stub::start_with_tls(&authority, move |asked| {
            let answer = answers.get(asked.target.as_str());
            answer.unwrap_or(&others).clone()
        });
        let aws = aws.await;
        let keys = Reply::from(key_set(&[&KEY]));
        let key_set = Stub::start_with_tls(&authority, move |_| keys.clone()).await;
        let way_to_aws = Relay::start(aws.address(), round_trips.store).await;
        let way_to_key_set = Relay::start(key_set.address(), round_trips.cognito).await;
        let folder = tempfile::tempdir()?;
        // In the cloud, a function loads all certificates of the system, so our own is added to those.
        let system = ROOTS.iter().find_map(|file| fs::read_to_string(file).ok());
        let system = system.context("no certificates of the system were found")?;
        fs::write(folder.path().join("own.pem"), authority.pem())?;
        let amazon = [AMAZON_ROOTS, authority.pem().as_bytes()].concat();
        fs::write(folder.path().join("amazon.pem"), amazon)?;
        fs::write(
            folder.path().join("all.pem"),
            format!("{system}\n{}", authority.pem()),
        )?;
        Ok(Self {
            aws,
            way_to_aws,
            way_to_key_set,
            _key_set: key_set,
            folder,
            roots: system.matches("BEGIN CERTIFICATE").count(),
        })
    }

    /// The number of connections that were opened so far.
    pub(super) fn connections(&self) -> usize {
        self.way_to_aws.accepted() + self.way_to_key_set.accepted()
    }

    /// The variables that Lambda sets, except those of the Runtime API, and the settings of the function.
    pub(super) fn variables(&self, function: Kind) -> Vec<(String, String)> {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let (own, all) = (file("own.pem"), file("all.pem"));
        let bundle = match function {
            // The service trusts only Amazon's certificates by default.
            Kind::Service | Kind::Other => file("amazon.pem"),
            _ => all.clone(),
        };
        let pool = ISS.rsplit('/').next().unwrap_or_default();
        let (aws, keys) = (https(&self.way_to_aws), https(&self.way_to_key_set));
        let variables = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            (
                "AWS_LAMBDA_LOG_STREAM_NAME",
                "2026/01/01/[7]0123456789abcdef",
            ),
            ("AWS_ENDPOINT_URL", aws.as_str()),
            ("SSL_CERT_FILE", all.as_str()),
            ("AWS_CA_BUNDLE", bundle.as_str()),
            // Node adds these to its own certificates.
            ("NODE_EXTRA_CA_CERTS", own.as_str()),
            ("STAGE", "Production"),
            ("IDEMPOTENCY_TABLE", "idempotency"),
            ("SEARCH_TABLE", "search"),
            ("CHANGES_TABLE", "changes"),
            ("USER_POOL_ID", pool),
            ("USER_POOL_CLIENT_ID", CLIENT),
            ("USER_POOL_CLIENT_SECRET", "secret"),
            ("CLIENT_ID", CLIENT),
            ("ISSUER", ISS),
            ("JWKS_URL", keys.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let tables = service::nouns::NOUNS
            .iter()
            .map(|noun| (noun.table_variable(), noun.many.to_owned()));
        let mut variables: Vec<_> = variables.into_iter().chain(tables).collect();
        if matches!(function, Kind::Service | Kind::Other) {
            let keys = STANDARD.encode(key_set(&[&KEY]).body.to_string());
            variables.push(("JWKS".to_owned(), keys));
        }
        variables
    }
}

fn https(way: &Relay) -> String {
    format!("https://{}", way.address())
}

/// The responses of AWS whose content matters, by operation, and that to all others.
fn answers(round_trips: RoundTrips) -> (HashMap<&'static str, Reply>, Reply) {
    let consumed = json!({ "TableName": REALM, "CapacityUnits": 1.0 });
    let items = (0..PAGE).map(|number| noun::item(USER, Some(number)));
    let page = json!({
        "Items": items.collect::<Vec<_>>(), "Count": PAGE, "ScannedCount": PAGE,
        "LastEvaluatedKey": noun::item_key(&noun::item(USER, Some(PAGE))),
        "ConsumedCapacity": consumed,
    });
    let item = noun::item(USER, None);
    let ok = |body| Reply::from(Canned::ok(body));
    let of_cognito = || Reply {
        delay: round_trips.cognito.saturating_sub(round_trips.store),
        ..ok(aws::tokens())
    };
    let answers = [
        (
            "GetItem",
            ok(json!({ "Item": item, "ConsumedCapacity": consumed })),
        ),
        ("Query", ok(page)),
        (
            "UpdateItem",
            ok(json!({ "Attributes": item, "ConsumedCapacity": consumed })),
        ),
        (
            "TransactWriteItems",
            ok(json!({ "ConsumedCapacity": [consumed] })),
        ),
        ("AdminInitiateAuth", of_cognito()),
        ("GetTokensFromRefreshToken", of_cognito()),
    ];
    (answers.into(), ok(json!({ "ConsumedCapacity": consumed })))
}
