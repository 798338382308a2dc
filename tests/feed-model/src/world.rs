//! Everything at once, and each step that it can take.

use crate::{
    client::Client,
    feed::{Budget, Bug, Feed},
    log::{Epoch, Log, Position, Seq},
    push::{Message, Op, Records, Reply, Stage},
    reader::{Cursor, Phase, Pull},
    relay::{Relay, Step},
    table::{Key, Record, Stamp, Table, WriteId},
};

/// The state of the service and its clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The table and its stream.
    pub table: Table,
    /// The log.
    pub log: Log,
    /// The relays at work.
    pub relays: Vec<Relay>,
    /// The clients.
    pub clients: Vec<Client>,
    /// The messages of the push.
    pub net: Vec<Message>,
    /// What the server keeps of writes.
    pub records: Records,
    /// True while the log is known to be wrong: the stream lost records, or the log's table was restored. `feed reset` follows.
    pub must_reset: bool,
    /// What else may happen.
    pub left: Budget,
    /// Only of bugs: what a read with eventual consistency shows.
    pub replica: Vec<Option<Stamp>>,
    /// Only of bugs: writes that took the number of their row and are not visible yet. `None` deletes.
    pub pending: Vec<(Seq, Key, Op)>,
    /// Only of bugs: the last number that was taken.
    pub number: Seq,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Another writer writes.
    Write(Key, Op),
    /// Only of bugs: a writer writes that knows nothing of the log.
    WriteUnknowing(Key, Op),
    /// Only of bugs: a writer takes the number of its row.
    Begin(Key, Op),
    /// Only of bugs: a writer takes the number that was taken last, because the clock shows the same time.
    BeginAtOnce(Key, Op),
    /// Only of bugs: a write becomes visible.
    Finish(usize),
    /// Only of bugs: eventual consistency reaches a key.
    Replicate(Key),

    /// A relay takes a batch of a shard.
    RelayStart(usize),
    /// A relay carries out its transaction.
    RelayCommit(usize),
    /// The row of a transaction becomes visible.
    RelayRow(usize),
    /// A relay acknowledges its batch.
    RelayAcknowledge(usize),
    /// A relay is killed. The stream delivers its batch again.
    RelayStop(usize),

    /// A row expires.
    RowExpires(Seq),
    /// The head of a private log expires.
    HeadExpires,
    /// The stream loses the oldest record of a shard.
    Trim(usize),
    /// The log's table is brought back as it was.
    Restore,
    /// `feed reset`.
    Reset,

    /// A client asks for a page.
    Ask(usize),
    /// The server does the next read for a client.
    Read(usize),
    /// The same, and the batch leaves a key unprocessed.
    ReadInPart(usize),
    /// The cursor of a client is older than 30 days.
    OldCursor(usize),
    /// A client receives an answer of the feed.
    Receive(usize),
    /// An answer of the feed is lost, or the client is stopped before it has stored it.
    LosePage(usize),

    /// A user writes.
    Edit(usize, Key, Op),
    /// A user writes what the server will refuse.
    EditToBeRefused(usize, Key, Op),
    /// A client sends a write.
    Send(WriteId),
    /// A client waits no longer for an answer.
    TimeOut(WriteId),
    /// A client reads the item of a doubtful write.
    Compare(WriteId),
    /// A message arrives.
    Deliver(usize),
    /// A message is lost.
    Lose(usize),
    /// A day passes: idempotency keys are forgotten.
    Day,
}

impl World {
    /// The state from which the model begins.
    #[must_use]
    pub fn new(feed: &Feed) -> Self {
        let table = Table::new(feed.keys, feed.filled, feed.shards);
        let (items, mut log) = (table.items(), Log::default());
        let mut client = Client::new(feed.keys);
        if feed.synced {
            let epoch = log.read_head().epoch;
            let phase = Phase::Changes(Position::behind(0));
            client.cursor = Some(Cursor { epoch, phase });
            client.shown = items.iter().map(|item| item.unwrap_or_default()).collect();
            client.base.clone_from(&items);
        }
        Self {
            table,
            log,
            relays: Vec::new(),
            clients: vec![client; feed.clients],
            net: Vec::new(),
            records: Records::default(),
            must_reset: false,
            left: feed.budget,
            replica: items,
            pending: Vec::new(),
            number: 0,
        }
    }

