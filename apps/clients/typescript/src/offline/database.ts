import { uuid } from '../transport.js';
import type { IndexValue } from './collection.js';
import { OfflineError } from './errors.js';
import type { Item, Write } from './writes.js';

/**
 * The version of the local form. Raise it when a record below changes: `upgrade` then drops the base, which is pulled
 * anew, and keeps the queue, which it has to convert if that is what changed.
 */
export const FORM = 1;

/** An item as the service has it. */
export interface BaseRecord {
    readonly collection: string;
    readonly key: string;
    readonly item: Item;
    /** The snapshot that showed the item last. When one is whole, what it did not show is gone. */
    readonly generation: number;
    /** `[collection, index, value]` for each value. */
    readonly indexes: readonly (readonly [string, string, IndexValue])[];
    /** When the item was last remembered, for collections without a feed. */
    readonly seenAt?: number;
}

/** How far a collection was pulled. */
export interface Cursor {
    /** Absent if a snapshot begins. */
    readonly since?: string;
    /** The number of the snapshot: it goes up when the first page of one is stored. */
    readonly generation: number;
    /** True if the snapshot of this generation is whole. */
    readonly whole: boolean;
    /** True if any snapshot was ever whole. */
    readonly ready: boolean;
    /** True if items were left out because there are too many. */
    readonly partial: boolean;
    /** When the feed was last read to its end. */
    readonly pulledAt?: number;
    /** When to ask again. */
    readonly pollAt?: number;
    /** The `form` of the collection. */
    readonly form: number;
}

/** The lease of the tab that leads, where there are no Web Locks. */
export interface Lease {
    readonly owner: string;
    readonly until: number;
}

/** A store of the database within a transaction. */
export class Table<T> {
    readonly #store: IDBObjectStore;

    constructor(store: IDBObjectStore) {
        this.#store = store;
    }

    get(key: IDBValidKey): Promise<T | undefined> {
        return result(this.#store.get(key));
    }

    all(range?: IDBKeyRange | IDBValidKey, index?: string): Promise<T[]> {
        return result(this.#source(index).getAll(range));
    }

    keys(range: IDBKeyRange | IDBValidKey, index?: string): Promise<IDBValidKey[]> {
        return result(this.#source(index).getAllKeys(range));
    }

    count(range?: IDBKeyRange): Promise<number> {
        return result(this.#store.count(range));
    }

    add(value: Omit<T, 'seq'>): Promise<IDBValidKey> {
        return result(this.#store.add(value));
    }

    /** A failure aborts the transaction. */
    put(value: T, key?: IDBValidKey): void {
        this.#store.put(value, key);
    }

    delete(key: IDBKeyRange | IDBValidKey): void {
        this.#store.delete(key);
    }

    clear(): void {
        this.#store.clear();
    }

    #source(index: string | undefined): IDBObjectStore | IDBIndex {
        return index === undefined ? this.#store : this.#store.index(index);
    }
}

/** The stores of the database within a transaction. */
export class Tables {
    readonly base: Table<BaseRecord>;
    readonly queue: Table<Write>;
    readonly cursors: Table<Cursor>;
    readonly lease: Table<Lease>;
    readonly life: Table<string>;

    constructor(transaction: IDBTransaction) {
        const meta = transaction.objectStore('meta');
        this.base = new Table(transaction.objectStore('base'));
        this.queue = new Table(transaction.objectStore('queue'));
        this.cursors = new Table(transaction.objectStore('cursors'));
        this.lease = new Table(meta);
        this.life = new Table(meta);
    }

    /** The writes of an item, in their order. */
    writesOf(collection: string, key: string): Promise<Write[]> {
        return this.queue.all(IDBKeyRange.only([collection, key]), 'item');
    }
}

const STORES = ['base', 'queue', 'cursors', 'meta'];
const LIFE = 'life';

/** The database of one user. Nothing of it is opened again after it was wiped. */
export class Database {
    readonly #factory: IDBFactory | undefined;
    readonly #name: string;
    readonly #form: number;
    readonly #lost: () => void;
    #connection: Promise<IDBDatabase> | undefined;
    #life: string | undefined;
    #closed = false;

    /** @param lost Is called when another tab has wiped the database, or a newer version of the app has taken it. */
    constructor(factory: IDBFactory | undefined, name: string, form: number, lost: () => void) {
        this.#factory = factory;
        this.#name = name;
        this.#form = form;
        this.#lost = lost;
    }

    /** Opens the database, and makes it if there is none. */
    async open(): Promise<void> {
        this.#life = await this.#run('readwrite', 'strict', async (tables) => {
            const life = (await tables.life.get(LIFE)) ?? uuid();
            tables.life.put(life, LIFE);
            return life;
        });
    }

    /** Reads in one transaction. */
    read<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
        return this.#run('readonly', 'default', work);
    }

    /** Writes in one transaction: all of it, or nothing. `strict` waits for the disk. */
    write<T>(
        durability: IDBTransactionDurability,
        work: (tables: Tables) => Promise<T>,
    ): Promise<T> {
        return this.#run('readwrite', durability, async (tables) => {
            // After a wipe, a late answer must not bring anything back.
            if ((await tables.life.get(LIFE)) !== this.#life) {
                throw new OfflineError('closed');
            }
            return work(tables);
        });
    }

    /** Removes everything. */
    async wipe(): Promise<void> {
        // Another tab may hold the database open for a while, but not what is in it.
        await this.#run('readwrite', 'strict', async ({ base, queue, cursors, life }) => {
            [base, queue, cursors, life].forEach((table) => table.clear());
        });
        this.close();
        this.#factory?.deleteDatabase(this.#name);
    }

    close(): void {
        this.#closed = true;
        void this.#connection?.then(
            (connection) => connection.close(),
            () => undefined,
        );
    }

    async #run<T>(
        mode: IDBTransactionMode,
        durability: IDBTransactionDurability,
        work: (tables: Tables) => Promise<T>,
    ): Promise<T> {
        const transaction = await this.#begin(mode, durability);
        const end = new Promise<void>((resolve, reject) => {
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error);
        });
        end.catch(() => undefined);
        try {
            const value = await work(new Tables(transaction));
            await end;
            return value;
        } catch (error) {
            abort(transaction);
            throw error instanceof OfflineError ? error : storageError(transaction.error ?? error);
        }
    }

    async #begin(
        mode: IDBTransactionMode,
        durability: IDBTransactionDurability,
    ): Promise<IDBTransaction> {
        try {
            return (await this.#connect()).transaction(STORES, mode, { durability });
        } catch (error) {
            // A phone that sleeps may lose the connection.
            if (!(error instanceof DOMException) || error.name !== 'InvalidStateError') {
                throw error;
            }
            this.#connection = undefined;
            return (await this.#connect()).transaction(STORES, mode, { durability });
        }
    }

    #connect(): Promise<IDBDatabase> {
        if (this.#closed) {
            throw new OfflineError('closed');
        }
        this.#connection ??= this.#open().catch((error: unknown) => {
            this.#connection = undefined;
            // Private windows of some browsers.
            const denied = error instanceof DOMException && error.name === 'InvalidStateError';
            throw denied ? new OfflineError('storageDenied', error) : storageError(error);
        });
        return this.#connection;
    }

    #open(): Promise<IDBDatabase> {
        return new Promise((resolve, reject) => {
            if (this.#factory === undefined) {
                throw new OfflineError('storageDenied');
            }
            const request = this.#factory.open(this.#name, this.#form);
            request.onupgradeneeded = ({ oldVersion }) => {
                if (oldVersion === 0 && this.#life !== undefined) {
                    request.transaction?.abort();
                } else {
                    upgrade(request, oldVersion);
                }
            };
            request.onerror = () => {
                reject(this.#life === undefined ? request.error : new OfflineError('closed'));
            };
            request.onsuccess = () => {
                const connection = request.result;
                connection.onclose = () => {
                    this.#connection = undefined;
                };
                connection.onversionchange = () => {
                    this.close();
                    this.#lost();
                };
                resolve(connection);
            };
        });
    }
}

