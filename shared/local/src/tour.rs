//! A tour of the API, as shell commands.

/// Commands that sign up, and add, find, change and delete a resource, for the server at `url`. They run unchanged in bash
/// and in zsh, any number of times.
#[must_use]
pub fn tour(url: &str) -> String {
    TOUR.replace("{url}", url)
}

// No comments between the commands: at its prompt, zsh would run them.
const TOUR: &str = include_str!("tour.sh");

#[cfg(test)]
mod tests;
