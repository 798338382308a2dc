import { useState } from 'react';
import { useScope } from './session';

const PREFIX = 'draft:';

/**
 * State of a form that outlives the page: it is kept until the tab is closed, so that nothing typed is lost when the
 * session ends, the page is reloaded, or the user looks at another page in between. Not for passwords.
 */
export function useDraft<T>(form: string, initial: () => T) {
    const key = `${PREFIX}${useScope().join(':')}:${form}`;
    const [{ value, restored }, setState] = useState(() => {
        const kept = sessionStorage.getItem(key);
        return kept === null
            ? { value: initial(), restored: false }
            : { value: JSON.parse(kept) as T, restored: true };
    });
    const set = (next: T) => {
        sessionStorage.setItem(key, JSON.stringify(next));
        setState({ value: next, restored });
    };
    const discard = () => {
        sessionStorage.removeItem(key);
        setState({ value: initial(), restored: false });
    };
    const forget = () => sessionStorage.removeItem(key);
    return { value, set, restored, discard, forget };
}

/** Forgets all drafts: the next user of this tab must not see them. */
export function forgetDrafts(): void {
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
    keys.forEach((key) => sessionStorage.removeItem(key));
}
