//! The table, and the stream of the keys that were written.

/// Which item. Its shard of the stream is the key modulo the number of shards.
pub type Key = usize;

/// The number of a write of the table, in the order in which the writes took effect. It is the entity tag of the item that the
/// write made, because no two states of an item ever share an entity tag.
pub type Stamp = u16;

/// A write that a client queued: which client, and which of its writes. The first `Idempotency-Key` of the write, and what tells
/// its content from all others.
pub type WriteId = (usize, u8);

/// What the table holds under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The item's entity tag, if there is an item.
    pub item: Option<Stamp>,
    /// The queued write whose content the item has; `None` if another writer made it.
    pub content: Option<WriteId>,
    /// When the key was last deleted. Only properties read it.
    pub deleted: Stamp,
}

/// A record of the stream: the key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// The key that was written.
    pub key: Key,
    /// The write. Only properties read it: the stream is `KEYS_ONLY`.
    pub stamp: Stamp,
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
        let mut table = Self {
            cells: vec![Cell::default(); keys],
            shards: vec![Vec::new(); shards],
            writes: 0,
        };
        for key in 0..filled {
            table.put(key, None);
        }
        table
    }

    /// Adds or replaces an item.
    pub fn put(&mut self, key: Key, content: Option<WriteId>) -> Record {
        self.writes += 1;
        let cell = &mut self.cells[key];
        (cell.item, cell.content) = (Some(self.writes), content);
        Record {
            key,
            stamp: self.writes,
        }
    }

    /// Deletes an item.
    pub fn delete(&mut self, key: Key) -> Record {
        self.writes += 1;
        self.cells[key] = Cell {
            item: None,
            content: None,
            deleted: self.writes,
        };
        Record {
            key,
            stamp: self.writes,
        }
    }

    /// Puts a record on the stream. Whoever wrote, the table does it: an older version, an import and a console as well.
    pub fn stream(&mut self, record: Record) {
        let shard = record.key % self.shards.len();
        self.shards[shard].push(record);
    }

    /// The entity tags of all items, by key.
    #[must_use]
    pub fn items(&self) -> Vec<Option<Stamp>> {
        self.cells.iter().map(|cell| cell.item).collect()
    }

    /// True if a client that shows `item` under a key knows the write `stamp` or a later one. The absence of an item is taken for
    /// the last deletion.
    #[must_use]
    pub fn knows(&self, key: Key, item: Option<Stamp>, stamp: Stamp) -> bool {
        item.unwrap_or(self.cells[key].deleted) >= stamp
    }
}
