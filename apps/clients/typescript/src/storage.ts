/** The tokens of a session, as they are stored. They are secrets. */
export interface StoredTokens {
    readonly accessToken: string;
    readonly idToken: string;
    readonly refreshToken: string;
    /** The access token expires at this time of the device's clock, in milliseconds since 1970. */
    readonly expiresAt: number;
}

/**
 * Keeps the tokens. A session reads it for each call, so changes by another tab take effect at once.
 */
export interface TokenStorage {
    /** The stored tokens, or undefined if there are none. */
    load(): Promise<StoredTokens | undefined>;
    /** Stores tokens in place of those before. Resolves when they are safe. */
    save(tokens: StoredTokens): Promise<void>;
    /** Removes the tokens. */
    clear(): Promise<void>;
    /** Runs `work` while no other tab or process that has this storage runs any: a refresh must be alone. */
    exclusively<T>(work: () => Promise<T>): Promise<T>;
    /** Calls `listener` after another tab stored or cleared tokens, until the function that it returns is called. */
    onChange?(listener: () => void): () => void;
}

/** Runs one piece of work after another. */
export class Queue {
    #last: Promise<unknown> = Promise.resolve();

    /** Runs `work` when all that came before has settled. */
    run<T>(work: () => Promise<T>): Promise<T> {
        const result = this.#last.then(work);
        this.#last = result.catch(() => undefined);
        return result;
    }
}

/** Keeps the tokens in memory: for tests, scripts and servers. They are gone with the page or the process. */
export class MemoryTokenStorage implements TokenStorage {
    #tokens: StoredTokens | undefined;
    readonly #queue = new Queue();

    async load(): Promise<StoredTokens | undefined> {
        return this.#tokens;
    }

    async save(tokens: StoredTokens): Promise<void> {
        this.#tokens = tokens;
    }

    async clear(): Promise<void> {
        this.#tokens = undefined;
    }

    exclusively<T>(work: () => Promise<T>): Promise<T> {
        return this.#queue.run(work);
    }
}
