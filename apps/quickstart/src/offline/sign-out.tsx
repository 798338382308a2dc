import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Dialog } from '../ui/dialog';
import { useCounts } from './hooks';

/** Asks before something signs the user out that would lose what waits on this device. */
export function useSignOutQuestion(): {
    /** Does it at once if nothing waits. */
    readonly ask: (end: () => void) => void;
    readonly question: ReactNode;
} {
    const { waiting, toDecide } = useCounts();
    const total = waiting + toDecide;
    const [end, setEnd] = useState<() => void>();
    const close = () => setEnd(undefined);
    return {
        ask: (run) => (total === 0 ? run() : setEnd(() => run)),
        question: end && (
            <Dialog title="Sign out and lose changes?" onClose={close}>
                <p>
                    {total === 1
                        ? '1 change is on this device only.'
                        : `${total} changes are on this device only.`}{' '}
                    Signing out removes all that is kept here. <Link href="/waiting">Look at them.</Link>
                </p>
                <div className="dialog-actions">
                    <button type="button" className="button" onClick={close}>
                        Stay signed in
                    </button>
                    <button
                        type="button"
                        className="button button-danger"
                        onClick={() => {
                            close();
                            end();
                        }}
                    >
                        Sign out and lose them
                    </button>
                </div>
            </Dialog>
        ),
    };
}
