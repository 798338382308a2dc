import { ProblemError, SessionEndedError } from '../errors.js';
import type { Problem } from '../generated/models.js';
import { uuid, type Answer, type CallOptions } from '../transport.js';
import type { AnyCollection } from './collection.js';
import { collectionOf, cursorOf, isLater, Patience, putBase, recordOf, type Core } from './core.js';
import type { Tables } from './database.js';
import { OfflineError } from './errors.js';
import { creates, isWanted, mergeMembers, type Attempt, type Item, type Write } from './writes.js';

/**
 * How long the service surely knows an `Idempotency-Key`, in milliseconds: it keeps it for 24 hours, and the hour is for
 * clocks that differ.
 */
export const KEY_LIFETIME = 23 * 3_600_000;

/** Sends the queue. */
export class Push {
    readonly #core: Core;
    /** For what concerns all writes, such as a lost network. */
    readonly #patience: Patience;
    /** For what concerns one item. */
    readonly #patienceOf = new Map<string, Patience>();
    /** Why nothing could be sent the last time. */
    error: unknown;
    #wantsPull = false;

    constructor(core: Core) {
        this.#core = core;
        this.#patience = new Patience(core);
    }

    /** Waits no longer for a network that was lost. */
    hurry(): void {
        this.#patience.hurry();
        this.#patienceOf.forEach((patience) => patience.hurry());
    }

    /** True, once, if the base may be behind an answer, so that the feed is to be asked soon. */
    takeWantsPull(): boolean {
        const wants = this.#wantsPull;
        this.#wantsPull = false;
        return wants;
    }

    /**
     * Sends what can be sent now, one write after another.
     *
     * @returns When the next one can be sent; `Infinity` if nothing waits for a time.
     */
    async round(): Promise<number> {
        for (;;) {
            if (this.#core.now() < this.#patience.until) {
                return this.#patience.until;
            }
            try {
                const next = await this.#next();
                if (typeof next === 'number') {
                    return next;
                }
                await this.#send(next);
            } catch (error) {
                // The storage failed. What was sent is sent again, with its key.
                if (!(error instanceof OfflineError) || error.reason === 'closed') {
                    throw error;
                }
                this.error = error;
                this.#patience.fail(error);
            }
        }
    }

