/** Waits for so many milliseconds, or rejects when `signal` is aborted. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waiting = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds);
    });
    try {
        await unlessAborted(waiting, signal);
    } finally {
        clearTimeout(timer);
    }
}

/** Settles like `work`, or rejects when `signal` is aborted; `work` itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal === undefined) {
        return work;
    }
    let abort = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
        abort = () => reject(signal.reason);
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) {
        abort();
    }
    try {
        return await Promise.race([work, aborted]);
    } finally {
        signal.removeEventListener('abort', abort);
    }
}
