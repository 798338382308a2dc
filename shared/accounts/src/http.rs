//! The operations of `/auth` and `/me`.

mod auth;
mod caller;
mod me;
mod members;

use std::sync::Arc;

use kit::{http::Route, telemetry::metric::Metric};

use crate::Accounts;

/// Confirmed accounts. Sign-ups are not counted, because they succeed for an address that has an account, too.
const SIGN_UPS: Metric = Metric::count("SignUps");
/// Sign-ins through the API that returned tokens.
const SIGN_INS: Metric = Metric::count("SignIns");
/// Sign-ins through the API that were refused, at any step.
const SIGN_IN_FAILURES: Metric = Metric::count("SignInFailures");

/// The metrics of accounts.
pub const METRICS: [Metric; 3] = [SIGN_UPS, SIGN_INS, SIGN_IN_FAILURES];

/// The operations of accounts.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Arc<Accounts>>> {
    let sign_in = |route: Route<_>| route.counting_done(SIGN_INS).counting_refusals(SIGN_IN_FAILURES);
    vec![
        Route::get("/auth/configuration", "getAuthConfiguration", auth::get_auth_configuration),
        Route::post("/auth/sign-up", "signUp", auth::sign_up),
        Route::post("/auth/confirm-sign-up", "confirmSignUp", auth::confirm_sign_up).counting_done(SIGN_UPS),
        Route::post("/auth/resend-code", "resendCode", auth::resend_code),
        sign_in(Route::post("/auth/sign-in", "signIn", auth::sign_in)),
        Route::post("/auth/sign-in-with-passkey", "signInWithPasskey", auth::sign_in_with_passkey).counting_refusals(SIGN_IN_FAILURES),
        sign_in(Route::post("/auth/respond-to-challenge", "respondToChallenge", auth::respond_to_challenge)),
        sign_in(Route::post("/auth/exchange-code", "exchangeCode", auth::exchange_code)),
        Route::post("/auth/refresh", "refreshTokens", auth::refresh_tokens),
        Route::post("/auth/sign-out", "signOut", auth::sign_out),
        Route::post("/auth/forgot-password", "forgotPassword", auth::forgot_password),
        Route::post("/auth/reset-password", "resetPassword", auth::reset_password),

        Route::get("/me", "getProfile", me::get_profile),
        Route::patch("/me", "updateProfile", me::update_profile),
        Route::delete("/me", "deleteMyAccount", me::delete_my_account),
        Route::get("/me/export", "exportMyData", me::export_my_data),
        Route::post("/me/change-email", "changeEmail", me::change_email),
        Route::post("/me/verify-email", "verifyEmail", me::verify_email),
        Route::post("/me/change-password", "changePassword", me::change_password),
        Route::post("/me/totp", "setUpTotp", me::set_up_totp),
        Route::post("/me/totp/verify", "verifyTotp", me::verify_totp),
        Route::post("/me/totp/turn-off", "turnOffTotp", me::turn_off_totp),
        Route::get("/me/passkeys", "listPasskeys", me::list_passkeys),
        Route::post("/me/passkeys", "addPasskey", me::add_passkey),
        Route::post("/me/passkeys/options", "startPasskeyRegistration", me::start_passkey_registration),
        Route::delete("/me/passkeys/{passkeyId}", "deletePasskey", me::delete_passkey),
        Route::get("/me/sessions", "listSessions", me::list_sessions),
        Route::post("/me/sign-out-everywhere", "signOutEverywhere", me::sign_out_everywhere),
    ]
}
