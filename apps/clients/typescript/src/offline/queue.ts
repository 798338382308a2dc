import { uuid } from '../transport.js';
import type { AnyCollection } from './collection.js';
import { collectionOf, type Core } from './core.js';
import type { Tables } from './database.js';
import { OfflineError } from './errors.js';
import { release } from './push.js';
import {
    applyWrite,
    creates,
    isWanted,
    merge,
    mergeMembers,
    show,
    writable,
    type ConflictReason,
    type Json,
    type Write,
    type WriteOperation,
} from './writes.js';

/** Takes writes, and what the user decides about them. Each call is one transaction that waits for the disk. */
export class Queue {
    readonly #core: Core;
    readonly #limit: number;

    /** @param limit How many writes may be in the queue. */
    constructor(core: Core, limit: number) {
        this.#core = core;
        this.#limit = limit;
    }

    /**
     * Takes a write. When it resolves, the write is on disk.
     *
     * @param seen The item as the user saw it, if that may be older than what is on this device now.
     */
    async add(
        name: string,
        operation: WriteOperation,
        id: object,
        members: object,
        seen?: object,
    ): Promise<void> {
        const { key, write } = this.#prepare(name, operation, id, members);
        const saw = seen && plain(seen);
        await this.#core.database.write('strict', (tables) => this.#add(tables, write, saw));
        this.#core.changed(name, [key]);
    }

