import { ProblemError, UnexpectedAnswerError } from '../errors.js';
import type { AnyCollection, FeedPage } from './collection.js';
import { cursorOf, isOutdated, Patience, recordOf, type Core } from './core.js';
import { keysOf, type Cursor, type Tables } from './database.js';
import type { Item, Json, Write } from './writes.js';

/** The most items that a page may have. */
const LIMIT = 100;

/** How often one pull may begin a snapshot anew. */
const RESETS = 2;

/** The seconds between two polls if the feed says none, and the most that it may say. */
const POLL = 30;
const MAX_POLL = 3600;

/** Reads the feeds into the base. */
export class Pull {
    readonly #core: Core;
    readonly #patience = new Map<string, Patience>();
    /** Why a collection could not be pulled the last time. */
    readonly errors = new Map<string, unknown>();

    constructor(core: Core) {
        this.#core = core;
        core.collections.forEach((_, name) => this.#patience.set(name, new Patience(core)));
    }

    /** Waits no longer for a network that was lost. */
    hurry(): void {
        this.#patience.forEach((patience) => patience.hurry());
    }

    /**
     * Pulls each collection that is due to its end. One that fails does not keep back the others.
     *
     * @param asked True to pull those, too, that are to be polled later.
     * @returns When the next one is due.
     */
    async round(asked: boolean): Promise<number> {
        const { collections, database, now } = this.#core;
        let next = Infinity;
        for (const [name, collection] of collections) {
            if (collection.changes === undefined) {
                continue;
            }
            const { pollAt = 0 } = await database.read((tables) => cursorOf(tables, name));
            let due = Math.max(asked ? 0 : pollAt, this.#patience.get(name)?.until ?? 0);
            if (due <= now()) {
                due = await this.#pull(name, collection);
            }
            next = Math.min(next, due);
        }
        return next;
    }

    /** Pulls a collection to its end. Returns when it is due again. */
    async #pull(name: string, collection: AnyCollection): Promise<number> {
        const patience = this.#patience.get(name) ?? new Patience(this.#core);
        try {
            const pollAt = await this.#toTheEnd(name, collection);
            this.errors.delete(name);
            patience.succeed();
            return pollAt;
        } catch (error) {
            this.#core.signal.throwIfAborted();
            this.errors.set(name, error);
            return patience.fail(error);
        }
    }

    async #toTheEnd(name: string, collection: AnyCollection): Promise<number> {
        const { database, signal, timeLimit } = this.#core;
        const options = { signal, timeLimit };
        for (let resets = 0; ;) {
            const cursor = await database.read((tables) => cursorOf(tables, name));
            let page: FeedPage<Item, Json> | undefined;
            try {
                page = await collection.changes?.(cursor.since, LIMIT, options);
            } catch (error) {
                if (cursor.since === undefined || !isRefusedCursor(error) || resets === RESETS) {
                    throw error;
                }
                resets += 1;
                await this.#beginAnew(name, cursor);
                continue;
            }
            if (page === undefined || (page.more && page.nextSince === cursor.since)) {
                throw new UnexpectedAnswerError('a page that does not go on');
            }
            const pollAt = await this.#store(name, collection, cursor, page);
            if (pollAt !== undefined) {
                return pollAt;
            }
        }
    }

