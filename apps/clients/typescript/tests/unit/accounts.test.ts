import { expect, test } from 'vitest';

import { base64Url } from '../../src/hosted-sign-in.js';
import { SessionEndedError } from '../../src/index.js';
import { problem, Service, success, tokens } from './service.js';

const redirectUri = 'https://app.test/callback';
const configuration = {
    region: 'eu-west-1',
    userPoolId: 'pool',
    clientId: 'client',
    issuer: 'https://issuer.test',
    jwksUri: 'https://issuer.test/jwks',
    passwordPolicy: {},
    hostedSignIn: {
        authorizationEndpoint: 'https://login.test/authorize',
        responseType: 'code',
        codeChallengeMethod: 'S256',
        scopes: ['openid', 'email'],
    },
};

test('a hosted sign-in asks with a challenge, and answers with its verifier', async () => {
    let nonce = '';
    const service = new Service(({ url }) => {
        const idToken = `e30.${btoa(JSON.stringify({ nonce }))}.signature`;
        return url.endsWith('/auth/configuration')
            ? success(configuration)
            : success({ ...tokens('one'), idToken });
    });
    const { accounts, session } = service.client;
    const started = await accounts.startHostedSignIn({ redirectUri, provider: 'Acme' });
    const asked = new URL(started.url).searchParams;
    const digest = await crypto.subtle.digest(
        'SHA-256',
        new TextEncoder().encode(started.codeVerifier),
    );
    expect(Object.fromEntries(asked)).toEqual({
        response_type: 'code',
        client_id: 'client',
        redirect_uri: redirectUri,
        scope: 'openid email',
        state: started.state,
        nonce: started.nonce,
        code_challenge: base64Url(new Uint8Array(digest)),
        code_challenge_method: 'S256',
        identity_provider: 'Acme',
    });
    const callback = `${redirectUri}?code=c-1&state=${started.state}`;
    const finish = (answer: string) => accounts.finishHostedSignIn(started, answer);

    await expect(finish(`${redirectUri}?code=c-1&state=other`)).rejects.toMatchObject({
        reason: 'a hosted sign-in with another state',
    });
    await expect(
        finish(`${redirectUri}?error=access_denied&state=${started.state}`),
    ).rejects.toMatchObject({ name: 'UnexpectedAnswerError', reason: 'access_denied' });
    await expect(finish(callback)).rejects.toMatchObject({
        reason: 'an ID token with another nonce',
    });
    expect(await session.load()).toBe('signedOut');

    nonce = started.nonce;
    expect(await finish(callback)).toEqual({ step: 'done' });
    expect(await session.load()).toBe('signedIn');
    expect(JSON.parse(service.sent.at(-1)?.body ?? '')).toEqual({
        code: 'c-1',
        codeVerifier: started.codeVerifier,
        redirectUri,
    });
});

test('a sign-in that is done without tokens is no answer', async () => {
    const service = new Service(() => success({ nextStep: 'DONE' }));
    const signIn = service.client.accounts.signIn('a@example.com', 'secret');
    await expect(signIn).rejects.toMatchObject({ name: 'UnexpectedAnswerError' });
});

test('a deletion is repeated 20 times at most, and the session goes on', async () => {
    const headers = { 'retry-after': '0' };
    const service = new Service(
        () => new Response('{"nextStep":"REPEAT"}', { status: 202, headers }),
    );
    const { accounts, session } = service.client;
    await session.accept(tokens('one'));
    await expect(accounts.deleteAccount('disown')).rejects.toMatchObject({ status: 202 });
    expect(service.sent).toHaveLength(21);
    expect(await session.load()).toBe('signedIn');
});

test.each([
    ['signOut', (service: Service) => service.client.accounts.signOut()],
    ['signOutEverywhere', (service: Service) => service.client.accounts.signOutEverywhere()],
    ['deleteAccount', (service: Service) => service.client.accounts.deleteAccount('delete')],
])('%s tells who keeps data of the user, before the tokens are cleared', async (_name, leave) => {
    const service = new Service(() => new Response(null, { status: 204 }));
    const { accounts, session } = service.client;
    await session.accept(tokens('one'));
    const states: string[] = [];
    const stop = accounts.onSignOut(async () => {
        states.push(await session.load());
    });
    await leave(service);
    expect(states).toEqual(['signedIn']);
    expect(await session.load()).toBe('signedOut');
    stop();
    await session.accept(tokens('two'));
    await leave(service);
    expect(states).toHaveLength(1);
});

test('a sign-out is one, also if data could not be wiped, and says so', async () => {
    const service = new Service(() => new Response(null, { status: 204 }));
    const { accounts, session } = service.client;
    await session.accept(tokens('one'));
    accounts.onSignOut(() => Promise.reject(new Error('the storage failed')));
    await expect(accounts.signOut()).rejects.toThrow('the storage failed');
    expect(await session.load()).toBe('signedOut');
    expect(service.requests).toEqual(['POST /auth/sign-out']);
});

test('a session that ends by itself is no sign-out', async () => {
    const service = new Service(() => problem(401, '/problems/session-ended'));
    const { accounts, api, session } = service.client;
    await session.accept(tokens('one'));
    let told = false;
    accounts.onSignOut(async () => {
        told = true;
    });
    await expect(api.listMovies()).rejects.toBeInstanceOf(SessionEndedError);
    expect(told).toBe(false);
});
