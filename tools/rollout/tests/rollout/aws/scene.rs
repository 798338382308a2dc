//! The script: the state of the simulated AWS, and the states that follow.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use tests::stub::Reply;

/// The state of the rollout at one read.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) stack: &'static str,
    pub(crate) alias: &'static str,
    pub(crate) weight: Option<(&'static str, f64)>,
    /// The deployment's status; `None` if there is no deployment.
    pub(crate) deployment: Option<&'static str>,
    pub(crate) alarm: &'static str,
}

impl Frame {
    pub(crate) fn rest(stack: &'static str, alias: &'static str) -> Self {
        Self {
            stack,
            alias,
            weight: None,
            deployment: None,
            alarm: "OK",
        }
    }

    /// Version 8 gets a share of version 7's traffic.
    pub(crate) fn shifting(share: f64) -> Self {
        Self {
            weight: Some(("8", share)),
            deployment: Some("InProgress"),
            ..Self::rest("UPDATE_IN_PROGRESS", "7")
        }
    }
}

/// A version of the function, or `$LATEST`.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) sha256: &'static str,
    pub(crate) description: &'static str,
    /// The update status at each read; the last one stays.
    pub(crate) update: VecDeque<&'static str>,
    pub(crate) log_level: &'static str,
    /// A member of its configuration that differs from the usual one.
    pub(crate) other: Option<(&'static str, Value)>,
}

impl Code {
    pub(crate) fn new(sha256: &'static str, description: &'static str) -> Self {
        Self {
            sha256,
            description,
            update: ["Successful"].into(),
            log_level: "INFO",
            other: None,
        }
    }
}

