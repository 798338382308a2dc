import { Queue, type StoredTokens, type TokenStorage } from './storage.js';

const STORE = 'tokens';
const KEY = 'session';

/**
 * Keeps the tokens in the browser's IndexedDB, for all tabs of an origin. Web Locks keep the other tabs out during a
 * refresh, and a `BroadcastChannel` tells them of changes.
 */
export class IndexedDbTokenStorage implements TokenStorage {
    /**
     * True if `exclusively` keeps other tabs out. Browsers have Web Locks only on pages from HTTPS or localhost. On
     * other pages only this tab is kept out: two tabs may refresh at the same time, and each sends a request. Both get
     * tokens, because the service accepts a replaced refresh token for 10 seconds.
     */
    readonly locksOtherTabs: boolean;

    readonly #name: string;
    readonly #queue = new Queue();
    #channel: BroadcastChannel | undefined;

    /** @param name The name of the database. An app with two sessions, such as one for each stage, names two. */
    constructor(name = 'movies-client') {
        this.#name = name;
        this.locksOtherTabs = typeof navigator !== 'undefined' && 'locks' in navigator;
    }

    load(): Promise<StoredTokens | undefined> {
        return this.#run('readonly', (store) => store.get(KEY));
    }

    async save(tokens: StoredTokens): Promise<void> {
        await this.#run('readwrite', (store) => store.put(tokens, KEY));
        this.#others().postMessage(null);
    }

    async clear(): Promise<void> {
        await this.#run('readwrite', (store) => store.delete(KEY));
        this.#others().postMessage(null);
    }

    async exclusively<T>(work: () => Promise<T>): Promise<T> {
        return this.locksOtherTabs
            ? await navigator.locks.request(this.#name, work)
            : this.#queue.run(work);
    }

    onChange(listener: () => void): () => void {
        const others = this.#others();
        others.addEventListener('message', listener);
        return () => others.removeEventListener('message', listener);
    }

    #others(): BroadcastChannel {
        return (this.#channel ??= new BroadcastChannel(this.#name));
    }

    /** Opens the database for one request: a connection that is kept may be lost while a phone sleeps. */
    async #run<T>(
        mode: IDBTransactionMode,
        use: (store: IDBObjectStore) => IDBRequest<T>,
    ): Promise<T> {
        const database = await open(this.#name);
        try {
            // A refresh token that gets lost ends the session, so a write waits for the disk.
            const transaction = database.transaction(STORE, mode, { durability: 'strict' });
            const request = use(transaction.objectStore(STORE));
            await new Promise<void>((resolve, reject) => {
                transaction.oncomplete = () => resolve();
                transaction.onabort = () => reject(transaction.error);
            });
            return request.result;
        } finally {
            database.close();
        }
    }
}

function open(name: string): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}
