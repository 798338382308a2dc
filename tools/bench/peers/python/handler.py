"""A signed-in find on Python: boto3, Powertools and PyJWT, used as their guides show."""

import os

import boto3
import jwt
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, UnauthorizedError

app = APIGatewayRestResolver()
movies = boto3.resource("dynamodb").Table(os.environ["MOVIES_TABLE"])
keys = jwt.PyJWKClient(os.environ["JWKS_URL"])


def verify(token: str) -> None:
    try:
        key = keys.get_signing_key_from_jwt(token)
        options = {"verify_aud": False}
        claims = jwt.decode(token, key.key, algorithms=["RS256"], issuer=os.environ["ISSUER"], options=options)
    except jwt.InvalidTokenError as error:
        raise UnauthorizedError("Sign in") from error
    if claims.get("client_id") != os.environ["CLIENT_ID"] or claims.get("token_use") != "access":
        raise UnauthorizedError("Sign in")


@app.get("/movies/findbytitleandyear")
def find():
    header = app.current_event.headers.get("Authorization", "")
    verify(header.removeprefix("Bearer "))
    query = app.current_event.query_string_parameters
    key = {"year": int(query["year"]), "title": query["title"]}
    item = movies.get_item(Key=key, ConsistentRead=True).get("Item")
    if item is None:
        raise NotFoundError("No such movie")
    return item


def handle(event, context):
    return app.resolve(event, context)
