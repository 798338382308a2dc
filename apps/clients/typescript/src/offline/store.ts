import type { Accounts } from '../accounts.js';
import { SessionEndedError } from '../errors.js';
import type { MoviesApi } from '../generated/api.js';
import type { Problem } from '../generated/models.js';
import type { Session } from '../session.js';
import { Queue as Serial } from '../storage.js';
import type { Collections } from './collection.js';
import { cursorOf, type Core } from './core.js';
import { Database, FORM, keysOf, result } from './database.js';
import { OfflineError } from './errors.js';
import { Leadership } from './leadership.js';
import { Loop } from './loop.js';
import { OfflineCollection, type Desk, type HandleOf } from './offline-collection.js';
import { Pull } from './pull.js';
import { Push } from './push.js';
import { Queue } from './queue.js';
import type { Watcher } from './read.js';
import type { Json, WriteOperation, WriteState } from './writes.js';

/** What the store needs of a `MoviesClient`. */
export interface OfflineClient {
    readonly session: Session;
    readonly accounts: Accounts;
    apiFor(userId: string): MoviesApi;
}

/** The options of a store. */
export interface OfflineStoreOptions {
    /** The name of the databases. An app with two sessions, such as one for each stage, names two. Default: `movies-client`. */
    readonly name?: string | undefined;
    /** How many writes may wait. Default: 1,000. */
    readonly queueLimit?: number | undefined;
    /** `manual`: nothing is sent but by `sync()`, as in a service worker. Default: `background`. */
    readonly mode?: 'background' | 'manual' | undefined;
    /** The time limit of one call of the API with its attempts, in milliseconds. Default: 60,000. */
    readonly timeLimit?: number | undefined;
    /** The device's clock, in milliseconds since 1970. */
    readonly now?: (() => number) | undefined;
    /** A random number from 0 to 1, for the times between polls. */
    readonly random?: (() => number) | undefined;
    /** How long the tab that leads may take to react before another one takes its place, in milliseconds. Default: 10,000. */
    readonly silence?: number | undefined;
    /** The browser's storage. */
    readonly indexedDB?: IDBFactory | undefined;
    /** The browser's locks; null to do without. */
    readonly locks?: LockManager | null | undefined;
}

/** A write in the queue, or one that was refused. */
export interface QueuedWrite {
    /** Names it in `retry` and `discard`. */
    readonly seq: number;
    readonly collection: string;
    /** The key of its item. */
    readonly key: string;
    readonly id: Json;
    readonly operation: WriteOperation;
    /** What it sets. */
    readonly members: Json;
    readonly state: WriteState;
    /** Why it was refused. */
    readonly problem?: Problem;
    /** When it was made, in milliseconds since 1970. */
    readonly madeAt: number;
    /** True if it was sent once or more: it may have been done. */
    readonly tried: boolean;
}

/** How a store is doing. */
export interface OfflineStatus {
    /** True if this tab is the one that pulls and pushes. */
    readonly leads: boolean;
    /** False while the user is signed out: nothing is sent, and the queue is kept. */
    readonly signedIn: boolean;
    /** True after `close`, after a wipe, and when another user has signed in. */
    readonly closed: boolean;
    /** How many writes wait. */
    readonly waiting: number;
    /** How many writes are in conflict. */
    readonly conflicts: number;
    /** How many writes were refused. */
    readonly refused: number;
    /** Why the queue could not be sent the last time, if this tab leads. */
    readonly pushError: unknown;
    readonly collections: Readonly<Record<string, CollectionStatus>>;
}

/** How far a collection is pulled. */
export interface CollectionStatus {
    /** True once all items were pulled. */
    readonly ready: boolean;
    /** True if there are more than are kept. */
    readonly partial: boolean;
    /** When it was last pulled to its end, in milliseconds since 1970. */
    readonly pulledAt: number | undefined;
    /** Why it could not be pulled the last time, if this tab leads. */
    readonly error: unknown;
}

/** What the tabs tell each other. */
type Message =
    | {
          readonly tell: 'changed';
          readonly name: string;
          readonly keys: readonly string[] | undefined;
      }
    | { readonly tell: 'pull'; readonly asked: boolean }
    | { readonly tell: 'push' }
    | { readonly tell: 'here' };

/** The name of the databases, unless the options name another. */
const NAME = 'movies-client';

/** The shortest time after which a tab that does not lead looks again whether a poll is due. */
const LOOK = 5000;

/**
 * Keeps items on the device, shows them without a network, and sends what the user did when there is one. One store is
 * of one user; each user has a database of their own. Open it once in each tab.
 */
