import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';

// The browser announces the first page by itself.
let isFirst = true;

interface PageProps {
    readonly title: string;
    /** What the heading shows, if it is not the title. */
    readonly heading?: ReactNode;
    readonly aside?: ReactNode;
    readonly narrow?: boolean;
    readonly children: ReactNode;
}

/** A page: it names the document, and moves the focus to its heading when the user comes to it. */
export function Page({ title, heading = title, aside, narrow = false, children }: PageProps) {
    const ref = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = title === 'Movies' ? 'Movies' : `${title} · Movies`;
    }, [title]);
    // The focus moves with the page: not after it is drawn, when a key may come first.
    useLayoutEffect(() => {
        if (!isFirst) {
            ref.current?.focus({ preventScroll: true });
        }
        isFirst = false;
    }, []);
    return (
        <div className={narrow ? 'page page-narrow' : 'page'}>
            <div className="page-head">
                <h1 ref={ref} tabIndex={-1}>
                    {heading}
                </h1>
                {aside}
            </div>
            {children}
        </div>
    );
}
