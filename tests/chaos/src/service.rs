//! The service under test.

use crate::{
    embedded::Embedded,
    exchange::{Answer, Request},
    function::Gateway,
    plan::What,
};

/// The service under test.
#[derive(Debug)]
pub enum Service {
    /// The function behind a gateway, on DynamoDB and Cognito.
    Function(Gateway),
    /// The laptop's server, on its own store.
    Embedded(Box<Embedded>),
}

impl Service {
    /// Sends a request. `None`: no answer came.
    pub async fn call(&self, request: &Request) -> Option<Answer> {
        match self {
            Self::Function(gateway) => gateway.call(request).await,
            Self::Embedded(server) => server.call(request).await,
        }
    }

    /// Does something to one of the processes. Gives the clock of the laptop's server, if another one was started.
    pub async fn disrupt(&self, process: u32, what: What) -> Option<i64> {
        match self {
            Self::Function(gateway) => {
                gateway.disrupt(process, what).await;
                None
            }
            Self::Embedded(server) => server.disrupt(what).await,
        }
    }

    /// How far the clock of the laptop's server is ahead; the instances of the function have a clock each.
    #[must_use]
    pub fn ahead(&self) -> Option<i64> {
        match self {
            Self::Function(_) => None,
            Self::Embedded(server) => Some(server.ahead()),
        }
    }

    /// The newest code that was mailed to an address.
    pub async fn mailed(&self, address: &str) -> Option<String> {
        match self {
            Self::Function(gateway) => gateway.mailed(address).await,
            Self::Embedded(server) => server.mailed(address).await,
        }
    }
}
