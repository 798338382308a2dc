// Written by `cargo xtask clients`. Do not change it by hand.

import { pages, segment, type Answer, type CallOptions, type Transport } from '../transport.js';
import type * as models from './models.js';

/** The members that an answer must have. */
const required = {
    MovieResponse: [
        'title',
        'year',
        'directors',
        'actors',
        'genres',
        'etag',
        'version',
        'createdAt',
        'updatedAt',
    ],
    MovieListResponse: ['items', 'count'],
    MovieChangesResponse: ['items', 'nextSince', 'more', 'pollAfterSeconds'],
    PictureResponse: [
        'pictureId',
        'contentType',
        'size',
        'url',
        'etag',
        'version',
        'createdAt',
        'updatedAt',
    ],
    PictureListResponse: ['items', 'count'],
    PictureChangesResponse: ['items', 'nextSince', 'more', 'pollAfterSeconds'],
    PictureUploadResponse: [
        'pictureId',
        'contentType',
        'size',
        'url',
        'etag',
        'version',
        'createdAt',
        'updatedAt',
        'upload',
    ],
    WatchlistEntryResponse: [
        'entryId',
        'title',
        'year',
        'watched',
        'etag',
        'version',
        'createdAt',
        'updatedAt',
    ],
    WatchlistResponse: ['items', 'count'],
    WatchlistChangesResponse: ['items', 'nextSince', 'more', 'pollAfterSeconds'],
    NextStepResponse: ['nextStep'],
    SignInResponse: ['nextStep'],
    TokenResponse: ['accessToken', 'idToken', 'refreshToken', 'expiresIn', 'tokenType'],
    AuthConfiguration: ['region', 'userPoolId', 'clientId', 'issuer', 'jwksUri', 'passwordPolicy'],
    ProfileResponse: ['id', 'emailVerified', 'totpEnabled', 'providers', 'groups'],
    TotpSetUpResponse: ['secret', 'otpauthUri'],
    PasskeyListResponse: ['passkeys'],
    PasskeyOptionsResponse: ['creationOptions'],
    SessionListResponse: ['complete', 'items'],
    ExportResponse: [
        'exportedAt',
        'profile',
        'attributes',
        'sessions',
        'passkeys',
        'idempotencyRecords',
        'movies',
        'pictures',
        'watchlist',
    ],
    HealthResponse: ['status'],
};

/**
 * The operations, each by its `operationId`. A list that comes in pages has a second method, `…All`, for all of its items.
 *
 * Each rejects with a `ProblemError`, `NetworkError` or `UnexpectedAnswerError`; with a `SessionEndedError` if it needs
 * a user who is signed in and there is none; and with an `AbortError` if its signal is aborted.
 */
export class MoviesApi {
    readonly #transport: Transport;

    constructor(transport: Transport) {
        this.#transport = transport;
    }

