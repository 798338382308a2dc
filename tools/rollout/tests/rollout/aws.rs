//! A scripted AWS: a stack with a function, an alias and a deployment, whose states change from read to read.

mod scene;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tests::stub::{Asked, Canned, Reply, Stub};

pub(crate) use self::{
    scene::{Code, Frame, Scene},
    wire::{Call, PRODUCTION, cbor, cbor_error, error, xml, xml_error},
};

pub(crate) const DEPLOYMENT: &str = "d-ABC123";

/// The stub server and its script.
pub(crate) struct Aws {
    stub: Stub,
    scene: Arc<Mutex<Scene>>,
}

impl Aws {
    /// Starts a stub that answers from the scene.
    pub(crate) async fn play(scene: Scene) -> Self {
        let scene = Arc::new(Mutex::new(scene));
        let played = Arc::clone(&scene);
        let stub = Stub::start(move |asked| played.lock().unwrap().answer(asked)).await;
        Self { stub, scene }
    }

    pub(crate) fn url(&self) -> &str {
        self.stub.url()
    }

    pub(crate) fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap()
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.stub.asked().iter().map(Call::of).collect()
    }

    /// The names of the calls so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.name).collect()
    }

    /// The names of the calls that change something.
    pub(crate) fn changes(&self) -> Vec<String> {
        let reads = ["Describe", "Get", "List"];
        let names = self.names().into_iter();
        names
            .filter(|name| !reads.iter().any(|read| name.starts_with(read)))
            .collect()
    }

    /// The first call of this name.
    pub(crate) fn first(&self, name: &str) -> Call {
        let mut calls = self.calls().into_iter();
        calls.find(|call| call.name == name).unwrap()
    }

    /// The only call of this name.
    pub(crate) fn call(&self, name: &str) -> Call {
        let mut calls: Vec<_> = self
            .calls()
            .into_iter()
            .filter(|call| call.name == name)
            .collect();
        assert_eq!(calls.len(), 1, "{name}");
        calls.remove(0)
    }
}

