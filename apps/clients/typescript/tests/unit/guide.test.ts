import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';

import { badge, openStore, plan, sendInBackground } from '../guide.js';
import { problem, Service, success, tokens } from './service.js';

const STAGE = 'https://api.test/Production';
const moment = '2026-03-14T09:26:53.000000Z';

/** A service that takes entries as long as there is a network. */
async function scene() {
    const network = { isThere: false, taken: [] as string[] };
    const service = new Service(({ method, url, body }) => {
        if (!network.isThere) {
            throw new TypeError('offline');
        }
        if (method === 'PUT') {
            const entryId = url.split('/').at(-1) ?? '';
            network.taken.push(entryId);
            const service = { etag: '"1"', version: 1, createdAt: moment, updatedAt: moment };
            return success({ watched: false, ...JSON.parse(body), entryId, ...service }, 201);
        }
        return problem(404, '/problems/not-found');
    });
    const [header, signature] = ['e30', 'x'];
    const id = btoa(JSON.stringify({ sub: crypto.randomUUID() }));
    const idToken = `${header}.${id}.${signature}`;
    await service.client.session.accept({ ...tokens('one'), idToken });
    return { network, client: service.client };
}

test('what was planned offline waits, and is sent from the service worker once', async () => {
    const { network, client } = await scene();
    const store = await openStore(client, STAGE);
    expect(badge(store)).toBe('');
    await plan(store, 'Rush', 2013);
    await expect.poll(() => badge(store)).toBe('1 to send');
    await store.close();
    await expect(sendInBackground(client, STAGE)).rejects.toThrow('not all was sent');
    network.isThere = true;
    await sendInBackground(client, STAGE);
    await sendInBackground(client, STAGE);
    expect(network.taken).toHaveLength(1);
});

test('nobody is signed in, so nothing is sent', async () => {
    const { network, client } = await scene();
    await client.session.end();
    network.isThere = true;
    await sendInBackground(client, STAGE);
    expect(network.taken).toEqual([]);
});
