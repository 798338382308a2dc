//! DynamoDB's units: how reads and writes are counted
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).

use std::ops::Add;

use serde::Serialize;

/// The capacity units that calls consume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
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
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_aws_counts_them() {
        let cases = [
            (Units::read(0.0), 1.0, 0.0),
            (Units::read(4_096.0), 1.0, 0.0),
            (Units::read(4_097.0), 2.0, 0.0),
            // AWS's own example: 8 KB are 2 consistent, 4 in a transaction.
            (Units::read(8_192.0), 2.0, 0.0),
            (Units::read(8_192.0).in_transaction(), 4.0, 0.0),
            (Units::write(1_024.0), 0.0, 1.0),
            (Units::write(1_025.0), 0.0, 2.0),
            // And its other: three items of 500 bytes in a transaction are 6.
            (Units::write(500.0).in_transaction(), 0.0, 2.0),
        ];
        for (units, reads, writes) in cases {
            assert_eq!(units, Units { reads, writes });
        }
    }
}