impl Scene {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let call = Call::of(asked);
        if let Some(reply) = self.instead.get(call.name.as_str()) {
            return reply.clone();
        }
        match call.name.as_str() {
            "DescribeStacks" => self.stack(),
            "ListStackResources" => self.list_resources(),
            "GetStackPolicy" => xml(
                "GetStackPolicy",
                &format!("<StackPolicyBody>{}</StackPolicyBody>", self.policy),
            ),
            "UpdateStack" => {
                self.moving = true;
                self.updates += u32::from(!self.late);
                xml("UpdateStack", "<StackId>id</StackId>")
            }
            "ListChangeSets" => change_sets(),
            "DescribeChangeSet" => self.change_set(&call.body),
            "ExecuteChangeSet" => {
                self.moving = true;
                self.updates += 1;
                xml("ExecuteChangeSet", "")
            }
            "StopDeployment" => {
                self.moving = true;
                Canned::ok(json!({ "status": "Pending" })).into()
            }
            "GetAlias" if call.argument == "sign-up" => {
                Canned::ok(json!({ "Name": "Production", "FunctionVersion": "3" })).into()
            }
            "GetAlias" if call.argument == "changes" => {
                Canned::ok(json!({ "Name": "Production", "FunctionVersion": "5" })).into()
            }
            "GetAlias" => self.alias(),
            "GetFunctionConfiguration" => self.function(&call.argument),
            "PublishVersion" => {
                self.updates += u32::from(self.meddled);
                let (version, code) = match call.argument.as_str() {
                    "sign-up" => ("4", &self.triggers),
                    "changes" => ("6", &self.relays),
                    _ => (self.published, &self.code),
                };
                let sha = code[version].sha256;
                Canned::ok(json!({ "Version": version, "CodeSha256": sha })).into()
            }
            "GetStage" => {
                Canned::ok(json!({ "stageName": "Production", "deploymentId": self.stage })).into()
            }
            "GetApiDeployment" => Canned::ok(json!({ "id": call.argument })).into(),
            "ListDeployments" => self.deployments(&call.body),
            "ListDeploymentTargets" => Canned::ok(json!({ "targetIds": ["target"] })).into(),
            "GetDeployment" => self.deployment(),
            "GetDeploymentTarget" => self.target(),
            "GetDeploymentConfig" => config(call.body["deploymentConfigName"].as_str().unwrap()),
            "GetMetricData" => self.metrics(),
            "GetEventSourceMapping" => mapping(&call.argument),
            "Scan" => self.scan(&call.body),
            "GetItem" => {
                let key = &call.body["Key"];
                let item = self.logs.iter().find(|item| is_at(item, key));
                Canned::ok(json!({ "Item": item })).into()
            }
            "BatchWriteItem" => self.delete(&call.body),
            "DescribeAlarms" => self.alarms(&call.body),
            _ => error(400, "NotInTheScript", &asked.path),
        }
    }

    fn stack(&mut self) -> Reply {
        if self.moving && self.failing > 0 {
            self.failing -= 1;
            return xml_error("ExpiredToken", "old");
        }
        if self.moving
            && let Some(next) = self.then.pop_front()
        {
            self.now = next;
        }
        let parameters = self.parameters.iter();
        let parameters = pairs(
            "Parameter",
            parameters.map(|(name, value)| (*name, value.as_str())),
        );
        let outputs = pairs(
            "Output",
            self.outputs.iter().map(|(name, value)| (*name, *value)),
        );
        xml(
            "DescribeStacks",
            &format!(
                "<Stacks><member><StackName>movies</StackName><StackStatus>{}</StackStatus>\
                 <CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                 <LastUpdatedTime>2026-01-02T00:00:{:02}Z</LastUpdatedTime>\
                 <Capabilities><member>CAPABILITY_NAMED_IAM</member></Capabilities>\
                 <Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs></member></Stacks>",
                self.now.stack, self.updates,
            ),
        )
    }

    fn list_resources(&self) -> Reply {
        let list: Vec<_> = self
            .resources
            .iter()
            .map(|(name, id)| {
                let status = if self.deleted.contains(name) {
                    "DELETE_COMPLETE"
                } else {
                    "UPDATE_COMPLETE"
                };
                format!(
                    "<member><LogicalResourceId>{name}</LogicalResourceId>\
                     <PhysicalResourceId>{id}</PhysicalResourceId><ResourceType>T</ResourceType>\
                     <LastUpdatedTimestamp>2026-01-01T10:20:30Z</LastUpdatedTimestamp>\
                     <ResourceStatus>{status}</ResourceStatus></member>"
                )
            })
            .collect();
        xml(
            "ListStackResources",
            &format!(
                "<StackResourceSummaries>{}</StackResourceSummaries>",
                list.concat()
            ),
        )
    }

    fn alias(&self) -> Reply {
        let mut alias = json!({ "Name": "Production", "FunctionVersion": self.now.alias });
        if let Some((version, weight)) = self.now.weight {
            alias["RoutingConfig"] = json!({ "AdditionalVersionWeights": { version: weight } });
        }
        Canned::ok(alias).into()
    }

    fn function(&mut self, argument: &str) -> Reply {
        let (function, version) = argument.split_once(':').unwrap();
        let code = match function {
            "movies-dev" => self.development.as_mut().or(self.code.get_mut(version)),
            "movies-api" => self.code.get_mut(version),
            "sign-up" | "sign-up-dev" => self.triggers.get_mut(version),
            "changes" | "changes-dev" => self.relays.get_mut(version),
            _ => None,
        };
        let Some(code) = code else {
            return error(404, "ResourceNotFoundException", "no such version");
        };
        let update = match code.update.len() {
            1 => code.update[0],
            _ => code.update.pop_front().unwrap(),
        };
        let mut function = json!({
            "FunctionName": function,
            "Version": version,
            "CodeSha256": code.sha256,
            "Description": code.description,
            "LastModified": "2026-01-02T03:04:05.678+0000",
            "RevisionId": format!("revision-of-{version}"),
            "State": "Active",
            "LastUpdateStatus": update,
            "LastUpdateStatusReason": "as the test says",
            "MemorySize": 256,
            "Environment": { "Variables": { "LOG_LEVEL": code.log_level } },
        });
        if let Some((name, value)) = &code.other {
            function[*name] = value.clone();
        }
        Canned::ok(function).into()
    }

    fn deployments(&self, asked: &Value) -> Reply {
        assert_eq!(asked["applicationName"], "application");
        assert_eq!(asked["deploymentGroupName"], "group");
        let is_asked_for = |status: &&str| match asked["includeOnlyStatuses"].as_array() {
            Some(only) => only.iter().any(|one| one == *status),
            // The time at which the update began: 2026-01-02T00:00:01Z.
            None => asked["createTimeRange"]["start"] == 1_767_312_001.0,
        };
        let found = self.now.deployment.filter(is_asked_for);
        let found: Vec<_> = found.map(|_| DEPLOYMENT).into_iter().collect();
        Canned::ok(json!({ "deployments": found })).into()
    }

    fn deployment(&self) -> Reply {
        let status = self.now.deployment.unwrap_or("Stopped");
        let mut info = json!({
            "deploymentId": DEPLOYMENT,
            "status": status,
            "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent10Minutes",
            "createTime": 1_800_000_000,
            "creator": self.creator,
        });
        if status == "Stopped" {
            info["errorInformation"] =
                json!({ "code": "ALARM_ACTIVE", "message": "an alarm went off" });
        }
        Canned::ok(json!({ "deploymentInfo": info })).into()
    }

    fn target(&self) -> Reply {
        let mut events =
            vec![json!({ "lifecycleEventName": "BeforeAllowTraffic", "status": "Succeeded" })];
        if self.now.weight.is_some() {
            events.push(json!({
                "lifecycleEventName": "AllowTraffic", "status": "InProgress", "startTime": self.shifting_since,
            }));
        }
        let target = json!({
            "deploymentTargetType": "LambdaFunction",
            "lambdaTarget": {
                "lifecycleEvents": events,
                "lambdaFunctionInfo": { "currentVersion": "7", "targetVersion": "8" },
            },
        });
        Canned::ok(json!({ "deploymentTarget": target })).into()
    }

    fn alarms(&self, asked: &Value) -> Reply {
        let alarms = asked["AlarmNames"].as_array().unwrap().iter();
        let alarms: Vec<_> = alarms
            .enumerate()
            .map(|(place, name)| {
                let state = if place == 0 { self.now.alarm } else { "OK" };
                json!({ "AlarmName": name, "AlarmArn": format!("arn:{}", name.as_str().unwrap()), "StateValue": state })
            })
            .collect();
        cbor(&json!({ "MetricAlarms": alarms }))
    }
}

