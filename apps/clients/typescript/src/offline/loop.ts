/** The longest time that a timer takes. */
const MAX_TIMER = 2 ** 31 - 1;

/** After a failure, the work is done again after so many milliseconds. */
const AGAIN = 30_000;

/** Does a piece of work whenever it is asked to, and again when the work says so; never twice at once. */
export class Loop {
    readonly #work: () => Promise<number>;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #running: Promise<void> | undefined;
    #again = false;
    #stopped = false;

    /** @param work Returns after how many milliseconds it is to be done again, or `Infinity`. */
    constructor(work: () => Promise<number>) {
        this.#work = work;
    }

    /** Does the work now, or once more if it is under way. */
    soon(): void {
        if (this.#stopped) {
            return;
        }
        if (this.#running !== undefined) {
            this.#again = true;
            return;
        }
        clearTimeout(this.#timer);
        this.#running = this.#run();
    }

    /** No work begins any more. Resolves when the work under way has ended. */
    async stop(): Promise<void> {
        this.#stopped = true;
        clearTimeout(this.#timer);
        await this.#running;
    }

    async #run(): Promise<void> {
        let delay: number;
        do {
            this.#again = false;
            delay = await this.#work().catch(() => AGAIN);
        } while (this.#again && !this.#stopped);
        this.#running = undefined;
        if (delay !== Infinity && !this.#stopped) {
            const wait = Math.min(Math.max(delay, 0), MAX_TIMER);
            this.#timer = setTimeout(() => this.soon(), wait);
        }
    }
}
