import type { ReactNode } from 'react';
import { explain } from '../app/errors';

interface ErrorNoticeProps {
    readonly error: unknown;
    readonly onRetry?: (() => void) | undefined;
    /** What else the user can do, such as a link. */
    readonly children?: ReactNode;
}

/** Says what went wrong and what to do about it. Shows nothing without an error. */
export function ErrorNotice({ error, onRetry, children }: ErrorNoticeProps) {
    if (error === null || error === undefined) {
        return null;
    }
    const { title, advice, requestId } = explain(error);
    return (
        <div className="notice notice-error" role="alert">
            <p className="notice-title">{title}</p>
            <p>{advice}</p>
            {(onRetry || children) && (
                <p className="notice-actions">
                    {onRetry && (
                        <button type="button" className="button" onClick={onRetry}>
                            Try again
                        </button>
                    )}
                    {children}
                </p>
            )}
            {requestId && (
                <p className="request-id">
                    Request <code>{requestId}</code>
                </p>
            )}
        </div>
    );
}

interface EmptyStateProps {
    readonly title: string;
    readonly children: ReactNode;
}

/** Says that there is nothing here, and what to do next. */
export function EmptyState({ title, children }: EmptyStateProps) {
    return (
        <div className="empty">
            <h2>{title}</h2>
            {children}
        </div>
    );
}