/// True if an item of the table of the logs has this key.
fn is_at(item: &Value, key: &Value) -> bool {
    ["log", "seq"].iter().all(|name| item[*name] == key[*name])
}

fn mapping(id: &str) -> Reply {
    let (state, result) = match id {
        "mapping-of-pictures" => ("Disabled", "No records processed"),
        _ => ("Enabled", "OK"),
    };
    let mapping = json!({ "UUID": id, "State": state, "LastProcessingResult": result });
    Canned::ok(mapping).into()
}

/// Three change sets; the second is the newest that can be executed.
fn change_sets() -> Reply {
    let list = [
        ("old", "2026-01-01T00:00:00Z", "AVAILABLE"),
        ("new", "2026-01-03T00:00:00Z", "AVAILABLE"),
        ("done", "2026-01-04T00:00:00Z", "EXECUTE_COMPLETE"),
    ];
    let list = list.map(|(name, time, status)| {
        format!(
            "<member><ChangeSetName>{name}</ChangeSetName><CreationTime>{time}</CreationTime>\
             <ExecutionStatus>{status}</ExecutionStatus></member>"
        )
    });
    xml(
        "ListChangeSets",
        &format!("<Summaries>{}</Summaries>", list.concat()),
    )
}

impl Scene {
    fn change_set(&self, asked: &Value) -> Reply {
        assert_eq!(asked["ChangeSetName"], "new");
        let changes = self.changes.iter().map(|(action, resource, property)| {
            let detail = match *property {
                "" => String::new(),
                property => format!(
                    "<Details><member><Target><Attribute>Properties</Attribute><Name>{property}</Name>\
                     </Target></member></Details>"
                ),
            };
            format!(
                "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action>\
                 <LogicalResourceId>{resource}</LogicalResourceId><Replacement>False</Replacement>{detail}\
                 </ResourceChange></member>"
            )
        });
        let changes: String = changes.collect();
        xml(
            "DescribeChangeSet",
            &format!("<Status>CREATE_COMPLETE</Status><Changes>{changes}</Changes>"),
        )
    }
}

