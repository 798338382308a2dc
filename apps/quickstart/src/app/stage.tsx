import type { MoviesClient } from 'movies-client';
import { createContext, useContext, useState, type ReactNode } from 'react';
import { Desk } from '../offline/desk';
import { navigate } from './hash-location';
import { newClient, stages, type Stage } from './stages';

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
        const client = newClient(stage);
        backend = { client, desk: new Desk(client, stage) };
        backends.set(stage, backend);
    }
    return backend;
}

function storedStage(): Stage {
    const stored = localStorage.getItem(STORED);
    return stages.find((stage) => stage === stored) ?? stages[0] ?? 'Development';
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
