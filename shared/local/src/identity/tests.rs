//! What is particular to these accounts; what every identity promises is tested elsewhere.

mod challenges;
mod codes;
mod deletion;
mod email;
mod keys;
mod limits;
mod scene;
mod sessions;
