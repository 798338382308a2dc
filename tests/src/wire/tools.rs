//! The user's mail, phone and browser.

use std::collections::HashMap;

use local::server::Stage;
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use crate::{hosted::Page, issuer::now, passkey::Device, person::totp, server::TestServer};

#[derive(Debug, Default)]
pub(super) struct Tools {
    device: Mutex<Device>,
}

impl Tools {
    /// Runs a tool by its name.
    pub(super) async fn run(
        &self,
        server: &TestServer,
        tool: &str,
        query: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let query: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let parameter = |name: &str| {
            let value = query.get(name).map(String::as_str);
            value.ok_or_else(|| format!("{tool} needs the parameter {name}"))
        };
        let member = |name: &str| {
            let value = body[name].as_str();
            value.ok_or_else(|| format!("{tool} needs the member {name}"))
        };
        Ok(match tool {
            "code" => {
                let email = parameter("email")?;
                let code = server.code_for(email);
                json!({ "code": code.ok_or_else(|| format!("no code was sent to {email}"))? })
            }
            "totp" => json!({ "code": totp(parameter("secret")?) }),
            "expired" => {
                let mut claims = server.claims(Stage::Development, "someone");
                claims["exp"] = json!(now() - 3600);
                json!({ "token": server.sign(Stage::Development, &claims) })
            }
            "passkey/create" => {
                let mut device = self.device.lock().await;
                json!({ "credential": device.create(member("options")?).await })
            }
            "passkey/get" => {
                let mut device = self.device.lock().await;
                json!({ "credential": device.sign(member("options")?).await })
            }
            "hosted" => {
                let callback = sign_in(server, member("url")?, member("email")?).await?;
                json!({ "callback": callback })
            }
            "file" => see(parameter("url")?).await?,
            _ => return Err(format!("there is no tool {tool}")),
        })
    }
}

/// What everyone sees at the URL of a file.
async fn see(url: &str) -> Result<Value, String> {
    let browser = Client::builder().no_proxy().redirect(Policy::none());
    let browser = browser.build().expect("an HTTP client");
    let answer = browser.get(url).send().await;
    // The text of the error has the URL.
    let answer = answer.map_err(|_| "the file cannot be reached".to_owned())?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get("content-type").cloned();
    let content_type = content_type.and_then(|value| value.to_str().ok().map(str::to_owned));
    let size = answer.bytes().await.map_or(0, |content| content.len());
    Ok(json!({ "status": status, "contentType": content_type, "size": size }))
}

/// Signs in at the page of this URL with the code in the mail, and returns the redirect to the app.
async fn sign_in(server: &TestServer, url: &str, email: &str) -> Result<Url, String> {
    let url: Url = url.parse().map_err(|_| format!("no URL: {url}"))?;
    let browser = Client::builder().no_proxy().redirect(Policy::none());
    let browser = browser.build().expect("an HTTP client");
    let start = browser.get(url.clone()).send().await;
    let start = Page::read(start.expect("an answer")).await;
    if start.status != 200 {
        return Err(format!("{}: {}", start.status, start.text));
    }
    let id = start.id().to_owned();
    let submit = async |action: &str, members: &[(&str, &str)]| {
        let target = url.join(action).expect("a URL");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(members)
            .finish();
        let form = "application/x-www-form-urlencoded";
        let request = browser.post(target).header("content-type", form);
        let answer = request.body(body).send().await;
        Page::read(answer.expect("an answer")).await
    };
    submit("email", &[("id", &id), ("email", email), ("name", "Ada")]).await;
    let code = server.code_for(email);
    let code = code.ok_or_else(|| format!("no code was sent to {email}"))?;
    let end = submit("code", &[("id", &id), ("code", &code)]).await;
    end.location.ok_or(end.text)
}
