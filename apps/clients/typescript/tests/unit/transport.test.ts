import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import {
    momentToDate,
    NetworkError,
    ProblemError,
    UnexpectedAnswerError,
} from '../../src/index.js';
import { defaultRetryPolicy, delayAfter } from '../../src/retry.js';
import { encode } from '../../src/transport.js';
import { problem, Service, success, tokens } from './service.js';

beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
    vi.restoreAllMocks();
});

const unavailable = (retryAfter?: number) => {
    const document = { type: '/problems/unavailable', title: '', status: 503, detail: '' };
    return new ProblemError(503, { ...document, instance: '' }, '', undefined, retryAfter);
};

test('the wait doubles up to its maximum, half of it at random', () => {
    const policy = { ...defaultRetryPolicy, attempts: 9, maxDelay: 1000 };
    const error = new NetworkError(false, undefined, undefined);
    const delays = [1, 2, 3, 4, 9].map((attempt) => delayAfter(error, attempt, policy));
    expect(delays).toEqual([150, 300, 600, 750, undefined]);
});

test('Retry-After is waited for with up to a fifth more, unless it is too long', () => {
    expect(delayAfter(unavailable(10), 1, defaultRetryPolicy)).toBe(11_000);
    expect(delayAfter(unavailable(20), 1, defaultRetryPolicy)).toBe(22_000);
    expect(delayAfter(unavailable(21), 1, defaultRetryPolicy)).toBeUndefined();
});

test('a gateway that answers in HTML is asked again', () => {
    const error = (status: number) => new UnexpectedAnswerError('HTML', status);
    expect(delayAfter(error(502), 1, defaultRetryPolicy)).toBe(150);
    expect(delayAfter(error(200), 1, defaultRetryPolicy)).toBeUndefined();
});

test('everything that is not unreserved is encoded', () => {
    expect(encode("A-z_0.9~ !'()*+/é")).toBe('A-z_0.9~%20%21%27%28%29%2A%2B%2F%C3%A9');
    expect(encode('half \ud83d')).toBe('half%20%EF%BF%BD');
});

test('an id that would name another path is not sent', async () => {
    const service = new Service(() => new Response(null, { status: 204 }));
    for (const id of ['', '.', '..']) {
        const call = service.client.api.deleteWatchlistEntry(id);
        await expect(call).rejects.toBeInstanceOf(RangeError);
    }
    expect(service.sent).toEqual([]);
});

test('null is not sent', async () => {
    const service = new Service(() => success({ nextStep: 'CONFIRM_SIGN_UP' }, 202));
    const name = null as unknown as string;
    await service.client.api.signUp({ email: 'a@example.com', password: 'secret', name });
    expect(service.sent[0]?.body).toBe('{"email":"a@example.com","password":"secret"}');
});

test('a header that cannot be sent is a mistake of the caller, and is not repeated', async () => {
    const service = new Service(() => success({}));
    await service.client.session.accept(tokens('one'));
    const call = service.client.api.getProfile({ ifNoneMatch: 'two\nlines' });
    await expect(call).rejects.toBeInstanceOf(TypeError);
    expect(service.sent).toEqual([]);
});

test('a success without a member that it must have is no answer', async () => {
    const service = new Service(() => success({ items: [] }));
    await service.client.session.accept(tokens('one'));
    const call = service.client.api.listMovies();
    await expect(call).rejects.toMatchObject({ status: 200, reason: 'a body of another form' });
});

test('a page is no answer to an operation that has none', async () => {
    const service = new Service(() => new Response('<html>Pay here</html>'));
    await service.client.session.accept(tokens('one'));
    const call = service.client.api.deletePicture('one');
    await expect(call).rejects.toMatchObject({
        status: 200,
        reason: 'a body where there is none',
    });
});

test('an error has no secret in its text, and all of the document in its members', async () => {
    const service = new Service(() =>
        problem(400, '/problems/from-the-future', { 'x-request-id': 'id-1' }),
    );
    const error = await service.client.api.getHealth().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(String(error)).toBe('ProblemError: 400 /problems/from-the-future (request id-1)');
    expect(JSON.parse((error as ProblemError).json).detail).toBe('Secret.');
});

test('a call that was cancelled before is not sent', async () => {
    const service = new Service(() => success({ status: 'ok' }));
    const call = service.client.api.getHealth({ signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(service.sent).toEqual([]);
});

test('a moment becomes a date', () => {
    const moment = '2026-03-14T09:26:53.123456Z';
    expect(momentToDate(moment).toISOString()).toBe('2026-03-14T09:26:53.123Z');
});
