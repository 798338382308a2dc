import {
    NetworkError,
    ProblemError,
    SessionEndedError,
    UnexpectedAnswerError,
    UploadRefusedError,
} from './errors.js';
import type { FieldError, UploadResponse } from './generated/models.js';
import { delayAfter, type RetryPolicy } from './retry.js';
import type { Session } from './session.js';
import { sleep, unlessAborted } from './waiting.js';

/** The options of one call. */
export interface CallOptions {
    /** Replaces the `Idempotency-Key` that the client makes for each write that takes one. */
    readonly idempotencyKey?: string | undefined;
    /** The entity tag that the resource must have: otherwise the call fails with 412. */
    readonly ifMatch?: string | undefined;
    /** The entity tag that you have: if it is still the same, the answer is 304 without a value. */
    readonly ifNoneMatch?: string | undefined;
    /** The time limit of the whole call in milliseconds, with its attempts and waits. `RetryPolicy` has that of an attempt. */
    readonly timeLimit?: number | undefined;
    /** Cancels the call. It rejects with the reason of the signal, an `AbortError` if the signal has no other. */
    readonly signal?: AbortSignal | undefined;
}

/** A success. */
export interface Answer<T> {
    /** The body. Undefined if the answer has none, such as a 304. */
    readonly value: T;
    /** The status code. */
    readonly status: number;
    /** The entity tag, quotes included. */
    readonly etag: string | undefined;
    /** The id of the request. */
    readonly requestId: string | undefined;
    /** The version of the service that answered. */
    readonly servedBy: string | undefined;
    /** True if this is the answer that the first request with this `Idempotency-Key` got. */
    readonly replayed: boolean;
    /** The seconds to wait before the request is sent again, if the answer says so. */
    readonly retryAfter: number | undefined;
}

/** A request, and the answer that is expected. The methods of `MoviesApi` make them. */
export interface Operation {
    readonly method: string;
    /** The path without the stage, percent-encoded. */
    readonly path: string;
    readonly query?: object | undefined;
    readonly body?: object | undefined;
    /** True if it needs an access token. */
    readonly signedIn?: boolean;
    /** True if sending it twice is as good as sending it once. */
    readonly repeatable?: boolean;
    /** True if it takes an `Idempotency-Key`, which makes it repeatable. */
    readonly keyed?: boolean;
    /** The members that the body of a success must have. Absent if a success has no body. */
    readonly answer?: readonly string[];
    /** True if there is a success without a body beside one with a body. */
    readonly answerOptional?: boolean;
}

/** The bytes of a file. */
export type FileBytes = Blob | Uint8Array<ArrayBuffer>;

/** A file that is sent at this rate, in bytes per millisecond, must arrive: on a weak mobile network, 128 kbit/s. */
const SLOWEST = 16;

/** What a transport needs of a `Session`. */
export type TokenSource = Pick<Session, 'accessToken' | 'end'>;

/** Sends operations, repeats them by the policy, and reads the answers. */
export class Transport {
    readonly #baseUrl: string;
    readonly #session: TokenSource;
    readonly #policy: RetryPolicy;
    readonly #fetch: (request: Request) => Promise<Response>;

    constructor(
        baseUrl: string,
        session: TokenSource,
        policy: RetryPolicy,
        fetch: (request: Request) => Promise<Response>,
    ) {
        this.#baseUrl = baseUrl.replace(/\/+$/, '');
        this.#session = session;
        this.#policy = policy;
        this.#fetch = fetch;
    }

    /** Sends an operation. The caller says what the body of the answer is. */
    send<T>(operation: Operation, options: CallOptions = {}): Promise<Answer<T>> {
        return withinTimeLimit(options, (signal) =>
            this.#send<T>(operation, { ...options, signal }),
        );
    }

