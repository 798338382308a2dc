import { IndexedDbTokenStorage, MoviesClient } from 'movies-client';
import { createContext, useContext, useState, type ReactNode } from 'react';
import { navigate } from './hash-location';

const all = ['Development', 'Production'] as const;
export type Stage = (typeof all)[number];

// A published app is of one stage, and has no switch.
const only = all.find((stage) => stage === import.meta.env['VITE_STAGE']);

/** The stages of the back end. Each has movies and accounts of its own, so the app keeps a session for each. */
export const stages: readonly Stage[] = only === undefined ? all : [only];

const STORED = 'stage';

interface StageContextValue {
    readonly stage: Stage;
    readonly client: MoviesClient;
    readonly changeStage: (stage: Stage) => void;
}

const StageContext = createContext<StageContextValue | undefined>(undefined);

const clients = new Map<Stage, MoviesClient>();

/** The client of a stage. There is one for each, so that its refreshes are one at a time. */
function clientOf(stage: Stage): MoviesClient {
    let client = clients.get(stage);
    if (client === undefined) {
        const origin = import.meta.env['VITE_API_ORIGIN'] ?? location.origin;
        const storage = new IndexedDbTokenStorage(`movies-${stage}`);
        client = new MoviesClient(`${origin}/${stage}`, storage);
        clients.set(stage, client);
    }
    return client;
}

function storedStage(): Stage {
    const stored = localStorage.getItem(STORED);
    return only ?? all.find((stage) => stage === stored) ?? all[0];
}

export function StageProvider({ children }: { readonly children: ReactNode }) {
    const [stage, setStage] = useState(storedStage);
    const changeStage = (next: Stage) => {
        localStorage.setItem(STORED, next);
        // What this page shows may not exist in the other stage.
        navigate('/');
        setStage(next);
    };
    return (
        <StageContext value={{ stage, client: clientOf(stage), changeStage }}>
            {children}
        </StageContext>
    );
}

export function useStage(): StageContextValue {
    const value = useContext(StageContext);
    if (value === undefined) {
        throw new Error('useStage outside of a StageProvider');
    }
    return value;
}

export function useClient(): MoviesClient {
    return useStage().client;
}
