import type { Session } from '../session.js';
import type { Collections } from './collection.js';
import type { OfflineStore } from './store.js';

/** The options of `followEvents`. */
export interface EventsOptions {
    /** Sends a request, in place of `fetch`. */
    readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
    /** A random number from 0 to 1, for the times between attempts. */
    readonly random?: (() => number) | undefined;
    /** After so many milliseconds without a word, a stream is taken for dead. The server says something every 15 seconds. */
    readonly silence?: number | undefined;
}

const BASE_DELAY = 1000;
const MAX_DELAY = 300_000;

/** A stream that lasted so many milliseconds was a good one: the next one is opened soon. */
const GOOD = 60_000;

/**
 * Lets a store pull as soon as the service tells that something has changed, in the tab that leads and as long as the page
 * is visible. A service without a stream of events answers 404: then nothing happens, and the store polls.
 *
 * @param baseUrl The base URL of the client, with the stage.
 * @returns A function that ends it. It ends by itself with the store.
 */
export function followEvents<C extends Collections>(
    baseUrl: string,
    session: Pick<Session, 'accessToken'>,
    store: Pick<OfflineStore<C>, 'status' | 'subscribe' | 'pullSoon'>,
    options: EventsOptions = {},
): () => void {
    const { fetch = (request) => globalThis.fetch(request) } = options;
    const { random = Math.random, silence = 45_000 } = options;
    const url = `${baseUrl.replace(/\/+$/, '')}/events`;
    let opened: AbortController | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let refused: string | undefined;

    /** Reads a stream to its end. Returns false if there will be none. */
    const read = async (ending: AbortController): Promise<boolean> => {
        const token = await session.accessToken(refused);
        let dead = setTimeout(() => ending.abort(), silence);
        try {
            const response = await fetch(
                new Request(url, {
                    headers: { Accept: 'text/event-stream', Authorization: `Bearer ${token}` },
                    cache: 'no-store',
                    credentials: 'omit',
                    redirect: 'manual',
                    signal: ending.signal,
                }),
            );
            if (!response.ok || response.body === null) {
                refused = response.status === 401 ? token : undefined;
                await response.body?.cancel();
                return response.status !== 404;
            }
            // What changed while there was no stream.
            store.pullSoon();
            const tell = eventReader((name) => name === 'changed' && store.pullSoon());
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            for (;;) {
                const { done, value } = await reader.read();
                if (done) {
                    return true;
                }
                clearTimeout(dead);
                dead = setTimeout(() => ending.abort(), silence);
                tell(value);
            }
        } finally {
            clearTimeout(dead);
        }
    };

    const open = async () => {
        const ending = new AbortController();
        opened = ending;
        const began = Date.now();
        // A session that has ended is started again or closes the store; all else is tried again.
        const isOffered = await read(ending).catch(() => true);
        if (opened !== ending) {
            return;
        }
        opened = undefined;
        if (!isOffered) {
            return end();
        }
        failures = Date.now() - began > GOOD ? 0 : failures + 1;
        const delay = Math.min(MAX_DELAY, BASE_DELAY * 2 ** Math.max(failures - 1, 0));
        timer = setTimeout(() => {
            timer = undefined;
            look();
        }, delay * (1 - random() / 2));
    };

    /** Opens a stream, or closes it, as it is needed now. */
    const look = () => {
        const { leads, signedIn, closed } = store.status;
        if (closed) {
            return end();
        }
        if (!leads || !signedIn || globalThis.document?.visibilityState === 'hidden') {
            close();
        } else if (opened === undefined && timer === undefined) {
            void open();
        }
    };

    const close = () => {
        clearTimeout(timer);
        timer = undefined;
        opened?.abort();
        opened = undefined;
    };

    const hurry = () => {
        if (opened === undefined) {
            failures = 0;
            close();
            look();
        }
    };

    const undo = store.subscribe(look);
    globalThis.document?.addEventListener('visibilitychange', look);
    globalThis.addEventListener?.('online', hurry);
    const end = () => {
        undo();
        globalThis.document?.removeEventListener('visibilitychange', look);
        globalThis.removeEventListener?.('online', hurry);
        close();
    };
    look();
    return end;
}

/** Takes the text of a stream of events piece by piece, and calls `told` with the name of each whole event. */
export function eventReader(told: (name: string) => void): (text: string) => void {
    let rest = '';
    let name = '';
    let hasData = false;
    return (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.map((each) => each.replace(/\r$/, ''))) {
            if (line.startsWith('event:')) {
                name = line.slice(6).trim();
            } else if (line.startsWith('data:')) {
                hasData = true;
            } else if (line === '') {
                if (hasData) {
                    told(name);
                }
                [name, hasData] = ['', false];
            }
        }
    };
}
