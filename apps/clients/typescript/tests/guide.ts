// The code of docs/web.md, so that it is compiled. `unit/readme.test.ts` compares them, `unit/guide.test.ts` runs some.

import {
    BrowserPasskeyPrompt,
    IndexedDbTokenStorage,
    MoviesClient,
    MoviesError,
    NetworkError,
    ProblemError,
    SessionEndedError,
    UploadRefusedError,
    type Challenge,
    type MovieResponse,
    type MoviesApi,
    type Problem,
    type PutWatchlistEntryRequest,
    type SignInStep,
} from '../src/index.js';

export function makeClient(stage: string): MoviesClient {
    return new MoviesClient(stage, new IndexedDbTokenStorage(stage));
}

export async function answer(
    client: MoviesClient,
    challenge: Challenge,
    text: string,
): Promise<SignInStep> {
    switch (challenge.name) {
        case 'SOFTWARE_TOKEN_MFA':
            return client.accounts.answerTotp(challenge, text);
        case 'NEW_PASSWORD_REQUIRED':
            return client.accounts.answerNewPassword(challenge, text);
        default:
            return { step: 'unknown', nextStep: challenge.name };
    }
}

export async function loadMovies(
    client: MoviesClient,
    signal: AbortSignal,
): Promise<MovieResponse[]> {
    const movies: MovieResponse[] = [];
    for await (const movie of client.api.listMoviesAll({ sort: '-rating' }, { signal })) {
        movies.push(movie);
        if (movies.length === 200) {
            break;
        }
    }
    return movies;
}

export type Rated =
    | { readonly movie: MovieResponse }
    | { readonly mine: number; readonly theirs: MovieResponse };

export async function rate(
    client: MoviesClient,
    { title, year, etag }: MovieResponse,
    rating: number,
): Promise<Rated> {
    try {
        const answer = await client.api.updateMovie({ title, year, rating }, { ifMatch: etag });
        return { movie: answer.value };
    } catch (error) {
        if (error instanceof ProblemError && error.status === 412) {
            return { mine: rating, theirs: (await client.api.findMovie({ title, year })).value };
        }
        throw error;
    }
}

/** Makes a picture small: a JPEG without what a camera writes beside it, such as the place. */
export async function shrink(file: File): Promise<Blob> {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, 1000 / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(
        Math.ceil(bitmap.width * scale),
        Math.ceil(bitmap.height * scale),
    );
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
}

/** Uploads a poster, and gives it to the movie. */
export async function setPoster(
    client: MoviesClient,
    { title, year, etag }: MovieResponse,
    poster: Blob,
): Promise<MovieResponse> {
    const picture = await client.uploadPicture(poster, 'image/jpeg');
    const update = { title, year, imageUrl: picture.url };
    return (await client.api.updateMovie(update, { ifMatch: etag })).value;
}

export interface OutboxEntry {
    readonly id: string;
    readonly userId: string;
    readonly idempotencyKey: string;
    readonly body: PutWatchlistEntryRequest;
    /** The reason of the service for refusing it. Such an entry is not sent again. */
    readonly problem?: Problem;
}

/** Keeps the entries in this browser. */
export class OutboxStore {
    async all(): Promise<OutboxEntry[]> {
        return this.#run('readonly', (store) => store.getAll());
    }

    async put(entry: OutboxEntry): Promise<void> {
        await this.#run('readwrite', (store) => store.put(entry));
    }

    async delete(id: string): Promise<void> {
        await this.#run('readwrite', (store) => store.delete(id));
    }

