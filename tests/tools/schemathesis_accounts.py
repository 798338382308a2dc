"""Users for the operations that a request made up at random cannot get through, or after which its user is gone."""

import hashlib
import itertools
import os
from urllib.parse import urlsplit

import requests

PASSWORD = "Throwaway-Horse-7-battery"
NEW_PASSWORD = "Replaced-Horse-8-battery"
NUMBERS = itertools.count()
REGULARS = {}


def prepare(operation, case):
    """Makes most requests of these ones that can succeed; every fourth keeps what was made up."""
    if operation in MEANT and not fourth(case):
        MEANT[operation](case, Server(case))


def spare_the_user(case):
    """Has somebody else's account deleted and sessions ended, whatever the rest of the request is like."""
    if case.headers.get("Authorization") == f"Bearer {os.environ['API_TOKEN']}":
        use(case, Server(case).somebody())


def fourth(case):
    """About every fourth; the same request again is the same in this, too."""
    digest = hashlib.sha256(repr(case.body).encode("utf-8", "surrogatepass")).digest()
    return digest[0] % 4 == 0


def use(case, user):
    case.headers["Authorization"] = f"Bearer {user['accessToken']}"


class Server:
    def __init__(self, case):
        self.api = case.operation.base_url.rstrip("/")
        url = urlsplit(self.api)
        self.root = f"{url.scheme}://{url.netloc}"

    def post(self, path, body=None, user=None, expected=200):
        headers = {"Authorization": f"Bearer {user['accessToken']}"} if user else {}
        answer = requests.post(self.api + path, json=body, headers=headers, timeout=10)
        # Not the body: it may hold tokens.
        assert answer.status_code == expected, f"{path}: {answer.status_code} instead of {expected}"
        return answer.json() if answer.content else None

    def mailed(self, email):
        query = {"stage": "Development", "email": email}
        return requests.get(f"{self.root}/mailbox", params=query, timeout=10).json()[0]["code"]

    def shown(self, secret):
        """What an authenticator app shows."""
        return requests.get(f"{self.root}/authenticator", params={"secret": secret}, timeout=10).json()["code"]

    def signed_up(self):
        email = f"throwaway-{next(NUMBERS)}@example.com"
        self.post("/auth/sign-up", {"email": email, "password": PASSWORD}, expected=202)
        return email

    def confirmed(self):
        email = self.signed_up()
        code = self.mailed(email)
        body = {"email": email, "code": code, "password": PASSWORD}
        self.post("/auth/confirm-sign-up", body, expected=204)
        return email

    def sign_in(self, email):
        return self.post("/auth/sign-in", {"email": email, "password": PASSWORD})

    def somebody(self):
        """A new user who is signed in."""
        email = self.confirmed()
        return self.sign_in(email) | {"email": email}

    def regular(self, purpose):
        """A user who is signed in, and whom the purpose does not use up."""
        if purpose not in REGULARS:
            REGULARS[purpose] = self.somebody()
        return REGULARS[purpose]


def confirm_sign_up(case, server):
    case.body["email"] = server.signed_up()
    case.body["code"] = server.mailed(case.body["email"])


def respond_to_challenge(case, server):
    # A code is good once, a secret can be had again and again.
    user = server.regular("challenges")
    secret = server.post("/me/totp", {"currentPassword": PASSWORD}, user)["secret"]
    server.post("/me/totp/verify", {"code": server.shown(secret)}, user, expected=204)
    challenge = server.sign_in(user["email"])["challenge"]
    case.body["challengeName"] = challenge["name"]
    case.body["session"] = challenge["session"]
    case.body["responses"]["SOFTWARE_TOKEN_MFA_CODE"] = server.shown(secret)


def with_refresh_token(case, server):
    email = server.regular("refresh tokens")["email"]
    case.body["refreshToken"] = server.sign_in(email)["refreshToken"]


def reset_password(case, server):
    case.body["email"] = server.confirmed()
    server.post("/auth/forgot-password", {"email": case.body["email"]}, expected=202)
    case.body["code"] = server.mailed(case.body["email"])
    case.body["newPassword"] = NEW_PASSWORD


def change_email(case, server):
    case.body["currentPassword"] = PASSWORD
    use(case, server.somebody())


def current_password(case, server):
    case.body["currentPassword"] = PASSWORD
    use(case, server.regular("codes"))


def verify_email(case, server):
    user = server.somebody()
    to = f"new-{user['email']}"
    server.post("/me/change-email", {"email": to, "currentPassword": PASSWORD}, user, expected=202)
    case.body["code"] = server.mailed(to)
    use(case, user)


def change_password(case, server):
    case.body["currentPassword"] = PASSWORD
    case.body["newPassword"] = NEW_PASSWORD
    use(case, server.somebody())


def verify_totp(case, server):
    user = server.regular("codes")
    secret = server.post("/me/totp", {"currentPassword": PASSWORD}, user)["secret"]
    case.body["code"] = server.shown(secret)
    use(case, user)


MEANT = {
    "confirmSignUp": confirm_sign_up,
    "respondToChallenge": respond_to_challenge,
    "refreshTokens": with_refresh_token,
    "signOut": with_refresh_token,
    "resetPassword": reset_password,
    "changeEmail": change_email,
    "verifyEmail": verify_email,
    "changePassword": change_password,
    "setUpTotp": current_password,
    "turnOffTotp": current_password,
    "startPasskeyRegistration": current_password,
    "verifyTotp": verify_totp,
}
