import { Accounts, type FlowOptions } from './accounts.js';
import { SessionEndedError, UploadRefusedError } from './errors.js';
import { MoviesApi } from './generated/api.js';
import type { PictureContentTypeInput, PictureResponse } from './generated/models.js';
import { defaultRetryPolicy, type RetryPolicy } from './retry.js';
import { Session } from './session.js';
import type { TokenStorage } from './storage.js';
import {
    sizeOf,
    Transport,
    uuid,
    withinTimeLimit,
    type FileBytes,
    type TokenSource,
} from './transport.js';

/** The options of a client. */
export interface MoviesClientOptions {
    /** Replaces parts of the `RetryPolicy`. */
    readonly retry?: Partial<RetryPolicy> | undefined;
    /** The device's clock, in milliseconds since 1970. */
    readonly now?: (() => number) | undefined;
    /** Sends a request, in place of `fetch`. */
    readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** The options of an upload. `timeLimit` is that of all its requests. */
export interface UploadOptions extends FlowOptions {
    /** The id of the picture. An upload with the id of a picture that is there replaces it. Default: a new UUID. */
    readonly pictureId?: string | undefined;
}

/** A client of the Movies API. An app makes one, and shares it. */
export class MoviesClient {
    /** The operations. */
    readonly api: MoviesApi;
    /** The tokens of the user who is signed in. */
    readonly session: Session;
    /** Signing in and out, and what else takes several operations. */
    readonly accounts: Accounts;
    readonly #transport: Transport;
    readonly #transportOf: (session: TokenSource) => Transport;

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
        this.#transportOf = (session) => new Transport(baseUrl, session, policy, fetch);
        this.#transport = this.#transportOf(this.session);
        this.api = new MoviesApi(this.#transport);
        this.accounts = new Accounts(this.api, this.session);
    }

    /**
     * The operations for one user: once another one is signed in, they reject with a `SessionEndedError` and send
     * nothing.
     */
    apiFor(userId: string): MoviesApi {
        const { session } = this;
        const accessToken = async (refused?: string) => {
            const token = await session.accessToken(refused);
            if (session.userId !== userId) {
                throw new SessionEndedError();
            }
            return token;
        };
        const end = (token?: string) => session.end(token);
        return new MoviesApi(this.#transportOf({ accessToken, end }));
    }

    /**
     * Puts a picture and uploads its file. Then everyone sees it at the `url` of the result: make it the `imageUrl` of
     * a movie. Make the file small before.
     *
     * A lost network and a 5xx of the storage are repeated by the `RetryPolicy`; after a 403, which means that the
     * permission has expired, another one is asked for once. It rejects as `putPicture` does, and with an
     * `UploadRefusedError` if the storage does not take the file. A picture without a file may be left then: call it
     * again with the same `pictureId`, or delete the picture.
     */
    async uploadPicture(
        file: FileBytes,
        contentType: PictureContentTypeInput,
        options: UploadOptions = {},
    ): Promise<PictureResponse> {
        const { pictureId = uuid() } = options;
        const body = { contentType, size: sizeOf(file) };
        return withinTimeLimit(options, async (signal) => {
            for (let permissions = 1; ; permissions += 1) {
                const { value, requestId } = await this.api.putPicture(pictureId, body, { signal });
                const { upload, ...picture } = value;
                try {
                    await this.#transport.sendFile(upload, file, requestId, signal);
                    return picture;
                } catch (error) {
                    const isOver = error instanceof UploadRefusedError && error.status === 403;
                    if (!isOver || permissions === 2) {
                        throw error;
                    }
                }
            }
        });
    }
}