export class OfflineStore<C extends Collections> {
    /** The collections, by their names. */
    readonly collections: { readonly [N in keyof C]: HandleOf<C[N]> };
    readonly #userId: string;
    readonly #session: Session;
    readonly #database: Database;
    readonly #core: Core;
    readonly #pull: Pull;
    readonly #push: Push;
    readonly #queue: Queue;
    readonly #leadership: Leadership;
    readonly #name: string;
    /** How long to wait for a word of the leader, in milliseconds. */
    readonly #patience: number;
    readonly #pulling = new Loop(() => this.#pullNow());
    readonly #pushing = new Loop(() => this.#pushNow());
    readonly #pullRounds = new Serial();
    readonly #pushRounds = new Serial();
    readonly #ending = new AbortController();
    readonly #watchers = new Set<Watcher>();
    readonly #listeners = new Set<() => void>();
    readonly #undo: (() => void)[] = [];
    #channel: BroadcastChannel | undefined;
    #silence: ReturnType<typeof setTimeout> | undefined;
    #asked = false;
    #poked = false;
    #closed = false;
    #status: OfflineStatus;
    #statusIsStale = false;
    #readingStatus: Promise<void> | undefined;

    /**
     * Opens the store of the user who is signed in, also without a network.
     *
     * @param describe The collections. It gets the operations of this user.
     * @throws SessionEndedError if nobody is signed in.
     * @throws OfflineError if the browser does not let the page store anything, or a newer version of the app has.
     */
    static async open<C extends Collections>(
        client: OfflineClient,
        describe: (api: MoviesApi) => C,
        options: OfflineStoreOptions = {},
    ): Promise<OfflineStore<C>> {
        await client.session.load();
        const { userId } = client.session;
        if (userId === undefined) {
            throw new SessionEndedError();
        }
        const store = new OfflineStore(client, userId, describe(client.apiFor(userId)), options);
        await store.#start(client, options.mode ?? 'background');
        return store;
    }

    /** Removes what is stored for all users, for an app that signs out without an open store. Close all stores before. */
    static async wipeAll(name = NAME, factory = globalThis.indexedDB): Promise<void> {
        const prefix = databaseName(name, '');
        const names = (await factory.databases()).map((each) => each.name ?? '');
        const ours = names.filter((each) => each.startsWith(prefix));
        await Promise.all(ours.map((each) => result(factory.deleteDatabase(each))));
    }

