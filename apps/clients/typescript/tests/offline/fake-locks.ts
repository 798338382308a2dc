/** Web Locks for tests in Node: exclusive ones, with a signal and `steal`. */
export class FakeLocks implements LockManager {
    readonly #queues = new Map<string, Waiting[]>();

    request(name: string, ...rest: any[]): Promise<any> {
        const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
        const { signal, steal = false } = options as LockOptions;
        return new Promise((resolve, reject) => {
            const entry: Waiting = { work, resolve, reject, runs: false };
            const queue = this.#queues.get(name) ?? [];
            this.#queues.set(name, queue);
            if (steal) {
                queue.shift()?.reject(new DOMException('stolen', 'AbortError'));
                queue.unshift(entry);
            } else {
                queue.push(entry);
            }
            signal?.addEventListener('abort', () => {
                if (!entry.runs) {
                    this.#leave(name, entry);
                    reject(new DOMException('aborted', 'AbortError'));
                }
            });
            this.#next(name);
        });
    }

    /** Takes a lock and never gives it back. */
    hold(name: string): Promise<unknown> {
        return this.request(name, () => new Promise(() => undefined));
    }

    query(): Promise<LockManagerSnapshot> {
        return Promise.resolve({});
    }

    #next(name: string): void {
        const [entry] = this.#queues.get(name) ?? [];
        if (entry === undefined || entry.runs) {
            return;
        }
        entry.runs = true;
        Promise.resolve(entry.work(null))
            .then(entry.resolve, entry.reject)
            .finally(() => {
                this.#leave(name, entry);
                this.#next(name);
            });
    }

    #leave(name: string, entry: Waiting): void {
        const queue = this.#queues.get(name) ?? [];
        const index = queue.indexOf(entry);
        if (index >= 0) {
            queue.splice(index, 1);
        }
    }
}

interface Waiting {
    readonly work: (lock: Lock | null) => unknown;
    readonly resolve: (value: unknown) => void;
    readonly reject: (reason: unknown) => void;
    runs: boolean;
}
