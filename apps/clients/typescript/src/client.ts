import { Accounts } from './accounts.js';
import { MoviesApi } from './generated/api.js';
import { defaultRetryPolicy, type RetryPolicy } from './retry.js';
import { Session } from './session.js';
import type { TokenStorage } from './storage.js';
import { Transport } from './transport.js';

/** The options of a client. */
export interface MoviesClientOptions {
    /** Replaces parts of the `RetryPolicy`. */
    readonly retry?: Partial<RetryPolicy> | undefined;
    /** The device's clock, in milliseconds since 1970. */
    readonly now?: (() => number) | undefined;
    /** Sends a request, in place of `fetch`. */
    readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** A client of the Movies API. An app makes one, and shares it. */
export class MoviesClient {
    /** The operations. */
    readonly api: MoviesApi;
    /** The tokens of the user who is signed in. */
    readonly session: Session;
    /** Signing in and out, and what else takes several operations. */
    readonly accounts: Accounts;

    /**
     * @param baseUrl The base URL with the stage, such as `https://api.example.com/Production`.
     * @param storage Keeps the tokens: `IndexedDbTokenStorage` in a browser.
     */
    constructor(baseUrl: string, storage: TokenStorage, options: MoviesClientOptions = {}) {
        const { retry, now = Date.now, fetch = (request) => globalThis.fetch(request) } = options;
        const refresh = async (refreshToken: string) =>
            (await this.api.refreshTokens({ refreshToken })).value;
        this.session = new Session(storage, refresh, now);
        const policy = { ...defaultRetryPolicy, ...retry };
        this.api = new MoviesApi(new Transport(baseUrl, this.session, policy, fetch));
        this.accounts = new Accounts(this.api, this.session);
    }
}
