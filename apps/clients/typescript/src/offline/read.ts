import type { AnyCollection, IndexValue } from './collection.js';
import { collectionOf, type Core } from './core.js';
import { keysOf, type Tables } from './database.js';
import { OfflineError } from './errors.js';
import { indexValues, show, type Json, type ShownItem, type Write } from './writes.js';

/** Which items, and in which order. All that is given must hold. */
export interface Query<Item> {
    /** The item with this key. */
    readonly key?: string | undefined;
    /** Items whose key begins so. */
    readonly prefix?: string | undefined;
    /** Items with this value in an index of the collection, or with one between two, these included. */
    readonly index?: IndexQuery | undefined;
    /** Items for which it is true. */
    readonly where?: ((item: Item) => boolean) | undefined;
    /** The order of two items. Default: that of their keys. */
    readonly order?: ((one: Item, other: Item) => number) | undefined;
    /** The largest number of items. */
    readonly limit?: number | undefined;
}

/** A value in an index, or a range. */
export type IndexQuery =
    | { readonly name: string; readonly equals: IndexValue }
    | { readonly name: string; readonly from: IndexValue; readonly to: IndexValue };

type Rows = Map<string, ShownItem>;

/** An item as it is shown. */
export async function readItem(
    core: Core,
    name: string,
    key: string,
): Promise<ShownItem | undefined> {
    return core.database.read((tables) => shownOf(tables, name, collectionOf(core, name), key));
}

/** The items of a query. */
export async function readItems(
    core: Core,
    name: string,
    query: Query<Json>,
): Promise<readonly ShownItem[]> {
    return inOrder(await readRows(core, name, query), query);
}

async function shownOf(
    tables: Tables,
    name: string,
    collection: AnyCollection,
    key: string,
): Promise<ShownItem | undefined> {
    const [base, writes] = await Promise.all([
        tables.base.get([name, key]),
        tables.writesOf(name, key),
    ]);
    return show(collection, key, base?.item, writes);
}

function readRows(core: Core, name: string, query: Query<Json>): Promise<Rows> {
    const collection = collectionOf(core, name);
    return core.database.read(async (tables) => {
        const [found, queue] = await Promise.all([
            tables.base.all(...rangeOf(name, query)),
            tables.queue.all(),
        ]);
        const writes = new Map<string, Write[]>();
        for (const write of queue) {
            if (write.collection === name) {
                writes.set(write.key, [...(writes.get(write.key) ?? []), write]);
            }
        }
        const rows: Rows = new Map();
        const keep = (row: ShownItem | undefined) => {
            if (row !== undefined && matches(collection, query, row)) {
                rows.set(row.key, row);
            }
        };
        for (const { key, item } of found) {
            if (!writes.has(key)) {
                keep({ key, item, state: 'synced' });
            }
        }
        for (const [key, ofItem] of writes) {
            const base = await tables.base.get([name, key]);
            keep(show(collection, key, base?.item, ofItem));
        }
        return rows;
    });
}

/** Where the base has the items of a query. */
function rangeOf(name: string, { key, prefix, index }: Query<Json>): [IDBKeyRange, string?] {
    if (key !== undefined) {
        return [IDBKeyRange.only([name, key])];
    }
    if (index === undefined) {
        return [keysOf(name, prefix)];
    }
    const [from, to] = 'equals' in index ? [index.equals, index.equals] : [index.from, index.to];
    return [IDBKeyRange.bound([name, index.name, from], [name, index.name, to]), 'indexes'];
}

function matches(
    collection: AnyCollection,
    { key, prefix = '', index, where }: Query<Json>,
    { key: itsKey, item }: ShownItem,
): boolean {
    if ((key !== undefined && key !== itsKey) || !itsKey.startsWith(prefix)) {
        return false;
    }
    const isIndexed =
        index === undefined ||
        indexValues(collection, item).some(([name, value]) => {
            if (name !== index.name) {
                return false;
            }
            return 'equals' in index
                ? value === index.equals
                : value >= index.from && value <= index.to;
        });
    return isIndexed && (where === undefined || where(item));
}

