import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { followEvents } from '../../src/offline/index.js';
import { eventReader } from '../../src/offline/events.js';

beforeEach(() => {
    vi.useFakeTimers();
});

afterEach(() => {
    vi.useRealTimers();
});

interface Store {
    status: { leads: boolean; signedIn: boolean; closed: boolean };
    pulls: number;
    subscribe: (listener: () => void) => () => void;
    pullSoon: () => void;
    set: (status: Partial<Store['status']>) => void;
}

type Open = ReadableStreamDefaultController<Uint8Array>;

/** A service with a stream of events, and a store that counts what it was told. */
function scene(answer: (attempt: number) => Response | undefined = () => undefined) {
    const requests: Request[] = [];
    const streams: Open[] = [];
    const refused: (string | undefined)[] = [];
    const listeners = new Set<() => void>();
    const store: Store = {
        status: { leads: true, signedIn: true, closed: false },
        pulls: 0,
        subscribe: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        pullSoon: () => {
            store.pulls += 1;
        },
        set: (status) => {
            store.status = { ...store.status, ...status };
            [...listeners].forEach((listener) => listener());
        },
    };
    const session = {
        accessToken: async (token?: string) => {
            refused.push(token);
            return `token-${refused.length}`;
        },
    };
    const fetch = async (request: Request) => {
        requests.push(request);
        const given = answer(requests.length);
        if (given !== undefined) {
            return given;
        }
        const body = new ReadableStream<Uint8Array>({
            start: (stream) => {
                streams.push(stream);
                request.signal.addEventListener('abort', () => {
                    stream.error(request.signal.reason);
                });
            },
        });
        return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
    };
    const options = { fetch, random: () => 0 };
    const stop = followEvents('https://api.test/Development/', session, store as never, options);
    const say = async (text: string, stream = streams.at(-1)) => {
        stream?.enqueue(new TextEncoder().encode(text));
        await settle();
    };
    return { requests, streams, refused, listeners, store, say, stop };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('each change lets the store pull, and so does the beginning of a stream', async () => {
    const { requests, store, say } = scene();
    await settle();
    expect(requests.map(({ url }) => url)).toEqual(['https://api.test/Development/events']);
    expect(requests[0]?.headers.get('Authorization')).toBe('Bearer token-1');
    expect(store.pulls).toBe(1);
    await say('event: changed\nda');
    expect(store.pulls).toBe(1);
    await say('ta: movies\n\nevent: changed\ndata: watchlist\n\n');
    expect(store.pulls).toBe(3);
    await say(': still here\n\nevent: other\ndata: movies\n\n');
    expect(store.pulls).toBe(3);
});

test('events are read as they are written', () => {
    const told: string[] = [];
    const read = eventReader((name) => told.push(name));
    read('event: changed\r\ndata: movies\r\n\r\ndata: without a name\n\nevent: without data\n\n');
    read('event:changed\n');
    read('data:x\n');
    expect(told).toEqual(['changed', '']);
    read('\n');
    expect(told).toEqual(['changed', '', 'changed']);
});

test('a stream that ends is opened again, later and later', async () => {
    const { requests, streams } = scene();
    await settle();
    streams[0]?.close();
    await vi.advanceTimersByTimeAsync(999);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests).toHaveLength(2);
    streams[1]?.close();
    await vi.advanceTimersByTimeAsync(1999);
    expect(requests).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests).toHaveLength(3);
});

test('after a stream that lasted, the next one is opened soon', async () => {
    const { requests, streams, say } = scene();
    await settle();
    for (let index = 0; index < 4; index += 1) {
        streams[index]?.close();
        await vi.advanceTimersByTimeAsync(1000 * 2 ** index);
    }
    expect(requests).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(40_000);
    await say(': still here\n\n');
    await vi.advanceTimersByTimeAsync(40_000);
    streams[4]?.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests).toHaveLength(6);
});

test('a stream that says nothing is dead', async () => {
    const { requests, say } = scene();
    await settle();
    await vi.advanceTimersByTimeAsync(44_000);
    await say(': still here\n\n');
    await vi.advanceTimersByTimeAsync(44_000);
    expect(requests[0]?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests).toHaveLength(2);
});

test('a service without events is asked once', async () => {
    const { requests, store, listeners } = scene(() => new Response(null, { status: 404 }));
    await vi.advanceTimersByTimeAsync(3_600_000);
    store.set({ leads: true });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([requests.length, store.pulls, listeners.size]).toEqual([1, 0, 0]);
});

test('a token that is refused is replaced', async () => {
    const { refused } = scene((attempt) =>
        attempt === 1 ? new Response(null, { status: 401 }) : undefined,
    );
    await vi.advanceTimersByTimeAsync(1000);
    expect(refused).toEqual([undefined, 'token-1']);
});

test('only a tab that leads has a stream, while somebody is signed in', async () => {
    const { requests, store } = scene();
    await settle();
    store.set({ leads: false });
    expect(requests[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(requests).toHaveLength(1);
    store.set({ leads: true });
    await settle();
    expect(requests).toHaveLength(2);
    store.set({ signedIn: false });
    expect(requests[1]?.signal.aborted).toBe(true);
});

test('it ends with the store, or when it is told to', async () => {
    const [one, other] = [scene(), scene()];
    await settle();
    one.store.set({ closed: true });
    other.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    for (const { requests, listeners } of [one, other]) {
        expect([requests[0]?.signal.aborted, requests.length, listeners.size]).toEqual([true, 1, 0]);
    }
});