    /**
     * List and search movies.
     *
     * Lists or searches movies, one page at a time. These can be asked for; anything else is refused, and
     * the fault says what can be given together:
     *
     * | parameters | movies | order |
     * | --- | --- | --- |
     * | none | all | none is defined between years; within a year, the title's bytes in UTF-8 |
     * | `year` | of this year | the title's bytes in UTF-8 |
     * | `year`, `titlePrefix` | of this year, whose title begins so, upper and lower case as written | the title's bytes in UTF-8 |
     * | `q` | with these words in title, directors or actors | the word that is found, then the title |
     * | `titlePrefix` | whose title begins so | the title |
     * | `sort` | that have a value of this member | as asked for, then the title |
     * | `genre` | of this genre | the title |
     * | `genre`, `sort` | of this genre, that have a value of this member | as asked for, then the title; not by `rank` |
     *
     * But for `year`, texts are compared without accents and without a difference of upper and lower case:
     * `amelie` finds "Amélie". A search may miss what was written within the last seconds. Of a movie, the first 29 different words are found, those of the title
     * first, then the directors, then the actors; and the first 5 genres. A page with fewer movies than
     * `limit`, or with none, may still have a `nextCursor`.
     */
    async listMovies(
        query?: models.ListMoviesQuery,
        options?: CallOptions,
    ): Promise<Answer<models.MovieListResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/movies',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.MovieListResponse,
            },
            options,
        );
    }

    /** All items of `listMovies`. The next page is asked for when it is needed. */
    listMoviesAll(
        query: models.ListMoviesQuery = {},
        options?: CallOptions,
    ): AsyncGenerator<models.MovieResponse, void, undefined> {
        return pages(query, (page) => this.listMovies(page, options));
    }

    /**
     * List the movies that have changed.
     *
     * Lists the movies that were added, changed or deleted since an earlier answer, each as it is now. Without
     * `since` it begins with all movies. See "Changes" above.
     */
    async listMovieChanges(
        query?: models.ListMovieChangesQuery,
        options?: CallOptions,
    ): Promise<Answer<models.MovieChangesResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/movies/changes',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.MovieChangesResponse,
            },
            options,
        );
    }

    /**
     * Add a movie.
     *
     * Adds a movie. It never overwrites one: if a movie with this title and year exists, the answer is
     * 409. You become its owner. The answer is the movie as it was stored, in the one shape that all
     * answers have, however you sent it.
     *
     * More is accepted than the schema says, here, in `updateMovie`, and of the year in `findMovie` and
     * `deleteMovie`. `year` may be a string of four digits, as in these two bodies:
     *
     * ```json
     * { "title": "Godzilla vs. Dynamo", "year": "2016", "info": "New from Acme Films, starring John Smith."}
     * { "title": "Love and Friendship", "year": "2016", "info": "New from Amazon Studios, starring Kate Beckinsale."}
     * ```
     *
     * A number that is an integer may be written in another way, such as `2016.0`. `null` for an
     * optional member is as good as leaving it out. `info` may be an object in the shape of AWS's public
     * `moviedata.json`:
     *
     * ```json
     * { "title": "Rush", "year": 2013, "info": { "directors": ["Ron Howard"], "release_date": "2013-09-02T00:00:00Z",
     *   "rating": 8.3, "genres": ["Action", "Drama"], "image_url": "https://images.example.com/rush.jpg",
     *   "plot": "The rivalry between two drivers.", "rank": 2, "running_time_secs": 7380,
     *   "actors": ["Daniel Bruhl"] } }
     * ```
     *
     * Each of its members lands in the movie's member of the same meaning, `plot` in `info`, and follows
     * its rules; `release_date` may be a date and time as in RFC 3339, of which the date is kept as it
     * is written. A member may be given itself or inside the object, not both.
     */
    async addMovie(
        body: models.AddMovieRequest,
        options?: CallOptions,
    ): Promise<Answer<models.MovieResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/movies/add-movie',
                body,
                signedIn: true,
                keyed: true,
                answer: required.MovieResponse,
            },
            options,
        );
    }

    /**
     * Find a movie, through caches.
     *
     * The same as `findMovie`, with the title and the year in the query, for clients and caches that
     * understand `ETag`. Send the `ETag` that you have as `If-None-Match`: if the movie is still the
     * same, the answer is 304 without a body.
     */
    async findMovieCached(
        query: models.FindMovieCachedQuery,
        options?: CallOptions,
    ): Promise<Answer<models.MovieResponse | undefined>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/movies/findbytitleandyear',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.MovieResponse,
                answerOptional: true,
            },
            options,
        );
    }

    /**
     * Find a movie by title and year.
     *
     * Gives the movie with exactly this title and year.
     */
    async findMovie(
        body: models.MovieKeyRequest,
        options?: CallOptions,
    ): Promise<Answer<models.MovieResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/movies/findbytitleandyear',
                body,
                signedIn: true,
                repeatable: true,
                answer: required.MovieResponse,
            },
            options,
        );
    }

    /**
     * Change a movie.
     *
     * Changes the members that the body names and leaves the others as they are. `clear` names members
     * to remove; an empty array removes a list, too. `null` for a member is accepted and does the same
     * as its name in `clear`, also for an `Idempotency-Key`. A member cannot be set and removed at once.
     * More is accepted than the schema says: see `addMovie`. `title` and `year` say which movie is meant
     * and cannot be changed. Only the caller who added the movie and members of the group `editors` may
     * change it.
     */
    async updateMovie(
        body: models.UpdateMovieRequest,
        options?: CallOptions,
    ): Promise<Answer<models.MovieResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/movies/update-movie',
                body,
                signedIn: true,
                keyed: true,
                answer: required.MovieResponse,
            },
            options,
        );
    }

    /**
     * Delete a movie.
     *
     * Deletes the movie with exactly this title and year. Only the caller who added it and members of
     * the group `editors` may delete it.
     */
    async deleteMovie(
        body: models.MovieKeyRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/movies/delete-movie',
                body,
                signedIn: true,
                keyed: true,
            },
            options,
        );
    }

    /**
     * List your pictures.
     *
     * Lists your pictures by `pictureId`, one page at a time.
     */
    async listPictures(
        query?: models.ListPicturesQuery,
        options?: CallOptions,
    ): Promise<Answer<models.PictureListResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/pictures',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.PictureListResponse,
            },
            options,
        );
    }

    /** All items of `listPictures`. The next page is asked for when it is needed. */
    listPicturesAll(
        query: models.ListPicturesQuery = {},
        options?: CallOptions,
    ): AsyncGenerator<models.PictureResponse, void, undefined> {
        return pages(query, (page) => this.listPictures(page, options));
    }

    /**
     * List your pictures that have changed.
     *
     * Lists your pictures that were added, replaced or deleted since an earlier answer, each as it is now. Without
     * `since` it begins with all of them. See "Changes" above.
     */
    async listPictureChanges(
        query?: models.ListPictureChangesQuery,
        options?: CallOptions,
    ): Promise<Answer<models.PictureChangesResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/pictures/changes',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.PictureChangesResponse,
            },
            options,
        );
    }

    /**
     * Find one of your pictures.
     *
     * Gives one picture. Send the `ETag` that you have as `If-None-Match`: if it is still the same, the answer is 304
     * without a body.
     */
    async findPicture(
        pictureId: string,
        options?: CallOptions,
    ): Promise<Answer<models.PictureResponse | undefined>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: `/me/pictures/${segment(pictureId)}`,
                signedIn: true,
                repeatable: true,
                answer: required.PictureResponse,
                answerOptional: true,
            },
            options,
        );
    }

    /**
     * Upload a picture.
     *
     * Adds a picture under an id that you make (a UUID does well), and permits the upload of its file for 15 minutes:
     * send the file with `PUT` to `upload.url`, with `upload.headers` and as many bytes as `size` says, and without
     * the access token. The answer is 200 without a body; 403 means that the file or a header is not as it was told,
     * or that the time is over. Then everyone can see the picture at `url`: make it the `imageUrl` of a movie.
     *
     * Repeat the request to permit another upload of the same picture. With other members it replaces the picture, and
     * with `If-Match` it only replaces. Who has seen a picture may see the old one for a day, so rather make a new id for a
     * new picture.
     *
     * The service does not look into the file. Make it small before: 1,000 pixels are plenty for a poster.
     */
    async putPicture(
        pictureId: string,
        body: models.PutPictureRequest,
        options?: CallOptions,
    ): Promise<Answer<models.PictureUploadResponse>> {
        return this.#transport.send(
            {
                method: 'PUT',
                path: `/me/pictures/${segment(pictureId)}`,
                body,
                signedIn: true,
                keyed: true,
                answer: required.PictureUploadResponse,
            },
            options,
        );
    }

    /**
     * Delete a picture.
     *
     * Deletes a picture and its file. Who has seen it may see it for another day. A movie whose `imageUrl` names it is
     * not changed. An upload that was permitted stays so until it expires: whoever has its URL can upload the file again.
     */
    async deletePicture(pictureId: string, options?: CallOptions): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'DELETE',
                path: `/me/pictures/${segment(pictureId)}`,
                signedIn: true,
                keyed: true,
            },
            options,
        );
    }

    /**
     * List your watchlist.
     *
     * Lists the entries of your watchlist by `entryId`, one page at a time.
     */
    async listWatchlist(
        query?: models.ListWatchlistQuery,
        options?: CallOptions,
    ): Promise<Answer<models.WatchlistResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/watchlist',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.WatchlistResponse,
            },
            options,
        );
    }

    /** All items of `listWatchlist`. The next page is asked for when it is needed. */
    listWatchlistAll(
        query: models.ListWatchlistQuery = {},
        options?: CallOptions,
    ): AsyncGenerator<models.WatchlistEntryResponse, void, undefined> {
        return pages(query, (page) => this.listWatchlist(page, options));
    }

    /**
     * List the entries of your watchlist that have changed.
     *
     * Lists the entries that were added, changed or deleted since an earlier answer, each as it is now. Without
     * `since` it begins with all entries. See "Changes" above.
     */
    async listWatchlistChanges(
        query?: models.ListWatchlistChangesQuery,
        options?: CallOptions,
    ): Promise<Answer<models.WatchlistChangesResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/watchlist/changes',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.WatchlistChangesResponse,
            },
            options,
        );
    }

    /**
     * Find an entry of your watchlist.
     *
     * Gives one entry. Send the `ETag` that you have as `If-None-Match`: if the entry is still the same, the
     * answer is 304 without a body.
     */
    async findWatchlistEntry(
        entryId: string,
        options?: CallOptions,
    ): Promise<Answer<models.WatchlistEntryResponse | undefined>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: `/me/watchlist/${segment(entryId)}`,
                signedIn: true,
                repeatable: true,
                answer: required.WatchlistEntryResponse,
                answerOptional: true,
            },
            options,
        );
    }

    /**
     * Add or replace an entry of your watchlist.
     *
     * Adds an entry under an id that you make (a UUID does well), so that an app can make entries while it is
     * offline, or replaces the one that is there: a member that the body does not have is removed. With `If-Match` it
     * only replaces. An entry names a movie, which need not be among those of `listMovies`.
     */
    async putWatchlistEntry(
        entryId: string,
        body: models.PutWatchlistEntryRequest,
        options?: CallOptions,
    ): Promise<Answer<models.WatchlistEntryResponse>> {
        return this.#transport.send(
            {
                method: 'PUT',
                path: `/me/watchlist/${segment(entryId)}`,
                body,
                signedIn: true,
                keyed: true,
                answer: required.WatchlistEntryResponse,
            },
            options,
        );
    }

    /**
     * Change an entry of your watchlist.
     *
     * Changes the members that the body names and leaves the others as they are. `clear` names members to
     * remove, and `null` for a member is accepted and does the same. A member cannot be set and removed at
     * once; `title` and `year` cannot be removed.
     */
    async updateWatchlistEntry(
        entryId: string,
        body: models.UpdateWatchlistEntryRequest,
        options?: CallOptions,
    ): Promise<Answer<models.WatchlistEntryResponse>> {
        return this.#transport.send(
            {
                method: 'PATCH',
                path: `/me/watchlist/${segment(entryId)}`,
                body,
                signedIn: true,
                keyed: true,
                answer: required.WatchlistEntryResponse,
            },
            options,
        );
    }

    /**
     * Delete an entry of your watchlist.
     *
     * Deletes the entry.
     */
    async deleteWatchlistEntry(entryId: string, options?: CallOptions): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'DELETE',
                path: `/me/watchlist/${segment(entryId)}`,
                signedIn: true,
                keyed: true,
            },
            options,
        );
    }

    /**
     * Create an account.
     *
     * Starts an account. A code goes out by e-mail; pass it to `confirmSignUp`, with the same password. The
     * answer is the same whether or not the address already has an account, so it never tells who is
     * registered. An address that was sent several e-mails in a row is sent no more for a while; that does
     * not show either.
     */
    async signUp(
        body: models.SignUpRequest,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/sign-up',
                body,
                answer: required.NextStepResponse,
            },
            options,
        );
    }

    /**
     * Confirm an account.
     *
     * Proves, with the code from the e-mail, that the address belongs to the user, and gives the account
     * its `password`. Send it along: anybody can sign up with any address, so the password of a sign-up
     * need not be that of whoever reads the mail. Without it the account may be left with no password;
     * then the answer is 202, and a code to set one is in the mail: call `resetPassword`. For an address
     * without an account, or with one that is confirmed already, every code is a wrong one.
     */
    async confirmSignUp(
        body: models.ConfirmSignUpRequest,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse | undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/confirm-sign-up',
                body,
                answer: required.NextStepResponse,
                answerOptional: true,
            },
            options,
        );
    }

    /**
     * Send the confirmation code again.
     *
     * Sends a new code for `confirmSignUp`, if an account with this address waits for one. The answer is
     * the same if there is none, if it is confirmed already, or if the address was sent so many e-mails
     * that it is sent no more for a while, so it never tells who is registered.
     */
    async resendCode(
        body: models.EmailRequest,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/resend-code',
                body,
                answer: required.NextStepResponse,
            },
            options,
        );
    }

    /**
     * Sign in.
     *
     * Exchanges an address and a password for tokens, or for a challenge if more has to be proved first:
     * see `nextStep` of the answer. Send the access token with every request to `/movies` and `/me`;
     * keep all tokens in the secure storage of the device. A wrong password and an unknown address get
     * the same answer.
     */
    async signIn(
        body: models.SignInRequest,
        options?: CallOptions,
    ): Promise<Answer<models.SignInResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/sign-in',
                body,
                answer: required.SignInResponse,
            },
            options,
        );
    }

    /**
     * Sign in with a passkey.
     *
     * Begins a sign-in with a passkey: the challenge `WEB_AUTHN`, whose parameter `CREDENTIAL_REQUEST_OPTIONS` is the JSON
     * text of [`PublicKeyCredentialRequestOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson).
     * Let the platform sign it, and answer with `respondToChallenge`. A passkey is enough, also for an account with an
     * authenticator app: it verifies the user itself.
     *
     * 401 says that there is no such account, or that it has no passkey here. Not every provider tells: there may be a
     * challenge that nothing answers.
     */
    async signInWithPasskey(
        body: models.EmailRequest,
        options?: CallOptions,
    ): Promise<Answer<models.SignInResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/sign-in-with-passkey',
                body,
                answer: required.SignInResponse,
            },
            options,
        );
    }

    /**
     * Answer a challenge.
     *
     * Goes on with a sign-in that was answered with a challenge: with tokens, or with the next
     * challenge.
     *
     * Challenges pass through this API by name, parameters and responses, as Amazon Cognito defines them
     * (Amazon Cognito API Reference, `RespondToAuthChallenge`), so there may be new ones at any time. An
     * app that does not know the challenge cannot go on with it: tell the user to update the app. Send
     * back the name and the `session` of the latest answer; a session is good for a few minutes.
     *
     * `USERNAME`, which Cognito demands, need not be among the responses: `session` carries it. The
     * challenges that accounts have today:
     *
     * | name | what to ask the user for | responses |
     * | --- | --- | --- |
     * | `SOFTWARE_TOKEN_MFA` | The code in the authenticator app. | `SOFTWARE_TOKEN_MFA_CODE` |
     * | `NEW_PASSWORD_REQUIRED` | A new password: this one was set by an administrator. | `NEW_PASSWORD` |
     * | `WEB_AUTHN` | A passkey, which signs the parameter `CREDENTIAL_REQUEST_OPTIONS`. | `CREDENTIAL`: the JSON text of [`AuthenticationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson) |
     *
     * Responses that do not fit the challenge are 400 with the code `not_accepted`.
     */
    async respondToChallenge(
        body: models.RespondToChallengeRequest,
        options?: CallOptions,
    ): Promise<Answer<models.SignInResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/respond-to-challenge',
                body,
                answer: required.SignInResponse,
            },
            options,
        );
    }

    /**
     * Finish a hosted sign-in.
     *
     * Exchanges the code that a hosted sign-in gave to the app for tokens
     * ([RFC 6749](https://www.rfc-editor.org/rfc/rfc6749), section 4.1.3;
     * [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)): see `hostedSignIn` of `getAuthConfiguration`.
     * Compare `state` before, and `nonce` of the ID token after.
     *
     * A code is good for one request and a few minutes. A code that is unknown, used or expired, or that
     * was given for another redirect URI or verifier, is 400 with `/problems/wrong-code`: start again.
     * Where there is no hosted sign-in, the answer is 409.
     */
    async exchangeCode(
        body: models.ExchangeCodeRequest,
        options?: CallOptions,
    ): Promise<Answer<models.TokenResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/exchange-code',
                body,
                answer: required.TokenResponse,
            },
            options,
        );
    }

    /**
     * Get new tokens.
     *
     * Exchanges the refresh token for new tokens. Do so when the access token expires, or when a request
     * was answered with 401 and `/problems/unauthorized`.
     *
     * Refresh tokens rotate: store the one in the answer before you use the new access token, and forget
     * the old one. The old one is still accepted for 10 seconds, so that an app whose answer was lost on
     * the way can ask again; after that it is refused, and using it may end the session. Never refresh
     * twice at the same time. Where a user pool does not rotate, the same token comes back: store what
     * comes, always.
     *
     * 401 with `/problems/session-ended` is final: let the user sign in again. After every other failure
     * keep the token and try again later.
     */
    async refreshTokens(
        body: models.RefreshTokenRequest,
        options?: CallOptions,
    ): Promise<Answer<models.TokenResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/refresh',
                body,
                repeatable: true,
                answer: required.TokenResponse,
            },
            options,
        );
    }

    /**
     * Sign out.
     *
     * Ends the session that the refresh token belongs to: from now on it gives no more tokens. Access
     * tokens that it gave stay good at this API until they expire, at most 15 minutes after they were
     * issued, so the app must forget them. A refresh token that is no good, or not any more, is signed
     * out: that is 204, too.
     */
    async signOut(
        body: models.RefreshTokenRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/sign-out',
                body,
            },
            options,
        );
    }

    /**
     * Ask for a code to set a new password.
     *
     * Sends a code for `resetPassword`, if the address has a confirmed account. The answer is the same
     * if it has none, so it never tells who is registered.
     */
    async forgotPassword(
        body: models.EmailRequest,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/forgot-password',
                body,
                answer: required.NextStepResponse,
            },
            options,
        );
    }

    /**
     * Set a new password.
     *
     * Sets a new password with the code of `forgotPassword`. Then sign in. For an address without an
     * account every code is a wrong one.
     */
    async resetPassword(
        body: models.ResetPasswordRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/auth/reset-password',
                body,
            },
            options,
        );
    }

    /**
     * What an app must know to sign users in.
     *
     * All of it is public and seldom changes, so an app needs to be built with nothing but the base URL
     * of the stage. `hostedSignIn` is there if users can sign in on a page in the browser, with a
     * federated provider or without: OAuth 2.0 with an authorization code and PKCE ([RFC
     * 6749](https://www.rfc-editor.org/rfc/rfc6749), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636),
     * [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252)). The tokens that it gives are as good as those
     * of `signIn`.
     */
    async getAuthConfiguration(options?: CallOptions): Promise<Answer<models.AuthConfiguration>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/auth/configuration',
                repeatable: true,
                answer: required.AuthConfiguration,
            },
            options,
        );
    }

    /**
     * Read your profile.
     *
     * What is known of the signed-in user. `createdAt` is when the account was made, if that is known.
     */
    async getProfile(options?: CallOptions): Promise<Answer<models.ProfileResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me',
                signedIn: true,
                repeatable: true,
                answer: required.ProfileResponse,
            },
            options,
        );
    }

    /**
     * Change your name.
     *
     * Changes what to call the user; `null` removes it. To change the address, use `changeEmail`.
     */
    async updateProfile(
        body: models.UpdateProfileRequest,
        options?: CallOptions,
    ): Promise<Answer<models.ProfileResponse>> {
        return this.#transport.send(
            {
                method: 'PATCH',
                path: '/me',
                body,
                signedIn: true,
                answer: required.ProfileResponse,
            },
            options,
        );
    }

    /**
     * Delete your account.
     *
     * Deletes the account, the movies that the user added, or only the user's name on them, the watchlist,
     * and the records of the user's idempotency keys. It cannot be undone.
     *
     * A call deals with at most 1,000 movies and 1,000 entries of the watchlist. While something is left, or may be, the answer is 202: wait
     * as long as `Retry-After` says and call it again, until it is 204. On AWS the first answer is always
     * 202, because the list of a user's movies may lag a few seconds behind. A call that failed half-way
     * is repeated in the same way, and takes up where that one ended: the deletion itself ends the
     * session, and is all that the access token is still good for at `/me`. The account itself goes last,
     * so if the token expires before it is 204, sign in again and repeat. Repeated after the 204, it is
     * 204 again. If the session had ended before the first call, it is 401 `session-ended`, and nothing
     * happens.
     *
     * From the first call on, the user's writes are refused with 401 `session-ended`, whatever access
     * token comes with them; those to a movie that is not the user's, or no longer, may be 403 or 404 as
     * otherwise. (Until the 204 a change without an `Idempotency-Key` to a movie that is still the user's
     * may pass: the deletion finds it as it then is.) That stays so until every token that was issued
     * before the 204 has expired, so nothing of the user comes back. It also holds for who
     * signs in again after a deletion that was begun and not finished: repeat it. No refresh token of the
     * user gives tokens any more. Access tokens that were issued stay good for reading movies until they
     * expire, at most 15 minutes, so the app must forget them.
     *
     * What remains for 25 hours is the user's opaque id, with the moment of the deletion.
     */
    async deleteMyAccount(
        query: models.DeleteMyAccountQuery,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse | undefined>> {
        return this.#transport.send(
            {
                method: 'DELETE',
                path: '/me',
                query,
                signedIn: true,
                answer: required.NextStepResponse,
                answerOptional: true,
            },
            options,
        );
    }

    /**
     * Ask to change your address.
     *
     * Sends a code to the new address. The account keeps the old one until `verifyEmail` gets that code.
     * The answer is the same if the address belongs to another account, so it never tells who is
     * registered. It takes the current password: an access token alone must not be enough to take an
     * account over.
     */
    async changeEmail(
        body: models.ChangeEmailRequest,
        options?: CallOptions,
    ): Promise<Answer<models.NextStepResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/change-email',
                body,
                signedIn: true,
                answer: required.NextStepResponse,
            },
            options,
        );
    }

    /**
     * Prove your new address.
     *
     * Proves, with the code from the e-mail, that the new address belongs to the user, and makes it the
     * account's.
     */
    async verifyEmail(
        body: models.VerifyEmailRequest,
        options?: CallOptions,
    ): Promise<Answer<models.ProfileResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/verify-email',
                body,
                signedIn: true,
                answer: required.ProfileResponse,
            },
            options,
        );
    }

    /**
     * Change your password.
     *
     * Replaces the password. Sessions stay signed in; to end them, use `signOutEverywhere`. A user of a
     * federated provider has no password here: 409.
     */
    async changePassword(
        body: models.ChangePasswordRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/change-password',
                body,
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Start with an authenticator app.
     *
     * Makes a secret for an authenticator app ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)). Show
     * `otpauthUri` as a QR code or open it on the same device, then pass the first code of the app to
     * `verifyTotp`. Until then nothing changes. A new secret replaces one that was not verified. It takes
     * the current password; a user of a federated provider has none here: 409.
     */
    async setUpTotp(
        body: models.CurrentPasswordRequest,
        options?: CallOptions,
    ): Promise<Answer<models.TotpSetUpResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/totp',
                body,
                signedIn: true,
                answer: required.TotpSetUpResponse,
            },
            options,
        );
    }

    /**
     * Finish with an authenticator app.
     *
     * Proves that the authenticator app has the secret. From now on every sign-in with the password
     * takes a code of it: the challenge `SOFTWARE_TOKEN_MFA`.
     */
    async verifyTotp(
        body: models.VerifyTotpRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/totp/verify',
                body,
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Stop using an authenticator app.
     *
     * From now on signing in takes no code of an authenticator app. If it took none before, that is 204,
     * too. It takes the current password.
     */
    async turnOffTotp(
        body: models.CurrentPasswordRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/totp/turn-off',
                body,
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Your passkeys.
     *
     * The passkeys that the user can sign in with. Show them where a passkey can be removed: after a reset of the password
     * by mail, too, for a passkey stays.
     */
    async listPasskeys(options?: CallOptions): Promise<Answer<models.PasskeyListResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/passkeys',
                signedIn: true,
                repeatable: true,
                answer: required.PasskeyListResponse,
            },
            options,
        );
    }

    /**
     * Add a passkey.
     *
     * Adds the passkey that the platform made with the options of `startPasskeyRegistration`: from now on it signs the user
     * in. The options are good for one passkey and for a few minutes; if that is over, `credential` is at fault with
     * the code `expired`: ask for options again.
     */
    async addPasskey(
        body: models.AddPasskeyRequest,
        options?: CallOptions,
    ): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/passkeys',
                body,
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Start with a passkey.
     *
     * Gives the options to make a passkey with ([W3C Web Authentication](https://www.w3.org/TR/webauthn-3/)). Hand them to
     * the platform, and what it makes of them to `addPasskey`. Until then nothing changes. New options replace those before.
     * It takes the current password, because an access token alone must not add a way to sign in; a user of a
     * federated provider has none here: 409. So it is where passkeys are off, and for a user with 20 passkeys.
     */
    async startPasskeyRegistration(
        body: models.CurrentPasswordRequest,
        options?: CallOptions,
    ): Promise<Answer<models.PasskeyOptionsResponse>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/passkeys/options',
                body,
                signedIn: true,
                answer: required.PasskeyOptionsResponse,
            },
            options,
        );
    }

    /**
     * Remove a passkey.
     *
     * From now on this passkey signs nobody in. One that the user does not have is 204, too. It takes no password: removing
     * a way to sign in lets nobody in. The key stays on the device; tell the user to delete it there.
     */
    async deletePasskey(passkeyId: string, options?: CallOptions): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'DELETE',
                path: `/me/passkeys/${segment(passkeyId)}`,
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Where you are signed in.
     *
     * The places where the user is signed in, the latest first, as far as they are known. If `complete`
     * is `false` there may be others: Amazon Cognito remembers devices, and only if the user pool asks
     * it to. `signOutEverywhere` ends all, listed or not.
     */
    async listSessions(options?: CallOptions): Promise<Answer<models.SessionListResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/sessions',
                signedIn: true,
                repeatable: true,
                answer: required.SessionListResponse,
            },
            options,
        );
    }

    /**
     * Sign out everywhere.
     *
     * Revokes every refresh token of the user at once, that of the caller included: no device gets new
     * tokens without signing in again.
     *
     * It cannot call back access tokens that were issued. They stay good at the `/movies` operations
     * until they expire, at most 15 minutes, because their signature is all that is checked there; the
     * identity provider refuses them at once, and so most `/me` operations answer 401 with
     * `/problems/session-ended`. The caller's own access token is one of them.
     */
    async signOutEverywhere(options?: CallOptions): Promise<Answer<undefined>> {
        return this.#transport.send(
            {
                method: 'POST',
                path: '/me/sign-out-everywhere',
                signedIn: true,
            },
            options,
        );
    }

    /**
     * Export your data.
     *
     * Everything that the service holds about the user: the profile; every attribute that the user pool
     * holds, by the name it has there; the sessions that are known; the idempotency keys of the last 24
     * hours (1,000 of them at most); the movies that the user added, by title; and the user's watchlist, by id.
     *
     * Movies and watchlist come in pages. Pass `movies.nextCursor` as `cursor` until an answer has none,
     * and so with `watchlist.nextCursor`: an answer to a cursor has the next page of what gave it, and
     * nothing of the other. The rest is in every answer, as it was at that moment. Passwords and secrets of
     * authenticator apps are kept so that nobody can read them, and are not part of it.
     */
    async exportMyData(
        query?: models.ExportMyDataQuery,
        options?: CallOptions,
    ): Promise<Answer<models.ExportResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/me/export',
                query,
                signedIn: true,
                repeatable: true,
                answer: required.ExportResponse,
            },
            options,
        );
    }

    /**
     * Check that the service answers.
     *
     * Answers without touching the table or the accounts, so it tells only that the service itself is up.
     */
    async getHealth(options?: CallOptions): Promise<Answer<models.HealthResponse>> {
        return this.#transport.send(
            {
                method: 'GET',
                path: '/health',
                repeatable: true,
                answer: required.HealthResponse,
            },
            options,
        );
    }
}
