//! Files of movies: AWS's `moviedata.json` (an array of `{year, title, info}`) and JSON Lines (one
//! such object a line).
//!
//! A file is read record by record, so it may be far larger than memory. [`split`] only finds where
//! a record begins and ends; what is inside is judged by the service's own reader, the same that
//! judges a request. That way one bad record costs that record alone.

mod answer;
mod check;
mod split;
mod write;

pub(crate) use answer::read_answer;
pub(crate) use check::{Checker, Movie, Refused};
pub(crate) use split::{Position, Records, form};
pub(crate) use write::{ExportFormat, Writer};
