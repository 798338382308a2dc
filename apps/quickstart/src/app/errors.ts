import {
    NetworkError,
    ProblemError,
    SessionEndedError,
    UnexpectedAnswerError,
    UploadRefusedError,
} from 'movies-client';
import type { OfflineError, OfflineErrorReason } from 'movies-client/offline';

/** What an error means for the user, and what to do about it. */
export interface Explanation {
    readonly title: string;
    readonly advice: string;
    readonly requestId?: string | undefined;
}

const WAIT_AND_REPEAT = {
    title: 'The service is busy',
    advice: 'Nothing is wrong with what you did. Wait a moment and try again.',
};

const REFUSED = {
    title: 'That was refused',
    advice: 'Check what you entered and try again.',
};

/** By the `type` of a problem. The texts of the service are for developers, so the app has its own. */
const problems: Readonly<Record<string, Omit<Explanation, 'requestId'>>> = {
    'invalid-request': {
        title: 'Something is not right yet',
        advice: 'Correct what is marked and send it again.',
    },
    'wrong-code': {
        title: 'That code does not work',
        advice: 'It may be mistyped, used or too old. Check it, or ask for a new one.',
    },
    'weak-password': {
        title: 'This password is too easy to guess',
        advice: 'Choose another one that meets the rules below it.',
    },
    'wrong-credentials': {
        title: 'The address or the password is wrong',
        advice: 'Check both and try again, or set a new password.',
    },
    'insufficient-scope': {
        title: 'This sign-in does not allow that',
        advice: 'Sign out, and sign in again in this app.',
    },
    forbidden: {
        title: 'You may not do this',
        advice: 'Only who added a movie, and editors, change or delete it.',
    },
    'account-not-confirmed': {
        title: 'This address is not confirmed yet',
        advice: 'Enter the code from the e-mail first.',
    },
    'password-reset-required': {
        title: 'A new password is needed',
        advice: 'Use “Forgotten password” to set one.',
    },
    'wrong-current-password': {
        title: 'That is not your current password',
        advice: 'Enter it again.',
    },
    'movie-not-found': {
        title: 'There is no such movie',
        advice: 'It may have been deleted. Go back to the list.',
    },
    'watchlist-entry-not-found': {
        title: 'This is not in your watchlist any more',
        advice: 'It was removed elsewhere. Load the watchlist again.',
    },
    'movie-exists': {
        title: 'This movie is here already',
        advice: 'There is one with the same title and year. Open it and change that one.',
    },
    'picture-not-found': {
        title: 'There is no such picture any more',
        advice: 'It was deleted. Load the page again.',
    },
    'uploads-not-offered': {
        title: 'No pictures can be uploaded here',
        advice: 'Enter the https address of one instead.',
    },
    'version-mismatch': {
        title: 'It was changed in the meantime',
        advice: 'Load it again, then decide.',
    },
    'not-possible': {
        title: 'Your account does not have this',
        advice: 'Nothing was changed.',
    },
    'body-too-large': {
        title: 'This is too much text',
        advice: 'Shorten it and send it again.',
    },
    'idempotency-key-reused': {
        title: 'An earlier attempt was different',
        advice: 'Look whether it succeeded before you try again.',
    },
    'email-quota': {
        title: 'No e-mail can be sent at the moment',
        advice: 'Wait a while and try again.',
    },
    internal: {
        title: 'Something went wrong in the service',
        advice: 'Try again. If it stays like this, report it with the request id.',
    },
    unavailable: WAIT_AND_REPEAT,
    throttled: WAIT_AND_REPEAT,
    'provider-unavailable': WAIT_AND_REPEAT,
    'too-many-requests': WAIT_AND_REPEAT,
    'token-not-verifiable': WAIT_AND_REPEAT,
};

/** The browser cannot read a file as a picture. */
export class UnreadablePictureError extends Error {}

/** True if the store on this device did not do what it was asked for, for this reason. */
export function isOffline(error: unknown, reason: OfflineErrorReason): boolean {
    // The class itself is loaded with the store.
    return offlineReason(error) === reason;
}

function offlineReason(error: unknown): OfflineErrorReason | undefined {
    return error instanceof Error && error.name === 'OfflineError'
        ? (error as OfflineError).reason
        : undefined;
}

const offlineProblems: Readonly<Partial<Record<OfflineErrorReason, Omit<Explanation, 'requestId'>>>> = {
    storageFull: {
        title: 'There is no space left on this device',
        advice: 'Nothing was saved. Make room, then try again.',
    },
    queueFull: {
        title: 'Too many changes wait on this device',
        advice: 'Connect to a network, so that they can be sent. Then try again.',
    },
    itemExists: {
        title: 'This movie is here already',
        advice: 'There is one with the same title and year. Open it and change that one.',
    },
    itemUnknown: {
        title: 'This is not on this device any more',
        advice: 'It was deleted in the meantime. Go back to the list.',
    },
};

