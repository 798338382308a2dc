//! The simulation of AWS that a suite runs on, and the tests that it is known to fail.

/// A simulation of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emulator {
    /// The one of the ordinary tests, and of any endpoint of which nothing is said.
    MiniStack,
    /// moto, which mails nothing.
    Moto,
    /// dynalite, which has DynamoDB alone.
    Dynalite,
}

/// Tests that an emulator is known to fail, each with the reason. A name is that of a test without its backend and noun.
pub type Known = &'static [(&'static str, &'static str)];

impl Emulator {
    /// The emulator that the variable `EMULATOR` names.
    ///
    /// # Panics
    /// If it names none.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests names the emulator"
    )]
    #[must_use]
    pub fn named() -> Self {
        match std::env::var("EMULATOR").ok().as_deref() {
            None | Some("ministack") => Self::MiniStack,
            Some("moto") => Self::Moto,
            Some("dynalite") => Self::Dynalite,
            Some(other) => panic!("EMULATOR is {other}, which is none"),
        }
    }
}
