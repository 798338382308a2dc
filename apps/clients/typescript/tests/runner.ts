import {
    MoviesClient,
    MoviesError,
    NetworkError,
    ProblemError,
    UnexpectedAnswerError,
    UploadRefusedError,
    type Challenge,
    type PictureResponse,
    type SignInStep,
    type TokenStorage,
} from '../src/index.js';
import { at, contains, equals } from './compare.js';
import { calls, lists } from './generated/calls.js';
import type { Scenario, Step } from './scenario.js';
import { Wire } from './wire.js';

type Members = Readonly<Record<string, unknown>>;

/** The beginning of each file that is uploaded: that of a PNG. */
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A cancelled call must end within so many milliseconds. */
const CANCELLED_WITHIN = 2000;

/** Runs a scenario and returns the number of its checks. Throws an `Error` that says which step failed, and how. */
export async function run(scenario: Scenario, url: string, storage: TokenStorage): Promise<number> {
    const runner = new Runner(url, storage);
    await runner.prepare(scenario);
    for (const [index, step] of scenario.steps.entries()) {
        try {
            await runner.step(step);
        } catch (error) {
            const reason = error instanceof Error ? error.message : error;
            throw new Error(`${scenario.name}, step ${index}: ${reason}`, { cause: error });
        }
    }
    return runner.checks;
}

class Runner {
    checks = 0;
    readonly #wire: Wire;
    readonly #storage: TokenStorage;
    readonly #client: MoviesClient;
    readonly #variables = new Map<string, unknown>();
    /** Tokens, passwords and the URLs of uploads, which no error may show. */
    readonly #secrets = new Set(['signature=']);
    #clock = 0;
    #challenge: Challenge | undefined;

    constructor(url: string, storage: TokenStorage) {
        this.#wire = new Wire(url);
        this.#storage = storage;
        const now = () => Date.now() + this.#clock;
        this.#client = new MoviesClient(`${url}/Development`, storage, { now });
        const run = crypto.randomUUID();
        this.#variables.set('run', run);
        this.#variables.set('email', `fresh-${run}@example.com`);
        this.#variables.set('password', `Correct-Horse-${run}`);
    }

