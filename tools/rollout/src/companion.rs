//! The functions whose versions move at once with that of the function that handles requests.

/// Such a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Companion {
    /// Its name in messages.
    pub(crate) name: &'static str,
    /// The word for it in the description of a version.
    pub(crate) word: &'static str,
    /// The output of the stack with the name of Production's function.
    pub(crate) function: &'static str,
    /// The output with the name of Development's.
    pub(crate) development_function: &'static str,
    /// The parameter with the version that Production uses.
    pub(crate) version: &'static str,
    /// The parameter with the version that it used before.
    pub(crate) previous_version: &'static str,
}

/// All of them.
pub(crate) const COMPANIONS: [Companion; 2] = [
    Companion {
        name: "sign-up trigger",
        word: "sign-up",
        function: "ProductionSignUpFunctionName",
        development_function: "DevelopmentSignUpFunctionName",
        version: "ProductionSignUpVersion",
        previous_version: "PreviousProductionSignUpVersion",
    },
    Companion {
        name: "relay of changes",
        word: "changes",
        function: "ProductionChangesFunctionName",
        development_function: "DevelopmentChangesFunctionName",
        version: "ProductionChangesVersion",
        previous_version: "PreviousProductionChangesVersion",
    },
];
