import type { Live } from 'movies-client/offline';
import { useSyncExternalStore } from 'react';
import { useStage } from '../app/stage';
import type { DeskState } from './desk';

const never = () => () => undefined;
const nothing = () => undefined;

/** What the pages see of the store. */
export function useDesk(): DeskState {
    const { desk } = useStage();
    return useSyncExternalStore(desk.subscribe, desk.state);
}

/** What a live query shows. Undefined until it was read. */
export function useLive<T>(live: Live<T> | undefined): T | undefined {
    return useSyncExternalStore(live?.subscribe ?? never, live?.current ?? nothing);
}

/** How many changes wait, and how many the user has to decide about. */
export function useCounts(): { readonly waiting: number; readonly toDecide: number } {
    const { status } = useDesk();
    return {
        waiting: status?.waiting ?? 0,
        toDecide: (status?.conflicts ?? 0) + (status?.refused ?? 0),
    };
}
