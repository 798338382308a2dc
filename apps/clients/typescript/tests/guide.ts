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
    type SignInStep,
} from '../src/index.js';
import {
    followEvents,
    moviesCollection,
    OfflineStore,
    watchlistCollection,
} from '../src/offline/index.js';

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

/** What is kept on the device. */
function describe(api: MoviesApi) {
    return { movies: moviesCollection(api), watchlist: watchlistCollection(api) };
}

export type Store = OfflineStore<ReturnType<typeof describe>>;

/** Opens the store of the user who is signed in, also without a network. Call it once in each tab, after a sign-in. */
export async function openStore(client: MoviesClient, stage: string): Promise<Store> {
    const store = await OfflineStore.open(client, describe, { name: stage });
    followEvents(stage, client.session, store);
    return store;
}

/** Shown at once, kept on disk, and sent when there is a network. */
export async function plan({ collections }: Store, title: string, year: number): Promise<void> {
    await collections.watchlist.put({ entryId: crypto.randomUUID() }, { title, year });
}

/** What the user is told in the header of each page. */
export function badge({ status }: Store): string {
    const { waiting, conflicts, refused } = status;
    return conflicts + refused > 0
        ? `${conflicts + refused} to decide`
        : waiting > 0
          ? `${waiting} to send`
          : '';
}

/** In a service worker: sends what waits when the browser has a network again and the app is closed. */
export async function sendInBackground(client: MoviesClient, stage: string): Promise<void> {
    if ((await client.session.load()) !== 'signedIn') {
        return;
    }
    const store = await OfflineStore.open(client, describe, { name: stage, mode: 'manual' });
    try {
        await store.sync();
        if (store.status.waiting > 0) {
            throw new Error('not all was sent');
        }
    } finally {
        await store.close();
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
