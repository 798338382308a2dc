//! The table, and the stream of the keys that were written.

/// Which item. Its shard of the stream is the key modulo the number of shards.
pub type Key = usize;

/// The number of a write of the table, in the order in which the writes took effect. It is also the entity tag of the item that
/// the write made: no two states of an item ever have the same.
pub type Stamp = u16;

/// A write that a client queued: which client, and which of its writes.
pub type WriteId = (usize, u8);

/// What the table holds under a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The entity tag of the item, if there is one.
    pub item: Option<Stamp>,
    /// The queued write whose content the item has; `None` if another writer made it.
    pub content: Option<WriteId>,
    /// When the key was last deleted. Only properties read it.
    pub deleted: Stamp,
}

/// A record of the stream: a key, and the write, which only properties read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record(pub Key, pub Stamp);

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Adds an item; never overwrites.
    Add,
    /// Replaces an item.
    Update,
    /// Deletes an item.
    Delete,
}

impl Op {
    /// What can be done if there is an item, or none.
    #[must_use]
    pub fn possible(there: bool) -> &'static [Self] {
        if there {
            &[Self::Update, Self::Delete]
        } else {
            &[Self::Add]
        }
    }
}

/// The table with its stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// What the table holds, by key.
    pub cells: Vec<Cell>,
    /// The records that no relay has acknowledged, oldest first, by shard.
    pub shards: Vec<Vec<Record>>,
    writes: Stamp,
}

impl Table {
    /// A table whose first `filled` keys have items, older than the stream.
    #[must_use]
    pub fn new(keys: usize, filled: usize, shards: usize) -> Self {
        let (cells, shards) = (vec![Cell::default(); keys], vec![Vec::new(); shards]);
        let mut table = Self {
            cells,
            shards,
            writes: 0,
        };
        for key in 0..filled {
            table.write(key, Op::Add, None);
        }
        table
    }

    /// A write takes effect.
    pub fn write(&mut self, key: Key, op: Op, content: Option<WriteId>) -> Record {
        self.writes += 1;
        let cell = &mut self.cells[key];
        if op == Op::Delete {
            (cell.item, cell.content, cell.deleted) = (None, None, self.writes);
        } else {
            (cell.item, cell.content) = (Some(self.writes), content);
        }
        Record(key, self.writes)
    }

    /// Puts a record on the stream. The table does it, whoever wrote: an older version, an import and a console as well.
    pub fn stream(&mut self, record: Record) {
        let shard = record.0 % self.shards.len();
        self.shards[shard].push(record);
    }

    /// The entity tags of the items, by key.
    #[must_use]
    pub fn items(&self) -> Vec<Option<Stamp>> {
        self.cells.iter().map(|cell| cell.item).collect()
    }

    /// True if who has `item` under a key knows the write `stamp` or a later one of the key. The absence of an item is taken for
    /// its last deletion.
    #[must_use]
    pub fn knows(&self, item: Option<Stamp>, Record(key, stamp): Record) -> bool {
        item.unwrap_or(self.cells[key].deleted) >= stamp
    }
}
