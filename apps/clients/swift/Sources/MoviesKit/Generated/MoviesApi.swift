// Written by `cargo xtask clients`. Do not change it by hand.

/// The operations of the Movies API, one method for each. `MoviesClient` has it as `api`.
public struct MoviesApi: Sendable {
    let caller: Caller

    /// List and search movies.
    ///
    /// Lists or searches movies, one page at a time. These can be asked for; anything else is refused, and
    /// the fault says what can be given together:
    ///
    /// | parameters | movies | order |
    /// | --- | --- | --- |
    /// | none | all | none is defined between years; within a year, the title's bytes in UTF-8 |
    /// | `year` | of this year | the title's bytes in UTF-8 |
    /// | `year`, `titlePrefix` | of this year, whose title begins so, upper and lower case as written | the title's bytes in UTF-8 |
    /// | `q` | with these words in title, directors or actors | the word that is found, then the title |
    /// | `titlePrefix` | whose title begins so | the title |
    /// | `sort` | that have a value of this member | as asked for, then the title |
    /// | `genre` | of this genre | the title |
    /// | `genre`, `sort` | of this genre, that have a value of this member | as asked for, then the title; not by `rank` |
    ///
    /// But for `year`, texts are compared without accents and without a difference of upper and lower case:
    /// `amelie` finds "Amélie". A search may miss what was written within the last seconds. Of a movie, the first 29 different words are found, those of the title
    /// first, then the directors, then the actors; and the first 5 genres. A page with fewer movies than
    /// `limit`, or with none, may still have a `nextCursor`.
    public func listMovies(
        _ query: ListMoviesQuery = ListMoviesQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieListResponse> {
        let operation = Operation(
            id: "listMovies",
            method: "GET",
            path: "/movies",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// All items of `listMovies`, page after page: the next page is asked for when it is
    /// needed.
    public func listMoviesAll(
        _ query: ListMoviesQuery = ListMoviesQuery(),
        options: CallOptions = CallOptions()
    ) -> AllItems<MovieResponse> {
        AllItems(startingAt: query.cursor) { cursor in
            var query = query
            query.cursor = cursor
            let page = try await listMovies(query, options: options).value
            return Page(items: page.items, nextCursor: page.nextCursor)
        }
    }

    /// List the movies that have changed.
    ///
    /// Lists the movies that were added, changed or deleted since an earlier answer, each as it is now. Without
    /// `since` it begins with all movies. See "Changes" above.
    public func listMovieChanges(
        _ query: ListMovieChangesQuery = ListMovieChangesQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieChangesResponse> {
        let operation = Operation(
            id: "listMovieChanges",
            method: "GET",
            path: "/movies/changes",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Add a movie.
    ///
    /// Adds a movie. It never overwrites one: if a movie with this title and year exists, the answer is
    /// 409. You become its owner. The answer is the movie as it was stored, in the one shape that all
    /// answers have, however you sent it.
    ///
    /// More is accepted than the schema says, here, in `updateMovie`, and of the year in `findMovie` and
    /// `deleteMovie`. `year` may be a string of four digits, as in these two bodies:
    ///
    /// ```json
    /// { "title": "Godzilla vs. Dynamo", "year": "2016", "info": "New from Acme Films, starring John Smith."}
    /// { "title": "Love and Friendship", "year": "2016", "info": "New from Amazon Studios, starring Kate Beckinsale."}
    /// ```
    ///
    /// A number that is an integer may be written in another way, such as `2016.0`. `null` for an
    /// optional member is as good as leaving it out. `info` may be an object in the shape of AWS's public
    /// `moviedata.json`:
    ///
    /// ```json
    /// { "title": "Rush", "year": 2013, "info": { "directors": ["Ron Howard"], "release_date": "2013-09-02T00:00:00Z",
    ///   "rating": 8.3, "genres": ["Action", "Drama"], "image_url": "https://images.example.com/rush.jpg",
    ///   "plot": "The rivalry between two drivers.", "rank": 2, "running_time_secs": 7380,
    ///   "actors": ["Daniel Bruhl"] } }
    /// ```
    ///
    /// Each of its members lands in the movie's member of the same meaning, `plot` in `info`, and follows
    /// its rules; `release_date` may be a date and time as in RFC 3339, of which the date is kept as it
    /// is written. A member may be given itself or inside the object, not both.
    @discardableResult
    public func addMovie(
        _ body: AddMovieRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieResponse> {
        let operation = Operation(
            id: "addMovie",
            method: "POST",
            path: "/movies/add-movie",
            signedIn: true,
            takesIdempotencyKey: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Find a movie, through caches.
    ///
    /// The same as `findMovie`, with the title and the year in the query, for clients and caches that
    /// understand `ETag`. Send the `ETag` that you have as `If-None-Match`: if the movie is still the
    /// same, the answer is 304 without a body.
    public func findMovieCached(
        _ query: FindMovieCachedQuery,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieResponse?> {
        let operation = Operation(
            id: "findMovieCached",
            method: "GET",
            path: "/movies/findbytitleandyear",
            signedIn: true,
            repeatable: true,
            takesIfNoneMatch: true
        )
        return try await caller.optionalValue(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Find a movie by title and year.
    ///
    /// Gives the movie with exactly this title and year.
    public func findMovie(
        _ body: MovieKeyRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieResponse> {
        let operation = Operation(
            id: "findMovie",
            method: "POST",
            path: "/movies/findbytitleandyear",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Change a movie.
    ///
    /// Changes the members that the body names and leaves the others as they are. `clear` names members
    /// to remove; an empty array removes a list, too. `null` for a member is accepted and does the same
    /// as its name in `clear`, also for an `Idempotency-Key`. A member cannot be set and removed at once.
    /// More is accepted than the schema says: see `addMovie`. `title` and `year` say which movie is meant
    /// and cannot be changed. Only the caller who added the movie and members of the group `editors` may
    /// change it.
    @discardableResult
    public func updateMovie(
        _ body: UpdateMovieRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<MovieResponse> {
        let operation = Operation(
            id: "updateMovie",
            method: "POST",
            path: "/movies/update-movie",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Delete a movie.
    ///
    /// Deletes the movie with exactly this title and year. Only the caller who added it and members of
    /// the group `editors` may delete it.
    @discardableResult
    public func deleteMovie(
        _ body: MovieKeyRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "deleteMovie",
            method: "POST",
            path: "/movies/delete-movie",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// List your pictures.
    ///
    /// Lists your pictures by `pictureId`, one page at a time.
    public func listPictures(
        _ query: ListPicturesQuery = ListPicturesQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PictureListResponse> {
        let operation = Operation(
            id: "listPictures",
            method: "GET",
            path: "/me/pictures",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// All items of `listPictures`, page after page: the next page is asked for when it is
    /// needed.
    public func listPicturesAll(
        _ query: ListPicturesQuery = ListPicturesQuery(),
        options: CallOptions = CallOptions()
    ) -> AllItems<PictureResponse> {
        AllItems(startingAt: query.cursor) { cursor in
            var query = query
            query.cursor = cursor
            let page = try await listPictures(query, options: options).value
            return Page(items: page.items, nextCursor: page.nextCursor)
        }
    }

    /// List your pictures that have changed.
    ///
    /// Lists your pictures that were added, replaced or deleted since an earlier answer, each as it is now. Without
    /// `since` it begins with all of them. See "Changes" above.
    public func listPictureChanges(
        _ query: ListPictureChangesQuery = ListPictureChangesQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PictureChangesResponse> {
        let operation = Operation(
            id: "listPictureChanges",
            method: "GET",
            path: "/me/pictures/changes",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Find one of your pictures.
    ///
    /// Gives one picture. Send the `ETag` that you have as `If-None-Match`: if it is still the same, the answer is 304
    /// without a body.
    ///
    /// - Parameter pictureId: The id of the picture, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id of another user is another picture. `changes` is no id.
    public func findPicture(
        pictureId: String,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PictureResponse?> {
        let operation = Operation(
            id: "findPicture",
            method: "GET",
            path: "/me/pictures/\(try segment(pictureId))",
            signedIn: true,
            repeatable: true,
            takesIfNoneMatch: true
        )
        return try await caller.optionalValue(
            of: operation,
            options: options
        )
    }

    /// Upload a picture.
    ///
    /// Adds a picture under an id that you make (a UUID does well), and permits the upload of its file for 15 minutes:
    /// send the file with `PUT` to `upload.url`, with `upload.headers` and as many bytes as `size` says, and without
    /// the access token. The answer is 200 without a body; 403 means that the file or a header is not as it was told,
    /// or that the time is over. Then everyone can see the picture at `url`: make it the `imageUrl` of a movie.
    ///
    /// Repeat the request to permit another upload of the same picture. With other members it replaces the picture, and
    /// with `If-Match` it only replaces. Who has seen a picture may see the old one for a day, so rather make a new id for a
    /// new picture.
    ///
    /// The service does not look into the file. Make it small before: 1,000 pixels are plenty for a poster.
    ///
    /// - Parameter pictureId: The id of the picture, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id of another user is another picture. `changes` is no id.
    @discardableResult
    public func putPicture(
        pictureId: String,
        _ body: PutPictureRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PictureUploadResponse> {
        let operation = Operation(
            id: "putPicture",
            method: "PUT",
            path: "/me/pictures/\(try segment(pictureId))",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Delete a picture.
    ///
    /// Deletes a picture and its file. Who has seen it may see it for another day. A movie whose `imageUrl` names it is
    /// not changed. An upload that was permitted stays so until it expires: whoever has its URL can upload the file again.
    ///
    /// - Parameter pictureId: The id of the picture, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id of another user is another picture. `changes` is no id.
    @discardableResult
    public func deletePicture(
        pictureId: String,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "deletePicture",
            method: "DELETE",
            path: "/me/pictures/\(try segment(pictureId))",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.noValue(
            of: operation,
            options: options
        )
    }

    /// List your watchlist.
    ///
    /// Lists the entries of your watchlist by `entryId`, one page at a time.
    public func listWatchlist(
        _ query: ListWatchlistQuery = ListWatchlistQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<WatchlistResponse> {
        let operation = Operation(
            id: "listWatchlist",
            method: "GET",
            path: "/me/watchlist",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// All items of `listWatchlist`, page after page: the next page is asked for when it is
    /// needed.
    public func listWatchlistAll(
        _ query: ListWatchlistQuery = ListWatchlistQuery(),
        options: CallOptions = CallOptions()
    ) -> AllItems<WatchlistEntryResponse> {
        AllItems(startingAt: query.cursor) { cursor in
            var query = query
            query.cursor = cursor
            let page = try await listWatchlist(query, options: options).value
            return Page(items: page.items, nextCursor: page.nextCursor)
        }
    }

    /// List the entries of your watchlist that have changed.
    ///
    /// Lists the entries that were added, changed or deleted since an earlier answer, each as it is now. Without
    /// `since` it begins with all entries. See "Changes" above.
    public func listWatchlistChanges(
        _ query: ListWatchlistChangesQuery = ListWatchlistChangesQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<WatchlistChangesResponse> {
        let operation = Operation(
            id: "listWatchlistChanges",
            method: "GET",
            path: "/me/watchlist/changes",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Find an entry of your watchlist.
    ///
    /// Gives one entry. Send the `ETag` that you have as `If-None-Match`: if the entry is still the same, the
    /// answer is 304 without a body.
    ///
    /// - Parameter entryId: The id of the entry, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id in the watchlist of another user is another entry. `changes` is no id.
    public func findWatchlistEntry(
        entryId: String,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<WatchlistEntryResponse?> {
        let operation = Operation(
            id: "findWatchlistEntry",
            method: "GET",
            path: "/me/watchlist/\(try segment(entryId))",
            signedIn: true,
            repeatable: true,
            takesIfNoneMatch: true
        )
        return try await caller.optionalValue(
            of: operation,
            options: options
        )
    }

    /// Add or replace an entry of your watchlist.
    ///
    /// Adds an entry under an id that you make (a UUID does well), so that an app can make entries while it is
    /// offline, or replaces the one that is there: a member that the body does not have is removed. With `If-Match` it
    /// only replaces. An entry names a movie, which need not be among those of `listMovies`.
    ///
    /// - Parameter entryId: The id of the entry, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id in the watchlist of another user is another entry. `changes` is no id.
    @discardableResult
    public func putWatchlistEntry(
        entryId: String,
        _ body: PutWatchlistEntryRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<WatchlistEntryResponse> {
        let operation = Operation(
            id: "putWatchlistEntry",
            method: "PUT",
            path: "/me/watchlist/\(try segment(entryId))",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Change an entry of your watchlist.
    ///
    /// Changes the members that the body names and leaves the others as they are. `clear` names members to
    /// remove, and `null` for a member is accepted and does the same. A member cannot be set and removed at
    /// once; `title` and `year` cannot be removed.
    ///
    /// - Parameter entryId: The id of the entry, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id in the watchlist of another user is another entry. `changes` is no id.
    @discardableResult
    public func updateWatchlistEntry(
        entryId: String,
        _ body: UpdateWatchlistEntryRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<WatchlistEntryResponse> {
        let operation = Operation(
            id: "updateWatchlistEntry",
            method: "PATCH",
            path: "/me/watchlist/\(try segment(entryId))",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Delete an entry of your watchlist.
    ///
    /// Deletes the entry.
    ///
    /// - Parameter entryId: The id of the entry, which the app that adds it makes: a UUID does well. Upper and lower case differ. The same id in the watchlist of another user is another entry. `changes` is no id.
    @discardableResult
    public func deleteWatchlistEntry(
        entryId: String,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "deleteWatchlistEntry",
            method: "DELETE",
            path: "/me/watchlist/\(try segment(entryId))",
            signedIn: true,
            takesIdempotencyKey: true,
            takesIfMatch: true
        )
        return try await caller.noValue(
            of: operation,
            options: options
        )
    }

    /// Create an account.
    ///
    /// Starts an account. A code goes out by e-mail; pass it to `confirmSignUp`, with the same password. The
    /// answer is the same whether or not the address already has an account, so it never tells who is
    /// registered. An address that was sent several e-mails in a row is sent no more for a while; that does
    /// not show either.
    public func signUp(
        _ body: SignUpRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse> {
        let operation = Operation(
            id: "signUp",
            method: "POST",
            path: "/auth/sign-up"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Confirm an account.
    ///
    /// Proves, with the code from the e-mail, that the address belongs to the user, and gives the account
    /// its `password`. Send it along: anybody can sign up with any address, so the password of a sign-up
    /// need not be that of whoever reads the mail. Without it the account may be left with no password;
    /// then the answer is 202, and a code to set one is in the mail: call `resetPassword`. For an address
    /// without an account, or with one that is confirmed already, every code is a wrong one.
    public func confirmSignUp(
        _ body: ConfirmSignUpRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse?> {
        let operation = Operation(
            id: "confirmSignUp",
            method: "POST",
            path: "/auth/confirm-sign-up"
        )
        return try await caller.optionalValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Send the confirmation code again.
    ///
    /// Sends a new code for `confirmSignUp`, if an account with this address waits for one. The answer is
    /// the same if there is none, if it is confirmed already, or if the address was sent so many e-mails
    /// that it is sent no more for a while, so it never tells who is registered.
    public func resendCode(
        _ body: EmailRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse> {
        let operation = Operation(
            id: "resendCode",
            method: "POST",
            path: "/auth/resend-code"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Sign in.
    ///
    /// Exchanges an address and a password for tokens, or for a challenge if more has to be proved first:
    /// see `nextStep` of the answer. Send the access token with every request to `/movies` and `/me`;
    /// keep all tokens in the secure storage of the device. A wrong password and an unknown address get
    /// the same answer.
    public func signIn(
        _ body: SignInRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<SignInResponse> {
        let operation = Operation(
            id: "signIn",
            method: "POST",
            path: "/auth/sign-in"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Sign in with a passkey.
    ///
    /// Begins a sign-in with a passkey: the challenge `WEB_AUTHN`, whose parameter `CREDENTIAL_REQUEST_OPTIONS` is the JSON
    /// text of [`PublicKeyCredentialRequestOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson).
    /// Let the platform sign it, and answer with `respondToChallenge`. A passkey is enough, also for an account with an
    /// authenticator app: it verifies the user itself.
    ///
    /// 401 says that there is no such account, or that it has no passkey here. Not every provider tells: there may be a
    /// challenge that nothing answers.
    public func signInWithPasskey(
        _ body: EmailRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<SignInResponse> {
        let operation = Operation(
            id: "signInWithPasskey",
            method: "POST",
            path: "/auth/sign-in-with-passkey"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Answer a challenge.
    ///
    /// Goes on with a sign-in that was answered with a challenge: with tokens, or with the next
    /// challenge.
    ///
    /// Challenges pass through this API by name, parameters and responses, as Amazon Cognito defines them
    /// (Amazon Cognito API Reference, `RespondToAuthChallenge`), so there may be new ones at any time. An
    /// app that does not know the challenge cannot go on with it: tell the user to update the app. Send
    /// back the name and the `session` of the latest answer; a session is good for a few minutes.
    ///
    /// `USERNAME`, which Cognito demands, need not be among the responses: `session` carries it. The
    /// challenges that accounts have today:
    ///
    /// | name | what to ask the user for | responses |
    /// | --- | --- | --- |
    /// | `SOFTWARE_TOKEN_MFA` | The code in the authenticator app. | `SOFTWARE_TOKEN_MFA_CODE` |
    /// | `NEW_PASSWORD_REQUIRED` | A new password: this one was set by an administrator. | `NEW_PASSWORD` |
    /// | `WEB_AUTHN` | A passkey, which signs the parameter `CREDENTIAL_REQUEST_OPTIONS`. | `CREDENTIAL`: the JSON text of [`AuthenticationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson) |
    ///
    /// Responses that do not fit the challenge are 400 with the code `not_accepted`.
    public func respondToChallenge(
        _ body: RespondToChallengeRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<SignInResponse> {
        let operation = Operation(
            id: "respondToChallenge",
            method: "POST",
            path: "/auth/respond-to-challenge"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Finish a hosted sign-in.
    ///
    /// Exchanges the code that a hosted sign-in gave to the app for tokens
    /// ([RFC 6749](https://www.rfc-editor.org/rfc/rfc6749), section 4.1.3;
    /// [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)): see `hostedSignIn` of `getAuthConfiguration`.
    /// Compare `state` before, and `nonce` of the ID token after.
    ///
    /// A code is good for one request and a few minutes. A code that is unknown, used or expired, or that
    /// was given for another redirect URI or verifier, is 400 with `/problems/wrong-code`: start again.
    /// Where there is no hosted sign-in, the answer is 409.
    public func exchangeCode(
        _ body: ExchangeCodeRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<TokenResponse> {
        let operation = Operation(
            id: "exchangeCode",
            method: "POST",
            path: "/auth/exchange-code"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Get new tokens.
    ///
    /// Exchanges the refresh token for new tokens. Do so when the access token expires, or when a request
    /// was answered with 401 and `/problems/unauthorized`.
    ///
    /// Refresh tokens rotate: store the one in the answer before you use the new access token, and forget
    /// the old one. The old one is still accepted for 10 seconds, so that an app whose answer was lost on
    /// the way can ask again; after that it is refused, and using it may end the session. Never refresh
    /// twice at the same time. Where a user pool does not rotate, the same token comes back: store what
    /// comes, always.
    ///
    /// 401 with `/problems/session-ended` is final: let the user sign in again. After every other failure
    /// keep the token and try again later.
    public func refreshTokens(
        _ body: RefreshTokenRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<TokenResponse> {
        let operation = Operation(
            id: "refreshTokens",
            method: "POST",
            path: "/auth/refresh",
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Sign out.
    ///
    /// Ends the session that the refresh token belongs to: from now on it gives no more tokens. Access
    /// tokens that it gave stay good at this API until they expire, at most 15 minutes after they were
    /// issued, so the app must forget them. A refresh token that is no good, or not any more, is signed
    /// out: that is 204, too.
    @discardableResult
    public func signOut(
        _ body: RefreshTokenRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "signOut",
            method: "POST",
            path: "/auth/sign-out"
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Ask for a code to set a new password.
    ///
    /// Sends a code for `resetPassword`, if the address has a confirmed account. The answer is the same
    /// if it has none, so it never tells who is registered.
    public func forgotPassword(
        _ body: EmailRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse> {
        let operation = Operation(
            id: "forgotPassword",
            method: "POST",
            path: "/auth/forgot-password"
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Set a new password.
    ///
    /// Sets a new password with the code of `forgotPassword`. Then sign in. For an address without an
    /// account every code is a wrong one.
    @discardableResult
    public func resetPassword(
        _ body: ResetPasswordRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "resetPassword",
            method: "POST",
            path: "/auth/reset-password"
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// What an app must know to sign users in.
    ///
    /// All of it is public and seldom changes, so an app needs to be built with nothing but the base URL
    /// of the stage. `hostedSignIn` is there if users can sign in on a page in the browser, with a
    /// federated provider or without: OAuth 2.0 with an authorization code and PKCE ([RFC
    /// 6749](https://www.rfc-editor.org/rfc/rfc6749), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636),
    /// [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252)). The tokens that it gives are as good as those
    /// of `signIn`.
    public func getAuthConfiguration(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<AuthConfiguration> {
        let operation = Operation(
            id: "getAuthConfiguration",
            method: "GET",
            path: "/auth/configuration",
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            options: options
        )
    }

    /// Read your profile.
    ///
    /// What is known of the signed-in user. `createdAt` is when the account was made, if that is known.
    public func getProfile(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<ProfileResponse> {
        let operation = Operation(
            id: "getProfile",
            method: "GET",
            path: "/me",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            options: options
        )
    }

    /// Change your name.
    ///
    /// Changes what to call the user; `null` removes it. To change the address, use `changeEmail`.
    public func updateProfile(
        _ body: UpdateProfileRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<ProfileResponse> {
        let operation = Operation(
            id: "updateProfile",
            method: "PATCH",
            path: "/me",
            signedIn: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Delete your account.
    ///
    /// Deletes the account, the movies that the user added, or only the user's name on them, the watchlist,
    /// and the records of the user's idempotency keys. It cannot be undone.
    ///
    /// A call deals with at most 1,000 movies and 1,000 entries of the watchlist. While something is left, or may be, the answer is 202: wait
    /// as long as `Retry-After` says and call it again, until it is 204. On AWS the first answer is always
    /// 202, because the list of a user's movies may lag a few seconds behind. A call that failed half-way
    /// is repeated in the same way, and takes up where that one ended: the deletion itself ends the
    /// session, and is all that the access token is still good for at `/me`. The account itself goes last,
    /// so if the token expires before it is 204, sign in again and repeat. Repeated after the 204, it is
    /// 204 again. If the session had ended before the first call, it is 401 `session-ended`, and nothing
    /// happens.
    ///
    /// From the first call on, the user's writes are refused with 401 `session-ended`, whatever access
    /// token comes with them; those to a movie that is not the user's, or no longer, may be 403 or 404 as
    /// otherwise. (Until the 204 a change without an `Idempotency-Key` to a movie that is still the user's
    /// may pass: the deletion finds it as it then is.) That stays so until every token that was issued
    /// before the 204 has expired, so nothing of the user comes back. It also holds for who
    /// signs in again after a deletion that was begun and not finished: repeat it. No refresh token of the
    /// user gives tokens any more. Access tokens that were issued stay good for reading movies until they
    /// expire, at most 15 minutes, so the app must forget them.
    ///
    /// What remains for 25 hours is the user's opaque id, with the moment of the deletion.
    public func deleteMyAccount(
        _ query: DeleteMyAccountQuery,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse?> {
        let operation = Operation(
            id: "deleteMyAccount",
            method: "DELETE",
            path: "/me",
            signedIn: true
        )
        return try await caller.optionalValue(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Ask to change your address.
    ///
    /// Sends a code to the new address. The account keeps the old one until `verifyEmail` gets that code.
    /// The answer is the same if the address belongs to another account, so it never tells who is
    /// registered. It takes the current password: an access token alone must not be enough to take an
    /// account over.
    public func changeEmail(
        _ body: ChangeEmailRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<NextStepResponse> {
        let operation = Operation(
            id: "changeEmail",
            method: "POST",
            path: "/me/change-email",
            signedIn: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Prove your new address.
    ///
    /// Proves, with the code from the e-mail, that the new address belongs to the user, and makes it the
    /// account's.
    public func verifyEmail(
        _ body: VerifyEmailRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<ProfileResponse> {
        let operation = Operation(
            id: "verifyEmail",
            method: "POST",
            path: "/me/verify-email",
            signedIn: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Change your password.
    ///
    /// Replaces the password. Sessions stay signed in; to end them, use `signOutEverywhere`. A user of a
    /// federated provider has no password here: 409.
    @discardableResult
    public func changePassword(
        _ body: ChangePasswordRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "changePassword",
            method: "POST",
            path: "/me/change-password",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Start with an authenticator app.
    ///
    /// Makes a secret for an authenticator app ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)). Show
    /// `otpauthUri` as a QR code or open it on the same device, then pass the first code of the app to
    /// `verifyTotp`. Until then nothing changes. A new secret replaces one that was not verified. It takes
    /// the current password; a user of a federated provider has none here: 409.
    public func setUpTotp(
        _ body: CurrentPasswordRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<TotpSetUpResponse> {
        let operation = Operation(
            id: "setUpTotp",
            method: "POST",
            path: "/me/totp",
            signedIn: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Finish with an authenticator app.
    ///
    /// Proves that the authenticator app has the secret. From now on every sign-in with the password
    /// takes a code of it: the challenge `SOFTWARE_TOKEN_MFA`.
    @discardableResult
    public func verifyTotp(
        _ body: VerifyTotpRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "verifyTotp",
            method: "POST",
            path: "/me/totp/verify",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Stop using an authenticator app.
    ///
    /// From now on signing in takes no code of an authenticator app. If it took none before, that is 204,
    /// too. It takes the current password.
    @discardableResult
    public func turnOffTotp(
        _ body: CurrentPasswordRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "turnOffTotp",
            method: "POST",
            path: "/me/totp/turn-off",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Your passkeys.
    ///
    /// The passkeys that the user can sign in with. Show them where a passkey can be removed: after a reset of the password
    /// by mail, too, for a passkey stays.
    public func listPasskeys(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PasskeyListResponse> {
        let operation = Operation(
            id: "listPasskeys",
            method: "GET",
            path: "/me/passkeys",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            options: options
        )
    }

    /// Add a passkey.
    ///
    /// Adds the passkey that the platform made with the options of `startPasskeyRegistration`: from now on it signs the user
    /// in. The options are good for one passkey and for a few minutes; if that is over, `credential` is at fault with
    /// the code `expired`: ask for options again.
    @discardableResult
    public func addPasskey(
        _ body: AddPasskeyRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "addPasskey",
            method: "POST",
            path: "/me/passkeys",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Start with a passkey.
    ///
    /// Gives the options to make a passkey with ([W3C Web Authentication](https://www.w3.org/TR/webauthn-3/)). Hand them to
    /// the platform, and what it makes of them to `addPasskey`. Until then nothing changes. New options replace those before.
    /// It takes the current password, because an access token alone must not add a way to sign in; a user of a
    /// federated provider has none here: 409. So it is where passkeys are off, and for a user with 20 passkeys.
    public func startPasskeyRegistration(
        _ body: CurrentPasswordRequest,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<PasskeyOptionsResponse> {
        let operation = Operation(
            id: "startPasskeyRegistration",
            method: "POST",
            path: "/me/passkeys/options",
            signedIn: true
        )
        return try await caller.value(
            of: operation,
            body: body,
            options: options
        )
    }

    /// Remove a passkey.
    ///
    /// From now on this passkey signs nobody in. One that the user does not have is 204, too. It takes no password: removing
    /// a way to sign in lets nobody in. The key stays on the device; tell the user to delete it there.
    ///
    /// - Parameter passkeyId: The `id` of the passkey.
    @discardableResult
    public func deletePasskey(
        passkeyId: String,
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "deletePasskey",
            method: "DELETE",
            path: "/me/passkeys/\(try segment(passkeyId))",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            options: options
        )
    }

    /// Where you are signed in.
    ///
    /// The places where the user is signed in, the latest first, as far as they are known. If `complete`
    /// is `false` there may be others: Amazon Cognito remembers devices, and only if the user pool asks
    /// it to. `signOutEverywhere` ends all, listed or not.
    public func listSessions(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<SessionListResponse> {
        let operation = Operation(
            id: "listSessions",
            method: "GET",
            path: "/me/sessions",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            options: options
        )
    }

    /// Sign out everywhere.
    ///
    /// Revokes every refresh token of the user at once, that of the caller included: no device gets new
    /// tokens without signing in again.
    ///
    /// It cannot call back access tokens that were issued. They stay good at the `/movies` operations
    /// until they expire, at most 15 minutes, because their signature is all that is checked there; the
    /// identity provider refuses them at once, and so most `/me` operations answer 401 with
    /// `/problems/session-ended`. The caller's own access token is one of them.
    @discardableResult
    public func signOutEverywhere(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<Void> {
        let operation = Operation(
            id: "signOutEverywhere",
            method: "POST",
            path: "/me/sign-out-everywhere",
            signedIn: true
        )
        return try await caller.noValue(
            of: operation,
            options: options
        )
    }

    /// Export your data.
    ///
    /// Everything that the service holds about the user: the profile; every attribute that the user pool
    /// holds, by the name it has there; the sessions that are known; the idempotency keys of the last 24
    /// hours (1,000 of them at most); the movies that the user added, by title; and the user's watchlist, by id.
    ///
    /// Movies and watchlist come in pages. Pass `movies.nextCursor` as `cursor` until an answer has none,
    /// and so with `watchlist.nextCursor`: an answer to a cursor has the next page of what gave it, and
    /// nothing of the other. The rest is in every answer, as it was at that moment. Passwords and secrets of
    /// authenticator apps are kept so that nobody can read them, and are not part of it.
    public func exportMyData(
        _ query: ExportMyDataQuery = ExportMyDataQuery(),
        options: CallOptions = CallOptions()
    ) async throws -> Answer<ExportResponse> {
        let operation = Operation(
            id: "exportMyData",
            method: "GET",
            path: "/me/export",
            signedIn: true,
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            query: query.parameters,
            options: options
        )
    }

    /// Check that the service answers.
    ///
    /// Answers without touching the table or the accounts, so it tells only that the service itself is up.
    public func getHealth(
        options: CallOptions = CallOptions()
    ) async throws -> Answer<HealthResponse> {
        let operation = Operation(
            id: "getHealth",
            method: "GET",
            path: "/health",
            repeatable: true
        )
        return try await caller.value(
            of: operation,
            options: options
        )
    }
}