    /**
     * Sends a file with a permission of the service, by the policy. The permission is for whoever has its URL, so the
     * access token stays here, and no error names the URL.
     *
     * @param requestId That of the answer with the permission, for errors.
     */
    async sendFile(
        { url, headers }: UploadResponse,
        file: FileBytes,
        requestId: string | undefined,
        signal: AbortSignal | undefined,
    ): Promise<void> {
        if (!/^https?:/.test(url)) {
            throw new UnexpectedAnswerError('an upload without a URL', undefined, requestId);
        }
        const limit = this.#policy.timeLimit + sizeOf(file) / SLOWEST;
        for (let attempt = 1; ; attempt += 1) {
            signal?.throwIfAborted();
            try {
                const init = { method: 'PUT', headers, body: file };
                const { response } = await this.#exchange(url, init, limit, signal);
                const { ok, status } = response;
                if (isRedirect(response)) {
                    throw new UnexpectedAnswerError('a redirect', status || undefined, requestId);
                }
                if (ok) {
                    return;
                }
                throw new UploadRefusedError(status, requestId);
            } catch (error) {
                const delay = delayAfter(error, attempt, this.#policy);
                if (delay === undefined) {
                    throw error;
                }
                await sleep(delay, signal);
            }
        }
    }

    async #send<T>(operation: Operation, options: CallOptions): Promise<Answer<T>> {
        const { signal } = options;
        const url = this.#baseUrl + operation.path + queryString(operation.query);
        const headers = requestHeaders(operation, options);
        const body = operation.body && JSON.stringify(operation.body, withoutNull);
        const repeatable = operation.repeatable || operation.keyed;
        let attempt = 1;
        let refused: string | undefined;
        for (;;) {
            const token = operation.signedIn
                ? await unlessAborted(this.#session.accessToken(refused), signal)
                : undefined;
            if (token !== undefined) {
                headers.set('Authorization', `Bearer ${token}`);
            }
            signal?.throwIfAborted();
            try {
                const init = { method: operation.method, headers, body: body ?? null };
                return await this.#attempt<T>(operation, url, init, options);
            } catch (error) {
                if (isRefusal(error, '/problems/session-ended')) {
                    await this.#session.end(token ?? sentRefreshToken(operation));
                    throw new SessionEndedError(error.requestId);
                }
                if (token !== undefined && isRefusal(error, '/problems/unauthorized')) {
                    if (refused !== undefined) {
                        await this.#session.end(token);
                        throw new SessionEndedError(error.requestId);
                    }
                    refused = token;
                    continue;
                }
                const delay = repeatable ? delayAfter(error, attempt, this.#policy) : undefined;
                if (delay === undefined) {
                    throw error;
                }
                await sleep(delay, signal);
                attempt += 1;
            }
        }
    }

    async #attempt<T>(
        operation: Operation,
        url: string,
        init: RequestInit,
        options: CallOptions,
    ): Promise<Answer<T>> {
        const { timeLimit } = this.#policy;
        const { response, text } = await this.#exchange(url, init, timeLimit, options.signal);
        return readAnswer<T>(operation, response, text);
    }

    /** Sends a request once, and reads the whole answer. */
    async #exchange(
        url: string,
        init: RequestInit,
        timeLimit: number,
        signal: AbortSignal | undefined,
    ): Promise<{ readonly response: Response; readonly text: string }> {
        const ending = new AbortController();
        const end = () => ending.abort();
        // A URL or a header that cannot be sent throws here: it is the caller's mistake, not the network's.
        const request = new Request(url, {
            ...init,
            cache: 'no-store',
            credentials: 'omit',
            redirect: 'manual',
            signal: ending.signal,
        });
        let requestId: string | undefined;
        const timer = setTimeout(end, timeLimit);
        signal?.addEventListener('abort', end);
        try {
            const response = await this.#fetch(request);
            requestId = header(response, 'x-request-id');
            return { response, text: await response.text() };
        } catch (error) {
            signal?.throwIfAborted();
            throw new NetworkError(ending.signal.aborted, requestId, error);
        } finally {
            clearTimeout(timer);
            signal?.removeEventListener('abort', end);
        }
    }
}

/** Runs work with a signal that also ends it when the time limit passes. */
export async function withinTimeLimit<T>(
    { signal, timeLimit }: Pick<CallOptions, 'signal' | 'timeLimit'>,
    work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
    if (timeLimit === undefined) {
        return work(signal);
    }
    const limit = AbortSignal.timeout(timeLimit);
    try {
        return await work(signal === undefined ? limit : AbortSignal.any([signal, limit]));
    } catch (error) {
        throw error === limit.reason ? new NetworkError(true, undefined, error) : error;
    }
}

/** The number of bytes of a file. */
export function sizeOf(file: FileBytes): number {
    return file instanceof Blob ? file.size : file.byteLength;
}

