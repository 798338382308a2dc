//! The state of everything at once, and what each step does to it.

use crate::{
    client::Client,
    feed::{Budget, Bug, Feed},
    log::{Epoch, Log, Place, Seq},
    push::{Message, Records, Reply, Request, Stage},
    reader::{Cursor, Pull},
    relay::{Progress, Relay},
    step::Step,
    table::{Key, Op, Record, Stamp, Table},
};

/// The service and its clients.
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
    /// The messages of the push that are under way.
    pub messages: Vec<Message>,
    /// What the server keeps of writes.
    pub records: Records,
    /// True while the log is known to be wrong, because the stream lost records or the log's table was restored. `feed reset` follows.
    pub must_reset: bool,
    /// How often what comes from outside may still happen.
    pub left: Budget,
    /// Only of bugs: what a read that is eventually consistent or too early shows.
    pub replica: Vec<Option<Stamp>>,
    /// Only of bugs: writes that are not visible yet, with the numbers of their rows.
    pub pending: Vec<(Seq, Key, Op)>,
    /// Only of bugs: the last number that a writer took.
    pub number: Seq,
}

impl World {
    /// The state from which the model begins.
    #[must_use]
    pub fn new(feed: &Feed) -> Self {
        let table = Table::new(feed.keys, feed.filled, feed.shards);
        let (items, mut log) = (table.items(), Log::default());
        let client = if feed.synced {
            let cursor = Cursor::Changes(log.read_head().epoch, Place(0, 0));
            Client::new(items.clone(), Some(cursor))
        } else {
            Client::new(vec![None; feed.keys], None)
        };
        Self {
            table,
            log,
            relays: Vec::new(),
            clients: vec![client; feed.clients],
            messages: Vec::new(),
            records: Records::default(),
            must_reset: false,
            left: feed.budget,
            replica: items,
            pending: Vec::new(),
            number: 0,
        }
    }

    /// Takes a step.
    pub fn take(&mut self, feed: &Feed, step: &Step) {
        if let Some(event) = step.event() {
            self.left[event as usize] -= 1;
        }
        match *step {
            Step::Write(key, op, knows) => {
                let record = self.table.write(key, op, None);
                self.note(feed, record, knows);
            }
            Step::Begin(number, key, op) => {
                self.number = number;
                self.pending.push((number, key, op));
            }
            Step::Finish(index) => {
                let (number, key, op) = self.pending.remove(index);
                let record = self.table.write(key, op, None);
                self.put_row(number, record);
            }
            Step::Replicate(key) => self.replica[key] = self.table.cells[key].item,
            Step::RelayStart(shard) => {
                self.relays
                    .push(Relay::start(feed, &mut self.table, &mut self.log, shard));
            }
            Step::Relay(index) => {
                self.relays[index].proceed(feed, &mut self.table, &mut self.log);
                self.relays
                    .retain(|relay| relay.progress != Progress::Ended);
            }
            Step::RelayKilled(index) => drop(self.relays.remove(index)),
            Step::RowExpires(epoch, seq) => drop(self.log.rows.remove(&(epoch, seq))),
            Step::Trim(shard) => drop(self.table.shards[shard].remove(0)),
            Step::Restore => self.log.restore(),
            Step::Reset | Step::HeadExpires => self.log.head = None,
            Step::Ask(client) => self.ask(feed, client),
            Step::Read(client, in_part) => self.read(feed, client, in_part),
            Step::CursorExpires(client) => self.clients[client].pull = Some(Pull::Expired),
            Step::Receive(client) => self.receive(feed, client),
            Step::LosePage(client) => self.lose_page(feed, client),
            Step::Edit(client, key, op, valid) => self.clients[client].edit(client, key, op, valid),
            Step::Send(id) => {
                let request = self.clients[id.0].send(feed, id);
                self.messages.extend(request.map(Message::Request));
            }
            Step::TimeOut(id) => {
                let reply_to_it =
                    |message: &Message| matches!(message, Message::Reply(of, _) if *of == id);
                self.messages.retain(|message| !reply_to_it(message));
                self.clients[id.0].stage(id, Stage::Waiting);
            }
            Step::Compare(id) => self.clients[id.0].compare(id, &self.table),
            Step::Deliver(index) => self.deliver(feed, index),
            Step::Lose(index) => drop(self.messages.remove(index)),
            Step::Day => {
                self.records.replies.clear();
                let queues = self
                    .clients
                    .iter_mut()
                    .flat_map(|client| client.queue.values_mut());
                queues.for_each(|write| write.old = write.tried);
            }
        }
        match step {
            Step::Trim(_) | Step::Restore => self.must_reset = true,
            Step::Reset => self.must_reset = false,
            _ => {}
        }
        // Their order tells nothing.
        self.relays.sort();
        self.messages.sort();
    }

