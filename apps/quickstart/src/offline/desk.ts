import type { MovieResponse, MoviesClient, WatchlistEntryResponse } from 'movies-client';
import type { OfflineStatus, QueuedWrite, Shown } from 'movies-client/offline';
import { stageUrl } from '../app/stages';
import type { Store } from './open';
import { askForSync } from './outcome';

/** A movie as it is shown: one that was added here lacks what the service gives it. */
export type LocalMovie = Shown<MovieResponse>['item'];
export type ShownMovie = Shown<MovieResponse>;
export type LocalEntry = Shown<WatchlistEntryResponse>['item'];
export type ShownEntry = Shown<WatchlistEntryResponse>;

/** An item with writes in the queue, or with refused ones. */
export interface Touched {
    readonly collection: 'movies' | 'watchlist';
    readonly writes: readonly QueuedWrite[];
    /** Undefined if it is deleted here. */
    readonly shown: ShownMovie | ShownEntry | undefined;
}

/** What the pages see of the store. */
export interface DeskState {
    /** Undefined until it is open, and where the browser keeps nothing. */
    readonly store: Store | undefined;
    /** Why there is no store. The app works without one, with a network. */
    readonly error: unknown;
    readonly status: OfflineStatus | undefined;
    /** By collection and key. */
    readonly touched: ReadonlyMap<string, Touched>;
}

const NOTHING: DeskState = {
    store: undefined,
    error: undefined,
    status: undefined,
    touched: new Map(),
};

/** The store of whoever is signed in at a stage, in this tab. */
export class Desk {
    readonly #client: MoviesClient;
    readonly #stage: string;
    readonly #listeners = new Set<() => void>();
    #state = NOTHING;
    #opening: { readonly userId: string; readonly end: Promise<void> } | undefined;
    #reading = false;
    #stale = false;

    constructor(client: MoviesClient, stage: string) {
        this.#client = client;
        this.#stage = stage;
        client.session.subscribe(() => this.#look());
        // An open store wipes itself.
        client.accounts.onSignOut(async () => {
            if ((await this.opened()) === undefined) {
                await (await import('./open')).wipeAll(stage);
            }
        });
        // Whoever leaves the app may not come back to it: from now on the service worker sends.
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'hidden' && (this.#state.status?.waiting ?? 0) > 0) {
                askForSync();
            }
        });
        this.#look();
    }

    readonly state = (): DeskState => this.#state;

    readonly subscribe = (listener: () => void): (() => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    };

    /** The store, once it is known whether there is one. */
    async opened(): Promise<Store | undefined> {
        await this.#opening?.end;
        return this.#state.store;
    }

    #look(): void {
        const { state, userId } = this.#client.session;
        if (state !== 'signedIn' || userId === undefined) {
            return;
        }
        if (this.#opening?.userId !== userId) {
            this.#set(NOTHING);
            this.#opening = { userId, end: this.#open(userId) };
        }
    }

    async #open(userId: string): Promise<void> {
        try {
            const { openStore, followEvents } = await import('./open');
            const store = await openStore(this.#client, this.#stage);
            store.subscribe(() => this.#changed(store, userId));
            followEvents(stageUrl(this.#stage), this.#client.session, store);
            this.#set({ ...NOTHING, store, status: store.status });
            this.#changed(store, userId);
        } catch (error) {
            if (this.#opening?.userId === userId) {
                this.#set({ ...NOTHING, error });
            }
        }
    }

    #changed(store: Store, userId: string): void {
        if (store.status.closed) {
            // Wiped, or of another user.
            if (this.#state.store === store) {
                this.#set(NOTHING);
            }
            if (this.#opening?.userId === userId) {
                this.#opening = undefined;
            }
            return;
        }
        this.#stale = true;
        if (!this.#reading) {
            void this.#read(store);
        }
    }

    /** Reads what is touched, until nothing has changed meanwhile. */
    async #read(store: Store): Promise<void> {
        this.#reading = true;
        while (this.#stale) {
            this.#stale = false;
            try {
                const touched = await touchedItems(store);
                if (this.#state.store === store) {
                    this.#set({ ...this.#state, status: store.status, touched });
                }
            } catch {
                // The store is closed, or the storage failed: what was read stays.
            }
        }
        this.#reading = false;
    }

    #set(state: DeskState): void {
        this.#state = state;
        this.#listeners.forEach((listener) => listener());
    }
}

async function touchedItems(store: Store): Promise<ReadonlyMap<string, Touched>> {
    const found = new Map<string, Touched>();
    for (const write of await store.writes()) {
        const { collection, key, id } = write;
        if (collection !== 'movies' && collection !== 'watchlist') {
            continue;
        }
        const name = `${collection} ${key}`;
        const { writes, shown } = found.get(name) ?? {
            writes: [],
            shown: await (collection === 'movies'
                ? store.collections.movies.get(id as { title: string; year: number })
                : store.collections.watchlist.get(id as { entryId: string })),
        };
        found.set(name, { collection, writes: [...writes, write], shown });
    }
    return found;
}
