import { ProblemError } from '../errors.js';
import type { Collection, LocalItem, ServiceMembers } from './collection.js';
import { collectionOf, putBase, recordOf, type Core } from './core.js';
import { keysOf, type Tables } from './database.js';
import { OfflineError } from './errors.js';
import type { Queue } from './queue.js';
import { LiveItems, readItem, readItems, type Live, type Query, type Watch } from './read.js';
import type { ConflictReason, Item, ItemState, Json, WriteOperation } from './writes.js';

/** An item on the screen: what the service has, with what waits in the queue on top. */
export interface Shown<I extends ServiceMembers> {
    /** The key of the item, as the collection makes it. */
    readonly key: string;
    readonly item: LocalItem<I>;
    /** `conflict`: the user has to decide. `refused`: `writes()` tells why. */
    readonly state: ItemState;
    /** Present if the state is `conflict`. */
    readonly conflict?: {
        readonly reason: ConflictReason;
        /** The item as the user wants it. Undefined: deleted. */
        readonly mine: LocalItem<I> | undefined;
        /** The item as others have made it. Undefined: deleted. */
        readonly theirs: I | undefined;
        /** The item as the user saw it. Undefined if it was new. */
        readonly before: LocalItem<I> | undefined;
    };
}

/** The options of a write. */
export interface WriteOptions<I extends ServiceMembers> {
    /**
     * The item as the user saw it, for a form: others may change it while the form is open, or the app may have it
     * from a search. If others have changed it, the write becomes a conflict. Without `seen`, the user saw the item
     * that is on this device now.
     */
    readonly seen?: LocalItem<I> | undefined;
}

/** What the collections of a store share. */
export interface Desk {
    readonly core: Core;
    readonly queue: Queue;
    readonly watch: Watch;
    readonly pushSoon: () => void;
}

/** The handle of a collection. */
export type HandleOf<C> =
    C extends Collection<infer I, infer Id, infer Members, infer Changes>
        ? OfflineCollection<I, Id, Members, Changes>
        : never;

/**
 * The items of one noun, on this device. Reading works at once, without a network. A write is on disk when its promise
 * is fulfilled; it is sent later.
 */
export class OfflineCollection<
    I extends ServiceMembers,
    Id extends object,
    Members extends object,
    Changes extends object,
> {
    readonly #desk: Desk;
    readonly #name: string;

    constructor(desk: Desk, name: string) {
        this.#desk = desk;
        this.#name = name;
    }

    /** The item with this id. */
    async get(id: Id): Promise<Shown<I> | undefined> {
        const shown = await readItem(this.#desk.core, this.#name, this.#key(id));
        return shown as Shown<I> | undefined;
    }

    /** The items of a query; all without one. */
    async query(query: Query<LocalItem<I>> = {}): Promise<readonly Shown<I>[]> {
        const items = await readItems(this.#desk.core, this.#name, query as Query<Json>);
        return items as unknown as readonly Shown<I>[];
    }

    /** The items of a query, always up to date, also with what other tabs do. */
    live(query: Query<LocalItem<I>> = {}): Live<readonly Shown<I>[]> {
        const { core, watch } = this.#desk;
        return new LiveItems(core, watch, this.#name, query as Query<Json>, (items) => {
            return items as unknown as readonly Shown<I>[];
        });
    }

    /** The item with this id, always up to date; null if there is none. */
    liveItem(id: Id): Live<Shown<I> | null> {
        const { core, watch } = this.#desk;
        const key = this.#key(id);
        return new LiveItems(core, watch, this.#name, { key }, ([item]) => {
            return (item ?? null) as Shown<I> | null;
        });
    }

    /** Adds an item that is not there. */
    add(id: Id, members: Members): Promise<void> {
        return this.#write('add', id, members);
    }

    /** Adds an item, or replaces it as a whole. */
    put(id: Id, members: Members, { seen }: WriteOptions<I> = {}): Promise<void> {
        return this.#write('put', id, members, seen);
    }

    /** Changes an item. */
    update(id: Id, changes: Changes, { seen }: WriteOptions<I> = {}): Promise<void> {
        return this.#write('update', id, changes, seen);
    }

    /** Deletes an item. */
    delete(id: Id, { seen }: WriteOptions<I> = {}): Promise<void> {
        return this.#write('delete', id, {}, seen);
    }

    /** Ends a conflict: what the user did is sent on top of what others did. */
    async keepMine(id: Id): Promise<void> {
        await this.#desk.queue.keepMine(this.#name, this.#key(id));
        this.#desk.pushSoon();
    }

    /** Ends a conflict: drops all that waits for the item. Without a conflict it does so, too. */
    takeTheirs(id: Id): Promise<void> {
        return this.#desk.queue.takeTheirs(this.#name, this.#key(id));
    }

    /** Keeps items that came from the service, such as those of a search. Only for collections without a feed. */
    async remember(items: readonly I[]): Promise<void> {
        const { core } = this.#desk;
        this.#mustHaveNoFeed();
        const keys = await core.database.write('default', async (tables) => {
            const kept: string[] = [];
            for (const item of items) {
                const given = item as unknown as Item;
                kept.push(await putBase(tables, recordOf(core, this.#name, given, 0, core.now())));
            }
            return [...kept, ...(await this.#forgetOldest(tables))];
        });
        core.changed(this.#name, keys);
    }

    /** Asks the service for an item and keeps it. Only for collections without a feed. */
    async refresh(id: Id): Promise<void> {
        const { core } = this.#desk;
        this.#mustHaveNoFeed();
        const { signal, timeLimit } = core;
        try {
            const { value } = await this.#collection.find(id, { signal, timeLimit });
            await this.remember([value as I]);
        } catch (error) {
            if (!(error instanceof ProblemError) || error.status !== 404) {
                throw error;
            }
            const key = this.#key(id);
            await core.database.write('default', async ({ base }) =>
                base.delete([this.#name, key]),
            );
            core.changed(this.#name, [key]);
        }
    }

    get #collection(): Collection<I, Id, Members, Changes> {
        return collectionOf(this.#desk.core, this.#name);
    }

    #key(id: Id): string {
        const collection = this.#collection;
        return collection.key(collection.normalize?.(id) ?? id);
    }

    async #write(
        operation: WriteOperation,
        id: Id,
        members: object,
        seen?: object,
    ): Promise<void> {
        await this.#desk.queue.add(this.#name, operation, id, members, seen);
        this.#desk.pushSoon();
    }

    #mustHaveNoFeed(): void {
        if (this.#collection.changes !== undefined) {
            throw new OfflineError('notOffered');
        }
    }

    /** Makes room: those that were not seen for the longest time go, unless something waits for them. */
    async #forgetOldest(tables: Tables): Promise<string[]> {
        const { most = Infinity } = this.#collection;
        const excess = (await tables.base.count(keysOf(this.#name))) - most;
        if (excess <= 0) {
            return [];
        }
        const queue = await tables.queue.all();
        const needed = new Set(
            queue.filter(({ collection }) => collection === this.#name).map(({ key }) => key),
        );
        const oldest = (await tables.base.all(keysOf(this.#name)))
            .filter(({ key }) => !needed.has(key))
            .sort((one, other) => (one.seenAt ?? 0) - (other.seenAt ?? 0))
            .slice(0, excess);
        oldest.forEach(({ key }) => tables.base.delete([this.#name, key]));
        return oldest.map(({ key }) => key);
    }
}
