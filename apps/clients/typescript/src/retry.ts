import { NetworkError, ProblemError, UnexpectedAnswerError, UploadRefusedError } from './errors.js';

/** The number of attempts and the waits between them. All times are in milliseconds. */
export interface RetryPolicy {
    /** The number of attempts, the first included. */
    readonly attempts: number;
    /** The longest wait after the first attempt. It doubles with each attempt. */
    readonly baseDelay: number;
    /** The longest wait. If `Retry-After` asks for a longer one, the error comes at once. */
    readonly maxDelay: number;
    /** The time limit of one attempt, from sending to the end of the answer. */
    readonly timeLimit: number;
}

/** The policy of a client whose options name no other. */
export const defaultRetryPolicy: RetryPolicy = {
    attempts: 4,
    baseDelay: 200,
    maxDelay: 20_000,
    timeLimit: 30_000,
};

/** The milliseconds to wait after attempt number `attempt` failed, or undefined if it is not repeated. */
export function delayAfter(
    error: unknown,
    attempt: number,
    policy: RetryPolicy,
): number | undefined {
    if (attempt >= policy.attempts || !isPassing(error)) {
        return undefined;
    }
    const retryAfter = error instanceof ProblemError ? error.retryAfter : undefined;
    if (retryAfter === undefined) {
        const delay = Math.min(policy.maxDelay, policy.baseDelay * 2 ** (attempt - 1));
        return delay / 2 + (delay / 2) * Math.random();
    }
    const delay = retryAfter * 1000;
    return delay > policy.maxDelay ? undefined : delay + (delay / 5) * Math.random();
}

/** True if the same request may succeed later. */
function isPassing(error: unknown): boolean {
    if (error instanceof NetworkError) {
        return true;
    }
    if (error instanceof UploadRefusedError) {
        return error.status >= 500;
    }
    if (error instanceof ProblemError) {
        const { status, problem } = error;
        return (
            isUnavailable(status) ||
            (status === 429 && problem.type === '/problems/too-many-requests') ||
            (status === 409 && problem.type === '/problems/request-in-flight')
        );
    }
    return error instanceof UnexpectedAnswerError && isUnavailable(error.status);
}

function isUnavailable(status: number | undefined): boolean {
    return status === 502 || status === 503 || status === 504;
}