    /** Makes the account that the scenario needs. */
    async prepare({ as = 'nobody', name }: Scenario): Promise<void> {
        await this.#wire.reset();
        if (as === 'nobody') {
            return;
        }
        check(as === 'fresh', `${name}: there is no account "${as}"`);
        const email = String(this.#variables.get('email'));
        const password = String(this.#variables.get('password'));
        const { api, accounts } = this.#client;
        await api.signUp({ email, password });
        const code = await this.#wire.code(email);
        await api.confirmSignUp({ email, code, password });
        const { step } = await accounts.signIn(email, password);
        check(step === 'done', `${name}: the account could not sign in`);
        await this.#wire.reset();
    }

    async step(template: Step): Promise<void> {
        if ('parallel' in template) {
            const { parallel, step, ...rest } = template;
            known(rest, []);
            const each = () => this.step(step as Step);
            await Promise.all(Array.from({ length: Number(parallel) }, each));
            return;
        }
        if ('cancel' in template) {
            const { cancel, step, ...rest } = template;
            known(rest, []);
            await this.#cancel((cancel as { afterMs: number }).afterMs, step as Step);
            return;
        }
        const step = this.#resolve(template) as Step;
        if ('faults' in step) {
            known(step, ['faults']);
            await this.#wire.use('faults', {}, step['faults']);
        } else if ('wire' in step) {
            known(step, ['wire', 'query', 'body', 'is', 'save']);
            const query = step['query'] as Record<string, string> | undefined;
            const answer = await this.#wire.use(String(step['wire']), query, step['body']);
            if (step['is'] !== undefined) {
                this.checks += 1;
                const holds = contains(answer, step['is']);
                check(holds, `expected ${show(step['is'])}, got ${show(answer)}`);
            }
            this.#save(step['save'], answer);
        } else if ('clock' in step) {
            known(step, ['clock']);
            this.#clock += Number(step['clock']) * 1000;
        } else if ('session' in step) {
            known(step, ['session']);
            await this.#session(step['session'] as Members);
        } else if ('requests' in step) {
            known(step, ['requests']);
            await this.#requests(step['requests'] as Members);
        } else {
            await this.#call(step);
        }
    }

    /** A step that calls the client, with what it must give. */
    async #call(step: Step): Promise<void> {
        const { is, fails, save, within } = step;
        await this.#noteSecrets(step);
        const began = Date.now();
        let result: unknown;
        let error: unknown;
        try {
            result = asJson(await this.#perform(step));
        } catch (thrown) {
            error = thrown;
        }
        const took = Date.now() - began;
        check(took <= Number(within ?? Infinity), `took ${took} ms, not within ${within}`);
        if (fails !== undefined) {
            check(error !== undefined, `expected ${show(fails)}, got ${show(result)}`);
            await this.#noteSecrets(step);
            this.#fails(fails as Members, error);
            return;
        }
        if (error !== undefined) {
            const detail = error instanceof ProblemError ? ` ${error.json}` : '';
            throw new Error(`expected ${show(is)}, got ${error}${detail}`, { cause: error });
        }
        if (is !== undefined) {
            this.#is(is as Members, result);
        }
        this.#save(save, result);
    }

    async #cancel(afterMs: number, template: Step): Promise<void> {
        const cancelling = new AbortController();
        const running = this.#perform(this.#resolve(template) as Step, cancelling.signal);
        setTimeout(() => cancelling.abort(), afterMs);
        const began = Date.now();
        const end = await running.then(
            (result) => `the result ${show(result)}`,
            (error: unknown) => (error instanceof Error ? error.name : error),
        );
        check(end === 'AbortError', `expected an AbortError, got ${end}`);
        const took = Date.now() - began - afterMs;
        check(took <= CANCELLED_WITHIN, `was cancelled, and ended ${took} ms later`);
    }

    async #perform(step: Step, signal?: AbortSignal): Promise<unknown> {
        const { api } = this.#client;
        if ('call' in step) {
            known(step, [
                'call',
                'path',
                'query',
                'body',
                'options',
                'is',
                'fails',
                'save',
                'within',
            ]);
            const { path = {}, query, body, options = {} } = step;
            const { timeLimitMs: timeLimit, ...others } = options as Record<string, any>;
            known(others, ['idempotencyKey', 'ifMatch', 'ifNoneMatch']);
            return named(calls, step['call'])(api, {
                path: path as Record<string, string>,
                query,
                body,
                options: { ...others, timeLimit, signal },
            });
        }
        if ('all' in step) {
            known(step, ['all', 'query', 'take', 'is', 'fails', 'save', 'within']);
            const input = { path: {}, query: step['query'], body: undefined, options: { signal } };
            const items: unknown[] = [];
            for await (const item of named(lists, step['all'])(api, input)) {
                items.push(item);
                if (items.length === step['take']) {
                    break;
                }
            }
            return { count: items.length, items };
        }
        if ('upload' in step) {
            known(step, ['upload', 'is', 'fails', 'save', 'within']);
            return { value: await this.#upload(step['upload'] as Members, signal) };
        }
        known(step, ['account', 'with', 'is', 'fails', 'save', 'within']);
        const result = await this.#account(step, { signal });
        if (result?.step !== 'challenge') {
            return result ?? {};
        }
        this.#challenge = result.challenge;
        return { step: result.step, challenge: result.challenge.name };
    }

    async #upload(input: Members, signal: AbortSignal | undefined): Promise<PictureResponse> {
        known(input, ['pictureId', 'contentType', 'size']);
        const file = new Uint8Array(Number(input['size']));
        file.set(PNG.slice(0, file.length));
        const pictureId = input['pictureId'] as string | undefined;
        const contentType = String(input['contentType']);
        return this.#client.uploadPicture(file, contentType, { pictureId, signal });
    }

