import { UnexpectedAnswerError } from './errors.js';
import type { AuthConfiguration, ExchangeCodeRequest } from './generated/models.js';
import { encode } from './transport.js';

/** The input of a hosted sign-in. */
export interface HostedSignInRequest {
    /** The browser comes back to this address, one of `redirectUris` of the configuration. */
    readonly redirectUri: string;
    /** The `name` of a provider of the configuration: the browser goes straight there. */
    readonly provider?: string | undefined;
}

/**
 * A hosted sign-in that was started. It is plain JSON: keep it in `sessionStorage` while the browser is away from the
 * page, for `finishHostedSignIn`. It holds secrets, so forget it then.
 */
export interface StartedHostedSignIn {
    /** Send the browser to this address. */
    readonly url: string;
    readonly redirectUri: string;
    readonly state: string;
    readonly nonce: string;
    readonly codeVerifier: string;
}

/** Makes the authorization URL with its secrets (RFC 6749, RFC 7636). */
export async function start(
    configuration: AuthConfiguration,
    { redirectUri, provider }: HostedSignInRequest,
): Promise<StartedHostedSignIn> {
    const hosted = configuration.hostedSignIn;
    if (hosted === undefined) {
        throw new UnexpectedAnswerError('this stage has no hosted sign-in');
    }
    const [state, nonce, codeVerifier] = [randomText(), randomText(), randomText()];
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
    const parameters = {
        response_type: hosted.responseType,
        client_id: configuration.clientId,
        redirect_uri: redirectUri,
        scope: hosted.scopes.join(' '),
        state,
        nonce,
        code_challenge: base64Url(new Uint8Array(digest)),
        code_challenge_method: hosted.codeChallengeMethod,
        ...(provider !== undefined && { identity_provider: provider }),
    };
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encode(value)}`);
    const url = `${hosted.authorizationEndpoint}?${query.join('&')}`;
    return { url, redirectUri, state, nonce, codeVerifier };
}

/** The code in the URL that the browser came back to. */
export function readCallback(
    { state, codeVerifier, redirectUri }: StartedHostedSignIn,
    callback: string | URL,
): ExchangeCodeRequest {
    const answer = new URL(callback).searchParams;
    if (answer.get('state') !== state) {
        throw new UnexpectedAnswerError('a hosted sign-in with another state');
    }
    const code = answer.get('code');
    if (code === null) {
        const error = answer.get('error') ?? '';
        throw new UnexpectedAnswerError(/^[a-z_]+$/.test(error) ? error : 'no code');
    }
    return { code, codeVerifier, redirectUri };
}

/** 256 random bits. */
function randomText(): string {
    return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** RFC 4648, section 5, without padding. */
export function base64Url(bytes: Uint8Array): string {
    const text = btoa(String.fromCharCode(...bytes));
    return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