    /** Freezes the write that is next, or tells when there will be one. */
    async #next(): Promise<Write | number> {
        const { collections, database, now } = this.#core;
        return database.write('strict', async (tables) => {
            const items = new Set<string>();
            const ready: Write[] = [];
            let earliest = Infinity;
            for (const write of await tables.queue.all()) {
                const item = itemOf(write);
                // An older version of the app may not have a collection of a newer one.
                const isKnown = collections.has(write.collection);
                if (!isKnown || write.state === 'refused' || items.has(item)) {
                    continue;
                }
                items.add(item);
                const until = this.#patienceOf.get(item)?.until ?? 0;
                if (write.state === 'conflict') {
                    continue;
                }
                if (until <= now()) {
                    ready.push(write);
                } else {
                    earliest = Math.min(earliest, until);
                }
            }
            // One that got no answer goes behind the others, so that it cannot keep them back.
            ready.sort((a, b) => (a.last?.at ?? 0) - (b.last?.at ?? 0) || a.seq - b.seq);
            const [write] = ready;
            if (write === undefined) {
                return earliest;
            }
            const last = await attempt(tables, write, now());
            const frozen = { first: last, ...write, last };
            tables.queue.put(frozen);
            return frozen;
        });
    }

    async #send(write: Write): Promise<void> {
        const { now } = this.#core;
        const collection = collectionOf(this.#core, write.collection);
        const age = now() - (write.first?.at ?? now());
        if (creates(write) && (age > KEY_LIFETIME || age < 0)) {
            // It may have been added, and deleted since: only the user can tell whether to add it again.
            return this.#check(collection, write, 'expired');
        }
        let answer: Answer<Item | undefined>;
        try {
            answer = await call(collection, write, this.#options(write));
        } catch (error) {
            return this.#failed(collection, write, error);
        }
        this.#succeeded(write);
        const { value, etag = value?.etag, replayed } = answer;
        return this.#done(write, value, etag, replayed);
    }

    #options({ idempotencyKey, ifMatch }: Partial<Write>): CallOptions {
        const { signal, timeLimit } = this.#core;
        return { idempotencyKey, ifMatch, signal, timeLimit };
    }

    #succeeded(write: Write): void {
        this.error = undefined;
        this.#patience.succeed();
        this.#patienceOf.delete(itemOf(write));
    }

    async #failed(collection: AnyCollection, write: Write, error: unknown): Promise<void> {
        switch (judge(write, error)) {
            case 'wait':
            case 'waitWithItem':
                return this.#waitAfter(write, error);
            case 'done':
                this.#succeeded(write);
                return this.#done(write, undefined, undefined, false);
            case 'check':
                return this.#check(collection, write, 'answered');
            case 'refused':
                this.#succeeded(write);
                return this.#refuse(collection, write, problemOf(error));
        }
    }

    #waitAfter(write: Write, error: unknown): void {
        this.#core.signal.throwIfAborted();
        if (error instanceof SessionEndedError) {
            throw error;
        }
        this.error = error;
        if (judge(write, error) === 'wait') {
            this.#patience.fail(error);
        } else {
            this.#waitWith(write, error);
        }
    }

    #waitWith(write: Write, error: unknown): void {
        const item = itemOf(write);
        const patience = this.#patienceOf.get(item) ?? new Patience(this.#core);
        this.#patienceOf.set(item, patience);
        patience.fail(error);
    }

    /** Takes a write that was done out of the queue, and the answer into the base. */
    async #done(
        write: Write,
        item: Item | undefined,
        etag: string | undefined,
        replayed: boolean,
    ): Promise<void> {
        const key = await this.#core.database.write('default', async (tables) => {
            const stored = await storedOf(tables, write);
            if (stored === undefined) {
                // The user dropped it, or another tab was faster: the feed tells what became of the item.
                this.#wantsPull = true;
                return write.key;
            }
            // A replay tells how the item was after the first attempt.
            const known = replayed ? stored.first : attemptOf(stored, write.last);
            const key = await this.#toBase(tables, stored, item, known);
            tables.queue.delete(stored.seq);
            await release(tables, stored, etag);
            return key;
        });
        this.#core.changed(write.collection, [write.key, key]);
    }

    /**
     * Takes an item as it was at an attempt into the base, or out of it if there is none. If the feed has told of it
     * since, the base may be newer: then only what is surely newer is taken, and the feed will bring the rest.
     */
    async #toBase(
        tables: Tables,
        { collection: name, key }: Write,
        item: Item | undefined,
        attempt: Attempt | undefined,
    ): Promise<string> {
        const { generation = 0, overtaken = true } = attempt ?? {};
        const base = await tables.base.get([name, key]);
        const isNewer =
            item !== undefined &&
            base !== undefined &&
            base.generation <= generation &&
            isLater(item, base.item);
        if (overtaken && !isNewer) {
            this.#wantsPull = true;
            return key;
        }
        if (item === undefined) {
            tables.base.delete([name, key]);
            return key;
        }
        return putBase(tables, recordOf(this.#core, name, item, generation));
    }

    /** Finds the item that a write could not change: it may be as it was wanted, or the user has to decide. */
    async #check(
        collection: AnyCollection,
        write: Write,
        why: 'answered' | 'expired',
    ): Promise<void> {
        const { database, changed, now } = this.#core;
        // What the feed tells from now on may be newer than what is found.
        const asked = await database.write('default', async (tables) => {
            const stored = await storedOf(tables, write);
            const last = await attempt(tables, stored ?? write, now());
            if (stored !== undefined) {
                tables.queue.put({ ...stored, last });
            }
            return stored && last;
        });
        if (asked === undefined) {
            return;
        }
        let item: Item | undefined;
        try {
            item = (await collection.find(write.id, this.#options({}))).value;
        } catch (error) {
            if (!(error instanceof ProblemError) || error.status !== 404) {
                return this.#waitAfter(write, error);
            }
        }
        this.#succeeded(write);
        const key = await database.write('default', async (tables) => {
            const stored = await storedOf(tables, write);
            if (stored === undefined) {
                return write.key;
            }
            const found = await this.#toBase(tables, stored, item, attemptOf(stored, asked));
            if (isWanted(collection, stored, item)) {
                tables.queue.delete(stored.seq);
                await release(tables, stored, item?.etag);
            } else if (creates(stored) && item === undefined && why === 'answered') {
                // Another one was there, and is gone: the next attempt adds it.
                this.#waitWith(stored, undefined);
            } else {
                const reason = creates(stored)
                    ? item === undefined
                        ? 'expired'
                        : 'exists'
                    : item === undefined
                      ? 'deleted'
                      : 'changed';
                tables.queue.put({ ...stored, state: 'conflict', reason });
            }
            return found;
        });
        changed(write.collection, [write.key, key]);
    }

    /** Puts a write onto the list of the refused. Later writes of the item go on. */
    async #refuse(collection: AnyCollection, write: Write, problem: Problem): Promise<void> {
        const { database, changed } = this.#core;
        await database.write('default', async (tables) => {
            const stored = await storedOf(tables, write);
            if (stored === undefined) {
                return;
            }
            const next = await following(tables, stored);
            if (next === undefined || !creates(stored)) {
                tables.queue.put({ ...stored, state: 'refused', problem });
                await release(tables, stored, stored.ifMatch);
                return;
            }
            // There is no item that the next one could change: the two are one.
            tables.queue.delete(stored.seq);
            if (next.operation === 'delete') {
                tables.queue.delete(next.seq);
                await release(tables, next, undefined);
            } else if (next.operation === 'update') {
                tables.queue.put({
                    ...next,
                    operation: stored.operation,
                    members: mergeMembers(collection, stored, next.members),
                    idempotencyKey: uuid(),
                    chained: false,
                });
            } else {
                await release(tables, stored, undefined);
            }
        });
        changed(write.collection, [write.key]);
    }
}

/** Gives the write behind this one the entity tag that the item has now. */
export async function release(
    tables: Tables,
    write: Write,
    etag: string | undefined,
): Promise<void> {
    const next = await following(tables, write);
    if (next !== undefined) {
        const ifMatch = next.operation === 'add' ? undefined : etag;
        tables.queue.put({ ...next, chained: false, ...(ifMatch !== undefined && { ifMatch }) });
    }
}

/** The write as it is in the queue. Undefined if it was dropped or decided, or is another one by now. */
async function storedOf(tables: Tables, write: Write): Promise<Write | undefined> {
    const stored = await tables.queue.get(write.seq);
    const { idempotencyKey } = write;
    const isSame = stored?.idempotencyKey === idempotencyKey && stored.state === 'waiting';
    return isSame ? stored : undefined;
}

/** The attempt with what is known of it now. If another tab made one after it, what is known of the first one. */
function attemptOf({ first, last }: Write, attempt: Attempt | undefined): Attempt | undefined {
    return last?.number === attempt?.number ? last : first;
}

/** The next attempt of a write. */
async function attempt(tables: Tables, { collection, last }: Write, at: number): Promise<Attempt> {
    const { generation } = await cursorOf(tables, collection);
    return { number: (last?.number ?? 0) + 1, at, generation, overtaken: false };
}

async function following(tables: Tables, write: Write): Promise<Write | undefined> {
    const writes = await tables.writesOf(write.collection, write.key);
    return writes.find(({ seq, state }) => seq > write.seq && state !== 'refused');
}

function itemOf({ collection, key }: Write): string {
    return JSON.stringify([collection, key]);
}

type Operations = Required<Pick<AnyCollection, 'add' | 'put' | 'update' | 'delete'>>;

function call(
    collection: AnyCollection,
    { operation, id, members }: Write,
    options: CallOptions,
): Promise<Answer<Item | undefined>> {
    const operations = collection as Operations;
    return operation === 'delete'
        ? operations.delete(id, options)
        : operations[operation](id, members, options);
}

/** What a failure means for a write: the table of answers. */
function judge(
    write: Write,
    error: unknown,
): 'wait' | 'waitWithItem' | 'check' | 'done' | 'refused' {
    if (error instanceof RangeError || error instanceof TypeError) {
        // The request cannot be made of this write.
        return 'refused';
    }
    if (!(error instanceof ProblemError)) {
        // No answer, or one that is not of the service.
        return 'wait';
    }
    const { status, problem } = error;
    switch (status) {
        case 401:
        case 429:
        case 502:
        case 503:
        case 504:
            return 'wait';
        case 404:
            if (problem.type === '/problems/not-found' || creates(write)) {
                return 'refused';
            }
            return write.operation === 'delete' ? 'done' : 'check';
        case 409:
            if (problem.type === '/problems/request-in-flight') {
                return 'waitWithItem';
            }
            return problem.type.endsWith('-exists') ? 'check' : 'refused';
        case 412:
            return 'check';
        default:
            return status >= 500 ? 'waitWithItem' : 'refused';
    }
}

function problemOf(error: unknown): Problem {
    return error instanceof ProblemError
        ? error.problem
        : {
              type: 'about:blank',
              title: 'The request cannot be made',
              status: 0,
              detail: String(error),
              instance: '',
          };
}
