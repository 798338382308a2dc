import { SessionEndedError } from './errors.js';
import type { TokenResponse } from './generated/models.js';
import { claim } from './jwt.js';
import type { StoredTokens, TokenStorage } from './storage.js';

/** `unknown` until the storage was read for the first time. */
export type SessionState = 'unknown' | 'signedIn' | 'signedOut';

/** A token that expires within so many milliseconds is replaced before it is used. */
const MARGIN = 30_000;

/** The tokens of the user who is signed in. `MoviesClient` makes it. */
export class Session {
    readonly #storage: TokenStorage;
    readonly #refresh: (refreshToken: string) => Promise<TokenResponse>;
    readonly #now: () => number;
    readonly #listeners = new Set<() => void>();
    #stopWatching: (() => void) | undefined;
    #state: SessionState = 'unknown';
    #userId: string | undefined;
    #refreshing: Promise<string> | undefined;

    constructor(
        storage: TokenStorage,
        refresh: (refreshToken: string) => Promise<TokenResponse>,
        now: () => number,
    ) {
        this.#storage = storage;
        this.#refresh = refresh;
        this.#now = now;
    }

    /** The state when this session last read or wrote the storage. */
    get state(): SessionState {
        return this.#state;
    }

    /** The `id` of the user's profile, as the ID token says. Undefined if nobody is signed in. */
    get userId(): string | undefined {
        return this.#userId;
    }

    /**
     * Calls `listener` after `state` or `userId` changed, here or in another tab, until the function that it returns is
     * called. The first listener makes the session read the storage. Fits React's `useSyncExternalStore`.
     */
    readonly subscribe = (listener: () => void): (() => void) => {
        // The next call meets a storage that fails, and reports it.
        const read = () => void this.load().catch(() => undefined);
        // A function given twice is two listeners.
        const entry = () => listener();
        this.#listeners.add(entry);
        if (this.#listeners.size === 1) {
            this.#stopWatching = this.#storage.onChange?.(read);
            read();
        }
        return () => {
            this.#listeners.delete(entry);
            if (this.#listeners.size === 0) {
                this.#stopWatching?.();
                this.#stopWatching = undefined;
            }
        };
    };

    /** Reads the storage and returns the state. */
    async load(): Promise<SessionState> {
        await this.#load();
        return this.#state;
    }

    /** Stores the tokens of a sign-in or a refresh. */
    async accept(tokens: TokenResponse): Promise<void> {
        const { accessToken, idToken, refreshToken, expiresIn } = tokens;
        const expiresAt = this.#now() + expiresIn * 1000;
        const stored = { accessToken, idToken, refreshToken, expiresAt };
        await this.#storage.save(stored);
        this.#show(stored);
    }

    /**
     * An access token that is good for another 30 seconds or more. It is refreshed if it has to be, one refresh at a
     * time.
     *
     * @param refused A token that the service did not accept: another one is returned.
     * @throws SessionEndedError if nobody is signed in.
     */
    async accessToken(refused?: string): Promise<string> {
        if (this.#refreshing === undefined) {
            const tokens = await this.#tokens();
            if (this.#isGood(tokens, refused)) {
                return tokens.accessToken;
            }
            this.#refreshing ??= this.#replace(tokens.accessToken).finally(() => {
                this.#refreshing = undefined;
            });
        }
        return this.#refreshing;
    }

    /** The refresh token, for signing out. Undefined if nobody is signed in. */
    async refreshToken(): Promise<string | undefined> {
        return (await this.#load())?.refreshToken;
    }

    /**
     * Clears the tokens. The service is not told: `Accounts.signOut` does both.
     *
     * @param token If given, nothing happens unless the session still has this token: it may have new ones by now.
     */
    async end(token?: string): Promise<void> {
        if (token !== undefined) {
            const stored = await this.#load();
            if (stored?.accessToken !== token && stored?.refreshToken !== token) {
                return;
            }
        }
        await this.#storage.clear();
        this.#show(undefined);
    }

    #isGood(tokens: StoredTokens, refused: string | undefined): boolean {
        return tokens.accessToken !== refused && this.#now() < tokens.expiresAt - MARGIN;
    }

    /** Replaces the tokens, unless somebody else did. */
    #replace(accessToken: string): Promise<string> {
        return this.#storage.exclusively(async () => {
            const tokens = await this.#tokens();
            if (this.#isGood(tokens, accessToken)) {
                return tokens.accessToken;
            }
            const answer = await this.#refresh(tokens.refreshToken);
            // In the meantime the user may have signed out, and must stay signed out.
            const stored = await this.#tokens();
            if (userId(stored) !== userId(tokens)) {
                throw new SessionEndedError();
            }
            // Another tab may have been faster, if the browser cannot keep it out.
            if (stored.refreshToken !== tokens.refreshToken) {
                return stored.accessToken;
            }
            await this.accept(answer);
            return answer.accessToken;
        });
    }

    async #tokens(): Promise<StoredTokens> {
        const tokens = await this.#load();
        if (tokens === undefined) {
            throw new SessionEndedError();
        }
        return tokens;
    }

    async #load(): Promise<StoredTokens | undefined> {
        const tokens = await this.#storage.load();
        this.#show(tokens);
        return tokens;
    }

    #show(tokens: StoredTokens | undefined): void {
        const state = tokens === undefined ? 'signedOut' : 'signedIn';
        const user = tokens && userId(tokens);
        if (state !== this.#state || user !== this.#userId) {
            this.#state = state;
            this.#userId = user;
            this.#listeners.forEach((listener) => listener());
        }
    }
}

function userId(tokens: StoredTokens): string | undefined {
    return claim(tokens.idToken, 'sub');
}
