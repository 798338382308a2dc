import { useSyncExternalStore } from 'react';

// The address of a page is in the hash, with its query: `#/movie?title=Rush&year=2013`. So the files can be served from
// anywhere: no path but `/` has to exist. wouter's own hash hook keeps the query outside of the hash, where the hosted
// sign-in leaves its code.

function subscribe(listener: () => void): () => void {
    addEventListener('hashchange', listener);
    addEventListener('popstate', listener);
    return () => {
        removeEventListener('hashchange', listener);
        removeEventListener('popstate', listener);
    };
}

/** The address of the page as it is now: path and query. */
export function currentAddress(): string {
    return location.hash.slice(1) || '/';
}

function currentPath(): string {
    return currentAddress().split('?')[0] ?? '/';
}

function currentQuery(): string {
    const address = currentAddress();
    const start = address.indexOf('?');
    return start < 0 ? '' : address.slice(start + 1);
}

export interface NavigateOptions {
    /** Replaces the page in the browser's history. */
    readonly replace?: boolean | undefined;
}

/** Goes to another page. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', `#${to}`);
    dispatchEvent(new HashChangeEvent('hashchange'));
    if (!replace) {
        scrollTo(0, 0);
    }
}

/** The path of the page, for wouter's router. */
export function useHashLocation(): [string, typeof navigate] {
    return [useSyncExternalStore(subscribe, currentPath), navigate];
}
useHashLocation.hrefs = (path: string): string => `#${path}`;

/** The query of the page. */
export function useQueryParameters(): URLSearchParams {
    return new URLSearchParams(useSyncExternalStore(subscribe, currentQuery));
}

/** A path with a query, without the parameters that are empty. */
export function address(
    path: string,
    parameters: Readonly<Record<string, string | number | undefined>>,
): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined && value !== '') {
            query.set(name, String(value));
        }
    }
    const text = query.toString();
    return text === '' ? path : `${path}?${text}`;
}
