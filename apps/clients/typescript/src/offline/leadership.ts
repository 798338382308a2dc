import { uuid } from '../transport.js';
import type { Database } from './database.js';

/** How often a lease is renewed or asked for, and how long it lasts, in milliseconds. */
const RENEW = 2000;
const LEASE = 6000;

const KEY = 'lease';

/**
 * Lets one tab lead. With Web Locks, the browser gives the lead to another tab the moment that the leader ends. Without
 * them, a lease in the database has to run out. Two tabs that both believe to lead do no harm: a write has one key, and a
 * page is stored only where the one before it ended.
 */
export class Leadership {
    readonly #locks: LockManager | undefined;
    readonly #name: string;
    readonly #database: Database;
    readonly #now: () => number;
    readonly #changed: () => void;
    readonly #id = uuid();
    #release: (() => void) | undefined;
    #waiting: AbortController | undefined;
    #timer: ReturnType<typeof setInterval> | undefined;
    #leads = false;
    #runs = false;

    /** @param changed Is called when this tab has become the leader, or is it no more. */
    constructor(
        locks: LockManager | undefined,
        name: string,
        database: Database,
        now: () => number,
        changed: () => void,
    ) {
        this.#locks = locks;
        this.#name = name;
        this.#database = database;
        this.#now = now;
        this.#changed = changed;
    }

    /** True if this tab pulls and pushes. */
    get leads(): boolean {
        return this.#leads;
    }

    start(): void {
        this.#runs = true;
        if (this.#locks === undefined) {
            this.#timer = setInterval(() => void this.#renew(), RENEW);
            void this.#renew();
        } else {
            this.#request(this.#locks, false);
        }
    }

    /** Takes the lead from a leader that does not react: a frozen tab keeps its lock. */
    take(): void {
        if (this.#locks !== undefined && !this.#leads && this.#runs) {
            this.#waiting?.abort();
            this.#request(this.#locks, true);
        }
    }

    /** Gives the lead away. */
    async stop(): Promise<void> {
        this.#runs = false;
        clearInterval(this.#timer);
        this.#waiting?.abort();
        this.#release?.();
        if (this.#locks === undefined && this.#leads) {
            await this.#giveUp().catch(() => undefined);
        }
        this.#leads = false;
    }

    #request(locks: LockManager, steal: boolean): void {
        const waiting = new AbortController();
        this.#waiting = waiting;
        const lead = () => {
            this.#set(true);
            return new Promise<void>((resolve) => {
                this.#release = resolve;
            });
        };
        const options = steal ? { steal } : { signal: waiting.signal };
        locks.request(this.#name, options, lead).catch(() => {
            // Another tab took it, or this one stops.
            if (this.#waiting === waiting && this.#runs) {
                this.#set(false);
                this.#request(locks, false);
            }
        });
    }

    async #renew(): Promise<void> {
        const [owner, now] = [this.#id, this.#now()];
        const leads = await this.#database
            .write('default', async ({ lease }) => {
                const held = await lease.get(KEY);
                // A clock that was set back must not keep everybody out.
                const isFree = held === undefined || held.until <= now || held.until > now + LEASE;
                if (!isFree && held.owner !== owner) {
                    return false;
                }
                lease.put({ owner, until: now + LEASE }, KEY);
                return true;
            })
            .catch(() => false);
        if (this.#runs) {
            this.#set(leads);
        }
    }

    #giveUp(): Promise<void> {
        return this.#database.write('default', async ({ lease }) => {
            if ((await lease.get(KEY))?.owner === this.#id) {
                lease.delete(KEY);
            }
        });
    }

    #set(leads: boolean): void {
        if (leads !== this.#leads) {
            this.#leads = leads;
            this.#changed();
        }
    }
}