function inOrder(rows: Rows, { order, limit }: Query<Json>): readonly ShownItem[] {
    const byKey = (one: ShownItem, other: ShownItem) => (one.key < other.key ? -1 : 1);
    const sorted = [...rows.values()].sort((one, other) => {
        return order?.(one.item, other.item) || byKey(one, other);
    });
    return limit === undefined ? sorted : sorted.slice(0, limit);
}

/** What is shown, always up to date. `subscribe` and `current` are what React's `useSyncExternalStore` takes. */
export interface Live<T> {
    /** Calls `listener` after `current()` has changed, until the function that it returns is called. */
    readonly subscribe: (listener: () => void) => () => void;
    /** What is shown. Undefined until it was read, and while nobody listens. */
    readonly current: () => T | undefined;
}

/** Hears of items that changed; of all of a collection, if no keys are given. */
export type Watcher = (collection: string, keys: readonly string[] | undefined) => void;

/** Calls `watcher` until the function that it returns is called. */
export type Watch = (watcher: Watcher) => () => void;

/** Follows the items of a query: reads them once, and after that what has changed. */
export class LiveItems<T> implements Live<T> {
    readonly #core: Core;
    readonly #watch: Watch;
    readonly #name: string;
    readonly #query: Query<Json>;
    readonly #result: (items: readonly ShownItem[]) => T;
    readonly #listeners = new Set<() => void>();
    #stop: (() => void) | undefined;
    #rows: Rows = new Map();
    #current: T | undefined;
    /** The keys to read; undefined for all. Nothing is to be read if it is empty. */
    #stale: Set<string> | undefined = new Set();
    #reading = false;

    constructor(
        core: Core,
        watch: Watch,
        name: string,
        query: Query<Json>,
        result: (items: readonly ShownItem[]) => T,
    ) {
        this.#core = core;
        this.#watch = watch;
        this.#name = name;
        this.#query = query;
        this.#result = result;
    }

    readonly current = (): T | undefined => this.#current;

    readonly subscribe = (listener: () => void): (() => void) => {
        const entry = () => listener();
        this.#listeners.add(entry);
        if (this.#stop === undefined) {
            this.#stop = this.#watch((name, keys) => {
                if (name === this.#name) {
                    this.#read(keys);
                }
            });
            this.#read(undefined);
        }
        return () => {
            this.#listeners.delete(entry);
            if (this.#listeners.size === 0) {
                this.#stop?.();
                this.#stop = undefined;
                this.#current = undefined;
            }
        };
    };

    #read(keys: readonly string[] | undefined): void {
        if (keys === undefined) {
            this.#stale = undefined;
        } else {
            keys.forEach((key) => this.#stale?.add(key));
        }
        if (!this.#reading) {
            void this.#readStale();
        }
    }

    async #readStale(): Promise<void> {
        this.#reading = true;
        while (this.#stale === undefined || this.#stale.size > 0) {
            const stale = this.#stale;
            this.#stale = new Set();
            try {
                await this.#refresh(stale);
                this.#publish(this.#result(inOrder(this.#rows, this.#query)));
            } catch (error) {
                // What was read stays if the storage fails, until the next change. In a closed store nobody sees anything.
                if (error instanceof OfflineError && error.reason === 'closed') {
                    this.#publish(undefined);
                }
                this.#stale = undefined;
                break;
            }
        }
        this.#reading = false;
    }

    #publish(current: T | undefined): void {
        if (this.#stop !== undefined) {
            this.#current = current;
            this.#listeners.forEach((listener) => listener());
        }
    }

    async #refresh(stale: ReadonlySet<string> | undefined): Promise<void> {
        const core = this.#core;
        if (stale === undefined) {
            this.#rows = await readRows(core, this.#name, this.#query);
            return;
        }
        const collection = collectionOf(core, this.#name);
        const read = await core.database.read((tables) =>
            Promise.all(
                [...stale].map(async (key) => {
                    return [key, await shownOf(tables, this.#name, collection, key)] as const;
                }),
            ),
        );
        for (const [key, row] of read) {
            if (row !== undefined && matches(collection, this.#query, row)) {
                this.#rows.set(key, row);
            } else {
                this.#rows.delete(key);
            }
        }
    }
}
