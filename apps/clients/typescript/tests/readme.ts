// The code of README.md, so that it is compiled. `unit/readme.test.ts` compares them.

import {
    BrowserPasskeyPrompt,
    IndexedDbTokenStorage,
    MoviesClient,
    MoviesError,
    NetworkError,
    ProblemError,
    SessionEndedError,
    type WatchlistEntryResponse,
} from '../src/index.js';
import {
    moviesCollection,
    OfflineError,
    OfflineStore,
    watchlistCollection,
    type Shown,
} from '../src/offline/index.js';

declare function ask(question: string): Promise<string>;
declare function showPage(name: string): void;

const client = new MoviesClient('https://api.example.com/Production', new IndexedDbTokenStorage());
const { api, session, accounts } = client;

async function signIn(email: string, password: string): Promise<void> {
    let next = await accounts.signIn(email, password);
    while (next.step === 'challenge') {
        const { challenge } = next;
        switch (challenge.name) {
            case 'SOFTWARE_TOKEN_MFA':
                next = await accounts.answerTotp(challenge, await ask('The code in your app'));
                break;
            case 'NEW_PASSWORD_REQUIRED':
                next = await accounts.answerNewPassword(challenge, await ask('A new password'));
                break;
            default:
                throw new Error('Please update this app.');
        }
    }
    if (next.step === 'unknown') {
        throw new Error('Please update this app.');
    }
}

async function signInWithPasskey(email: string): Promise<void> {
    const next = await accounts.signInWithPasskey(email);
    if (next.step === 'challenge') {
        await accounts.answerPasskey(next.challenge, new BrowserPasskeyPrompt());
    }
}

async function openStore() {
    await navigator.storage?.persist();
    return OfflineStore.open(client, (api) => ({
        movies: moviesCollection(api),
        watchlist: watchlistCollection(api),
    }));
}

const store = await openStore();
const { movies, watchlist } = store.collections;

function follow(show: (entries: readonly Shown<WatchlistEntryResponse>[]) => void): () => void {
    const unwatched = watchlist.live({ where: ({ watched }) => !watched });
    return unwatched.subscribe(() => show(unwatched.current() ?? []));
}

async function plan(title: string, year: number): Promise<void> {
    try {
        await watchlist.put({ entryId: crypto.randomUUID() }, { title, year });
    } catch (error) {
        if (error instanceof OfflineError && error.reason === 'storageFull') {
            showPage('no-space');
        } else {
            throw error;
        }
    }
}

async function settle({ item, conflict }: Shown<WatchlistEntryResponse>): Promise<void> {
    const answer = await ask(`Yours: ${conflict?.mine?.note}. Theirs: ${conflict?.theirs?.note}`);
    if (answer === 'mine') {
        await watchlist.keepMine(item);
    } else {
        await watchlist.takeTheirs(item);
    }
}

async function showRefused(): Promise<void> {
    for (const write of await store.writes()) {
        if (write.state === 'refused') {
            const again = await ask(`${write.operation} ${write.key}: ${write.problem?.title}`);
            await (again === 'yes' ? store.retry(write.seq) : store.discard(write.seq));
        }
    }
}

async function leave(): Promise<void> {
    const redirectUri = 'https://app.example.com/callback';
    const started = await accounts.startHostedSignIn({ redirectUri });
    sessionStorage.setItem('sign-in', JSON.stringify(started));
    location.assign(started.url);
}

async function comeBack(): Promise<void> {
    const started = JSON.parse(sessionStorage.getItem('sign-in') ?? 'null');
    sessionStorage.removeItem('sign-in');
    await accounts.finishHostedSignIn(started, location.href);
}

const stop = session.subscribe(() => {
    showPage(session.state === 'signedIn' ? 'movies' : 'sign-in');
});

for await (const movie of api.listMoviesAll({ genre: 'Drama', sort: '-rating' })) {
    console.log(movie.title, movie.year);
}

async function rate(title: string, year: number, rating: number): Promise<void> {
    const { etag } = await api.findMovie({ title, year });
    try {
        await api.updateMovie({ title, year, rating }, { ifMatch: etag });
    } catch (error) {
        if (error instanceof ProblemError && error.status === 412) {
            showPage('conflict');
        } else {
            throw error;
        }
    }
}

async function addWithPoster(title: string, year: number, poster: Blob): Promise<void> {
    const { url } = await client.uploadPicture(poster, 'image/jpeg');
    await api.addMovie({ title, year, imageUrl: url });
}

function explain(error: unknown): string {
    if (error instanceof SessionEndedError) {
        return 'Please sign in again.';
    }
    if (error instanceof ProblemError && error.problem.type === '/problems/movie-exists') {
        return 'There is a movie with this title and year.';
    }
    if (error instanceof NetworkError) {
        return 'You seem to be offline. Try again.';
    }
    const id = error instanceof MoviesError ? error.requestId : undefined;
    return `Something went wrong. Report it as ${id ?? 'unknown'}.`;
}

export {
    addWithPoster,
    comeBack,
    explain,
    follow,
    leave,
    movies,
    plan,
    rate,
    settle,
    showRefused,
    signIn,
    signInWithPasskey,
    stop,
};
