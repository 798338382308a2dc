// A small server in memory: the writes, the finds and the feeds of movies and watchlists, with faults.

type Json = Record<string, unknown>;

/** A fault, as `scenarios.md` describes it; `410` is a cursor that has expired. */
export interface Fault {
    readonly request: string;
    readonly do: 'drop' | 'lose' | 'delay' | 'answer';
    readonly times?: number;
    readonly after?: number;
    readonly ms?: number;
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** A request that came in. */
export interface Entry {
    readonly request: string;
    readonly query: string | null;
    readonly key: string | null;
    readonly ifMatch: string | null;
    readonly body: unknown;
}

interface Stored {
    readonly owner: string;
    readonly fields: Json;
    readonly version: number;
    readonly createdAt: number;
    readonly updatedAt: number;
}

interface Log {
    readonly epoch: number;
    /** The keys that changed, in their order. */
    readonly keys: string[];
    /** How many of them the relay has passed on. */
    visible: number;
}

interface Record24 {
    readonly fingerprint: string;
    readonly status: number;
    readonly body: Json | undefined;
    readonly expiresAt: number;
}

interface Cursor {
    readonly epoch: number;
    readonly scope: string;
    readonly after?: string;
    readonly position: number;
}

const DAY = 86_400_000;

/** What a request is told: an answer, and in case of a fault none. */
class Refusal extends Error {
    readonly status: number;
    readonly type: string;
    readonly headers: Readonly<Record<string, string>>;

    constructor(status: number, type: string, headers: Readonly<Record<string, string>> = {}) {
        super(type);
        this.status = status;
        this.type = `/problems/${type}`;
        this.headers = headers;
    }
}

interface Noun {
    readonly notFound: string;
    readonly members: readonly string[];
    readonly lists: readonly string[];
}

const NOUNS: Readonly<Record<'movies' | 'watchlist', Noun>> = {
    movies: {
        notFound: 'movie-not-found',
        members: ['info', 'rating', 'rank', 'genres', 'directors', 'actors'],
        lists: ['genres', 'directors', 'actors'],
    },
    watchlist: {
        notFound: 'watchlist-entry-not-found',
        members: ['title', 'year', 'note', 'watched', 'rating'],
        lists: [],
    },
};

export class StandIn {
    /** The largest number of items of a page of a feed. */
    pageSize = 100;
    pollAfterSeconds = 30;
    /** False: changes are in the feed when `relay` is called. */
    relaysAtOnce = true;
    /** The clock of the server, in milliseconds since 1970. */
    now: () => number = Date.now;
    readonly #items = new Map<string, Map<string, Stored>>();
    readonly #logs = new Map<string, Log>();
    readonly #records = new Map<string, Record24>();
    readonly #faults: (Fault & { left: number; before: number })[] = [];
    #journal: Entry[] = [];
    #ticks = 0;
    #epochs = 0;
    /** Users whose sessions the server ended. */
    readonly ended = new Set<string>();
    /** How often each item was added: `movies 2013 Rush`. */
    readonly additions = new Map<string, number>();

    addFaults(faults: readonly Fault[]): void {
        for (const fault of faults) {
            this.#faults.push({ ...fault, left: fault.times ?? 1, before: fault.after ?? 0 });
        }
    }

    clearFaults(): void {
        this.#faults.length = 0;
    }

    get requests(): readonly Entry[] {
        return this.#journal;
    }

    reset(): void {
        this.#journal = [];
        this.clearFaults();
    }

    /** The stream lost something: every cursor has expired. */
    resetFeeds(): void {
        this.#logs.clear();
    }

    /** Passes changes on to the feeds; some of them twice. */
    relay(random: () => number = () => 1): void {
        for (const log of this.#logs.values()) {
            const last = log.keys.at(-1);
            if (last !== undefined && random() < 0.2) {
                log.keys.push(last);
            }
            log.visible = log.keys.length;
        }
    }

