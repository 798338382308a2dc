import { MemoryTokenStorage, MoviesClient } from '../../src/index.js';

/** A request that the client sent. */
export interface Sent {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: string;
}

/** Answers requests in the place of the service. */
export class Service {
    readonly sent: Sent[] = [];
    readonly storage = new MemoryTokenStorage();
    /** A client of this service. */
    readonly client: MoviesClient;
    /** Another client with the same storage, such as one in another tab. */
    readonly other: MoviesClient;

    constructor(answer: (request: Sent) => Response | Promise<Response>) {
        const fetch = async (request: Request) => {
            const { method, url, headers } = request;
            const sent = { method, url, headers, body: await request.text() };
            this.sent.push(sent);
            return answer(sent);
        };
        const url = 'https://api.test/Production/';
        this.client = new MoviesClient(url, this.storage, { fetch });
        this.other = new MoviesClient(url, this.storage, { fetch });
    }

    /** The requests that the client sent, such as `POST /auth/refresh`. */
    get requests(): string[] {
        return this.sent.map(({ method, url }) => `${method} ${url.split('/Production')[1]}`);
    }
}

/** A success. */
export function success(value: unknown, status = 200): Response {
    return new Response(JSON.stringify(value), { status });
}

/** A problem document. */
export function problem(status: number, type: string, headers: HeadersInit = {}): Response {
    const document = { type, title: 'A problem', status, detail: 'Secret.', instance: 'id' };
    return new Response(JSON.stringify(document), { status, headers });
}

/** Tokens, as the service gives them. */
export function tokens(name: string) {
    return {
        accessToken: `access-${name}`,
        idToken: `id-${name}`,
        refreshToken: `refresh-${name}`,
        expiresIn: 900,
        tokenType: 'Bearer',
    };
}

/** A promise with the function that fulfils it. */
export function later(): { readonly promise: Promise<void>; readonly now: () => void } {
    let now = () => {};
    const promise = new Promise<void>((resolve) => {
        now = resolve;
    });
    return { promise, now };
}
