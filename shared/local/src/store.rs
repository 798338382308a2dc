//! Movies in an embedded database.
