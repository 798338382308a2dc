import { expect, test, vi } from 'vitest';

import { ProblemError, SessionEndedError } from '../../src/index.js';
import { later, problem, Service, success, tokens } from './service.js';

const movies = { items: [], count: 0 };

test('a sign-out during a refresh stays a sign-out', async () => {
    const answering = later();
    const service = new Service(async ({ url }) => {
        if (url.endsWith('/auth/refresh')) {
            await answering.promise;
            return success(tokens('new'));
        }
        return new Response(null, { status: 204 });
    });
    const { session, accounts } = service.client;
    await session.accept({ ...tokens('old'), expiresIn: 0 });
    const refreshing = session.accessToken();
    await vi.waitFor(() => expect(service.requests).toEqual(['POST /auth/refresh']));
    await accounts.signOut();
    answering.now();
    await expect(refreshing).rejects.toBeInstanceOf(SessionEndedError);
    expect(await service.storage.load()).toBeUndefined();
});

test('a refresh that others wait for goes on when one call is cancelled', async () => {
    const answering = later();
    const service = new Service(async ({ url }) => {
        if (url.endsWith('/auth/refresh')) {
            await answering.promise;
            return success(tokens('new'));
        }
        return success(movies);
    });
    const { api, session } = service.client;
    await session.accept({ ...tokens('old'), expiresIn: 0 });
    const cancelling = new AbortController();
    const cancelled = api.listMovies({}, { signal: cancelling.signal });
    const other = api.listMovies({});
    cancelling.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    answering.now();
    expect((await other).status).toBe(200);
    expect(service.requests).toEqual(['POST /auth/refresh', 'GET /movies']);
});

test('tokens that another client has stored are used without a refresh', async () => {
    const refresh = later();
    const service = new Service(async ({ url, headers }) => {
        if (url.endsWith('/auth/refresh')) {
            await refresh.promise;
            return success(tokens('new'));
        }
        return headers.get('authorization') === 'Bearer access-new'
            ? success(movies)
            : problem(401, '/problems/unauthorized');
    });
    const { client, other } = service;
    await client.session.accept(tokens('old'));
    const calls = [client.api.listMovies(), other.api.listMovies()];
    await vi.waitFor(() => expect(service.requests).toContain('POST /auth/refresh'));
    refresh.now();
    for (const { status } of await Promise.all(calls)) {
        expect(status).toBe(200);
    }
    expect(service.requests.filter((sent) => sent === 'POST /auth/refresh')).toHaveLength(1);
});

test('clients that cannot keep each other out both go on', async () => {
    let refreshes = 0;
    const service = new Service(({ url }) => {
        if (!url.endsWith('/auth/refresh')) {
            return success(movies);
        }
        refreshes += 1;
        return success(tokens(String(refreshes)));
    });
    service.storage.exclusively = (work) => work();
    const { client, other } = service;
    await client.session.accept({ ...tokens('old'), expiresIn: 0 });
    const answers = await Promise.all([client.api.listMovies(), other.api.listMovies()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(refreshes).toBe(2);
    expect((await service.storage.load())?.refreshToken).toMatch(/^refresh-[12]$/);
});

test('tokens that cannot be stored are not used', async () => {
    const service = new Service(({ url }) =>
        success(url.endsWith('/auth/refresh') ? tokens('new') : movies),
    );
    const { api, session } = service.client;
    await session.accept({ ...tokens('old'), expiresIn: 0 });
    service.storage.save = () => Promise.reject(new Error('full'));
    await expect(api.listMovies()).rejects.toThrow('full');
    expect(service.requests).toEqual(['POST /auth/refresh']);
});

test('an old call that is refused does not end a newer session', async () => {
    const answering = later();
    const service = new Service(async () => {
        await answering.promise;
        return problem(401, '/problems/session-ended');
    });
    const { api, session } = service.client;
    await session.accept(tokens('old'));
    const call = api.getProfile();
    await vi.waitFor(() => expect(service.requests).toEqual(['GET /me']));
    await session.accept(tokens('new'));
    answering.now();
    await expect(call).rejects.toBeInstanceOf(SessionEndedError);
    expect((await service.storage.load())?.accessToken).toBe('access-new');
});

test('a refresh that the service refuses for now keeps the session', async () => {
    const service = new Service(() => problem(401, '/problems/token-not-verifiable'));
    await service.client.session.accept({ ...tokens('old'), expiresIn: 0 });
    await expect(service.client.api.getProfile()).rejects.toBeInstanceOf(ProblemError);
    expect(await service.client.session.load()).toBe('signedIn');
});

test('listeners hear of changes only, until they stop', async () => {
    const { session } = new Service(() => success({})).client;
    const states: string[] = [];
    const stop = session.subscribe(() => states.push(session.state));
    expect(session.state).toBe('unknown');
    await session.load();
    await session.accept(tokens('one'));
    await session.accept(tokens('two'));
    await session.end();
    stop();
    await session.accept(tokens('three'));
    expect(states).toEqual(['signedOut', 'signedIn', 'signedOut']);
});

test('the ID token says who the user is', async () => {
    const { session } = new Service(() => success({})).client;
    const payload = btoa(JSON.stringify({ sub: 'user-1' }));
    await session.accept({ ...tokens('one'), idToken: `e30.${payload}.signature` });
    expect(session.userId).toBe('user-1');
});
