// Clients of the fault lab, `tests/chaos`, that are the project's own: `apps/clients/typescript`, as JavaScript. Each line of the input
// is what one of them is to do, and has a line of the output with the same id, when that is done.
//
// Arguments: the path of the built client, the URL of the lab, and the bug to plant, if one is.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [built, url, bug] = process.argv.slice(2);
const movies = await import(pathToFileURL(built).href);

/** The clients of the lab wait this part of what the guides say. */
const SCALE = 20;

const { attempts, baseDelay, maxDelay, timeLimit } = movies.defaultRetryPolicy;
const retry = { attempts, baseDelay: baseDelay / SCALE, maxDelay, timeLimit };

/** The keys that were sent, for the planted bug. */
const sent = new Set();

/** Sends a request, and waits a part of what the answer asks for, so that the client has no more to wait. */
async function fetchSoon(request) {
    const key = request.headers.get('Idempotency-Key');
    if (bug === 'new-key-in-typescript' && sent.has(key)) {
        request.headers.set('Idempotency-Key', crypto.randomUUID());
    }
    sent.add(key);
    const response = await fetch(request);
    const seconds = response.headers.get('Retry-After');
    if (seconds === null) {
        return response;
    }
    const { status, body } = response;
    const headers = new Headers(response.headers);
    headers.set('Retry-After', '0');
    await sleep((Number(seconds) * 1000) / SCALE);
    return new Response(body, { status, headers });
}

/** The operations, by method and resource. */
const operations = {
    'GET /movies/findbytitleandyear': (api, { query }) => api.findMovieCached(query),
    'POST /movies/add-movie': (api, { body }, options) => api.addMovie(body, options),
    'POST /movies/update-movie': (api, { body }, options) => api.updateMovie(body, options),
    'POST /movies/delete-movie': (api, { body }, options) => api.deleteMovie(body, options),
    'GET /movies/changes': (api, { query }) => api.listMovieChanges(query),
    'GET /me/watchlist/{entryId}': (api, { entryId }) => api.findWatchlistEntry(entryId),
    'PUT /me/watchlist/{entryId}': (api, { entryId, body }, options) =>
        api.putWatchlistEntry(entryId, body, options),
    'PATCH /me/watchlist/{entryId}': (api, { entryId, body }, options) =>
        api.updateWatchlistEntry(entryId, body, options),
    'DELETE /me/watchlist/{entryId}': (api, { entryId }, options) =>
        api.deleteWatchlistEntry(entryId, options),
    'GET /me/watchlist/changes': (api, { query }) => api.listWatchlistChanges(query),
    'GET /me': (api) => api.getProfile(),
};

/** What is no operation of its own. */
const flows = {
    async signIn({ accounts }, { email, password }) {
        const { step } = await accounts.signIn(email, password);
        if (step !== 'done') {
            throw new Error(`the sign-in goes on with ${step}`);
        }
    },
    signOut: ({ accounts }) => accounts.signOut(),
    // As if the service had refused the token.
    refresh: async ({ session }) => void (await session.accessToken(await session.accessToken())),
};

const clients = new Map();

function client(number) {
    if (!clients.has(number)) {
        const storage = new movies.MemoryTokenStorage();
        const options = { retry, fetch: fetchSoon };
        clients.set(number, new movies.MoviesClient(`${url}/${number}`, storage, options));
    }
    return clients.get(number);
}

async function perform({ number, flow, operation, key, ifMatch, ...input }) {
    const { api } = client(number);
    try {
        if (flow !== undefined) {
            await flows[flow](client(number), input);
            return { status: 200 };
        }
        const options = { idempotencyKey: key, ifMatch };
        const { status, etag, replayed, value } = await operations[operation](api, input, options);
        return { status, etag, replayed, body: value };
    } catch (error) {
        if (error instanceof movies.ProblemError) {
            return { status: error.status, body: JSON.parse(error.json) };
        }
        if (error instanceof movies.SessionEndedError) {
            return { status: 401, body: { type: '/problems/session-ended' } };
        }
        if (error instanceof movies.MoviesError) {
            return {};
        }
        return { fault: String(error?.stack ?? error) };
    }
}

async function answer({ id, ...call }) {
    process.stdout.write(`${JSON.stringify({ id, ...(await perform(call)) })}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
    void answer(JSON.parse(line));
}
