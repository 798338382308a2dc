//! The fault lab: the real programs under faults, and a checker of what their clients saw.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`plan`] | what a seed does: the steps of the clients, their luck, the fate of the processes |
//! | [`run`] | a run of a plan: the storm, the quiet phase, the report |
//! | [`history`] | what the clients saw, as JSON lines |
//! | [`check`] | which promises a history breaks |
//! | [`client`], [`session`], [`feed`] | a client that works as the guides say |
//! | [`typescript`], [`front`] | clients that are the project's own, and the network between them and the service |
//! | [`item`] | the items that they work on, and the requests for them |
//! | [`lab`], [`service`], [`exchange`] | what the clients share, and what becomes of their requests |
//! | [`function`], [`relay`], [`cloud`] | the functions as Lambda runs them, on a simulated AWS |
//! | [`proxy`], [`fault`], [`wire`] | what goes wrong between a function and AWS |
//! | [`embedded`] | the laptop's server |
//! | [`clock`], [`moments`] | clocks that are off, and whether what is stored shows it |
//! | [`canned`] | each operation under each fault, where all answers are canned |
//! | [`plant`] | bugs to plant, each of which the checker has to find |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, and so do its tools"
)]

pub mod canned;
pub mod check;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod embedded;
pub mod exchange;
pub mod fault;
pub mod feed;
mod freeze;
pub mod front;
pub mod function;
pub mod history;
pub mod item;
pub mod lab;
pub mod moments;
pub mod plan;
pub mod plant;
pub mod proxy;
pub mod relay;
pub mod run;
mod server;
pub mod service;
pub mod session;
pub mod typescript;
pub mod wire;
