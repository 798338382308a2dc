//! DynamoDB's units: how reads and writes are counted
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).

use std::ops::Add;

/// The capacity units that calls consume.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Units {
    pub(crate) reads: f64,
    pub(crate) writes: f64,
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
        }
    }
}

impl Units {
    /// A consistent read: one unit for each started 4 KB of all items together; one unit if nothing is found.
    pub(crate) fn read(bytes: f64) -> Self {
        Self {
            reads: (bytes / 4_096.0).ceil().max(1.0),
            writes: 0.0,
        }
    }

    /// A write of one item: one unit for each started KB.
    pub(crate) fn write(bytes: f64) -> Self {
        Self {
            reads: 0.0,
            writes: (bytes / 1_024.0).ceil().max(1.0),
        }
    }

    /// So many of the same calls.
    pub(crate) fn times(self, calls: f64) -> Self {
        Self {
            reads: self.reads * calls,
            writes: self.writes * calls,
        }
    }

    /// The same call in a transaction costs twice as much, because each item is prepared and committed.
    pub(crate) fn in_transaction(self) -> Self {
        self + self
    }
}

#[cfg(test)]
mod tests;
