import type { ItemState } from 'movies-client/offline';
import { Link } from 'wouter';

const words: Readonly<Record<Exclude<ItemState, 'synced'>, string>> = {
    waiting: 'Waiting',
    conflict: 'Changed by others, too',
    refused: 'Refused',
};

/** Beside an item: what is not as the service has it. */
export function StateTag({ state }: { readonly state: ItemState }) {
    return state === 'synced' ? null : (
        <span className={`state state-${state}`}>{words[state]}</span>
    );
}

const sentences: Readonly<Record<Exclude<ItemState, 'synced'>, string>> = {
    waiting: 'What you changed is on this device. It is sent when there is a network.',
    conflict: 'You and somebody else changed this. Nothing is sent until you decide.',
    refused: 'The service did not take a change of yours.',
};

/** On the page of an item: what is not as the service has it, and where to decide. */
export function StateNotice({ state }: { readonly state: ItemState }) {
    if (state === 'synced') {
        return null;
    }
    return (
        <div className={state === 'waiting' ? 'notice' : 'notice notice-error'} role="status">
            <p>
                {sentences[state]}{' '}
                <Link href="/waiting">
                    {state === 'waiting' ? 'Look at what waits' : 'Decide'}
                </Link>
            </p>
        </div>
    );
}