    /// Takes a step, which must be one that is possible.
    pub fn step(&mut self, feed: &Feed, action: Action) {
        match action {
            Action::Write(key, op) => {
                self.left.writes -= 1;
                self.write(feed, key, op, None);
            }
            Action::WriteUnknowing(key, op) => {
                self.left.writes -= 1;
                self.apply(key, op, None);
            }
            Action::Begin(key, op) => {
                self.left.writes -= 1;
                self.number += 1;
                self.pending.push((self.number, key, op));
            }
            Action::BeginAtOnce(key, op) => {
                self.left.writes -= 1;
                self.pending.push((self.number, key, op));
            }
            Action::Finish(index) => {
                let (number, key, op) = self.pending.remove(index);
                let record = self.apply(key, op, None);
                self.put_row(number, record);
            }
            Action::Replicate(key) => self.replica[key] = self.table.cells[key].item,
            Action::RelayStart(_)
            | Action::RelayCommit(_)
            | Action::RelayRow(_)
            | Action::RelayAcknowledge(_)
            | Action::RelayStop(_) => self.relay(feed, &action),
            Action::RowExpires(seq) => {
                self.left.expiries -= 1;
                let epoch = self.log.read_head().epoch;
                self.log.rows.remove(&(epoch, seq));
            }
            Action::HeadExpires => {
                self.left.old_heads -= 1;
                self.log.reset();
            }
            Action::Trim(shard) => {
                self.left.trims -= 1;
                self.table.shards[shard].remove(0);
                self.must_reset = true;
            }
            Action::Restore => {
                self.left.restores -= 1;
                self.log.restore();
                self.must_reset = true;
            }
            Action::Reset => {
                self.log.reset();
                self.must_reset = false;
            }
            Action::Ask(client) => {
                self.clients[client].ask();
                if feed.has(Bug::ItemsBeforeHead) {
                    self.replica = self.table.items();
                }
            }
            Action::Read(client) => self.read(feed, client, false),
            Action::ReadInPart(client) => self.read(feed, client, true),
            Action::OldCursor(client) => {
                self.left.old_cursors -= 1;
                let answer = crate::reader::Answer::Expired;
                self.clients[client].pull = Some(Pull::Answered(answer));
            }
            Action::Receive(client) => {
                self.clients[client].receive(feed);
                self.note_shown(client);
            }
            Action::LosePage(client) => self.lose_page(feed, client),
            Action::Edit(client, key, op) => {
                self.left.edits -= 1;
                self.clients[client].edit(client, key, op, true);
            }
            Action::EditToBeRefused(client, key, op) => {
                self.left.edits -= 1;
                self.left.refused -= 1;
                self.clients[client].edit(client, key, op, false);
            }
            Action::Send(id) => self.send(feed, id),
            Action::TimeOut(id) => self.time_out(id),
            Action::Compare(id) => self.compare(id),
            Action::Deliver(index) => self.deliver(feed, index),
            Action::Lose(index) => drop(self.net.remove(index)),
            Action::Day => {
                self.left.days -= 1;
                self.records.replies.clear();
                for write in self.clients.iter_mut().flat_map(|client| &mut client.queue) {
                    write.old = write.tried;
                }
            }
        }
    }

    /// A write takes effect, whoever wrote.
    fn write(&mut self, feed: &Feed, key: Key, op: Op, content: Option<WriteId>) -> Stamp {
        let record = self.apply(key, op, content);
        if feed.numbers_first() || feed.has(Bug::WritersKeepTheLog) {
            self.number += 1;
            self.put_row(self.number, record);
        } else {
            self.table.stream(record);
        }
        record.stamp
    }

