import type { Problem } from './generated/models.js';

/**
 * An error of this client. Cancellation is not one: it rejects with the reason of the `AbortSignal`, which is an
 * `AbortError`. No error has a token, a password or a body in its message.
 */
export abstract class MoviesError extends Error {
    /** The id of the request, to quote when you report a fault. Undefined if no answer had one. */
    readonly requestId: string | undefined;

    constructor(message: string, requestId: string | undefined, options?: ErrorOptions) {
        super(requestId === undefined ? message : `${message} (request ${requestId})`, options);
        this.requestId = requestId;
    }
}

/** The answer is a problem document. Decide by `problem.type`, or by `status` if the type is new to you. */
export class ProblemError extends MoviesError {
    override readonly name = 'ProblemError';
    /** The status code of the answer. */
    readonly status: number;
    /** The problem, with the members that the contract names. */
    readonly problem: Problem;
    /** The seconds to wait before the request is sent again, if the answer says so. */
    readonly retryAfter: number | undefined;
    /** The whole document as text, with the members that this client does not know. */
    readonly json: string;

    constructor(
        status: number,
        problem: Problem,
        json: string,
        requestId: string | undefined,
        retryAfter: number | undefined,
    ) {
        super(`${status} ${problem.type}`, requestId);
        this.status = status;
        this.problem = problem;
        this.json = json;
        this.retryAfter = retryAfter;
    }
}

/** The session is over, or there is none. The tokens are cleared. Let the user sign in. */
export class SessionEndedError extends MoviesError {
    override readonly name = 'SessionEndedError';

    constructor(requestId?: string) {
        super('the session is over: sign in', requestId);
    }
}

/**
 * The answer is none of this API: HTML, an empty body, a redirect, or an error without a problem document. A hosted
 * sign-in that comes back without a code is one, too.
 */
export class UnexpectedAnswerError extends MoviesError {
    override readonly name = 'UnexpectedAnswerError';
    /** The status code. Undefined if the browser does not tell it, as with a redirect. */
    readonly status: number | undefined;
    /** The fault in words, for a developer. */
    readonly reason: string;

    constructor(reason: string, status?: number, requestId?: string) {
        super(
            `unexpected answer: ${reason}${status === undefined ? '' : `, status ${status}`}`,
            requestId,
        );
        this.status = status;
        this.reason = reason;
    }
}

/**
 * The storage of files did not take an upload. A `status` below 500: the file or a header is not as it was told. From 500
 * on: try again later.
 */
export class UploadRefusedError extends MoviesError {
    override readonly name = 'UploadRefusedError';
    /** The status code of the storage. */
    readonly status: number;

    constructor(status: number, requestId: string | undefined) {
        super(`the upload was refused with ${status}`, requestId);
        this.status = status;
    }
}

/** There is no answer: the device is offline, the connection was refused or cut off, or it took too long. */
export class NetworkError extends MoviesError {
    override readonly name = 'NetworkError';
    /** True if the time limit of an attempt passed. */
    readonly timedOut: boolean;

    constructor(timedOut: boolean, requestId: string | undefined, cause: unknown) {
        super(timedOut ? 'no answer in time' : 'no answer from the network', requestId, { cause });
        this.timedOut = timedOut;
    }
}