    /**
     * Sends the write that is in conflict again, on top of what others have made of the item. One whose item they have
     * deleted adds it again as a whole.
     */
    async keepMine(name: string, key: string): Promise<void> {
        const collection = collectionOf(this.#core, name);
        await this.#core.database.write('strict', async (tables) => {
            const writes = await tables.writesOf(name, key);
            const write = writes.find(({ state }) => state === 'conflict');
            if (write === undefined) {
                return;
            }
            const base = await tables.base.get([name, key]);
            const { first: _, last: __, reason: ___, ifMatch: ____, ...mine } = write;
            const again: Write = { ...mine, state: 'waiting', idempotencyKey: uuid() };
            const replacing = collection.put === undefined ? 'update' : 'put';
            if (base !== undefined) {
                const operation = write.operation === 'add' ? replacing : write.operation;
                const { etag } = base.item;
                // What others have made of the item is what the user has seen now, and goes over.
                tables.queue.put({ ...again, operation, ifMatch: etag, before: base.item });
            } else if (write.operation === 'delete') {
                tables.queue.delete(write.seq);
                await release(tables, write, undefined);
            } else if (write.operation === 'update') {
                const whole = applyWrite(collection, write, undefined) ?? {};
                const operation = collection.put === undefined ? 'add' : 'put';
                tables.queue.put({ ...again, operation, members: writable(collection, whole) });
            } else {
                tables.queue.put(again);
            }
        });
        this.#core.changed(name, [key]);
    }

    /** Drops all that waits for an item. */
    async takeTheirs(name: string, key: string): Promise<void> {
        await this.#core.database.write('strict', async (tables) => {
            for (const { seq, state } of await tables.writesOf(name, key)) {
                if (state !== 'refused') {
                    tables.queue.delete(seq);
                }
            }
        });
        this.#core.changed(name, [key]);
    }

    /** Puts a refused write at the end of the queue again, or drops it. */
    async settleRefused(seq: number, how: 'retry' | 'discard'): Promise<void> {
        const write = await this.#core.database.write('strict', async (tables) => {
            const found = await tables.queue.get(seq);
            if (found?.state !== 'refused') {
                return undefined;
            }
            tables.queue.delete(seq);
            if (how === 'retry') {
                const { collection, operation, id, members } = found;
                const { write } = this.#prepare(collection, operation, id, members);
                await this.#add(tables, write);
            }
            return found;
        });
        if (write !== undefined) {
            this.#core.changed(write.collection, [write.key]);
        }
    }

    #prepare(
        name: string,
        operation: WriteOperation,
        givenId: object,
        members: object,
    ): { key: string; write: Draft } {
        const collection = collectionOf(this.#core, name);
        if (collection[operation] === undefined) {
            throw new OfflineError('notOffered');
        }
        const id = plain(collection.normalize?.(givenId) ?? givenId);
        const key = collection.key(id);
        const write = { collection: name, key, id, operation, members: plain(members) };
        return { key, write };
    }

    async #add(tables: Tables, draft: Draft, seen?: Json): Promise<void> {
        const { collection: name, key } = draft;
        const collection = collectionOf(this.#core, name);
        const base = await tables.base.get([name, key]);
        const writes = await tables.writesOf(name, key);
        let live = writes.filter(({ state }) => state !== 'refused');
        const shown = show(collection, key, base?.item, live);
        let { operation, members } = draft;
        const made = writes.filter((write) => write.state === 'refused' && creates(write));
        const corrected = base === undefined && live.length === 0 ? made.at(-1) : undefined;
        if (corrected !== undefined) {
            // What the user makes of an item whose addition was refused takes the place of the addition.
            made.forEach(({ seq }) => tables.queue.delete(seq));
            if (operation === 'delete') {
                return;
            }
            if (operation === 'update') {
                members = mergeMembers(collection, corrected, members);
                operation = corrected.operation;
            }
        } else if (shown === undefined) {
            // What the user saw, and others have deleted, is known.
            const isUnknown = conflictOf(collection, draft, seen, undefined) === undefined;
            if ((operation === 'update' || operation === 'delete') && isUnknown) {
                throw new OfflineError('itemUnknown');
            }
        } else if (operation === 'add') {
            throw new OfflineError('itemExists');
        } else if (shown.conflict !== undefined && shown.conflict.mine === undefined) {
            // Who goes on with an item does not want to delete it any more.
            live.forEach(({ seq }) => tables.queue.delete(seq));
            live = [];
        }
        const last = live.at(-1);
        if (last !== undefined && last.first === undefined && last.state === 'waiting') {
            const merged = merge(collection, last, { operation, members });
            if (merged === undefined) {
                return tables.queue.delete(last.seq);
            }
            if (merged !== 'apart') {
                return tables.queue.put(merged);
            }
        }
        if ((await tables.queue.count()) >= this.#limit) {
            throw new OfflineError('queueFull');
        }
        const ifMatch = live.length > 0 || operation === 'add' ? undefined : base?.item.etag;
        // The first write of an item is guarded by its entity tag, and the others by its answer.
        const reason =
            live.length === 0 ? conflictOf(collection, draft, seen, base?.item) : undefined;
        const before = reason === undefined ? shown?.item : seen;
        await tables.queue.add({
            ...draft,
            operation,
            members,
            ...(before !== undefined && { before }),
            ...(ifMatch !== undefined && { ifMatch }),
            idempotencyKey: uuid(),
            chained: live.length > 0,
            madeAt: this.#core.now(),
            state: reason === undefined ? 'waiting' : 'conflict',
            ...(reason !== undefined && { reason }),
        });
    }
}

/** Why a write is in conflict before it is sent: what the user saw is not what others have made of it since. */
function conflictOf(
    collection: AnyCollection,
    write: Draft,
    seen: Json | undefined,
    base: Json | undefined,
): ConflictReason | undefined {
    if (seen === undefined || isWanted(collection, { ...write, before: seen }, base)) {
        return undefined;
    }
    if (base === undefined) {
        return seen['etag'] === undefined ? undefined : 'deleted';
    }
    // What the user saw may have been sent since, and have another entity tag now.
    const saw = { operation: 'put', members: writable(collection, seen), before: base } as const;
    const sawThis = seen['etag'] === base['etag'] || isWanted(collection, saw, base);
    return sawThis ? undefined : 'changed';
}

type Draft = Pick<Write, 'collection' | 'key' | 'id' | 'operation' | 'members'>;

/** The members that are sent: those that are undefined or null are not. */
function plain(value: object): Json {
    return JSON.parse(JSON.stringify(value, (_name, each: unknown) => each ?? undefined)) as Json;
}