    /** The next page will be the first one of a snapshot. */
    async #beginAnew(name: string, { since }: Cursor): Promise<void> {
        await this.#core.database.write('default', async (tables) => {
            const { since: stored, ...cursor } = await cursorOf(tables, name);
            if (stored === since) {
                tables.cursors.put({ ...cursor, whole: false }, name);
            }
        });
    }

    /**
     * Stores a page and where to go on, in one transaction. Returns when to ask again, or undefined if there is more to
     * pull now.
     */
    async #store(
        name: string,
        collection: AnyCollection,
        asked: Cursor,
        page: FeedPage<Item, Json>,
    ): Promise<number | undefined> {
        const core = this.#core;
        const pollAt = page.more ? undefined : core.now() + pause(core, page.pollAfterSeconds);
        const changed = await core.database.write('default', async (tables) => {
            const { since, pollAt: _, ...before } = await cursorOf(tables, name);
            // Another tab that believes to lead was faster.
            if (since !== asked.since || before.generation !== asked.generation) {
                return undefined;
            }
            const isFirst = since === undefined;
            const generation = before.generation + (isFirst ? 1 : 0);
            const writes = (await tables.queue.all()).filter((each) => each.collection === name);
            const { keys, leftOut } = await this.#apply(collection, tables, page, {
                name,
                generation,
                writes,
            });
            const isEnd = !page.more && (isFirst || !before.whole);
            if (isEnd) {
                keys.push(...(await sweep(tables, { name, generation, writes })));
            }
            tables.cursors.put(
                {
                    ...before,
                    since: page.nextSince,
                    generation,
                    whole: isEnd || (before.whole && !isFirst),
                    ready: isEnd || before.ready,
                    partial: leftOut || (before.partial && !isFirst),
                    ...(pollAt !== undefined && { pollAt, pulledAt: core.now() }),
                },
                name,
            );
            return keys;
        });
        if (changed === undefined) {
            return undefined;
        }
        core.changed(name, changed);
        return pollAt;
    }

    async #apply(
        collection: AnyCollection,
        tables: Tables,
        { changes }: FeedPage<Item, Json>,
        { name, generation, writes }: Snapshot,
    ): Promise<{ keys: string[]; leftOut: boolean }> {
        const { most = Infinity } = collection;
        let room = most === Infinity ? most : most - (await tables.base.count(keysOf(name)));
        let leftOut = false;
        // An item may come twice: the later one holds.
        const latest = new Map(changes.map(({ id, item }) => [collection.key(id), item]));
        const keys = [...latest.keys()];
        const known = await Promise.all(keys.map((key) => tables.base.get([name, key])));
        const kept: string[] = [];
        keys.forEach((key, index) => {
            const [item, before] = [latest.get(key), known[index]];
            const queued = writes.filter((write) => write.key === key);
            overtake(tables, queued);
            if (item === undefined) {
                tables.base.delete([name, key]);
                room += before === undefined ? 0 : 1;
            } else if (before !== undefined || room > 0 || queued.length > 0) {
                const record = recordOf(this.#core, name, item, generation);
                // An answer may have brought a later version than this page, which was read before.
                if (!isOutdated(record, before)) {
                    tables.base.put(record);
                }
                room -= before === undefined ? 1 : 0;
            } else {
                leftOut = true;
                return;
            }
            kept.push(key);
        });
        return { keys: kept, leftOut };
    }
}

interface Snapshot {
    readonly name: string;
    readonly generation: number;
    readonly writes: readonly Write[];
}

/** Removes what the snapshot did not show, now that it is whole. Returns the keys. */
async function sweep(tables: Tables, { name, generation, writes }: Snapshot): Promise<string[]> {
    const older = IDBKeyRange.bound([name, 0], [name, generation], false, true);
    const gone = await tables.base.keys(older, 'generation');
    gone.forEach((key) => tables.base.delete(key));
    // A snapshot that began after these were sent has what became of them.
    overtake(
        tables,
        writes.filter(({ first }) => first !== undefined && first.generation < generation),
    );
    return gone.map((key) => String((key as IDBValidKey[])[1]));
}

/** Notes that the feed has told of the items of these writes. */
function overtake(tables: Tables, writes: readonly Write[]): void {
    for (const { first, last, ...write } of writes) {
        if (first !== undefined && last !== undefined && !last.overtaken) {
            const overtaken = true;
            tables.queue.put({
                ...write,
                first: { ...first, overtaken },
                last: { ...last, overtaken },
            });
        }
    }
}

/** How long to wait before the feed is asked again, in milliseconds: never less than it says. */
function pause({ random }: Core, seconds: number): number {
    const told = seconds > 0 ? Math.min(seconds, MAX_POLL) : POLL;
    return told * 1000 * (1 + random() / 5);
}

/** True if the service does not go on from this cursor: it is too old, or not one of this service at all. */
function isRefusedCursor(error: unknown): boolean {
    return error instanceof ProblemError && (error.status === 410 || error.status === 400);
}