    fn apply(&mut self, key: Key, op: Op, content: Option<WriteId>) -> Record {
        match op {
            Op::Add | Op::Update => self.table.put(key, content),
            Op::Delete => self.table.delete(key),
        }
    }

    /// Only of bugs: a writer puts its own row.
    fn put_row(&mut self, seq: Seq, record: Record) {
        let mut head = self.log.read_head();
        head.last = head.last.max(seq);
        self.log.head = Some(head);
        self.log.rows.entry((head.epoch, seq)).or_default().push(record);
    }

    fn relay(&mut self, feed: &Feed, action: &Action) {
        match *action {
            Action::RelayStart(shard) => {
                let relay = Relay::start(feed, &mut self.table, &mut self.log, shard);
                self.relays.push(relay);
            }
            Action::RelayCommit(index) => self.relays[index].commit(feed, &mut self.log),
            Action::RelayRow(index) => self.relays[index].put_row(&mut self.log),
            Action::RelayAcknowledge(index) => {
                self.relays.remove(index).acknowledge(&mut self.table);
            }
            Action::RelayStop(index) => {
                self.left.kills -= 1;
                self.relays.remove(index);
            }
            _ => {}
        }
        self.relays.sort();
    }

    fn read(&mut self, feed: &Feed, client: usize, in_part: bool) {
        let (since, pull) = (self.clients[client].cursor, self.clients[client].pull.take());
        let Some(pull) = pull else {
            return;
        };
        let changes = matches!(pull, Pull::RowsRead { .. });
        let stale = match changes {
            true => feed.has(Bug::StaleItems) || feed.has(Bug::ItemsBeforeHead),
            false => feed.has(Bug::StaleSnapshot),
        };
        let items = if stale { self.replica.clone() } else { self.table.items() };
        let next = match since.map(|cursor| cursor.phase) {
            Some(Phase::Changes(place)) if in_part => pull.read_in_part(feed, &items, place),
            _ => pull.read(feed, &mut self.log, &items, since),
        };
        self.clients[client].pull = Some(next);
    }

    fn lose_page(&mut self, feed: &Feed, client: usize) {
        let client = &mut self.clients[client];
        let lost = client.pull.take();
        if let Some(Pull::Answered(crate::reader::Answer::Page { next, .. })) = lost
            && feed.has(Bug::CursorBeforeItems)
        {
            client.cursor = Some(next);
        }
    }

    /// Notes for the properties what a client has behind its cursor, once its snapshot is whole.
    fn note_shown(&mut self, client: usize) {
        let Client { cursor, seen, .. } = &self.clients[client];
        if let (Some(Cursor { epoch, phase: Phase::Changes(place) }), None) = (*cursor, seen)
            && self.is_sound(epoch)
        {
            let client = &mut self.clients[client];
            for record in self.log.before(epoch, place) {
                let shown = &mut client.shown[record.key];
                *shown = record.stamp.max(*shown);
            }
        }
    }

    /// True if this is the epoch of the log, and the log is not known to be wrong.
    #[must_use]
    pub fn is_sound(&self, epoch: Epoch) -> bool {
        !self.must_reset && self.log.head.is_some_and(|head| head.epoch == epoch)
    }

    fn send(&mut self, feed: &Feed, (client, number): WriteId) {
        let queue = &mut self.clients[client];
        if let Some(place) = queue.place((client, number))
            && let Some(request) = queue.send(feed, place)
        {
            self.post(Message::Request(request));
        }
    }

    fn time_out(&mut self, id: WriteId) {
        self.net.retain(|message| !matches!(message, Message::Reply(of, _) if *of == id));
        let client = &mut self.clients[id.0];
        if let Some(place) = client.place(id) {
            client.queue[place].stage = Stage::Waiting;
        }
    }

    fn compare(&mut self, id: WriteId) {
        let client = &mut self.clients[id.0];
        if let Some(place) = client.place(id) {
            let key = client.queue[place].request.key;
            client.compare(place, &self.table.cells[key]);
        }
    }

