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
    type Item,
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
            const isUnknown = seen?.['etag'] === undefined;
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
        // The first write of an item is guarded by an entity tag, and the others by its answer.
        const isGuarded = live.length === 0 && operation !== 'add';
        const { before = shown?.item, ...guard } = isGuarded
            ? guardOf(collection, draft, seen, base?.item)
            : {};
        await tables.queue.add({
            ...draft,
            operation,
            members,
            ...(before !== undefined && { before }),
            idempotencyKey: uuid(),
            chained: live.length > 0,
            madeAt: this.#core.now(),
            state: guard.reason === undefined ? 'waiting' : 'conflict',
            ...guard,
        });
    }
}

/** What tells whether others have changed the item since the user saw it: the entity tag of what the user saw. */
function guardOf(
    collection: AnyCollection,
    write: Draft,
    seen: Json | undefined,
    base: Item | undefined,
): Partial<Pick<Write, 'ifMatch' | 'before' | 'reason'>> {
    const ofBase = base === undefined ? {} : { ifMatch: base.etag };
    if (seen === undefined) {
        return ofBase;
    }
    if (base !== undefined) {
        // What the user saw may have been sent since, and have another entity tag now.
        const saw = { operation: 'put', members: writable(collection, seen), before: base } as const;
        if (isWanted(collection, saw, base)) {
            return ofBase;
        }
    }
    const { etag } = seen;
    if (typeof etag === 'string') {
        return { ifMatch: etag, before: seen };
    }
    // The user saw it before the service did: there is nothing that the service could compare.
    const isFine = base === undefined || isWanted(collection, { ...write, before: seen }, base);
    return isFine ? ofBase : { ...ofBase, before: seen, reason: 'changed' };
}

type Draft = Pick<Write, 'collection' | 'key' | 'id' | 'operation' | 'members'>;

/** The members that are sent: those that are undefined or null are not. */
function plain(value: object): Json {
    return JSON.parse(JSON.stringify(value, (_name, each: unknown) => each ?? undefined)) as Json;
}
