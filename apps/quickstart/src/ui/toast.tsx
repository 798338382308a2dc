import { useSyncExternalStore } from 'react';

// The last result, such as "Movie added", for all pages: the page that did something is often gone by then.
let message = '';
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function show(text: string): void {
    message = text;
    listeners.forEach((listener) => listener());
}

/** Tells the user a result: to see for some seconds, and to hear. */
export function tell(text: string): void {
    clearTimeout(timer);
    show(text);
    timer = setTimeout(() => show(''), 6000);
}

function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export function Toast() {
    const text = useSyncExternalStore(subscribe, () => message);
    return (
        <div className="toast" role="status" aria-live="polite">
            {text && <p>{text}</p>}
        </div>
    );
}