    /// A write took effect: the stream has it. `knows` is false of a writer that knows nothing of the log; only bugs read it.
    fn note(&mut self, feed: &Feed, record: Record, knows: bool) {
        if !feed.numbers_first() && !feed.has(Bug::WritersKeepTheLog) {
            self.table.stream(record);
        } else if knows {
            self.number += 1;
            self.put_row(self.number, record);
        }
    }

    /// Only of bugs: a writer puts its row.
    fn put_row(&mut self, seq: Seq, record: Record) {
        let mut head = self.log.read_head();
        head.last = head.last.max(seq);
        self.log.head = Some(head);
        let row = self.log.rows.entry((head.epoch, seq));
        row.or_default().push(record);
    }

    fn ask(&mut self, feed: &Feed, client: usize) {
        self.clients[client].ask();
        if feed.has(Bug::ItemsBeforeHead) {
            self.replica = self.table.items();
        }
    }

    fn read(&mut self, feed: &Feed, client: usize, in_part: bool) {
        let Client { pull, cursor, .. } = &mut self.clients[client];
        let stale = match pull {
            Some(Pull::RowsRead(..)) => feed.has(Bug::StaleItems) || feed.has(Bug::ItemsBeforeHead),
            _ => feed.has(Bug::StaleSnapshot),
        };
        let items = if stale {
            self.replica.clone()
        } else {
            self.table.items()
        };
        *pull = pull.take().map(|pull| {
            if in_part {
                pull.read_in_part(feed, &items, *cursor)
            } else {
                pull.read(feed, &mut self.log, &items, *cursor)
            }
        });
    }

    fn receive(&mut self, feed: &Feed, client: usize) {
        self.clients[client].receive(feed);
        if let Some((epoch, place)) = self.sound_place(&self.clients[client]) {
            for Record(key, stamp) in self.log.before(epoch, place) {
                let shown = &mut self.clients[client].shown[key];
                *shown = stamp.max(*shown);
            }
        }
    }

    /// The place of a client in the log, if that is the log of today and not known to be wrong.
    #[must_use]
    pub fn sound_place(&self, client: &Client) -> Option<(Epoch, Place)> {
        let sound =
            |epoch| !self.must_reset && self.log.head.is_some_and(|head| head.epoch == epoch);
        client.place().filter(|(epoch, _)| sound(*epoch))
    }

    fn lose_page(&mut self, feed: &Feed, client: usize) {
        let client = &mut self.clients[client];
        if let Some(Pull::Page(page)) = client.pull.take()
            && feed.has(Bug::CursorBeforeItems)
        {
            client.cursor = Some(page.next);
        }
    }

    /// A request is carried out, or an answer taken, if the client waits for it.
    fn deliver(&mut self, feed: &Feed, index: usize) {
        let message = self.messages.remove(index);
        let id = message.id();
        let write = self.clients[id.0].queue.get(&id);
        let waits = write.is_some_and(|write| write.stage == Stage::Sent);
        match message {
            Message::Request(request) => {
                let reply = self.serve(feed, &request);
                self.messages
                    .extend(waits.then_some(Message::Reply(id, reply)));
            }
            Message::Reply(_, reply) if waits => self.clients[id.0].replied(feed, id, reply),
            Message::Reply(..) => {}
        }
    }

    /// The server carries a write out, at most once for each `Idempotency-Key`. Write and record are one transaction.
    fn serve(&mut self, feed: &Feed, request: &Request) -> Reply {
        let token = (request.id, request.attempt);
        if let Some(reply) = self.records.replies.get(&token) {
            return *reply;
        }
        if let Some(failure) = request.failure(&self.table.cells[request.key]) {
            // Another 4xx is the same each time.
            if failure == Reply::Conflict {
                self.records.replies.insert(token, failure);
            }
            return failure;
        }
        let record = self.table.write(request.key, request.op, Some(request.id));
        self.note(feed, record, true);
        *self.records.applied.entry(request.id).or_default() += 1;
        self.records.replies.insert(token, Reply::Done(record.1));
        Reply::Done(record.1)
    }
}