/** Percent-encodes everything that is not unreserved in RFC 3986. Half a surrogate pair becomes U+FFFD. */
export function encode(value: unknown): string {
    const text = String(value).replace(/\p{Surrogate}/gu, '\uFFFD');
    return encodeURIComponent(text).replace(
        /[!'()*]/g,
        (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

/** Encodes a segment of a path. */
export function segment(text: string): string {
    // These name another path, encoded or not.
    if (text === '' || text === '.' || text === '..') {
        throw new RangeError(`'${text}' cannot be a part of a path`);
    }
    return encode(text);
}

/** The items of a list, page after page. */
export async function* pages<Q extends { readonly cursor?: string | undefined }, T>(
    query: Q,
    list: (
        query: Q,
    ) => Promise<Answer<{ readonly items: readonly T[]; readonly nextCursor?: string }>>,
): AsyncGenerator<T, void, undefined> {
    let page = await list(query);
    yield* page.value.items;
    while (page.value.nextCursor !== undefined) {
        page = await list({ ...query, cursor: page.value.nextCursor });
        yield* page.value.items;
    }
}

function queryString(query: object = {}): string {
    const parameters = Object.entries(query)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => `${encode(name)}=${encode(value)}`);
    return parameters.length === 0 ? '' : `?${parameters.join('&')}`;
}

function requestHeaders(operation: Operation, options: CallOptions): Headers {
    const given = {
        'Content-Type': operation.body && 'application/json',
        'Idempotency-Key': options.idempotencyKey ?? (operation.keyed ? uuid() : undefined),
        'If-Match': options.ifMatch,
        'If-None-Match': options.ifNoneMatch,
    };
    const headers = new Headers({ Accept: 'application/json, application/problem+json' });
    for (const [name, value] of Object.entries(given)) {
        if (value !== undefined) {
            headers.set(name, value);
        }
    }
    return headers;
}

/** A random UUID. `crypto.randomUUID` does not exist on pages without HTTPS. */
export function uuid(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

function withoutNull(_name: string, value: unknown): unknown {
    return value === null ? undefined : value;
}

function isRefusal(error: unknown, type: string): error is ProblemError {
    return error instanceof ProblemError && error.status === 401 && error.problem.type === type;
}

function sentRefreshToken({ body }: Operation): string | undefined {
    return body && 'refreshToken' in body ? String(body.refreshToken) : undefined;
}

function header(response: Response, name: string): string | undefined {
    return response.headers.get(name) ?? undefined;
}

function readAnswer<T>(operation: Operation, response: Response, text: string): Answer<T> {
    const { status } = response;
    const requestId = header(response, 'x-request-id');
    const seconds = header(response, 'retry-after');
    const retryAfter = seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) : undefined;
    const unexpected = (reason: string) =>
        new UnexpectedAnswerError(reason, status || undefined, requestId);

    const unchanged = status === 304 && operation.answerOptional;
    if (isRedirect(response) && !unchanged) {
        throw unexpected('a redirect');
    }
    const json = parseObject(text);
    if (!response.ok && !unchanged) {
        if (typeof json?.['type'] !== 'string') {
            throw unexpected('an error without a problem document');
        }
        const { type, title = '', detail = '', instance = '', errors } = json;
        const problem = {
            type,
            title: String(title),
            status,
            detail: String(detail),
            instance: String(instance),
            ...(Array.isArray(errors) && { errors: errors as FieldError[] }),
        };
        throw new ProblemError(status, problem, text, requestId, retryAfter);
    }
    let value: unknown;
    if (operation.answer && !(operation.answerOptional && (unchanged || status === 204))) {
        const missing = operation.answer.find((member) => json?.[member] === undefined);
        if (json === undefined || missing !== undefined) {
            throw unexpected(text === '' ? 'an empty body' : 'a body of another form');
        }
        value = json;
    } else if (text !== '') {
        // Such as the page of a network that wants to be paid.
        throw unexpected('a body where there is none');
    }
    return {
        value: value as T,
        status,
        etag: header(response, 'etag'),
        requestId,
        servedBy: header(response, 'x-served-by'),
        replayed: header(response, 'idempotent-replayed') === 'true',
        retryAfter,
    };
}

function isRedirect({ type, status }: Response): boolean {
    return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

/** The JSON object in a text, or undefined if it holds none. */
function parseObject(text: string): Record<string, unknown> | undefined {
    try {
        const json: unknown = JSON.parse(text);
        const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
        return isObject ? (json as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}
