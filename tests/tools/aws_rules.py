"""Asks a simulation of DynamoDB whether it keeps the rules that AWS documents, as far as the store depends on them.

    python aws_rules.py NAME ENDPOINT

prints a line for each rule: whether it is kept, what was seen, and where AWS says so. The rules that a simulation is known to break are
in KNOWN; another one that it breaks, or one of these that it keeps, is a failure. It needs boto3, which moto brings.
"""

import sys
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

GUIDE = "Developer Guide"
API = "API Reference"
# AWS refuses it and has no page that says so; dynalite was compared with AWS itself.
UNWRITTEN = "no page of AWS; dynalite's tests, which were run on AWS"


def connect(endpoint):
    # What AWS refuses has to be sent, so that it can be refused; and once.
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def text(value):
    return {"S": value}


def number(value):
    return {"N": str(value)}


class Table:
    """A table of a rule's own, with a string and a number as its key, and an index by owner."""

    def __init__(self, client):
        self.client = client
        self.name = f"rules-{uuid.uuid4()}"
        kinds = {"p": "S", "s": "S", "owner": "S"}
        client.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "ByOwner",
                    "KeySchema": [
                        {"AttributeName": "owner", "KeyType": "HASH"},
                        {"AttributeName": "s", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        client.get_waiter("table_exists").wait(TableName=self.name, WaiterConfig={"Delay": 1})

    def key(self, sort="a"):
        return {"p": text("p"), "s": text(sort)}

    def put(self, sort="a", more=None, **options):
        return self.client.put_item(TableName=self.name, Item=self.key(sort) | (more or {}), **options)

    def get(self, sort="a"):
        return self.client.get_item(TableName=self.name, Key=self.key(sort), ConsistentRead=True).get("Item")

    def update(self, expression, sort="a", **options):
        return self.client.update_item(
            TableName=self.name, Key=self.key(sort), UpdateExpression=expression, **options
        )

    def transact(self, *items, **options):
        return self.client.transact_write_items(TransactItems=list(items), **options)

    def put_of(self, sort="a", more=None, **options):
        return {"Put": {"TableName": self.name, "Item": self.key(sort) | (more or {}), **options}}


def refused(work, code="ValidationException"):
    """What is seen of a call that has to be refused with this code; None if it was."""
    try:
        work()
    except ClientError as error:
        found = error.response["Error"]["Code"]
        return None if found == code else f"{found} instead of {code}"
    return "accepted"


def same(found, expected):
    return None if found == expected else f"{found!r} instead of {expected!r}"


RULES = []


def rule(says, where):
    def register(check):
        RULES.append((says, where, check))
        return check

    return register


@rule("a batch of reads names no key twice", UNWRITTEN)
def _(table):
    keys = {table.name: {"Keys": [table.key(), table.key()]}}
    return refused(lambda: table.client.batch_get_item(RequestItems=keys))


@rule("a batch reads 100 keys at most", f"{API}, BatchGetItem")
def _(table):
    keys = {table.name: {"Keys": [table.key(str(n)) for n in range(101)]}}
    return refused(lambda: table.client.batch_get_item(RequestItems=keys))


@rule("a batch writes no item twice", f"{API}, BatchWriteItem")
def _(table):
    writes = [{"PutRequest": {"Item": table.key()}}, {"DeleteRequest": {"Key": table.key()}}]
    return refused(lambda: table.client.batch_write_item(RequestItems={table.name: writes}))


@rule("a batch writes 25 items at most", f"{API}, BatchWriteItem")
def _(table):
    writes = [{"PutRequest": {"Item": table.key(str(n))}} for n in range(26)]
    return refused(lambda: table.client.batch_write_item(RequestItems={table.name: writes}))


@rule("a transaction writes no item twice", f"{API}, TransactWriteItems")
def _(table):
    return refused(lambda: table.transact(table.put_of(), table.put_of()))


@rule("a check and a write of one item are no transaction", f"{API}, TransactWriteItems")
def _(table):
    check = {"TableName": table.name, "Key": table.key(), "ConditionExpression": "attribute_not_exists(p)"}
    return refused(lambda: table.transact(table.put_of(), {"ConditionCheck": check}))


@rule("a transaction has 100 items at most", f"{API}, TransactWriteItems")
def _(table):
    return refused(lambda: table.transact(*(table.put_of(str(n)) for n in range(101))))


@rule("a transaction that is cancelled gives a reason for each item", f"{API}, TransactWriteItems")
def _(table):
    table.put("b", {"n": number(1)})
    fails = {"ConditionExpression": "attribute_not_exists(p)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    try:
        table.transact(table.put_of("a"), table.put_of("b", **fails))
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        seen = [(reason.get("Code"), reason.get("Item")) for reason in reasons]
        old = table.key("b") | {"n": number(1)}
        wrong = same(seen, [("None", None), ("ConditionalCheckFailed", old)])
        return wrong or same(table.get("a"), None)
    return "accepted"


@rule("a transaction sent again with its token is carried out once", f"{GUIDE}, Amazon DynamoDB Transactions: How it works")
def _(table):
    table.put("a", {"n": number(1)})
    update = {
        "Update": {
            "TableName": table.name,
            "Key": table.key(),
            "UpdateExpression": "SET n = n + :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }
    for _ in range(2):
        table.transact(update, ClientRequestToken="token-of-the-first")
    return same(table.get()["n"], number(2))


@rule("a token that came with another transaction is refused", f"{API}, TransactWriteItems")
def _(table):
    table.transact(table.put_of("a"), ClientRequestToken="token-of-another")
    other = lambda: table.transact(table.put_of("b"), ClientRequestToken="token-of-another")
    return refused(other, "IdempotentParameterMismatchException")


@rule("a condition has no parentheses that change nothing", UNWRITTEN)
def _(table):
    return refused(lambda: table.put(ConditionExpression="((attribute_not_exists(p)))"))


@rule("every name that is given is used", UNWRITTEN)
def _(table):
    names = {"#p": "p", "#unused": "x"}
    condition = "attribute_not_exists(#p)"
    return refused(lambda: table.put(ConditionExpression=condition, ExpressionAttributeNames=names))


@rule("every value that is given is used", UNWRITTEN)
def _(table):
    values = {":unused": text("x")}
    condition = "attribute_not_exists(p)"
    return refused(lambda: table.put(ConditionExpression=condition, ExpressionAttributeValues=values))


@rule("a reserved word needs a placeholder", f"{GUIDE}, Reserved words in DynamoDB")
def _(table):
    return refused(lambda: table.put(ConditionExpression="attribute_not_exists(key)"))


@rule("lists are equal if all their values are, in their order", f"{API}, Condition (EQ)")
def _(table):
    table.put("a", {"l": {"L": [text("x"), text("y")]}})
    equal = {"ConditionExpression": "l = :l", "ExpressionAttributeValues": {":l": {"L": [text("x"), text("y")]}}}
    table.put("a", {"l": {"L": [text("x"), text("y")]}}, **equal)
    other = {**equal, "ExpressionAttributeValues": {":l": {"L": [text("y"), text("x")]}}}
    return refused(lambda: table.put("a", **other), "ConditionalCheckFailedException")


@rule("the item that failed a condition comes back when asked for", f"{API}, UpdateItem")
def _(table):
    table.put("a", {"n": number(1)})
    values = {"ExpressionAttributeValues": {":n": number(2)}}
    try:
        table.update("SET n = :n", ConditionExpression="n = :n", ReturnValuesOnConditionCheckFailure="ALL_OLD", **values)
    except ClientError as error:
        return same(error.response.get("Item"), table.key() | {"n": number(1)})
    return "accepted"


@rule("a number that is not there cannot be added to", f"{GUIDE}, Update expressions")
def _(table):
    table.put()
    return refused(lambda: table.update("SET n = n + :one", ExpressionAttributeValues={":one": number(1)}))


@rule("an update changes no part of the key", f"{API}, UpdateItem")
def _(table):
    return refused(lambda: table.update("SET s = :s", ExpressionAttributeValues={":s": text("b")}))


@rule("a key is no empty text", f"{GUIDE}, Constraints in Amazon DynamoDB")
def _(table):
    return refused(lambda: table.put(""))


@rule("a sort key has 1,024 bytes at most", f"{GUIDE}, Constraints in Amazon DynamoDB")
def _(table):
    table.put("x" * 1024)
    return refused(lambda: table.put("x" * 1025))


@rule("a partition key has 2,048 bytes at most", f"{GUIDE}, Constraints in Amazon DynamoDB")
def _(table):
    item = {"p": text("x" * 2049), "s": text("s")}
    return refused(lambda: table.client.put_item(TableName=table.name, Item=item))


@rule("an item has 400 KB at most", f"{GUIDE}, Constraints in Amazon DynamoDB")
def _(table):
    return refused(lambda: table.put("a", {"t": text("x" * 409_600)}))


@rule("an attribute of an index's key has the type of that", f"{API}, PutItem")
def _(table):
    return refused(lambda: table.put("a", {"owner": number(1)}))


@rule("a number has 38 digits, and no needless zeros", f"{GUIDE}, Supported data types and naming rules")
def _(table):
    table.put("a", {"n": {"N": "007.50"}})
    return same(table.get()["n"], number("7.5")) or refused(lambda: table.put("a", {"n": {"N": "1" * 39}}))


@rule("an index is not read with strong consistency", f"{API}, Query")
def _(table):
    return refused(
        lambda: table.client.query(
            TableName=table.name,
            IndexName="ByOwner",
            ConsistentRead=True,
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": text("ada")},
        )
    )


def query(table, condition, values, **options):
    return table.client.query(
        TableName=table.name,
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":p": text("p")} | values,
        **options,
    )


@rule("the upper bound of BETWEEN is not the lower", UNWRITTEN)
def _(table):
    bounds = {":first": text("b"), ":last": text("a")}
    return refused(lambda: query(table, "p = :p AND s BETWEEN :first AND :last", bounds))


@rule("a query filters by no part of the key", f"{GUIDE}, Filter expressions for the Query operation")
def _(table):
    return refused(lambda: query(table, "p = :p", {":s": text("a")}, FilterExpression="s = :s"))


@rule("a limit is 1 at least", f"{API}, Query")
def _(table):
    return refused(lambda: query(table, "p = :p", {}, Limit=0))


@rule("a page has 1 MB at most", f"{GUIDE}, Paginating table query results")
def _(table):
    for n in range(4):
        table.put(f"{n}", {"t": text("x" * 350_000)})
    page = query(table, "p = :p", {})
    return None if "LastEvaluatedKey" in page else f"{page['Count']} items of 350 KB in a page"


@rule("a page may begin behind an item that is not there", f"{API}, Query")
def _(table):
    for sort in "ac":
        table.put(sort)
    page = query(table, "p = :p", {}, ExclusiveStartKey=table.key("b"))
    return same([item["s"]["S"] for item in page["Items"]], ["c"])


@rule("texts are in the order of their bytes in UTF-8", f"{GUIDE}, Supported data types and naming rules")
def _(table):
    for sort in ["Z", "a", "\U0001f600", "\uffee", "é"]:
        table.put(sort)
    found = [item["s"]["S"] for item in query(table, "p = :p", {})["Items"]]
    return same(found, ["Z", "a", "é", "\uffee", "\U0001f600"])


@rule("a read of an item costs a unit for 4 KB, half of it without consistency", f"{GUIDE}, Read consistency")
def _(table):
    table.put("a", {"t": text("x" * 5_000)})
    ask = lambda consistent: table.client.get_item(
        TableName=table.name, Key=table.key(), ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
    )
    costs = [ask(consistent).get("ConsumedCapacity", {}).get("CapacityUnits") for consistent in (True, False)]
    return same(costs, [2.0, 1.0])


@rule("a write in a transaction costs twice as much", f"{GUIDE}, Amazon DynamoDB Transactions: How it works")
def _(table):
    answer = table.transact(table.put_of("a"), ReturnConsumedCapacity="TOTAL")
    return same(answer.get("ConsumedCapacity", [{}])[0].get("CapacityUnits"), 2.0)


@rule("a table that is being made is not written to", f"{API}, CreateTable")
def _(table):
    name = f"rules-{uuid.uuid4()}"
    made = table.client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
    )
    return same(made["TableDescription"]["TableStatus"], "CREATING")


KNOWN = {
    "ministack": {
        "a query filters by no part of the key",
        "a read of an item costs a unit for 4 KB, half of it without consistency",
        "a table that is being made is not written to",
    },
    "moto": {
        "a batch writes no item twice",
        "a batch writes 25 items at most",
        "a transaction sent again with its token is carried out once",
        "a token that came with another transaction is refused",
        "every value that is given is used",
        "an attribute of an index's key has the type of that",
        "a number has 38 digits, and no needless zeros",
        "the upper bound of BETWEEN is not the lower",
        "a query filters by no part of the key",
        "a limit is 1 at least",
        "a read of an item costs a unit for 4 KB, half of it without consistency",
        "a write in a transaction costs twice as much",
        "a table that is being made is not written to",
    },
    # These are of its launcher, which adds the transactions.
    "dynalite": {
        "a transaction sent again with its token is carried out once",
        "a token that came with another transaction is refused",
        "a write in a transaction costs twice as much",
    },
}


def main():
    _, name, endpoint = sys.argv
    client = connect(endpoint)
    known = KNOWN[name]
    kept = broken = failed = 0
    for says, where, check in RULES:
        try:
            seen = check(Table(client))
        except Exception as error:  # whatever a simulation does instead
            seen = f"{type(error).__name__}: {error}"
        is_known = says in known
        failed += is_known != (seen is not None)
        kept += seen is None
        broken += seen is not None
        mark = {(True, True): "breaks", (True, False): "KEEPS ", (False, True): "BREAKS", (False, False): "keeps "}
        shown = mark[is_known, seen is not None]
        print(f"{name:10} {shown} {says}{f': {seen[:160]}' if seen else ''} ({where})", flush=True)
    print(f"{name} keeps {kept} of {len(RULES)} rules")
    passed = len(RULES) - failed
    # The form in which cargo's tests end.
    print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed; 0 ignored")
    sys.exit(failed > 0)


main()