    /// A request takes effect and is answered, or an answer is taken. Nobody waits for the answer to a request that timed out.
    fn deliver(&mut self, feed: &Feed, index: usize) {
        let message = self.net.remove(index);
        let (id, reply) = match message {
            Message::Reply(id, reply) => (id, Some(reply)),
            Message::Request(ref request) => (request.id, None),
        };
        let answer = match message {
            Message::Request(request) => Some(self.serve(feed, &request)),
            Message::Reply(..) => None,
        };
        let client = &mut self.clients[id.0];
        let place = client.place(id);
        let waits = place.filter(|place| client.queue[*place].stage == Stage::Sent);
        match (waits, answer, reply) {
            (Some(_), Some(answer), _) => self.post(Message::Reply(id, answer)),
            (Some(place), None, Some(reply)) => client.replied(feed, place, reply),
            _ => {}
        }
    }

    /// The server carries a write out, at most once for each `Idempotency-Key`.
    fn serve(&mut self, feed: &Feed, request: &crate::push::Request) -> Reply {
        let token = (request.id, request.attempt);
        if let Some(reply) = self.records.replies.get(&token) {
            return *reply;
        }
        if let Some(failure) = request.failure(&self.table.cells[request.key]) {
            return failure;
        }
        let stamp = self.write(feed, request.key, request.op, Some(request.id));
        *self.records.applied.entry(request.id).or_default() += 1;
        self.records.replies.insert(token, Reply::Done(stamp));
        Reply::Done(stamp)
    }

    /// The order in which messages were sent tells nothing.
    fn post(&mut self, message: Message) {
        self.net.push(message);
        self.net.sort();
    }
}

impl Action {
    /// True if it is limited by a [`Budget`].
    #[must_use]
    pub fn is_from_outside(&self) -> bool {
        matches!(
            self,
            Self::Write(..)
                | Self::WriteUnknowing(..)
                | Self::Begin(..)
                | Self::BeginAtOnce(..)
                | Self::RelayStop(_)
                | Self::RowExpires(_)
                | Self::HeadExpires
                | Self::Trim(_)
                | Self::Restore
                | Self::OldCursor(_)
                | Self::Edit(..)
                | Self::EditToBeRefused(..)
                | Self::Day
        )
    }
}

impl World {
    /// True if a step is one of the protocol's own, nothing is lost by it, and the client that takes it has not polled to the end.
    #[must_use]
    pub fn leads_to_the_end(&self, action: &Action) -> bool {
        match action {
            Action::Ask(client) => !self.has_all(&self.clients[*client]),
            Action::ReadInPart(_) | Action::LosePage(_) | Action::Lose(_) => false,
            other => !other.is_from_outside(),
        }
    }

    /// The steps that are possible.
    pub fn actions(&self, feed: &Feed, actions: &mut Vec<Action>) {
        self.actions_of_writers(feed, actions);
        self.actions_of_relays(feed, actions);
        self.actions_of_time(actions);
        for client in 0..self.clients.len() {
            self.actions_of_pull(client, actions);
            self.actions_of_push(feed.copies, client, actions);
        }
        actions.extend((0..self.net.len()).flat_map(|index| [Action::Deliver(index), Action::Lose(index)]));
    }

    fn actions_of_writers(&self, feed: &Feed, actions: &mut Vec<Action>) {
        if self.left.writes > 0 {
            for (key, cell) in self.table.cells.iter().enumerate() {
                for op in possible(cell.item.is_some()) {
                    if feed.numbers_first() {
                        actions.push(Action::Begin(key, op));
                        if feed.has(Bug::CursorIsUpdatedAt) && self.number > 0 {
                            actions.push(Action::BeginAtOnce(key, op));
                        }
                    } else {
                        actions.push(Action::Write(key, op));
                        if feed.has(Bug::WritersKeepTheLog) {
                            actions.push(Action::WriteUnknowing(key, op));
                        }
                    }
                }
            }
        }
        actions.extend((0..self.pending.len()).map(Action::Finish));
        if feed.reads_late() {
            let late = |key: &Key| self.replica[*key] != self.table.cells[*key].item;
            actions.extend((0..feed.keys).filter(late).map(Action::Replicate));
        }
    }

