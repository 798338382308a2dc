//! Stops and continues processes.

use std::time::Duration;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Stops a process for a while.
pub(crate) async fn freeze(process: Option<u32>, milliseconds: u64) {
    let Some(process) = process.and_then(|id| i32::try_from(id).ok()) else {
        return;
    };
    let process = Pid::from_raw(process);
    // It may have ended: then there is nothing to stop.
    if kill(process, Signal::SIGSTOP).is_ok() {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let _ = kill(process, Signal::SIGCONT);
    }
}
