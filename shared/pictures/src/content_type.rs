use kit::{text_value, value::Invalid};

/// The media type of a picture: one that every browser and phone shows, and that can hold no script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentType(&'static str);

impl ContentType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self("image/jpeg"), Self("image/png"), Self("image/webp")];

    /// Parses a media type, in lower case and without parameters.
    ///
    /// # Errors
    /// [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|known| known.0 == text);
        known.ok_or(Invalid::Malformed("image/jpeg, image/png or image/webp"))
    }

    /// The media type.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

text_value!(ContentType);
