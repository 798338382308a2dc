import { useEffect, useId, useRef, type ReactNode } from 'react';

interface DialogProps {
    readonly title: string;
    readonly onClose: () => void;
    readonly wide?: boolean;
    readonly children: ReactNode;
}

/** A modal dialog, open as long as it is rendered. Afterwards the focus returns to where it was. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
    const ref = useRef<HTMLDialogElement>(null);
    const titleId = useId();
    useEffect(() => {
        const opener = document.activeElement;
        if (!ref.current?.open) {
            ref.current?.showModal();
        }
        return () => {
            const back = opener?.isConnected ? opener : document.querySelector('h1');
            if (back instanceof HTMLElement) {
                back.focus();
            }
        };
    }, []);
    return (
        <dialog
            ref={ref}
            className={wide ? 'dialog dialog-wide' : 'dialog'}
            aria-labelledby={titleId}
            onClose={onClose}
        >
            <div className="dialog-head">
                <h2 id={titleId}>{title}</h2>
                <button
                    type="button"
                    className="icon-button"
                    aria-label="Close"
                    onClick={() => ref.current?.close()}
                >
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M6 6l12 12M18 6L6 18" />
                    </svg>
                </button>
            </div>
            {children}
        </dialog>
    );
}