    fn actions_of_relays(&self, feed: &Feed, actions: &mut Vec<Action>) {
        for (shard, waiting) in self.table.shards.iter().enumerate() {
            let busy = self.relays.iter().any(|relay| relay.shard == shard);
            if !waiting.is_empty() && self.relays.len() < feed.relays && (feed.doubled || !busy) {
                actions.push(Action::RelayStart(shard));
            }
        }
        for (index, relay) in self.relays.iter().enumerate() {
            match relay.step {
                Step::HeadRead(_) => actions.push(Action::RelayCommit(index)),
                Step::HeadWritten(_) => {
                    actions.push(Action::RelayRow(index));
                    continue;
                }
                Step::RowWritten => actions.push(Action::RelayAcknowledge(index)),
            }
            if self.left.kills > 0 {
                actions.push(Action::RelayStop(index));
            }
        }
    }

    fn actions_of_time(&self, actions: &mut Vec<Action>) {
        if let Some(head) = self.log.head {
            if self.left.expiries > 0 {
                let rows = self.log.rows.range((head.epoch, 0)..=(head.epoch, head.last));
                actions.extend(rows.map(|((_, seq), _)| Action::RowExpires(*seq)));
            }
            if self.left.old_heads > 0 {
                actions.push(Action::HeadExpires);
            }
            if self.left.restores > 0 && self.log.rows.contains_key(&(head.epoch, head.last)) {
                actions.push(Action::Restore);
            }
        }
        if self.left.trims > 0 {
            let waiting = self.table.shards.iter().enumerate();
            let waiting = waiting.filter(|(_, records)| !records.is_empty());
            actions.extend(waiting.map(|(shard, _)| Action::Trim(shard)));
        }
        if self.must_reset {
            actions.push(Action::Reset);
        }
        if self.left.days > 0 && self.net.is_empty() {
            actions.push(Action::Day);
        }
    }

    fn actions_of_pull(&self, client: usize, actions: &mut Vec<Action>) {
        let Client { pull, cursor, .. } = &self.clients[client];
        match pull {
            None => actions.push(Action::Ask(client)),
            Some(Pull::Answered(_)) => actions.extend([Action::Receive(client), Action::LosePage(client)]),
            Some(reading) => {
                actions.push(Action::Read(client));
                if matches!(reading, Pull::RowsRead { keys, .. } if !keys.is_empty()) {
                    actions.push(Action::ReadInPart(client));
                }
                if *reading == Pull::Asked && cursor.is_some() && self.left.old_cursors > 0 {
                    actions.push(Action::OldCursor(client));
                }
            }
        }
    }

    fn actions_of_push(&self, copies: usize, index: usize, actions: &mut Vec<Action>) {
        let client = &self.clients[index];
        if self.left.edits > 0 {
            for key in 0..client.base.len() {
                for op in possible(client.shows(key)) {
                    actions.push(Action::Edit(index, key, op));
                    if self.left.refused > 0 {
                        actions.push(Action::EditToBeRefused(index, key, op));
                    }
                }
            }
        }
        for (place, write) in client.queue.iter().enumerate() {
            let id = write.request.id;
            match write.stage {
                Stage::Sent => actions.push(Action::TimeOut(id)),
                Stage::Doubtful => actions.push(Action::Compare(id)),
                _ if client.may_send(place) && self.under_way(id) < copies => actions.push(Action::Send(id)),
                _ => {}
            }
        }
    }

    /// The number of messages about a write.
    fn under_way(&self, id: WriteId) -> usize {
        self.net.iter().filter(|message| message.id() == id).count()
    }
}

/// What can be done with an item that is there, or not.
fn possible(there: bool) -> impl Iterator<Item = Op> {
    let all = [(Op::Add, false), (Op::Update, true), (Op::Delete, true)];
    all.into_iter().filter(move |(_, needs)| *needs == there).map(|(op, _)| op)
}
