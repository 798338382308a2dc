import { MoviesError, UnexpectedAnswerError } from './errors.js';
import type { MoviesApi } from './generated/api.js';
import type {
    Challenge,
    DeleteMyAccountMovies,
    SignInResponse,
    TokenResponse,
} from './generated/models.js';
import {
    readCallback,
    start,
    type HostedSignInRequest,
    type StartedHostedSignIn,
} from './hosted-sign-in.js';
import { claim } from './jwt.js';
import type { PasskeyPrompt } from './passkeys.js';
import type { Session } from './session.js';
import type { Answer, CallOptions } from './transport.js';
import { sleep } from './waiting.js';

/**
 * The state of a sign-in. `done`: the tokens are stored. `challenge`: more has to be proved, see `challenge.name`.
 * `unknown`: the service asks for a step that this client does not know, so the app has to be updated.
 */
export type SignInStep =
    | { readonly step: 'done' }
    | { readonly step: 'challenge'; readonly challenge: Challenge }
    | { readonly step: 'unknown'; readonly nextStep: string };

/** The `CallOptions` that make sense for several operations. */
export type FlowOptions = Pick<CallOptions, 'signal' | 'timeLimit'>;

/** A deletion that is not finished is repeated so many times. */
const REPEATS = 20;

/** The flows that take several operations. `MoviesClient` makes it. */
export class Accounts {
    readonly #api: MoviesApi;
    readonly #session: Session;
    readonly #signOutListeners = new Set<() => Promise<void>>();

    constructor(api: MoviesApi, session: Session) {
        this.#api = api;
        this.#session = session;
    }

    /** Signs in with a password. */
    async signIn(email: string, password: string, options?: FlowOptions): Promise<SignInStep> {
        return this.#continue(await this.#api.signIn({ email, password }, options));
    }

    /** Begins a sign-in with a passkey. Give the challenge to `answerPasskey`. */
    async signInWithPasskey(email: string, options?: FlowOptions): Promise<SignInStep> {
        return this.#continue(await this.#api.signInWithPasskey({ email }, options));
    }

    /** Answers any challenge; `responses` are what `respondToChallenge` names for it. */
    async answer(
        challenge: Challenge,
        responses: Readonly<Record<string, string>>,
        options?: FlowOptions,
    ): Promise<SignInStep> {
        const { name, session } = challenge;
        const body = { challengeName: name, session, responses };
        return this.#continue(await this.#api.respondToChallenge(body, options));
    }

    /** Answers `SOFTWARE_TOKEN_MFA` with the code in the authenticator app. */
    answerTotp(challenge: Challenge, code: string, options?: FlowOptions): Promise<SignInStep> {
        return this.answer(challenge, { SOFTWARE_TOKEN_MFA_CODE: code }, options);
    }

    /** Answers `NEW_PASSWORD_REQUIRED`. */
    answerNewPassword(
        challenge: Challenge,
        password: string,
        options?: FlowOptions,
    ): Promise<SignInStep> {
        return this.answer(challenge, { NEW_PASSWORD: password }, options);
    }

    /** Answers `WEB_AUTHN` with a passkey. Rejects as the prompt does if the user closes it. */
    async answerPasskey(
        challenge: Challenge,
        prompt: PasskeyPrompt,
        options?: FlowOptions,
    ): Promise<SignInStep> {
        const request = challenge.parameters['CREDENTIAL_REQUEST_OPTIONS'];
        if (request === undefined) {
            throw new UnexpectedAnswerError(`the challenge ${challenge.name} takes no passkey`);
        }
        const credential = await prompt.get(request, options?.signal);
        return this.answer(challenge, { CREDENTIAL: credential }, options);
    }

    /** Makes a passkey on this device and adds it to the account. Rejects as the prompt does if the user closes it. */
    async addPasskey(
        currentPassword: string,
        prompt: PasskeyPrompt,
        options?: FlowOptions,
    ): Promise<void> {
        const { value } = await this.#api.startPasskeyRegistration({ currentPassword }, options);
        const credential = await prompt.create(value.creationOptions, options?.signal);
        await this.#api.addPasskey({ credential }, options);
    }

    /** Prepares a sign-in on a page of the provider. Keep the result and send the browser to its `url`. */
    async startHostedSignIn(
        request: HostedSignInRequest,
        options?: FlowOptions,
    ): Promise<StartedHostedSignIn> {
        const { value } = await this.#api.getAuthConfiguration(options);
        return start(value, request);
    }