/** Makes the stores, or brings those of an older version into this form. */
function upgrade(request: IDBOpenDBRequest, oldVersion: number): void {
    const { result: database, transaction } = request;
    if (oldVersion === 0) {
        const queue = database.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true });
        queue.createIndex('item', ['collection', 'key']);
        database.createObjectStore('cursors');
        database.createObjectStore('meta');
    } else {
        database.deleteObjectStore('base');
        const cursors = transaction?.objectStore('cursors').openCursor();
        cursors?.addEventListener('success', () => {
            const { since: _, ...cursor }: Cursor = cursors.result?.value ?? {};
            cursors.result?.update({ ...cursor, whole: false, ready: false });
            cursors.result?.continue();
        });
    }
    const base = database.createObjectStore('base', { keyPath: ['collection', 'key'] });
    base.createIndex('generation', ['collection', 'generation']);
    base.createIndex('indexes', 'indexes', { multiEntry: true });
}

/** The keys of a collection that begin with `prefix`. */
export function keysOf(collection: string, prefix = ''): IDBKeyRange {
    return IDBKeyRange.bound([collection, prefix], [collection, `${prefix}\uFFFF`]);
}

/** The result of a request. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

function abort(transaction: IDBTransaction): void {
    try {
        transaction.abort();
    } catch {
        // It has ended.
    }
}

function storageError(error: unknown): OfflineError {
    if (error instanceof OfflineError) {
        return error;
    }
    switch (error instanceof Error || error instanceof DOMException ? error.name : undefined) {
        case 'QuotaExceededError':
            return new OfflineError('storageFull', error);
        case 'VersionError':
            return new OfflineError('storageNewer', error);
        case 'SecurityError':
        case 'InvalidAccessError':
        case 'NotAllowedError':
            return new OfflineError('storageDenied', error);
        default:
            return new OfflineError('storageFailed', error);
    }
}