/** True if the error is a problem of this type, such as `movie-exists`. */
export function isProblem(error: unknown, type: string): error is ProblemError {
    return error instanceof ProblemError && error.problem.type === `/problems/${type}`;
}

export function explain(error: unknown): Explanation {
    const reason = offlineReason(error);
    if (reason !== undefined) {
        return (
            offlineProblems[reason] ?? {
                title: 'This device could not save it',
                advice: 'Load the page again and retry.',
            }
        );
    }
    if (error instanceof ProblemError) {
        return explainProblem(error);
    }
    if (error instanceof NetworkError) {
        return {
            title: error.timedOut ? 'The answer takes too long' : 'No connection',
            advice: 'Check the network and try again. Nothing that you typed is lost.',
            requestId: error.requestId,
        };
    }
    if (error instanceof SessionEndedError) {
        return {
            title: 'Your session has ended',
            advice: 'Sign in again.',
            requestId: error.requestId,
        };
    }
    if (error instanceof UnexpectedAnswerError) {
        return {
            title: 'The service gave an answer that this app does not understand',
            advice: 'Try again. If it stays like this, load the page again: there may be a newer app.',
            requestId: error.requestId,
        };
    }
    if (error instanceof UploadRefusedError) {
        return error.status < 500
            ? {
                  title: 'The picture was refused',
                  advice: 'Try again, or choose another one.',
                  requestId: error.requestId,
              }
            : { ...WAIT_AND_REPEAT, requestId: error.requestId };
    }
    if (error instanceof UnreadablePictureError) {
        return {
            title: 'This file is no picture that the browser can read',
            advice: 'Choose a JPEG, PNG or WebP file.',
        };
    }
    if (error instanceof DOMException && error.name === 'NotAllowedError') {
        return {
            title: 'The passkey was not used',
            advice: 'The prompt was closed, or there is no passkey for this account on this device. Try again.',
        };
    }
    if (error instanceof DOMException && error.name === 'InvalidStateError') {
        return {
            title: 'This device has a passkey for your account already',
            advice: 'Use it to sign in. There is nothing else to do.',
        };
    }
    return {
        title: 'Something went wrong in this app',
        advice: 'Load the page again and retry.',
    };
}

/** What a problem of this type means, in a sentence or two. */
export function explainType(type = '', status = 400): string {
    const known = problems[type.replace('/problems/', '')];
    const { title, advice } = known ?? (status < 500 ? REFUSED : WAIT_AND_REPEAT);
    return `${title}. ${advice}`;
}

/** What is wrong with a field, by the code of the service. */
export function fieldText(code: string): string {
    return codes[code] ?? 'This is not right.';
}

function explainProblem(error: ProblemError): Explanation {
    const { problem, retryAfter, requestId } = error;
    const type = problem.type.replace('/problems/', '');
    if (type === 'too-many-attempts') {
        const wait = retryAfter === undefined ? 'a while' : duration(retryAfter);
        return {
            title: 'Too many attempts',
            advice: `Wait ${wait}, then try again.`,
            requestId,
        };
    }
    const known = problems[type];
    if (known !== undefined) {
        return { ...known, requestId };
    }
    return error.status < 500
        ? { ...REFUSED, requestId }
        : { ...WAIT_AND_REPEAT, requestId };
}

function duration(seconds: number): string {
    if (seconds < 90) {
        return `${seconds} seconds`;
    }
    return `${Math.ceil(seconds / 60)} minutes`;
}

const codes: Readonly<Record<string, string>> = {
    required: 'This is needed.',
    invalid_type: 'This has the wrong form.',
    invalid_value: 'This is not allowed here.',
    too_short: 'This is too short.',
    too_long: 'This is too long.',
    out_of_range: 'This is too small or too large.',
    malformed: 'This cannot be read. Check how it is written.',
    not_accepted: 'This was not accepted.',
    expired: 'This came too late. Begin again.',
    needs_lowercase: 'Add a lower-case letter.',
    needs_uppercase: 'Add an upper-case letter.',
    needs_digit: 'Add a digit.',
    needs_symbol: 'Add a symbol, such as ! or -.',
    outer_space: 'Remove the space at the beginning or the end.',
    used_before: 'You used this one before. Choose another.',
    refused_by_policy: 'This was refused. Choose another.',
};

/** What is wrong with each field of a form, by the name of the member: `actors` for `actors[2]`. */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
    const texts: Record<string, string> = {};
    if (error instanceof ProblemError) {
        for (const { field, code } of error.problem.errors ?? []) {
            const name = field.replace(/[.[].*$/, '');
            const text = fieldText(code);
            const before = texts[name];
            texts[name] = before === undefined || before === text ? text : `${before} ${text}`;
        }
    }
    return texts;
}