    /**
     * Ends a hosted sign-in with the URL that the browser came back to. If the user gave up there, it rejects with an
     * `UnexpectedAnswerError` whose `reason` is the provider's `error`, such as `access_denied`.
     */
    async finishHostedSignIn(
        started: StartedHostedSignIn,
        callback: string | URL,
        options?: FlowOptions,
    ): Promise<SignInStep> {
        const { value } = await this.#api.exchangeCode(readCallback(started, callback), options);
        if (claim(value.idToken, 'nonce') !== started.nonce) {
            throw new UnexpectedAnswerError('an ID token with another nonce');
        }
        await this.#session.accept(value);
        return { step: 'done' };
    }

    /**
     * Calls `listener` when the user signs out here or deletes the account, before the tokens are cleared, until the
     * function that it returns is called. For what else is kept of a user. A session that ends by itself is no signing out.
     */
    onSignOut(listener: () => Promise<void>): () => void {
        this.#signOutListeners.add(listener);
        return () => this.#signOutListeners.delete(listener);
    }

    /**
     * Signs out here. The tokens are cleared even if the service cannot be reached. It rejects if a listener of
     * `onSignOut` does.
     */
    async signOut(options?: FlowOptions): Promise<void> {
        const refreshToken = await this.#session.refreshToken();
        try {
            await this.#end();
        } finally {
            await this.#revoke(refreshToken, options);
        }
    }

    /** Ends all sessions of the user, this one included. If it fails, the session here goes on. */
    async signOutEverywhere(options?: FlowOptions): Promise<void> {
        await this.#api.signOutEverywhere(options);
        await this.#end();
    }

    /**
     * Deletes the account, and waits until it is done. It can be called again if it fails; after a `SessionEndedError`
     * the user has to sign in before.
     *
     * @param movies `delete` deletes the movies that the user added, `disown` removes only the user's name from them.
     */
    async deleteAccount(movies: DeleteMyAccountMovies, options?: FlowOptions): Promise<void> {
        for (let repeats = 0; ; repeats += 1) {
            const {
                value,
                status,
                requestId,
                retryAfter = 1,
            } = await this.#api.deleteMyAccount({ movies }, options);
            if (value === undefined) {
                return this.#end();
            }
            if (value.nextStep !== 'REPEAT' || repeats === REPEATS) {
                throw new UnexpectedAnswerError('a deletion without an end', status, requestId);
            }
            await sleep(retryAfter * 1000, options?.signal);
        }
    }

    /** Clears the tokens, and what else is kept of the user. */
    async #end(): Promise<void> {
        const listeners = [...this.#signOutListeners].map((listener) => listener());
        const results = await Promise.allSettled(listeners);
        await this.#session.end();
        const failed = results.find((each) => each.status === 'rejected');
        if (failed !== undefined) {
            throw failed.reason;
        }
    }

    async #revoke(refreshToken: string | undefined, options?: FlowOptions): Promise<void> {
        if (refreshToken === undefined) {
            return;
        }
        try {
            await this.#api.signOut({ refreshToken }, options);
        } catch (error) {
            if (!(error instanceof MoviesError)) {
                throw error;
            }
        }
    }

    async #continue({ value, status, requestId }: Answer<SignInResponse>): Promise<SignInStep> {
        const { nextStep, challenge } = value;
        if (nextStep === 'DONE' && hasTokens(value)) {
            await this.#session.accept(value);
            return { step: 'done' };
        }
        if (nextStep === 'RESPOND_TO_CHALLENGE' && challenge !== undefined) {
            return { step: 'challenge', challenge };
        }
        if (nextStep === 'DONE' || nextStep === 'RESPOND_TO_CHALLENGE') {
            throw new UnexpectedAnswerError('neither tokens nor a challenge', status, requestId);
        }
        return { step: 'unknown', nextStep };
    }
}

function hasTokens(answer: SignInResponse): answer is SignInResponse & TokenResponse {
    return (
        answer.accessToken !== undefined &&
        answer.idToken !== undefined &&
        answer.refreshToken !== undefined &&
        answer.expiresIn !== undefined &&
        answer.tokenType !== undefined
    );
}
