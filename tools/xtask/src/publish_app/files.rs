//! The files of a built app: their headers, and the order in which they are uploaded.

use std::{fmt, path::Path};

use anyhow::{Context as _, ensure};

/// What Vite leaves for tools; no page asks for it.
const BUILD_MANIFEST: &str = "build-manifest.json";

/// A file of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Its place in the order.
    pub(super) turn: Turn,
    /// Its path in the folder, with `/` between the parts.
    pub(super) path: String,
    /// Its media type.
    pub(super) content_type: String,
}

/// The order of the upload. Whatever names a file comes after it, so nobody finds a name without a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Files whose names change with their content.
    Asset,
    /// Files with names that stay.
    Other,
    /// The page, which names the assets.
    Page,
    /// The service worker, which takes the page along.
    ServiceWorker,
}

impl File {
    fn at(path: String) -> Self {
        let turn = match path.as_str() {
            "index.html" => Turn::Page,
            "sw.js" | "service-worker.js" => Turn::ServiceWorker,
            path if path.starts_with("assets/") => Turn::Asset,
            _ => Turn::Other,
        };
        let content_type = mime_guess::from_path(&path).first_or_octet_stream();
        Self {
            turn,
            path,
            content_type: content_type.to_string(),
        }
    }

    /// How long browsers and the CDN keep it.
    pub(super) fn cache_control(&self) -> &'static str {
        match self.turn {
            Turn::Asset => "public, max-age=31536000, immutable",
            _ => "no-cache",
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path, content_type, ..
        } = self;
        write!(f, "{path:44} {content_type:26} {}", self.cache_control())
    }
}

/// The files of a folder, in the order of their upload.
pub(super) fn of(folder: &Path) -> anyhow::Result<Vec<File>> {
    let mut files = Vec::new();
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build();
    for entry in walk {
        let path = entry?.into_path();
        if !path.is_file() {
            continue;
        }
        let parts: Option<Vec<_>> = path
            .strip_prefix(folder)?
            .iter()
            .map(|part| part.to_str())
            .collect();
        let name = parts
            .with_context(|| format!("{}: the name is not in UTF-8", path.display()))?
            .join("/");
        if name != BUILD_MANIFEST {
            files.push(File::at(name));
        }
    }
    files.sort_by(|one, other| (one.turn, &one.path).cmp(&(other.turn, &other.path)));
    ensure!(
        files.iter().any(|file| file.turn == Turn::Page),
        "{} has no index.html",
        folder.display()
    );
    Ok(files)
}