/// A list of names and values in XML.
fn pairs<'a>(kind: &str, all: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let all = all.map(|(name, value)| {
        format!("<member><{kind}Key>{name}</{kind}Key><{kind}Value>{value}</{kind}Value></member>")
    });
    all.collect::<Vec<_>>().concat()
}

fn config(name: &str) -> Reply {
    let routing = match name {
        "CodeDeployDefault.LambdaCanary10Percent10Minutes" => json!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": { "canaryPercentage": 10, "canaryInterval": 10 },
        }),
        "movies-canary-1" => json!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": { "canaryPercentage": 1, "canaryInterval": 30 },
        }),
        "CodeDeployDefault.LambdaLinear10PercentEvery1Minute" => json!({
            "type": "TimeBasedLinear",
            "timeBasedLinear": { "linearPercentage": 10, "linearInterval": 1 },
        }),
        "CodeDeployDefault.LambdaAllAtOnce" => json!({ "type": "AllAtOnce" }),
        _ => {
            return error(
                400,
                "DeploymentConfigDoesNotExistException",
                "no such configuration",
            );
        }
    };
    Canned::ok(json!({ "deploymentConfigInfo": { "trafficRoutingConfig": routing } })).into()
}

impl Scene {
    /// Half of the table of the logs at a time.
    fn scan(&self, asked: &Value) -> Reply {
        assert_eq!(asked["FilterExpression"], "#seq = :head");
        let (first, second) = self.logs.split_at(self.logs.len() / 2);
        let is_first = asked.get("ExclusiveStartKey").is_none();
        let part = if is_first { first } else { second };
        let heads: Vec<_> = part.iter().filter(|item| item["seq"]["N"] == "0").collect();
        let mut answer =
            json!({ "Items": heads, "Count": heads.len(), "ScannedCount": part.len() });
        if is_first {
            answer["LastEvaluatedKey"] = json!({ "log": { "S": "x" }, "seq": { "N": "0" } });
        }
        Canned::ok(answer).into()
    }

    fn delete(&mut self, asked: &Value) -> Reply {
        let [writes] = &asked["RequestItems"]
            .as_object()
            .unwrap()
            .values()
            .collect::<Vec<_>>()[..]
        else {
            panic!("{asked}")
        };
        let writes = writes.as_array().unwrap();
        assert!(writes.len() <= 25);
        for write in writes {
            let key = &write["DeleteRequest"]["Key"];
            self.logs.retain(|item| !is_at(item, key));
        }
        Canned::ok(json!({ "UnprocessedItems": {} })).into()
    }

    fn metrics(&self) -> Reply {
        let data = [
            ("v0m0", json!([900.0, 304.0])),
            ("v0m1", json!([0.0])),
            ("v0m2", json!([1.0])),
            ("v0m3", json!([70.0, 84.0, 60.0])),
            ("v1m0", json!([self.requests])),
            ("v1m1", json!([2.0, 1.0])),
            ("v1m2", json!([])),
        ];
        let results = data.map(|(id, values)| json!({ "Id": id, "Values": values }));
        cbor(&json!({ "MetricDataResults": results }))
    }
}
