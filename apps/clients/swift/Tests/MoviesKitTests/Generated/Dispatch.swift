// Written by `cargo xtask clients`. Do not change it by hand.
@testable import MoviesKit

/// Calls an operation by its name: the input is decoded into the types of the client, and the answer
/// encoded again.
func call(
    _ name: String,
    of api: MoviesApi,
    with input: CallInput
) async throws -> CallOutput {
    switch name {
    case "listMovies":
        return try await CallOutput(
            api.listMovies(
                input.query(),
                options: input.options
            )
        )
    case "listMovieChanges":
        return try await CallOutput(
            api.listMovieChanges(
                input.query(),
                options: input.options
            )
        )
    case "addMovie":
        return try await CallOutput(
            api.addMovie(
                input.body(),
                options: input.options
            )
        )
    case "findMovieCached":
        return try await CallOutput(
            api.findMovieCached(
                input.query(),
                options: input.options
            )
        )
    case "findMovie":
        return try await CallOutput(
            api.findMovie(
                input.body(),
                options: input.options
            )
        )
    case "updateMovie":
        return try await CallOutput(
            api.updateMovie(
                input.body(),
                options: input.options
            )
        )
    case "deleteMovie":
        return try await CallOutput(
            api.deleteMovie(
                input.body(),
                options: input.options
            )
        )
    case "listPictures":
        return try await CallOutput(
            api.listPictures(
                input.query(),
                options: input.options
            )
        )
    case "listPictureChanges":
        return try await CallOutput(
            api.listPictureChanges(
                input.query(),
                options: input.options
            )
        )
    case "findPicture":
        return try await CallOutput(
            api.findPicture(
                pictureId: input.path("pictureId"),
                options: input.options
            )
        )
    case "putPicture":
        return try await CallOutput(
            api.putPicture(
                pictureId: input.path("pictureId"),
                input.body(),
                options: input.options
            )
        )
    case "deletePicture":
        return try await CallOutput(
            api.deletePicture(
                pictureId: input.path("pictureId"),
                options: input.options
            )
        )
    case "listWatchlist":
        return try await CallOutput(
            api.listWatchlist(
                input.query(),
                options: input.options
            )
        )
    case "listWatchlistChanges":
        return try await CallOutput(
            api.listWatchlistChanges(
                input.query(),
                options: input.options
            )
        )
    case "findWatchlistEntry":
        return try await CallOutput(
            api.findWatchlistEntry(
                entryId: input.path("entryId"),
                options: input.options
            )
        )
    case "putWatchlistEntry":
        return try await CallOutput(
            api.putWatchlistEntry(
                entryId: input.path("entryId"),
                input.body(),
                options: input.options
            )
        )
    case "updateWatchlistEntry":
        return try await CallOutput(
            api.updateWatchlistEntry(
                entryId: input.path("entryId"),
                input.body(),
                options: input.options
            )
        )
    case "deleteWatchlistEntry":
        return try await CallOutput(
            api.deleteWatchlistEntry(
                entryId: input.path("entryId"),
                options: input.options
            )
        )
    case "signUp":
        return try await CallOutput(
            api.signUp(
                input.body(),
                options: input.options
            )
        )
    case "confirmSignUp":
        return try await CallOutput(
            api.confirmSignUp(
                input.body(),
                options: input.options
            )
        )
    case "resendCode":
        return try await CallOutput(
            api.resendCode(
                input.body(),
                options: input.options
            )
        )
    case "signIn":
        return try await CallOutput(
            api.signIn(
                input.body(),
                options: input.options
            )
        )
    case "signInWithPasskey":
        return try await CallOutput(
            api.signInWithPasskey(
                input.body(),
                options: input.options
            )
        )
    case "respondToChallenge":
        return try await CallOutput(
            api.respondToChallenge(
                input.body(),
                options: input.options
            )
        )
    case "exchangeCode":
        return try await CallOutput(
            api.exchangeCode(
                input.body(),
                options: input.options
            )
        )
    case "refreshTokens":
        return try await CallOutput(
            api.refreshTokens(
                input.body(),
                options: input.options
            )
        )
    case "signOut":
        return try await CallOutput(
            api.signOut(
                input.body(),
                options: input.options
            )
        )
    case "forgotPassword":
        return try await CallOutput(
            api.forgotPassword(
                input.body(),
                options: input.options
            )
        )
    case "resetPassword":
        return try await CallOutput(
            api.resetPassword(
                input.body(),
                options: input.options
            )
        )
    case "getAuthConfiguration":
        return try await CallOutput(
            api.getAuthConfiguration(
                options: input.options
            )
        )
    case "getProfile":
        return try await CallOutput(
            api.getProfile(
                options: input.options
            )
        )
    case "updateProfile":
        return try await CallOutput(
            api.updateProfile(
                input.body(),
                options: input.options
            )
        )
    case "deleteMyAccount":
        return try await CallOutput(
            api.deleteMyAccount(
                input.query(),
                options: input.options
            )
        )
    case "changeEmail":
        return try await CallOutput(
            api.changeEmail(
                input.body(),
                options: input.options
            )
        )
    case "verifyEmail":
        return try await CallOutput(
            api.verifyEmail(
                input.body(),
                options: input.options
            )
        )
    case "changePassword":
        return try await CallOutput(
            api.changePassword(
                input.body(),
                options: input.options
            )
        )
    case "setUpTotp":
        return try await CallOutput(
            api.setUpTotp(
                input.body(),
                options: input.options
            )
        )
    case "verifyTotp":
        return try await CallOutput(
            api.verifyTotp(
                input.body(),
                options: input.options
            )
        )
    case "turnOffTotp":
        return try await CallOutput(
            api.turnOffTotp(
                input.body(),
                options: input.options
            )
        )
    case "listPasskeys":
        return try await CallOutput(
            api.listPasskeys(
                options: input.options
            )
        )
    case "addPasskey":
        return try await CallOutput(
            api.addPasskey(
                input.body(),
                options: input.options
            )
        )
    case "startPasskeyRegistration":
        return try await CallOutput(
            api.startPasskeyRegistration(
                input.body(),
                options: input.options
            )
        )
    case "deletePasskey":
        return try await CallOutput(
            api.deletePasskey(
                passkeyId: input.path("passkeyId"),
                options: input.options
            )
        )
    case "listSessions":
        return try await CallOutput(
            api.listSessions(
                options: input.options
            )
        )
    case "signOutEverywhere":
        return try await CallOutput(
            api.signOutEverywhere(
                options: input.options
            )
        )
    case "exportMyData":
        return try await CallOutput(
            api.exportMyData(
                input.query(),
                options: input.options
            )
        )
    case "getHealth":
        return try await CallOutput(
            api.getHealth(
                options: input.options
            )
        )
    default:
        throw UnknownName(name: name)
    }
}

/// Reads a list with a cursor to its end, or so many items of it.
func all(
    _ name: String,
    of api: MoviesApi,
    with input: CallInput,
    take: Int?
) async throws -> [JSON] {
    switch name {
    case "listMovies":
        return try await collect(
            api.listMoviesAll(
                input.query(),
                options: input.options
            ),
            take: take
        )
    case "listPictures":
        return try await collect(
            api.listPicturesAll(
                input.query(),
                options: input.options
            ),
            take: take
        )
    case "listWatchlist":
        return try await collect(
            api.listWatchlistAll(
                input.query(),
                options: input.options
            ),
            take: take
        )
    default:
        throw UnknownName(name: name)
    }
}
