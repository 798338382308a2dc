import { ProblemError, type Problem } from 'movies-client';
import type { Store } from './open';

/** What became of a write soon after it was made. */
export type Outcome =
    | { readonly became: 'sent' }
    /** It is on this device, and is sent when there is a network. */
    | { readonly became: 'waiting' }
    | { readonly became: 'conflict' }
    | { readonly became: 'refused'; readonly seq: number; readonly problem: Problem };

/** How long a form waits to tell more than that the write is on this device, in milliseconds. */
const SOON = 3000;

/** Follows what is queued for an item for a moment: with a network the answer comes soon, and the form can show it. */
export function outcomeOf(store: Store, collection: string, key: string): Promise<Outcome> {
    void navigator.storage?.persist?.();
    askForSync();
    return new Promise((resolve) => {
        const end = (outcome: Outcome) => {
            clearTimeout(timer);
            stop();
            resolve(outcome);
        };
        const look = async () => {
            const { signedIn, closed, pushError } = store.status;
            const writes = closed ? [] : await store.writes().catch(() => []);
            const own = writes.filter((each) => each.collection === collection && each.key === key);
            const last = own.at(-1);
            if (closed) {
                end({ became: 'waiting' });
            } else if (last === undefined) {
                end({ became: 'sent' });
            } else if (own.some(({ state }) => state === 'conflict')) {
                end({ became: 'conflict' });
            } else if (last.state === 'refused' && last.problem !== undefined) {
                end({ became: 'refused', seq: last.seq, problem: last.problem });
            } else if (!navigator.onLine || !signedIn || (pushError !== undefined && last.tried)) {
                end({ became: 'waiting' });
            }
        };
        const timer = setTimeout(() => end({ became: 'waiting' }), SOON);
        const stop = store.subscribe(() => void look());
        void look();
    });
}

/** Takes a refused write off the list, for a form that still has what was typed and shows why. */
export async function refusal(
    store: Store,
    { seq, problem }: Extract<Outcome, { became: 'refused' }>,
): Promise<ProblemError> {
    await store.discard(seq);
    return new ProblemError(problem.status, problem, JSON.stringify(problem), undefined, undefined);
}

/** Has the browser send what waits even if the app is closed meanwhile, where it can. */
export function askForSync(): void {
    if (!('serviceWorker' in navigator)) {
        return;
    }
    void navigator.serviceWorker.getRegistration().then(async (registration) => {
        const { sync } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
        // It may be switched off.
        await sync?.register('queue').catch(() => undefined);
    });
}