    async #run<T>(
        mode: IDBTransactionMode,
        use: (store: IDBObjectStore) => IDBRequest<T>,
    ): Promise<T> {
        const opening = indexedDB.open('outbox', 1);
        opening.onupgradeneeded = () => {
            opening.result.createObjectStore('entries', { keyPath: 'id' });
        };
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
            opening.onsuccess = () => resolve(opening.result);
            opening.onerror = () => reject(opening.error);
        });
        try {
            const transaction = database.transaction('entries', mode, { durability: 'strict' });
            const request = use(transaction.objectStore('entries'));
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

/** Entries of one user's watchlist that the service has not taken yet. They outlive the page. */
export class Outbox {
    readonly #userId: string;
    readonly #store: Pick<OutboxStore, 'all' | 'put' | 'delete'>;
    readonly #api: MoviesApi;
    #sending: Promise<void> | undefined;

    /** @param userId The `userId` of the session: each user's entries go to the own watchlist. */
    constructor(
        userId: string,
        store: Pick<OutboxStore, 'all' | 'put' | 'delete'>,
        api: MoviesApi,
    ) {
        this.#userId = userId;
        this.#store = store;
        this.#api = api;
    }

    async entries(): Promise<OutboxEntry[]> {
        return (await this.#store.all()).filter(({ userId }) => userId === this.#userId);
    }

    /** Keeps an entry. When this resolves, the entry is on disk. */
    async add(body: PutWatchlistEntryRequest): Promise<void> {
        const [id, idempotencyKey] = [crypto.randomUUID(), crypto.randomUUID()];
        await this.#store.put({ id, userId: this.#userId, idempotencyKey, body });
    }

    async discard(id: string): Promise<void> {
        await this.#store.delete(id);
    }

    /** Sends what waits. If it fails, the rest stays: call it again when there is a network. */
    send(): Promise<void> {
        this.#sending ??= this.#send().finally(() => {
            this.#sending = undefined;
        });
        return this.#sending;
    }

    async #send(): Promise<void> {
        for (;;) {
            const entry = (await this.entries()).find(({ problem }) => problem === undefined);
            if (entry === undefined) {
                return;
            }
            const { id, idempotencyKey, body } = entry;
            try {
                await this.#api.putWatchlistEntry(id, body, { idempotencyKey });
                await this.discard(id);
            } catch (error) {
                if (!(error instanceof ProblemError) || ![400, 422].includes(error.status)) {
                    throw error;
                }
                await this.#store.put({ ...entry, problem: error.problem });
            }
        }
    }
}

/** The text for the user. `detail` of a problem is for developers. */
export function explain(error: unknown): string {
    if (error instanceof SessionEndedError) {
        return 'Please sign in again.';
    }
    if (error instanceof NetworkError) {
        return error.timedOut ? 'The network is slow. Try again.' : 'You are offline.';
    }
    if (error instanceof UploadRefusedError) {
        return 'The picture was refused. Try again, or choose another one.';
    }
    if (error instanceof ProblemError) {
        const { problem, status, retryAfter = 60 } = error;
        switch (problem.type) {
            case '/problems/wrong-credentials':
                return 'The address or the password is wrong.';
            case '/problems/wrong-code':
                return 'The code is wrong or too old.';
            case '/problems/too-many-attempts':
                return `Too many attempts. Try again in ${retryAfter} seconds.`;
            case '/problems/forbidden':
                return 'Only who added this movie can change it.';
            case '/problems/invalid-request':
                return `Please correct: ${problem.errors?.map(({ field }) => field).join(', ')}`;
        }
        if (status === 429 || status === 503) {
            return 'The service is busy. Try again later.';
        }
    }
    const id = error instanceof MoviesError ? error.requestId : undefined;
    return `Something went wrong. Report it as ${id ?? String(error)}.`;
}

export async function signInWithPasskey(client: MoviesClient, email: string): Promise<SignInStep> {
    const next = await client.accounts.signInWithPasskey(email);
    return next.step === 'challenge'
        ? client.accounts.answerPasskey(next.challenge, new BrowserPasskeyPrompt())
        : next;
}

export async function leave(client: MoviesClient): Promise<void> {
    const redirectUri = `${location.origin}/callback`;
    const started = await client.accounts.startHostedSignIn({ redirectUri });
    sessionStorage.setItem('sign-in', JSON.stringify(started));
    location.assign(started.url);
}

/** Call it once when the page at `/callback` opens. */
export async function comeBack(client: MoviesClient): Promise<void> {
    const started = sessionStorage.getItem('sign-in');
    sessionStorage.removeItem('sign-in');
    if (started !== null) {
        await client.accounts.finishHostedSignIn(JSON.parse(started), location.href);
    }
    history.replaceState(null, '', '/');
}
