import { expect, test } from 'vitest';

import { MemoryTokenStorage, MoviesClient, NetworkError } from '../../src/index.js';
import { success, tokens } from './service.js';

const picture = {
    pictureId: 'p',
    contentType: 'image/png',
    size: 1,
    url: 'https://files.test/p',
    etag: '"1"',
    version: 1,
    createdAt: '2026-03-14T09:26:53.000000Z',
    updatedAt: '2026-03-14T09:26:53.000000Z',
};
const upload = { url: 'https://files.test/p?signature=s', headers: {}, expiresAt: 'later' };

/** A client whose uploads take so long, with a time limit of 100 ms for an attempt. */
async function clientOf(milliseconds: number) {
    const fetch = async ({ method, url, signal }: Request) => {
        if (!url.startsWith('https://files.test/')) {
            return success({ ...picture, upload }, 201);
        }
        expect(method).toBe('PUT');
        await new Promise((resolve, reject) => {
            setTimeout(resolve, milliseconds);
            signal.addEventListener('abort', () => reject(signal.reason));
        });
        return new Response();
    };
    const retry = { attempts: 1, timeLimit: 100 };
    const client = new MoviesClient('https://api.test', new MemoryTokenStorage(), { fetch, retry });
    await client.session.accept(tokens('one'));
    return client;
}

test('a file may take as long as a weak network needs for its bytes', async () => {
    const client = await clientOf(500);
    await expect(client.uploadPicture(new Blob(), 'image/png')).rejects.toMatchObject({
        timedOut: true,
    });
    const large = new Uint8Array(32_000);
    expect(await client.uploadPicture(large, 'image/png')).toEqual(picture);
});

test('the time limit of an upload is that of all its requests', async () => {
    const client = await clientOf(5000);
    const large = new Uint8Array(100_000);
    const call = client.uploadPicture(large, 'image/png', { timeLimit: 200 });
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ timedOut: true });
});