/// The state of the simulated AWS. By default version 7 is in Production, and Development has newer code and a newer
/// API.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) now: Frame,
    /// The next frames: one for each read of the stack after the first change.
    pub(crate) then: VecDeque<Frame>,
    pub(crate) moving: bool,
    pub(crate) updates: u32,
    /// True if the stack shows an update only when the test says so.
    pub(crate) late: bool,
    /// True if somebody else updates the stack while a version is published.
    pub(crate) meddled: bool,
    /// The number of failed reads of the stack after the first change.
    pub(crate) failing: u32,
    /// Resources that are deleted, but still listed.
    pub(crate) deleted: Vec<&'static str>,
    /// The creator of the deployment.
    pub(crate) creator: &'static str,
    pub(crate) parameters: BTreeMap<&'static str, String>,
    pub(crate) outputs: BTreeMap<&'static str, &'static str>,
    pub(crate) resources: BTreeMap<&'static str, &'static str>,
    pub(crate) policy: &'static str,
    pub(crate) code: BTreeMap<&'static str, Code>,
    pub(crate) published: &'static str,
    /// The code of Development's function, if it is not that of Production's `$LATEST`.
    pub(crate) development: Option<Code>,
    /// The versions of the sign-up trigger, which is version 3 in Production.
    pub(crate) triggers: BTreeMap<&'static str, Code>,
    /// The versions of the relay of changes, which is version 5 in Production.
    pub(crate) relays: BTreeMap<&'static str, Code>,
    pub(crate) stage: &'static str,
    /// The changes of the change set: action, resource, property.
    pub(crate) changes: Vec<(&'static str, &'static str, &'static str)>,
    /// The time at which traffic began to shift, in seconds since 1970.
    pub(crate) shifting_since: i64,
    /// The requests that the new version got.
    pub(crate) requests: f64,
    /// The items of the table of the logs of changes.
    pub(crate) logs: Vec<Value>,
    /// Answers that replace those of the script, by the name of the call.
    pub(crate) instead: BTreeMap<&'static str, Reply>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            now: Frame::rest("UPDATE_COMPLETE", "7"),
            then: VecDeque::new(),
            moving: false,
            updates: 0,
            late: false,
            meddled: false,
            failing: 0,
            deleted: Vec::new(),
            creator: "CloudFormation",
            parameters: [
                ("LogLevel", "INFO"),
                ("PreviousProductionApiDeploymentId", "api6"),
                ("PreviousProductionChangesVersion", "4"),
                ("PreviousProductionSignUpVersion", "2"),
                ("PreviousProductionVersion", "6"),
                ("ProductionApiDeploymentId", "api7"),
                ("ProductionChangesVersion", "5"),
                ("ProductionExpectedChanges", ""),
                ("ProductionRollouts", "[]"),
                ("ProductionSignUpVersion", "3"),
                (
                    "ProductionTrafficShift",
                    "CodeDeployDefault.LambdaAllAtOnce",
                ),
                ("ProductionVersion", "7"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
            .into(),
            outputs: [
                ("ApiId", "api"),
                ("DevelopmentApiDeploymentId", "api8"),
                ("DevelopmentChangesFunctionName", "changes-dev"),
                ("DevelopmentChangesTableName", "logs-dev"),
                ("DevelopmentFunctionName", "movies-dev"),
                ("DevelopmentSignUpFunctionName", "sign-up-dev"),
                ("ProductionChangesFunctionName", "changes"),
                ("ProductionChangesTableName", "logs"),
                ("ProductionChangesVersion", "5"),
                ("ProductionFunctionName", "movies-api"),
                ("ProductionSignUpFunctionName", "sign-up"),
                ("ProductionSignUpVersion", "3"),
                ("ProductionVersion", "7"),
            ]
            .into(),
            resources: [
                ("Canary1PercentConfig", "movies-canary-1"),
                ("DeploymentApplication", "application"),
                ("ProductionAlias", "arn:alias"),
                ("ProductionDeploymentGroup", "group"),
                ("ProductionErrorsAlarm", "movies-errors-v8"),
                ("ProductionGatewayAlarm", "movies-gateway-5xx"),
                ("ProductionHttp5xxAlarm", "movies-5xx-v8"),
                ("ProductionLatencyAlarm", "movies-latency-v8"),
                ("ProductionMoviesStream", "mapping-of-movies"),
                ("ProductionPicturesStream", "mapping-of-pictures"),
                ("ProductionWatchlistStream", "mapping-of-watchlist"),
            ]
            .into(),
            policy: "",
            code: versions(),
            published: "8",
            development: None,
            triggers: [
                ("$LATEST", Code::new("trigger-3", "")),
                ("3", Code::new("trigger-3", "")),
                ("4", Code::new("trigger-4", "")),
            ]
            .into(),
            relays: [
                ("$LATEST", Code::new("relay-5", "")),
                ("5", Code::new("relay-5", "")),
                ("6", Code::new("relay-6", "")),
            ]
            .into(),
            stage: "api7",
            changes: vec![
                ("Modify", "DevelopmentFunction", "Code"),
                ("Modify", "ProductionFunction", "Code"),
                ("Add", "ApiDeployment1234567890", ""),
            ],
            shifting_since: 1_800_000_060,
            requests: 131.0,
            logs: Vec::new(),
            instead: BTreeMap::new(),
        }
    }
}

/// The versions of the service's function.
fn versions() -> BTreeMap<&'static str, Code> {
    [
        ("$LATEST", Code::new("sha-new", "")),
        // As it was promoted before there was a relay.
        (
            "6",
            Code::new("sha-6", "API deployment api6, sign-up version 2"),
        ),
        (
            "7",
            Code::new(
                "sha-7",
                "API deployment api7, sign-up version 3, changes version 5",
            ),
        ),
        (
            "8",
            Code::new(
                "sha-new",
                "API deployment api8, sign-up version 3, changes version 6",
            ),
        ),
    ]
    .into()
}

impl Scene {
    /// The same scene with a rollout to version 8 in progress.
    pub(crate) fn under_way(self, frame: Frame) -> Self {
        let mut scene = self;
        scene.now = frame;
        scene.parameters.insert("ProductionVersion", "8".to_owned());
        scene
    }
}
