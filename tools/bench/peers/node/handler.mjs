// A signed-in find on Node: the AWS SDK's document client and aws-jwt-verify, used as their guides show.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleFetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { run } from './runtime.mjs';

const { CLIENT_ID, JWKS_URL, MOVIES_TABLE, USER_POOL_ID } = process.env;
const store = DynamoDBDocumentClient.from(new DynamoDBClient({}));

// The issuer is Amazon's, its key set is here.
const fetcher = new SimpleFetcher();
const jwksCache = new SimpleJwksCache({ fetcher: { fetch: () => fetcher.fetch(JWKS_URL) } });
const verifier = CognitoJwtVerifier.create(
  { userPoolId: USER_POOL_ID, tokenUse: 'access', clientId: CLIENT_ID },
  { jwksCache },
);

async function handler(event) {
  const token = event.headers.Authorization?.replace(/^Bearer /, '') ?? '';
  try {
    await verifier.verify(token);
  } catch {
    return { statusCode: 401, body: '' };
  }
  const { title, year } = event.queryStringParameters;
  const Key = { year: Number(year), title };
  const { Item } = await store.send(new GetCommand({ TableName: MOVIES_TABLE, Key, ConsistentRead: true }));
  if (Item === undefined) return { statusCode: 404, body: '' };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(Item) };
}

run(handler);
