import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Loop } from '../../src/offline/loop.js';
import { later } from '../unit/service.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('work is done again when it says so', async () => {
    let count = 0;
    const loop = new Loop(async () => {
        count += 1;
        return count === 3 ? Infinity : 1000;
    });
    loop.soon();
    await vi.advanceTimersByTimeAsync(999);
    expect(count).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(count).toBe(2);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(count).toBe(3);
    loop.soon();
    loop.soon();
    await vi.advanceTimersByTimeAsync(0);
    expect(count).toBe(5);
});

test('work that is asked for while it is under way is done once more', async () => {
    let count = 0;
    const working = later();
    const loop = new Loop(async () => {
        count += 1;
        await working.promise;
        return Infinity;
    });
    loop.soon();
    loop.soon();
    loop.soon();
    expect(count).toBe(1);
    working.now();
    await vi.advanceTimersByTimeAsync(0);
    expect(count).toBe(2);
});

test('work that fails is done again later', async () => {
    let count = 0;
    const loop = new Loop(async () => {
        count += 1;
        throw new Error('the storage failed');
    });
    loop.soon();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(count).toBe(2);
});

test('no work begins after a stop, which waits for the one under way', async () => {
    let count = 0;
    const working = later();
    const loop = new Loop(async () => {
        count += 1;
        await working.promise;
        return 10;
    });
    loop.soon();
    loop.soon();
    let stopped = false;
    const stopping = loop.stop().then(() => {
        stopped = true;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(stopped).toBe(false);
    working.now();
    await stopping;
    loop.soon();
    await vi.advanceTimersByTimeAsync(100);
    expect(count).toBe(1);
});
