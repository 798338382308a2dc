//! The CPU time to verify a token with a known key, against the bare check of its signature.

use std::{hint::black_box, time::Duration};

use accounts::token::{SCOPE, Verifier, jwks::KeySet, jwks::Timing};
use anyhow::{Context as _, ensure};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::clock::{Clock as _, SystemClock};
use local::{
    identity::EmbeddedIdentity,
    server::{Options, Server, Stage},
};
use serde_json::json;
use service::aws::{Trust, connector};
use tokio::runtime::Handle;

use super::{
    Setting, Verdict, cpu,
    figures::{Summary, grouped, micros},
};

/// The maximum CPU time of a verification.
const GOAL: Duration = Duration::from_micros(60);

/// The number of verifications that are timed together, so that reading the clock does not count.
const BATCH: u32 = 20;

/// The CPU time of a verification, and of the bare check of the signature.
struct Figures {
    verification: Summary,
    bare: Summary,
}

pub(super) async fn run(setting: &Setting) -> anyhow::Result<Verdict> {
    let rounds = if setting.quick { 10 } else { 1_000 };
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    });
    let server = server.await?;
    let identity = server.stage(Stage::Development).identity();
    let token = identity.sign(&claims(identity));
    let bare = BareCheck::of(&token, identity)?;
    let issuer = identity.issuer().clone();
    let key_set = format!("{}/.well-known/jwks.json", issuer.url);
    let verifier = Verifier::new(
        issuer,
        KeySet::new(key_set, connector(Trust::Amazon), Timing::default()),
    );
    verifier.prewarm().await?;

    // On one thread, because its CPU time is measured.
    let threads = Handle::current();
    let measured = tokio::task::spawn_blocking(move || {
        threads.block_on(measure(rounds, &verifier, &token, &bare))
    });
    report(rounds, &measured.await??)
}

/// Measures in turns, so that other load on the machine affects both alike. The first tenth is the warm-up.
async fn measure(
    rounds: u32,
    verifier: &Verifier,
    token: &str,
    bare: &BareCheck,
) -> anyhow::Result<Figures> {
    let now = SystemClock.now();
    let (mut verifications, mut checks) = (Vec::new(), Vec::new());
    for round in 0..rounds + rounds / 10 {
        let begun = cpu::time();
        for _ in 0..BATCH {
            black_box(verifier.verify(black_box(token), now).await?);
        }
        let between = cpu::time();
        for _ in 0..BATCH {
            black_box(bare).check()?;
        }
        let ended = cpu::time();
        if round >= rounds / 10 {
            verifications.push(between.saturating_sub(begun) / BATCH);
            checks.push(ended.saturating_sub(between) / BATCH);
        }
    }
    Ok(Figures {
        verification: Summary::of(verifications)?,
        bare: Summary::of(checks)?,
    })
}

fn report(rounds: u32, figures: &Figures) -> anyhow::Result<Verdict> {
    println!(
        "\nA token whose key is known, {} times {BATCH}; {} of one, in microseconds",
        grouped(rounds.into()),
        cpu::CLOCK,
    );
    println!("{:>24} {:>9} {:>9} {:>9}", "", "median", "min", "max");
    for (what, summary) in [
        ("verification", figures.verification),
        ("bare RSA-2048 check", figures.bare),
    ] {
        println!(
            "{what:>24} {:>9} {:>9} {:>9}",
            micros(summary.median),
            micros(summary.min),
            micros(summary.max),
        );
    }
    let (median, bare) = (figures.verification.median, figures.bare.median);
    ensure!(!bare.is_zero(), "the clock is too coarse");
    let verdict = if median <= GOAL {
        Verdict::Met
    } else {
        Verdict::Missed
    };
    println!(
        "ratio of medians: {:.2}; the goal is at most {} microseconds a verification: {verdict:?}",
        median.as_secs_f64() / bare.as_secs_f64(),
        GOAL.as_micros(),
    );
    Ok(verdict)
}

/// The claims that Cognito issues to an editor.
fn claims(identity: &EmbeddedIdentity) -> serde_json::Value {
    let issuer = identity.issuer();
    let now = SystemClock.now().unix_timestamp();
    let uuid = || uuid::Uuid::new_v4().to_string();
    let sub = uuid();
    json!({
        "sub": sub,
        "cognito:groups": ["editors"],
        "iss": issuer.url,
        "client_id": issuer.client_id,
        "origin_jti": uuid(),
        "event_id": uuid(),
        "token_use": "access",
        "scope": SCOPE,
        "auth_time": now,
        "exp": now + 3_600,
        "iat": now,
        "jti": uuid(),
        "username": sub,
    })
}

/// A signature, the signed message, and the key.
struct BareCheck {
    key: RsaPublicKeyComponents<Vec<u8>>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl BareCheck {
    fn of(token: &str, identity: &EmbeddedIdentity) -> anyhow::Result<Self> {
        let keys = identity.jwks();
        let number = |name: &str| -> anyhow::Result<Vec<u8>> {
            let text = keys["keys"][0][name].as_str().context("no key")?;
            Ok(URL_SAFE_NO_PAD.decode(text)?)
        };
        let (message, signature) = token.rsplit_once('.').context("not a token")?;
        Ok(Self {
            key: RsaPublicKeyComponents {
                n: number("n")?,
                e: number("e")?,
            },
            message: message.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature)?,
        })
    }

    fn check(&self) -> anyhow::Result<()> {
        self.key
            .verify(&RSA_PKCS1_2048_8192_SHA256, &self.message, &self.signature)
            .context("the signature is not good")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_benchmark_runs() {
        let setting = Setting::quick();
        assert_ne!(run(&setting).await.unwrap(), Verdict::NoGoal);
    }
}
