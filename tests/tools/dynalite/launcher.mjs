// Starts dynalite, ends it with whoever started it, and adds what this version lacks of what the store uses: transactions, streams,
// the item that failed a condition, and the comparison of lists. These are this file's; dynalite itself judges every expression, key and
// value of them.

import http from "node:http";
import Module, { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";

const require = createRequire(import.meta.url);
compareLists();
const dynalite = require("dynalite");

// What is added below may be there in a newer version: look at it first.
const VERSION = "4.0.0";
const { version } = require("dynalite/package.json");
if (version !== VERSION) {
  console.error(`launcher.mjs adds to dynalite ${VERSION}, and this is ${version}`);
  process.exit(1);
}

const MAX_PARTS = 100;
const agent = new http.Agent({ keepAlive: true });
const inner = dynalite({ createTableMs: 0, deleteTableMs: 0 });
/** The streams: the keys that were written, by the names of tables. */
const streams = new Map();
/** The names of the keys' attributes, by the names of tables. */
const keyNames = new Map();
/** Writes happen one at a time. */
let turn = Promise.resolve();

/** dynalite compares two lists as sets of words, so that two lists of values are never equal. In DynamoDB they are if all their values are. */
function compareLists() {
  const before = "return val1.every(function (val) { return ~val2.indexOf(val) })";
  const after = "return val1.every((val, at) => (typeof val === 'object' ? globalThis.isSame(val, val2[at]) : val2.includes(val)))";
  globalThis.isSame = isDeepStrictEqual;
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (source, file) {
    return compile.call(this, file.endsWith("dynalite/db/index.js") ? source.replace(before, after) : source, file);
  };
}

function alone(work) {
  const result = turn.then(work);
  turn = result.catch(() => {});
  return result;
}

/** Calls dynalite, as the client of this request would. */
function call(headers, operation, input) {
  const body = JSON.stringify(input);
  const { "content-length": _, ...others } = headers;
  const target = `DynamoDB_20120810.${operation}`;
  const options = {
    agent,
    method: "POST",
    host: "127.0.0.1",
    port: inner.address().port,
    headers: { ...others, "x-amz-target": target, "content-length": Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const request = http.request(options, async (response) => {
      try {
        resolve({ status: response.statusCode, body: await read(response) });
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function read(from) {
  const chunks = [];
  for await (const chunk of from) {
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}

const ok = (body) => ({ status: 200, body });
const refused = (type, message, more = {}) => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more },
});
const is = (answer, type) => answer.status === 400 && answer.body.__type?.endsWith(`#${type}`);

function keyOf(table, item) {
  return Object.fromEntries((keyNames.get(table) ?? []).map((name) => [name, item[name]]));
}

async function find(headers, table, key) {
  const { body } = await call(headers, "GetItem", { TableName: table, Key: key, ConsistentRead: true });
  return body.Item;
}

/** A write of one item, with the item before it. */
async function write(headers, operation, input) {
  const key = input.Key ?? keyOf(input.TableName, input.Item ?? {});
  const before = await find(headers, input.TableName, key);
  const answer = await call(headers, operation, input);
  return { table: input.TableName, key, before, answer };
}

async function tell(headers, { table, key, before }) {
  const after = await find(headers, table, key);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    streams.get(table)?.push(key);
  }
}

async function undo(headers, { table, key, before }) {
  await (before
    ? call(headers, "PutItem", { TableName: table, Item: before })
    : call(headers, "DeleteItem", { TableName: table, Key: key }));
}

async function single(headers, operation, input) {
  const { ReturnValuesOnConditionCheckFailure: returned, ...asked } = input;
  const done = await write(headers, operation, asked);
  if (is(done.answer, "ConditionalCheckFailedException") && returned === "ALL_OLD" && done.before) {
    done.answer.body.Item = done.before;
  }
  if (done.answer.status === 200) {
    await tell(headers, done);
  }
  return done.answer;
}

/** A part of a transaction. A check is a deletion that is undone. */
async function part(headers, item) {
  const [[kind, input]] = Object.entries(item);
  const { ReturnValuesOnConditionCheckFailure: returned, ...asked } = input;
  const operation = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", ConditionCheck: "DeleteItem" }[kind];
  const done = await write(headers, operation, asked);
  if (kind === "ConditionCheck" && done.answer.status === 200) {
    await undo(headers, done);
  }
  return { ...done, returned, wrote: kind !== "ConditionCheck" && done.answer.status === 200 };
}

async function transactWrite(headers, { TransactItems: items }) {
  if (items.length > MAX_PARTS) {
    return refused("ValidationException", "a transaction of too many parts");
  }
  const parts = [];
  for (const item of items) {
    const [[, input]] = Object.entries(item);
    const key = JSON.stringify([input.TableName, input.Key ?? keyOf(input.TableName, input.Item)]);
    const twice = parts.some((other) => other.name === key);
    const done = twice ? { answer: refused("ValidationException", "an item twice") } : await part(headers, item);
    parts.push({ ...done, name: key });
  }
  const failed = parts.filter((done) => done.answer.status !== 200);
  const wrote = parts.filter((done) => done.wrote);
  if (failed.length === 0) {
    for (const done of wrote) {
      await tell(headers, done);
    }
    return ok({});
  }
  for (const done of wrote) {
    await undo(headers, done);
  }
  const malformed = failed.find((done) => !is(done.answer, "ConditionalCheckFailedException"));
  if (malformed) {
    return malformed.answer;
  }
  const reasons = parts.map(({ answer, before, returned }) => {
    if (answer.status === 200) {
      return { Code: "None" };
    }
    const item = returned === "ALL_OLD" && before ? { Item: before } : {};
    return { Code: "ConditionalCheckFailed", Message: "The conditional request failed", ...item };
  });
  const codes = reasons.map((reason) => reason.Code).join(", ");
  return refused("TransactionCanceledException", `Transaction cancelled [${codes}]`, { CancellationReasons: reasons });
}

async function transactGet(headers, { TransactItems: items }) {
  const responses = [];
  for (const { Get } of items) {
    const answer = await call(headers, "GetItem", { ...Get, ConsistentRead: true });
    if (answer.status !== 200) {
      return answer;
    }
    responses.push(answer.body.Item ? { Item: answer.body.Item } : {});
  }
  return ok({ Responses: responses });
}

async function batchWrite(headers, input) {
  const writes = Object.entries(input.RequestItems ?? {}).flatMap(([table, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) => ({
      table,
      key: DeleteRequest?.Key ?? keyOf(table, PutRequest?.Item ?? {}),
    })),
  );
  const followed = writes.filter(({ table }) => streams.has(table));
  for (const one of followed) {
    one.before = await find(headers, one.table, one.key);
  }
  const answer = await call(headers, "BatchWriteItem", input);
  if (answer.status === 200) {
    for (const one of followed) {
      await tell(headers, one);
    }
  }
  return answer;
}

const arn = (table) => `arn:aws:dynamodb:eu-west-1:000000000000:table/${table}/stream/0`;
const tableOf = (name) => name.split("/")[1];
const SHARD = "shardId-00000000000000000000-00000000";

async function createTable(headers, { StreamSpecification: stream, ...input }) {
  const answer = await call(headers, "CreateTable", input);
  if (answer.status === 200) {
    keyNames.set(input.TableName, input.KeySchema.map((key) => key.AttributeName));
    if (stream?.StreamEnabled) {
      streams.set(input.TableName, []);
    }
  }
  return answer;
}

async function describeTable(headers, input) {
  const answer = await call(headers, "DescribeTable", input);
  if (answer.status === 200 && streams.has(input.TableName)) {
    answer.body.Table.LatestStreamArn = arn(input.TableName);
  }
  return answer;
}

const records = ({ ShardIterator: iterator, Limit: limit = 1000 }) => {
  const [stream, from] = iterator.split("|");
  const keys = streams.get(tableOf(stream)).slice(Number(from), Number(from) + limit);
  return ok({
    Records: keys.map((key, at) => ({
      eventID: `${Number(from) + at}`,
      eventName: "MODIFY",
      dynamodb: { Keys: key, SequenceNumber: `${Number(from) + at}`, StreamViewType: "KEYS_ONLY" },
    })),
    NextShardIterator: `${stream}|${Number(from) + keys.length}`,
  });
};

const operations = {
  PutItem: (headers, input) => alone(() => single(headers, "PutItem", input)),
  UpdateItem: (headers, input) => alone(() => single(headers, "UpdateItem", input)),
  DeleteItem: (headers, input) => alone(() => single(headers, "DeleteItem", input)),
  BatchWriteItem: (headers, input) => alone(() => batchWrite(headers, input)),
  TransactWriteItems: (headers, input) => alone(() => transactWrite(headers, input)),
  TransactGetItems: (headers, input) => alone(() => transactGet(headers, input)),
  CreateTable: createTable,
  DescribeTable: describeTable,
  DescribeStream: (_, { StreamArn: stream }) => ok({ StreamDescription: { StreamArn: stream, Shards: [{ ShardId: SHARD }] } }),
  GetShardIterator: (_, { StreamArn: stream }) => ok({ ShardIterator: `${stream}|0` }),
  GetRecords: (_, input) => records(input),
};

async function answer(request) {
  if (request.method === "GET") {
    return ok({});
  }
  const operation = request.headers["x-amz-target"]?.split(".")[1];
  const input = await read(request);
  const added = operations[operation];
  return added ? added(request.headers, input) : call(request.headers, operation, input);
}

const server = http.createServer(async (request, response) => {
  let told;
  try {
    told = await answer(request);
  } catch (error) {
    console.error(error);
    told = { status: 500, body: { __type: "com.amazonaws.dynamodb.v20120810#InternalServerError", message: `${error}` } };
  }
  response.writeHead(told.status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(told.body));
});

inner.listen(0, "127.0.0.1", () => server.listen(Number(process.argv[2]), "127.0.0.1"));
// The parent holds the other end of the standard input, and lets go of it however it ends.
process.stdin.resume();
process.stdin.on("end", () => process.exit());
process.stdin.on("error", () => process.exit());
