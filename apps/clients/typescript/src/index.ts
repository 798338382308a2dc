export { Accounts, type FlowOptions, type SignInStep } from './accounts.js';
export { MoviesClient, type MoviesClientOptions, type UploadOptions } from './client.js';
export {
    MoviesError,
    NetworkError,
    ProblemError,
    SessionEndedError,
    UnexpectedAnswerError,
    UploadRefusedError,
} from './errors.js';
export { MoviesApi } from './generated/api.js';
export type * from './generated/models.js';
export type { HostedSignInRequest, StartedHostedSignIn } from './hosted-sign-in.js';
export { IndexedDbTokenStorage } from './indexed-db-storage.js';
export { momentToDate, type Moment } from './moment.js';
export { BrowserPasskeyPrompt, type PasskeyPrompt } from './passkeys.js';
export { defaultRetryPolicy, type RetryPolicy } from './retry.js';
export { Session, type SessionState } from './session.js';
export { MemoryTokenStorage, type StoredTokens, type TokenStorage } from './storage.js';
export type { Answer, CallOptions, FileBytes } from './transport.js';
