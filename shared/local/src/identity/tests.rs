//! Tests of the embedded accounts alone; what every identity promises is tested elsewhere.

mod challenges;
mod codes;
mod deletion;
mod email;
mod keys;
mod limits;
mod scene;
mod sessions;