    private constructor(
        { session }: OfflineClient,
        userId: string,
        described: C,
        options: OfflineStoreOptions,
    ) {
        const { name = NAME, queueLimit = 1000, timeLimit = 60_000 } = options;
        const { now = Date.now, random = Math.random, silence = 10_000 } = options;
        const { indexedDB = globalThis.indexedDB, locks = globalThis.navigator?.locks } = options;
        this.#patience = silence;
        this.#userId = userId;
        this.#session = session;
        this.#name = databaseName(name, userId);
        const lost = () => void this.close();
        this.#database = new Database(indexedDB, this.#name, FORM, lost);
        this.#core = {
            database: this.#database,
            collections: new Map(Object.entries(described)),
            now,
            random,
            signal: this.#ending.signal,
            timeLimit,
            changed: (collection, keys) => {
                this.#show(collection, keys);
                this.#tell({ tell: 'changed', name: collection, keys });
            },
        };
        this.#pull = new Pull(this.#core);
        this.#push = new Push(this.#core);
        this.#queue = new Queue(this.#core, queueLimit);
        const changed = () => this.#leadershipChanged();
        this.#leadership = new Leadership(
            locks ?? undefined,
            this.#name,
            this.#database,
            now,
            changed,
        );
        const desk: Desk = {
            core: this.#core,
            queue: this.#queue,
            watch: this.#watch,
            pushSoon: () => this.#pushSoon(),
        };
        const handles = Object.keys(described).map((each) => {
            return [each, new OfflineCollection(desk, each)] as const;
        });
        this.collections = Object.fromEntries(handles) as { [N in keyof C]: HandleOf<C[N]> };
        this.#status = {
            leads: false,
            signedIn: true,
            closed: false,
            waiting: 0,
            conflicts: 0,
            refused: 0,
            pushError: undefined,
            collections: {},
        };
    }

    /** How the store is doing, as it was last read. */
    get status(): OfflineStatus {
        return this.#status;
    }

    /**
     * Calls `listener` after `status` or any item or write changed, until the function that it returns is called. With
     * `() => store.status`, it fits React's `useSyncExternalStore`.
     */
    readonly subscribe = (listener: () => void): (() => void) => {
        const entry = () => listener();
        this.#listeners.add(entry);
        return () => this.#listeners.delete(entry);
    };

    /** All writes in the queue and those that were refused, in the order in which they were made. */
    async writes(): Promise<readonly QueuedWrite[]> {
        const writes = await this.#database.read((tables) => tables.queue.all());
        return writes.map(({ first, problem, ...write }) => ({
            seq: write.seq,
            collection: write.collection,
            key: write.key,
            id: write.id,
            operation: write.operation,
            members: write.members,
            state: write.state,
            madeAt: write.madeAt,
            tried: first !== undefined,
            ...(problem !== undefined && { problem }),
        }));
    }

    /** Puts a refused write at the end of the queue. */
    async retry(seq: number): Promise<void> {
        await this.#queue.settleRefused(seq, 'retry');
        this.#pushSoon();
    }

    /** Drops a refused write. */
    discard(seq: number): Promise<void> {
        return this.#queue.settleRefused(seq, 'discard');
    }

    /** Pulls soon, in the tab that leads: for a message that says that something has changed. */
    pullSoon(): void {
        this.#asked = true;
        this.#pull.hurry();
        this.#pulling.soon();
    }

    /**
     * Pulls, then sends what can be sent, whatever tab leads. Resolves when it was tried; `status` tells with which result.
     *
     * @throws SessionEndedError if the user is not signed in.
     */
    async sync(): Promise<void> {
        if (!this.#maySend()) {
            throw new SessionEndedError();
        }
        this.#pull.hurry();
        this.#push.hurry();
        await this.#pullRounds.run(() => this.#pull.round(true));
        try {
            await this.#pushRounds.run(() => this.#push.round());
            if (this.#push.takeWantsPull()) {
                await this.#pullRounds.run(() => this.#pull.round(true));
            }
        } finally {
            await this.#readStatus();
        }
    }

    /** Stops. What is stored stays. */
    async close(): Promise<void> {
        if (this.#closed) {
            return;
        }
        this.#closed = true;
        clearTimeout(this.#silence);
        this.#ending.abort(new OfflineError('closed'));
        this.#undo.forEach((undo) => undo());
        await this.#leadership.stop();
        this.#database.close();
        this.#channel?.close();
        this.#status = { ...this.#status, leads: false, closed: true };
        this.#core.collections.forEach((_, name) => this.#show(name, undefined));
        await Promise.all([this.#pulling.stop(), this.#pushing.stop()]);
    }

    /** Removes all that is stored for this user, and closes. `Accounts` calls it when the user signs out. */
    async wipe(): Promise<void> {
        try {
            await this.#database.wipe();
        } catch (error) {
            if (!(error instanceof OfflineError) || error.reason !== 'closed') {
                throw error;
            }
        } finally {
            await this.close();
        }
    }

    async #start(
        { session, accounts }: OfflineClient,
        mode: 'background' | 'manual',
    ): Promise<void> {
        try {
            await this.#database.open();
            await this.#database.write('default', async (tables) => {
                for (const [name, { form = 1 }] of this.#core.collections) {
                    const cursor = await cursorOf(tables, name, form);
                    const { since: _, ...start } = { ...cursor, whole: false, ready: false, form };
                    const isSame = cursor.form === form;
                    if (!isSame) {
                        tables.base.delete(keysOf(name));
                    }
                    // Also a form that is new: pulling goes on with the one that is stored.
                    tables.cursors.put(isSame ? cursor : start, name);
                }
            });
        } catch (error) {
            await this.close();
            throw error;
        }
        this.#channel = new BroadcastChannel(this.#name);
        this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
        this.#undo.push(
            session.subscribe(() => this.#sessionChanged()),
            accounts.onSignOut(() => this.wipe()),
        );
        if (session.userId !== this.#userId) {
            // Somebody signed in or out while the database was opened.
            await this.close();
            throw new SessionEndedError();
        }
        await this.#readStatus();
        if (mode === 'background') {
            this.#listen('online', globalThis, () => this.#hurry());
            this.#listen('visibilitychange', globalThis.document, () => this.#pulling.soon());
            this.#leadership.start();
            this.#pulling.soon();
        }
    }

    #listen(event: string, target: EventTarget | undefined, listener: () => void): void {
        target?.addEventListener?.(event, listener);
        this.#undo.push(() => target?.removeEventListener?.(event, listener));
    }

    /** The work of the loop that pulls. Returns when to do it again. */
    async #pullNow(): Promise<number> {
        const { database, now, collections } = this.#core;
        if (!this.#maySend()) {
            return Infinity;
        }
        const isHidden = globalThis.document?.visibilityState === 'hidden';
        if (!this.#leadership.leads) {
            this.#ask({ tell: 'pull', asked: this.#asked });
            this.#asked = false;
            const polls = await database.read((tables) =>
                Promise.all([...collections.keys()].map((name) => cursorOf(tables, name))),
            );
            const next = Math.min(...polls.map(({ pollAt = Infinity }) => pollAt));
            return isHidden ? Infinity : Math.max(LOOK, next - now());
        }
        const asked = this.#asked;
        if (isHidden && !asked && !this.#poked) {
            return Infinity;
        }
        [this.#asked, this.#poked] = [false, false];
        const next = await this.#pullRounds.run(() => this.#pull.round(asked));
        await this.#readStatus();
        return next - now();
    }

    /** The work of the loop that pushes. Returns when to do it again. */
    async #pushNow(): Promise<number> {
        if (!this.#leadership.leads || !this.#maySend()) {
            return Infinity;
        }
        const next = await this.#pushRounds.run(() => this.#push.round());
        if (this.#push.takeWantsPull()) {
            this.pullSoon();
        }
        await this.#readStatus();
        return next - this.#core.now();
    }

    #maySend(): boolean {
        const { state, userId } = this.#session;
        return !this.#closed && state === 'signedIn' && userId === this.#userId;
    }

    #pushSoon(): void {
        if (this.#leadership.leads) {
            this.#pushing.soon();
        } else {
            this.#ask({ tell: 'push' });
        }
    }

    /** Something may have got better: a network, a session. */
    #hurry(): void {
        this.#pull.hurry();
        this.#push.hurry();
        this.#pulling.soon();
        this.#pushing.soon();
    }

    #sessionChanged(): void {
        const { userId } = this.#session;
        if (userId !== undefined && userId !== this.#userId) {
            void this.close();
        } else {
            this.#hurry();
            void this.#readStatus();
        }
    }

    #leadershipChanged(): void {
        clearTimeout(this.#silence);
        this.#silence = undefined;
        this.#pulling.soon();
        this.#pushing.soon();
        void this.#readStatus();
    }

    #tell(message: Message): void {
        if (!this.#closed) {
            this.#channel?.postMessage(message);
        }
    }

    /** Asks the leader, and takes its place if it says nothing. */
    #ask(message: Message): void {
        this.#tell(message);
        this.#silence ??= setTimeout(() => this.#leadership.take(), this.#patience);
    }

    #hear(message: Message): void {
        if (message.tell === 'changed') {
            return this.#show(message.name, message.keys);
        }
        if (message.tell === 'here') {
            clearTimeout(this.#silence);
            this.#silence = undefined;
            return;
        }
        if (!this.#leadership.leads) {
            return;
        }
        this.#tell({ tell: 'here' });
        if (message.tell === 'push') {
            this.#pushing.soon();
        } else {
            this.#poked = true;
            if (message.asked) {
                this.pullSoon();
            } else {
                this.#pulling.soon();
            }
        }
    }

    #show(name: string, keys: readonly string[] | undefined): void {
        this.#watchers.forEach((watcher) => watcher(name, keys));
        void this.#readStatus();
    }

    /** Reads the status anew. Resolves when it is what the database has now. */
    #readStatus(): Promise<void> {
        this.#statusIsStale = true;
        this.#readingStatus ??= this.#readStaleStatus();
        return this.#readingStatus;
    }

    async #readStaleStatus(): Promise<void> {
        while (this.#statusIsStale) {
            this.#statusIsStale = false;
            try {
                this.#status = await this.#findStatus();
            } catch {
                // The store is closed, or the storage failed: the status stays.
            }
        }
        this.#readingStatus = undefined;
        this.#listeners.forEach((listener) => listener());
    }

    async #findStatus(): Promise<OfflineStatus> {
        const names = [...this.#core.collections.keys()];
        const [writes, cursors] = await this.#database.read((tables) =>
            Promise.all([
                tables.queue.all(),
                Promise.all(names.map((name) => cursorOf(tables, name))),
            ]),
        );
        const count = (wanted: WriteState) => writes.filter(({ state }) => state === wanted).length;
        const collections = cursors.map(({ ready, partial, pulledAt }, index) => {
            const name = names[index] ?? '';
            return [
                name,
                { ready, partial, pulledAt, error: this.#pull.errors.get(name) },
            ] as const;
        });
        return {
            leads: this.#leadership.leads,
            signedIn: this.#session.state === 'signedIn',
            closed: this.#closed,
            waiting: count('waiting'),
            conflicts: count('conflict'),
            refused: count('refused'),
            pushError: this.#push.error,
            collections: Object.fromEntries(collections),
        };
    }

    readonly #watch = (watcher: Watcher): (() => void) => {
        this.#watchers.add(watcher);
        return () => this.#watchers.delete(watcher);
    };
}

function databaseName(name: string, userId: string): string {
    return `${name}-offline-${userId}`;
}
