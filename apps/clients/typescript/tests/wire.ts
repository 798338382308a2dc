/** A request that the server of the scenarios received. */
export interface JournalEntry {
    readonly request: string;
    readonly query: string | null;
    readonly key: string | null;
    readonly ifMatch: string | null;
    readonly authorization: boolean;
    readonly body: unknown;
}

/** The tools under `/_wire`. */
export class Wire {
    readonly #url: string;

    constructor(url: string) {
        this.#url = url;
    }

    /** Uses a tool. Without a body it is a GET. */
    async use(tool: string, query: Record<string, string> = {}, body?: unknown): Promise<any> {
        // The body is sent as plain text, so a browser needs no preflight.
        const post = { method: 'POST', body: JSON.stringify(body) };
        const url = `${this.#url}/_wire/${tool}?${new URLSearchParams(query)}`;
        const answer = await fetch(url, body === undefined ? {} : post);
        if (!answer.ok) {
            throw new Error(`/_wire/${tool}: ${answer.status} ${await answer.text()}`);
        }
        return answer.json();
    }

    /** Forgets all faults and the journal. */
    async reset(): Promise<void> {
        await this.use('reset', {}, {});
    }

    /** The requests since the reset. */
    requests(): Promise<readonly JournalEntry[]> {
        return this.use('requests');
    }

    /** The code in the newest letter to an address. */
    async code(email: string): Promise<string> {
        return (await this.use('code', { email })).code;
    }
}