    /** All items of a scope, as answers have them: `movies` or `watchlist ada`. */
    all(scope: string): Json[] {
        const items = [...this.#scope(scope)].sort(([one], [other]) => (one < other ? -1 : 1));
        return items.map(([key, stored]) => this.#shown(scope, key, stored));
    }

    readonly fetch = async (request: Request): Promise<Response> => {
        const url = new URL(request.url);
        const path = url.pathname.replace(/^\/Development/, '');
        const name = `${request.method} ${path}`;
        const text = await request.text();
        const body = text === '' ? undefined : (JSON.parse(text) as Json);
        const [key, ifMatch] = ['Idempotency-Key', 'If-Match'].map((each) =>
            request.headers.get(each),
        );
        this.#journal.push({
            request: name,
            query: url.search,
            key: key ?? null,
            ifMatch: ifMatch ?? null,
            body,
        });
        const fault = this.#fault(name);
        switch (fault?.do) {
            case 'drop':
                throw new TypeError('dropped');
            case 'answer': {
                const { status = 500, headers = {}, body: answer = '' } = fault;
                return new Response(answer, { status, headers });
            }
            case 'delay':
                await this.#wait(fault.ms ?? 0, request.signal);
        }
        const answer = this.#answer(request, url, path, body);
        const held = this.#held.get(name);
        if (held !== undefined) {
            this.#held.delete(name);
            await held();
        }
        if (fault?.do === 'lose') {
            throw new TypeError('the answer is lost');
        }
        return answer;
    };

    readonly #held = new Map<string, () => Promise<void>>();