    async #account(
        step: Step,
        options: { signal: AbortSignal | undefined },
    ): Promise<SignInStep | void> {
        const { accounts } = this.#client;
        const input = step['with'] as Record<string, string>;
        const text = (name: string) => {
            const value = input[name];
            check(value !== undefined, `${step['account']} needs "${name}"`);
            return value;
        };
        const challenge = () => {
            check(this.#challenge !== undefined, 'no challenge came');
            return this.#challenge;
        };
        const prompt = {
            create: (options: string) => this.#credential('passkey/create', options),
            get: (options: string) => this.#credential('passkey/get', options),
        };
        const flows: Readonly<Record<string, () => Promise<SignInStep | void>>> = {
            signIn: () => accounts.signIn(text('email'), text('password'), options),
            signInWithPasskey: () => accounts.signInWithPasskey(text('email'), options),
            answerTotp: () => accounts.answerTotp(challenge(), text('code'), options),
            answerNewPassword: () =>
                accounts.answerNewPassword(challenge(), text('password'), options),
            answerPasskey: () => accounts.answerPasskey(challenge(), prompt, options),
            addPasskey: () => accounts.addPasskey(text('currentPassword'), prompt, options),
            hosted: async () => {
                const request = { redirectUri: text('redirectUri'), provider: input['provider'] };
                const started = await accounts.startHostedSignIn(request, options);
                const browser = { url: started.url, email: text('email') };
                const { callback } = await this.#wire.use('hosted', {}, browser);
                // The page is left in between, and what was started is stored as JSON.
                const stored = JSON.parse(JSON.stringify(started));
                return accounts.finishHostedSignIn(stored, callback, options);
            },
            signOut: () => accounts.signOut(options),
            signOutEverywhere: () => accounts.signOutEverywhere(options),
            deleteAccount: () => accounts.deleteAccount(text('movies'), options),
        };
        return named(flows, step['account'])();
    }

    async #credential(tool: string, options: string): Promise<string> {
        return (await this.#wire.use(tool, {}, { options })).credential;
    }

    async #session(wanted: Members): Promise<void> {
        known(wanted, ['state', 'accessToken', 'refreshToken', 'save']);
        const { state, save, ...replaced } = wanted;
        const tokens = await this.#storage.load();
        if (Object.keys(replaced).length > 0) {
            check(tokens !== undefined, 'there are no tokens to replace');
            await this.#storage.save({ ...tokens, ...replaced });
        }
        this.#save(save, tokens);
        if (state !== undefined) {
            this.checks += 1;
            const got = await this.#client.session.load();
            check(got === state, `expected the session to be ${state}, got ${got}`);
        }
    }

    async #requests(wanted: Members): Promise<void> {
        known(wanted, ['request', 'count', 'oneKey', 'query', 'authorization', 'body']);
        this.checks += 1;
        const { request, count, oneKey, query, authorization, body } = wanted;
        const all = await this.#wire.requests();
        const found = all.filter((entry) => entry.request === request);
        check(
            found.length === count,
            `expected ${count} requests ${request}, got ${show(all.map((entry) => entry.request))}`,
        );
        if (oneKey === true) {
            const keys = new Set(found.map((entry) => entry.key));
            check(keys.size === 1 && !keys.has(null), `expected one key, got ${show([...keys])}`);
        }
        if (query !== undefined) {
            const queries = found.map((entry) => entry.query);
            check(
                queries.every((got) => got === query),
                `expected the query ${query}, got ${show(queries)}`,
            );
        }
        if (authorization !== undefined) {
            const all = found.every((entry) => entry.authorization === authorization);
            check(all, `expected the authorization to be ${authorization}`);
        }
        if (body !== undefined) {
            const got = found.at(-1)?.body;
            check(equals(got, body), `expected the body ${show(body)}, got ${show(got)}`);
        }
    }

    #is(expected: Members, got: unknown): void {
        const { status, value, absent, noValue, replayed, etag, step, challenge, count, ...rest } =
            expected;
        known(rest, []);
        this.checks += 1;
        const answer = got as Members;
        const plain = { status, value, replayed, step, challenge, count };
        const holds =
            contains(answer, asJson(plain)) &&
            ((absent ?? []) as string[]).every(
                (name) => at(answer, `value.${name}`) === undefined,
            ) &&
            (noValue !== true || answer['value'] === undefined) &&
            (etag !== true || typeof answer['etag'] === 'string');
        check(holds, `expected ${show(expected)}, got ${show(got)}`);
    }

    #fails(expected: Members, error: unknown): void {
        const {
            error: name,
            status,
            type,
            field,
            retryAfter,
            requestId,
            timedOut,
            ...rest
        } = expected;
        known(rest, []);
        this.checks += 1;
        check(error instanceof MoviesError, `expected ${show(expected)}, got ${error}`);
        const problem = error instanceof ProblemError ? error : undefined;
        const unexpected = error instanceof UnexpectedAnswerError ? error : undefined;
        const refused = error instanceof UploadRefusedError ? error : undefined;
        const network = error instanceof NetworkError ? error : undefined;
        const got = {
            error: error.name,
            status: problem?.status ?? unexpected?.status ?? refused?.status,
            type: problem?.problem.type,
            fields: problem?.problem.errors?.map((each) => each.field),
            retryAfter: problem?.retryAfter,
            requestId: error.requestId !== undefined,
            timedOut: network?.timedOut,
        };
        const plain = { error: name, status, type, retryAfter, requestId, timedOut };
        const holds =
            contains(got, asJson(plain)) &&
            (field === undefined || got.fields?.includes(String(field)));
        check(holds === true, `expected ${show(expected)}, got ${show(got)}`);
        const text = `${error} ${error.stack} ${error.cause}`;
        for (const secret of this.#secrets) {
            check(!text.includes(secret), `the text of the ${error.name} holds a secret`);
        }
    }

    /** Notes the tokens that are stored, and the passwords of a step. */
    async #noteSecrets(step: Step): Promise<void> {
        const tokens = await this.#storage.load();
        const input = { ...(step['body'] as Members), ...(step['with'] as Members), ...tokens };
        for (const [name, value] of Object.entries(input)) {
            // A short one, such as a password that is too weak, may be a part of another word.
            if (/password|token/i.test(name) && typeof value === 'string' && value.length > 7) {
                this.#secrets.add(value);
            }
        }
    }

    #save(save: unknown, result: unknown): void {
        for (const [path, name] of Object.entries((save ?? {}) as Record<string, string>)) {
            const value = at(result, path);
            check(value !== undefined, `there is no ${path} to save in ${show(result)}`);
            this.#variables.set(name, value);
        }
    }

    /** Puts the variables into the texts of a value. */
    #resolve(value: unknown): unknown {
        if (typeof value === 'string') {
            const whole = /^\$\{(\w+)\}$/.exec(value);
            return whole?.[1] === undefined
                ? value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(this.#variable(name)))
                : this.#variable(whole[1]);
        }
        if (Array.isArray(value)) {
            return value.map((item) => this.#resolve(item));
        }
        if (typeof value === 'object' && value !== null) {
            const members = Object.entries(value);
            return Object.fromEntries(members.map(([name, item]) => [name, this.#resolve(item)]));
        }
        return value;
    }

    #variable(name: string): unknown {
        check(this.#variables.has(name), `there is no variable "${name}"`);
        return this.#variables.get(name);
    }
}

function check(holds: boolean, message: string): asserts holds {
    if (!holds) {
        throw new Error(message);
    }
}

/** Fails if a value has members that this runner does not know. */
function known(value: Members, names: readonly string[]): void {
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    check(unknown === undefined, `this runner does not know "${unknown}"`);
}

/** The entry of a table. Fails if it has none of this name. */
function named<T>(table: Readonly<Record<string, T>>, name: unknown): T {
    const found = Object.hasOwn(table, String(name)) ? table[String(name)] : undefined;
    check(found !== undefined, `this client has no "${name}"`);
    return found;
}

/** The value after it was written as JSON and read again. */
function asJson(value: unknown): unknown {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function show(value: unknown): string {
    return JSON.stringify(value) ?? 'nothing';
}
