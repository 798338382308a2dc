import type { MoviesClient } from '../../src/index.js';
import { Wire } from '../wire.js';
import { StandIn, tokens, type Entry, type Fault } from './stand-in.js';

/** The server that scenarios run against. */
export interface World {
    readonly url: string;
    /** Sends a request of a device. */
    fetch(request: Request): Promise<Response>;
    /** Signs a user in. */
    signIn(client: MoviesClient, user: string): Promise<void>;
    /** An access token of a user, for a client without a store. */
    token(user: string): Promise<string>;
    /** Sends a request of a client without a store. */
    pass(request: Request): Promise<Response>;
    addFaults(faults: readonly Fault[]): Promise<void>;
    /** The requests since `reset`. */
    requests(): Promise<readonly Entry[]>;
    /** Forgets the faults and the requests. */
    reset(): Promise<void>;
}

/** The server in memory. */
export class StandInWorld implements World {
    readonly url = 'https://stand-in.test/Development';
    readonly #server = new StandIn();

    fetch(request: Request): Promise<Response> {
        return this.#server.fetch(request);
    }

    async signIn({ session }: MoviesClient, user: string): Promise<void> {
        await session.accept(tokens(user));
    }

    async token(user: string): Promise<string> {
        return tokens(user).accessToken;
    }

    pass(request: Request): Promise<Response> {
        return this.#server.pass(request);
    }

    async addFaults(faults: readonly Fault[]): Promise<void> {
        this.#server.addFaults(faults);
    }

    async requests(): Promise<readonly Entry[]> {
        return this.#server.requests;
    }

    async reset(): Promise<void> {
        this.#server.reset();
    }
}

/** The server of the scenarios of all clients. */
export class WireWorld implements World {
    readonly url: string;
    readonly #wire: Wire;
    readonly #run = crypto.randomUUID();
    readonly #password = `Correct-Horse-9-${this.#run}`;
    readonly #accounts = new Map<string, Promise<string>>();

    constructor(url: string) {
        this.url = `${url}/Development`;
        this.#wire = new Wire(url);
    }

    fetch(request: Request): Promise<Response> {
        return fetch(request);
    }

    async signIn(client: MoviesClient, user: string): Promise<void> {
        await this.#account(user);
        await client.accounts.signIn(this.#email(user), this.#password);
    }

    token(user: string): Promise<string> {
        return this.#account(user);
    }

    pass(request: Request): Promise<Response> {
        return fetch(request);
    }

    async addFaults(faults: readonly Fault[]): Promise<void> {
        await this.#wire.use('faults', {}, faults);
    }

    async requests(): Promise<readonly Entry[]> {
        return this.#wire.requests();
    }

    async reset(): Promise<void> {
        await this.#wire.reset();
    }

    #email(user: string): string {
        return `${user}-${this.#run}@example.com`;
    }

    /** Makes the account of a user when it is first named. Returns an access token. */
    #account(user: string): Promise<string> {
        const known = this.#accounts.get(user) ?? this.#makeAccount(this.#email(user));
        this.#accounts.set(user, known);
        return known;
    }

    async #makeAccount(email: string): Promise<string> {
        const password = this.#password;
        const post = async (path: string, body: object) => {
            const headers = { 'content-type': 'application/json' };
            const init = { method: 'POST', headers, body: JSON.stringify(body) };
            const answer = await fetch(`${this.url}/auth/${path}`, init);
            if (!answer.ok) {
                throw new Error(`${path}: ${answer.status}`);
            }
            return answer;
        };
        await post('sign-up', { email, password });
        const code = await this.#wire.code(email);
        await post('confirm-sign-up', { email, code, password });
        const signedIn = await post('sign-in', { email, password });
        return (await signedIn.json()).accessToken;
    }
}
