import { IndexedDbTokenStorage, MoviesClient } from 'movies-client';
import { createContext, useContext, useState, type ReactNode } from 'react';
import { Desk, stageUrl } from '../offline/desk';
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
    /** What is kept on this device of the stage. */
    readonly desk: Desk;
    readonly changeStage: (stage: Stage) => void;
}

const StageContext = createContext<StageContextValue | undefined>(undefined);

interface Backend {
    readonly client: MoviesClient;
    readonly desk: Desk;
}

const backends = new Map<Stage, Backend>();

/** The client of a stage. There is one for each, so that its refreshes are one at a time. */
function backendOf(stage: Stage): Backend {
    let backend = backends.get(stage);
    if (backend === undefined) {
        const storage = new IndexedDbTokenStorage(`movies-${stage}`);
        const client = new MoviesClient(stageUrl(stage), storage);
        backend = { client, desk: new Desk(client, stage) };
        backends.set(stage, backend);
    }
    return backend;
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
        <StageContext value={{ stage, ...backendOf(stage), changeStage }}>
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