    /** Keeps the answer to the next such request until it is released. */
    hold(request: string): { readonly reached: Promise<void>; readonly release: () => void } {
        let release = () => {};
        const released = new Promise<void>((resolve) => {
            release = resolve;
        });
        const reached = new Promise<void>((resolve) => {
            this.#held.set(request, () => {
                resolve();
                return released;
            });
        });
        return { reached, release };
    }

    /** Answers without a fault and without a note in the journal. */
    async pass(request: Request): Promise<Response> {
        const text = await request.text();
        const url = new URL(request.url);
        const path = url.pathname.replace(/^\/Development/, '');
        return this.#answer(request, url, path, text === '' ? undefined : JSON.parse(text));
    }

    #fault(name: string): Fault | undefined {
        for (const fault of this.#faults) {
            if (fault.request !== name || fault.left === 0) {
                continue;
            }
            if (fault.before > 0) {
                fault.before -= 1;
                continue;
            }
            fault.left -= 1;
            return fault;
        }
        return undefined;
    }

    #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, milliseconds);
            signal.addEventListener('abort', () => {
                clearTimeout(timer);
                reject(new DOMException('aborted', 'AbortError'));
            });
        });
    }

    #answer(request: Request, url: URL, path: string, body: Json | undefined): Response {
        try {
            return this.#route(request, url, path, body);
        } catch (error) {
            if (!(error instanceof Refusal)) {
                throw error;
            }
            const { status, type, headers } = error;
            const problem = { type, title: 'A problem', status, detail: '', instance: 'id' };
            return Response.json(problem, { status, headers });
        }
    }

    #route(request: Request, url: URL, path: string, body: Json = {}): Response {
        if (path === '/auth/refresh') {
            return Response.json(tokens(String(body['refreshToken']).replace('refresh-', '')));
        }
        if (path === '/auth/sign-out') {
            return new Response(null, { status: 204 });
        }
        const user = /^Bearer access-(.+)$/.exec(request.headers.get('Authorization') ?? '')?.[1];
        if (user === undefined) {
            throw new Refusal(401, 'unauthorized');
        }
        if (this.ended.has(user)) {
            throw new Refusal(401, 'session-ended');
        }
        const mine = `watchlist ${user}`;
        if (path === '/movies/changes') {
            return this.#feed('movies', url);
        }
        if (path === '/me/watchlist/changes') {
            return this.#feed(mine, url);
        }
        const entry = /^\/me\/watchlist\/([^/]+)$/.exec(path)?.[1];
        if (entry !== undefined) {
            const operation = { GET: 'find', PUT: 'put', PATCH: 'update', DELETE: 'delete' }[
                request.method
            ];
            return this.#operate(
                operation ?? '',
                request,
                user,
                mine,
                decodeURIComponent(entry),
                body,
            );
        }
        const movie = {
            '/movies/add-movie': 'add',
            '/movies/update-movie': 'update',
            '/movies/delete-movie': 'delete',
            '/movies/findbytitleandyear': 'find',
        }[path];
        if (movie === undefined) {
            throw new Refusal(404, 'not-found');
        }
        const { title, year, ...members } = body;
        const text = String(title).normalize().trim();
        if (text === '') {
            throw new Refusal(400, 'invalid-request');
        }
        return this.#operate(movie, request, user, 'movies', `${year} ${text}`, members);
    }

    #operate(
        operation: string,
        request: Request,
        user: string,
        scope: string,
        key: string,
        members: Json,
    ): Response {
        const noun = this.#noun(scope);
        const items = this.#scope(scope);
        if (operation === 'find') {
            const stored = items.get(key);
            if (stored === undefined) {
                throw new Refusal(404, noun.notFound);
            }
            return this.#json(200, this.#shown(scope, key, stored), false);
        }
        const ifMatch = request.headers.get('If-Match');
        const idempotencyKey = request.headers.get('Idempotency-Key');
        const fingerprint = JSON.stringify([operation, scope, key, members, ifMatch]);
        const record =
            idempotencyKey === null ? undefined : this.#records.get(`${user} ${idempotencyKey}`);
        if (record !== undefined && record.expiresAt > this.now()) {
            if (record.fingerprint !== fingerprint) {
                throw new Refusal(422, 'idempotency-key-reused');
            }
            return this.#json(record.status, record.body, true);
        }
        this.#validate(noun, members);
        const { status, body } = this.#write(operation, user, scope, key, members, ifMatch);
        const log = this.#log(scope);
        log.keys.push(key);
        if (this.relaysAtOnce) {
            log.visible = log.keys.length;
        }
        const expiresAt = this.now() + DAY;
        this.#records.set(`${user} ${idempotencyKey}`, { fingerprint, status, body, expiresAt });
        return this.#json(status, body, false);
    }

    #write(
        operation: string,
        user: string,
        scope: string,
        key: string,
        members: Json,
        ifMatch: string | null,
    ): { status: number; body: Json | undefined } {
        const noun = this.#noun(scope);
        const items = this.#scope(scope);
        const stored = items.get(key);
        const now = this.#tick();
        if (stored === undefined) {
            if (operation !== 'add' && (operation !== 'put' || ifMatch !== null)) {
                throw new Refusal(404, noun.notFound);
            }
            const made = { owner: user, version: 1, createdAt: now, updatedAt: now };
            const fields = Object.fromEntries(Object.entries(members));
            items.set(key, { ...made, fields });
            const name = `${scope} ${key}`;
            this.additions.set(name, (this.additions.get(name) ?? 0) + 1);
            return { status: 201, body: this.#shown(scope, key, { ...made, fields }) };
        }
        if (operation === 'add') {
            throw new Refusal(409, 'movie-exists');
        }
        if (stored.owner !== user) {
            throw new Refusal(403, 'forbidden');
        }
        if (ifMatch !== null && ifMatch !== etagOf(stored)) {
            throw new Refusal(412, 'version-mismatch');
        }
        if (operation === 'delete') {
            items.delete(key);
            return { status: 204, body: undefined };
        }
        const { clear = [], ...set } = members;
        const fields: Json = operation === 'put' ? set : { ...stored.fields, ...set };
        (clear as string[]).forEach((name) => delete fields[name]);
        const changed = { ...stored, fields, version: stored.version + 1, updatedAt: now };
        items.set(key, changed);
        return { status: 200, body: this.#shown(scope, key, changed) };
    }

    #validate({ members: known }: Noun, members: Json): void {
        for (const [name, value] of Object.entries(members)) {
            const isKnown = name === 'clear' || known.includes(name);
            const isRating = name === 'rating' && (Number(value) < 0 || Number(value) > 10);
            const isNote = name === 'note' && String(value).length > 1000;
            if (!isKnown || isRating || isNote || value === null) {
                throw new Refusal(400, 'invalid-request');
            }
        }
    }

    #feed(scope: string, url: URL): Response {
        const log = this.#log(scope);
        const since = url.searchParams.get('since');
        const limit = Math.min(Number(url.searchParams.get('limit') ?? 100), this.pageSize);
        // A snapshot remembers where the log is before it reads the first item.
        const start = { epoch: log.epoch, scope, after: '', position: log.visible };
        const cursor =
            since === null ? start : (JSON.parse(decodeURIComponent(atob(since))) as Cursor);
        if (cursor.scope !== scope) {
            throw new Refusal(400, 'invalid-request');
        }
        if (cursor.epoch !== log.epoch || cursor.position > log.visible) {
            throw new Refusal(410, 'cursor-expired');
        }
        const page = (keys: readonly string[], next: Cursor, more: boolean) =>
            Response.json({
                items: keys.map((key) => this.#change(scope, key)),
                nextSince: btoa(encodeURIComponent(JSON.stringify(next))),
                more,
                pollAfterSeconds: this.pollAfterSeconds,
            });
        if (cursor.after !== undefined) {
            const { after, ...changes } = cursor;
            const keys = [...this.#scope(scope).keys()].sort().filter((key) => key > after);
            const some = keys.slice(0, limit);
            const isLast = some.length === keys.length;
            return page(some, isLast ? changes : { ...changes, after: some.at(-1) ?? '' }, true);
        }
        const position = Math.min(cursor.position + limit, log.visible);
        const keys = new Set(log.keys.slice(cursor.position, position));
        return page([...keys], { ...cursor, position }, position < log.visible);
    }

    #change(scope: string, key: string): Json {
        const stored = this.#scope(scope).get(key);
        const id = idOf(scope, key);
        if (stored === undefined) {
            return { ...id, deleted: true };
        }
        const resource = scope === 'movies' ? 'movie' : 'watchlistEntry';
        return { ...id, etag: etagOf(stored), [resource]: this.#shown(scope, key, stored) };
    }

    #shown(scope: string, key: string, stored: Stored): Json {
        const { owner, fields, version, createdAt, updatedAt } = stored;
        const { lists } = this.#noun(scope);
        return {
            ...idOf(scope, key),
            ...Object.fromEntries(lists.map((name) => [name, []])),
            ...(scope !== 'movies' && { watched: false }),
            ...fields,
            etag: etagOf(stored),
            version,
            createdAt: moment(createdAt),
            updatedAt: moment(updatedAt),
            ...(scope === 'movies' && { addedBy: owner }),
        };
    }

    #json(status: number, body: Json | undefined, replayed: boolean): Response {
        const headers = {
            ...(body !== undefined && { ETag: String(body['etag']) }),
            ...(replayed && { 'Idempotent-Replayed': 'true' }),
        };
        return body === undefined
            ? new Response(null, { status, headers })
            : Response.json(body, { status, headers });
    }

    #noun(scope: string): Noun {
        return scope === 'movies' ? NOUNS.movies : NOUNS.watchlist;
    }

    #scope(scope: string): Map<string, Stored> {
        const items = this.#items.get(scope) ?? new Map<string, Stored>();
        this.#items.set(scope, items);
        return items;
    }

    #log(scope: string): Log {
        const known = this.#logs.get(scope);
        if (known !== undefined) {
            return known;
        }
        this.#epochs += 1;
        const log = { epoch: this.#epochs, keys: [], visible: 0 };
        this.#logs.set(scope, log);
        return log;
    }

    /** A moment that is later than all before, in microseconds. */
    #tick(): number {
        this.#ticks = Math.max(this.#ticks + 1, this.now() * 1000);
        return this.#ticks;
    }
}

/** Tokens, as the service gives them; the user is in the claim `sub`. */
export function tokens(user: string) {
    return {
        accessToken: `access-${user}`,
        idToken: `e30.${btoa(JSON.stringify({ sub: user }))}.`,
        refreshToken: `refresh-${user}`,
        expiresIn: 900,
        tokenType: 'Bearer',
    };
}

function idOf(scope: string, key: string): Json {
    const at = key.indexOf(' ');
    return scope === 'movies'
        ? { title: key.slice(at + 1), year: Number(key.slice(0, at)) }
        : { entryId: key };
}

function etagOf({ version, createdAt }: Stored): string {
    return `"${version}-${createdAt.toString(16)}"`;
}

function moment(microseconds: number): string {
    const milliseconds = Math.floor(microseconds / 1000);
    const rest = String(microseconds % 1000).padStart(3, '0');
    return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}
