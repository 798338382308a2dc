// Written by `cargo xtask clients`. Do not change it by hand.

import type { Answer, CallOptions, MoviesApi } from '../../src/index.js';
import type * as models from '../../src/index.js';

/** The arguments of an operation, as a scenario has them. */
export interface Arguments {
    readonly path: Readonly<Record<string, string>>;
    readonly query: unknown;
    readonly body: unknown;
    readonly options: CallOptions;
}

type Call = (api: MoviesApi, input: Arguments) => Promise<Answer<unknown>>;
type List = (api: MoviesApi, input: Arguments) => AsyncIterable<unknown>;

/** Calls an operation by its name. */
export const calls: Readonly<Record<string, Call>> = {
    listMovies: (api, { query, options }) =>
        api.listMovies(query as models.ListMoviesQuery, options),
    listMovieChanges: (api, { query, options }) =>
        api.listMovieChanges(query as models.ListMovieChangesQuery, options),
    addMovie: (api, { body, options }) => api.addMovie(body as models.AddMovieRequest, options),
    findMovieCached: (api, { query, options }) =>
        api.findMovieCached(query as models.FindMovieCachedQuery, options),
    findMovie: (api, { body, options }) => api.findMovie(body as models.MovieKeyRequest, options),
    updateMovie: (api, { body, options }) =>
        api.updateMovie(body as models.UpdateMovieRequest, options),
    deleteMovie: (api, { body, options }) =>
        api.deleteMovie(body as models.MovieKeyRequest, options),
    listPictures: (api, { query, options }) =>
        api.listPictures(query as models.ListPicturesQuery, options),
    listPictureChanges: (api, { query, options }) =>
        api.listPictureChanges(query as models.ListPictureChangesQuery, options),
    findPicture: (api, { path, options }) => api.findPicture(path['pictureId'] ?? '', options),
    putPicture: (api, { path, body, options }) =>
        api.putPicture(path['pictureId'] ?? '', body as models.PutPictureRequest, options),
    deletePicture: (api, { path, options }) => api.deletePicture(path['pictureId'] ?? '', options),
    listWatchlist: (api, { query, options }) =>
        api.listWatchlist(query as models.ListWatchlistQuery, options),
    listWatchlistChanges: (api, { query, options }) =>
        api.listWatchlistChanges(query as models.ListWatchlistChangesQuery, options),
    findWatchlistEntry: (api, { path, options }) =>
        api.findWatchlistEntry(path['entryId'] ?? '', options),
    putWatchlistEntry: (api, { path, body, options }) =>
        api.putWatchlistEntry(
            path['entryId'] ?? '',
            body as models.PutWatchlistEntryRequest,
            options,
        ),
    updateWatchlistEntry: (api, { path, body, options }) =>
        api.updateWatchlistEntry(
            path['entryId'] ?? '',
            body as models.UpdateWatchlistEntryRequest,
            options,
        ),
    deleteWatchlistEntry: (api, { path, options }) =>
        api.deleteWatchlistEntry(path['entryId'] ?? '', options),
    signUp: (api, { body, options }) => api.signUp(body as models.SignUpRequest, options),
    confirmSignUp: (api, { body, options }) =>
        api.confirmSignUp(body as models.ConfirmSignUpRequest, options),
    resendCode: (api, { body, options }) => api.resendCode(body as models.EmailRequest, options),
    signIn: (api, { body, options }) => api.signIn(body as models.SignInRequest, options),
    signInWithPasskey: (api, { body, options }) =>
        api.signInWithPasskey(body as models.EmailRequest, options),
    respondToChallenge: (api, { body, options }) =>
        api.respondToChallenge(body as models.RespondToChallengeRequest, options),
    exchangeCode: (api, { body, options }) =>
        api.exchangeCode(body as models.ExchangeCodeRequest, options),
    refreshTokens: (api, { body, options }) =>
        api.refreshTokens(body as models.RefreshTokenRequest, options),
    signOut: (api, { body, options }) => api.signOut(body as models.RefreshTokenRequest, options),
    forgotPassword: (api, { body, options }) =>
        api.forgotPassword(body as models.EmailRequest, options),
    resetPassword: (api, { body, options }) =>
        api.resetPassword(body as models.ResetPasswordRequest, options),
    getAuthConfiguration: (api, { options }) => api.getAuthConfiguration(options),
    getProfile: (api, { options }) => api.getProfile(options),
    updateProfile: (api, { body, options }) =>
        api.updateProfile(body as models.UpdateProfileRequest, options),
    deleteMyAccount: (api, { query, options }) =>
        api.deleteMyAccount(query as models.DeleteMyAccountQuery, options),
    changeEmail: (api, { body, options }) =>
        api.changeEmail(body as models.ChangeEmailRequest, options),
    verifyEmail: (api, { body, options }) =>
        api.verifyEmail(body as models.VerifyEmailRequest, options),
    changePassword: (api, { body, options }) =>
        api.changePassword(body as models.ChangePasswordRequest, options),
    setUpTotp: (api, { body, options }) =>
        api.setUpTotp(body as models.CurrentPasswordRequest, options),
    verifyTotp: (api, { body, options }) =>
        api.verifyTotp(body as models.VerifyTotpRequest, options),
    turnOffTotp: (api, { body, options }) =>
        api.turnOffTotp(body as models.CurrentPasswordRequest, options),
    listPasskeys: (api, { options }) => api.listPasskeys(options),
    addPasskey: (api, { body, options }) =>
        api.addPasskey(body as models.AddPasskeyRequest, options),
    startPasskeyRegistration: (api, { body, options }) =>
        api.startPasskeyRegistration(body as models.CurrentPasswordRequest, options),
    deletePasskey: (api, { path, options }) => api.deletePasskey(path['passkeyId'] ?? '', options),
    listSessions: (api, { options }) => api.listSessions(options),
    signOutEverywhere: (api, { options }) => api.signOutEverywhere(options),
    exportMyData: (api, { query, options }) =>
        api.exportMyData(query as models.ExportMyDataQuery, options),
    getHealth: (api, { options }) => api.getHealth(options),
};

/** The items of a list by the name of its operation. */
export const lists: Readonly<Record<string, List>> = {
    listMovies: (api, { query, options }) =>
        api.listMoviesAll(query as models.ListMoviesQuery, options),
    listPictures: (api, { query, options }) =>
        api.listPicturesAll(query as models.ListPicturesQuery, options),
    listWatchlist: (api, { query, options }) =>
        api.listWatchlistAll(query as models.ListWatchlistQuery, options),
};
