//! The address of a stage of a stack.

use std::path::Path;

use anyhow::Context as _;
use local::server::Stage;

use crate::{client::Address, stack};

/// The values of a stack that concern a stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) address: Address,
    /// The first allowed origin; `None` if all origins are allowed.
    pub(super) origin: Option<String>,
    pub(super) user_pool: Option<String>,
}

impl Stack {
    pub(super) async fn look_up(aws: &Path, name: &str, stage: Stage) -> anyhow::Result<Self> {
        let stack = stack::Stack::look_up(aws, name, ", or give --url").await?;
        let stage = stage.name();
        let output = format!("{stage}Url");
        let url = stack.own_output(&output)?;
        let origins = stack.parameter("AllowedOrigins").unwrap_or_default();
        let first = origins.split(',').next().map(str::trim);
        let user_pool = stack.output(&format!("{stage}UserPoolId"));
        Ok(Self {
            address: url.parse().with_context(|| format!("{output} is {url}"))?,
            origin: first
                .filter(|first| !matches!(*first, "*" | ""))
                .map(ToOwned::to_owned),
            user_pool: user_pool.map(ToOwned::to_owned),
        })
    }
}
