import { expect, test } from 'vitest';

import { NetworkError } from '../../src/index.js';
import { Outbox, type OutboxEntry } from '../guide.js';
import { problem, Service, success, tokens } from './service.js';

class MemoryOutboxStore {
    readonly #entries = new Map<string, OutboxEntry>();

    async all(): Promise<OutboxEntry[]> {
        return [...this.#entries.values()];
    }

    async put(entry: OutboxEntry): Promise<void> {
        this.#entries.set(entry.id, entry);
    }

    async delete(id: string): Promise<void> {
        this.#entries.delete(id);
    }
}

const rush = { title: 'Rush', year: 2013 };
const moment = '2026-03-14T09:26:53.000000Z';
const added = {
    ...rush,
    entryId: 'e',
    watched: false,
    etag: '"1"',
    version: 1,
    createdAt: moment,
    updatedAt: moment,
};

test('an entry made offline is sent once there is a network', async () => {
    let online = false;
    const service = new Service(() => {
        if (!online) {
            throw new TypeError('offline');
        }
        return success(added, 201);
    });
    const { api, session } = service.client;
    await session.accept(tokens('one'));
    const store = new MemoryOutboxStore();
    await new Outbox('ada', store, api).add(rush);
    const outbox = new Outbox('ada', store, api);
    await expect(outbox.send()).rejects.toBeInstanceOf(NetworkError);
    expect(await outbox.entries()).toHaveLength(1);
    online = true;
    await new Outbox('grace', store, api).send();
    expect(service.sent).toHaveLength(4);
    await Promise.all([outbox.send(), outbox.send()]);
    expect(await outbox.entries()).toEqual([]);
    expect(service.sent).toHaveLength(5);
    expect(new Set(service.requests).size).toBe(1);
    expect(new Set(service.sent.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1);
});

test('an entry that is refused is kept, and not sent again', async () => {
    const service = new Service(() => problem(400, '/problems/invalid-request'));
    const { api, session } = service.client;
    await session.accept(tokens('one'));
    const outbox = new Outbox('ada', new MemoryOutboxStore(), api);
    await outbox.add({ title: '', year: 2013 });
    await outbox.send();
    await outbox.send();
    const [entry] = await outbox.entries();
    expect(entry?.problem?.type).toBe('/problems/invalid-request');
    expect(service.sent).toHaveLength(1);
});
