"""What the alarms of a rollout catch, and what they send back without need: a simulation with the alarms of template.yaml.

    python tests/tools/canary.py            # writes the table into docs/rollouts.md
    python tests/tools/canary.py --check    # only compares

It needs the packages of requirements.txt. Expressions, periods, thresholds and the treatment of missing data are read from
the template; nothing is known of them here but the language of metric math, as far as they use it.

What is assumed, and why:

- Requests come at random (Poisson), the same number every minute. Real traffic has peaks; then a canary sees more.
- A good version answers 0.1 % of its requests with 5xx and crashes in 0.01 %. AWS promises 99.95 % for Lambda and 99.99 % for
  DynamoDB; what goes beyond is the service's own.
- Latency is lognormal with a median of 10 ms and a sigma of 0.8, so that p99 is 64 ms: wider than any single operation in
  docs/cost.md, because all are mixed. Some requests are the first of an instance, and take 150 ms more: 1 % at the old
  version, 5 % at the new one, whose instances are all new.
- A minute's figures reach CloudWatch one or two minutes after it. Alarms are evaluated once a minute, and CodeDeploy sees one
  that rings within the next minute. What rings later than that before the end of the rollout is not counted.
- When there are no data in the newest period, CloudWatch looks two periods further back than the alarm says. AWS gives no
  number, but its examples have two.
"""

import argparse
import math
import operator
import random
import re
import statistics
import sys
from dataclasses import dataclass, field
from functools import cache

from test_template import NEXT, ROOT, Stack, translated

GUIDE = ROOT / "docs/rollouts.md"
START, END = "<!-- canary: start -->", "<!-- canary: end -->"
SEED = 36
MINUTES_OF_MONTH = 30 * 24 * 60
# The share of the new version in each minute of the rollout, by the names that promote knows.
SHIFTS = {
    "canary-10": [0.1] * 10,
    "canary-1": [0.01] * 30,
    "linear": [share / 10 for share in range(1, 10)],
}
SEEN_AFTER = 1
BEYOND = 2
MEDIAN, SIGMA, FIRST = 10, 0.8, 150
# Up to so many, a minute's latencies are drawn one by one, above by steps of 8 %: how many fell into each.
ONE_BY_ONE = 50
STEPS = [MEDIAN * 1.08**step for step in range(-36, 60)]


# ---- Metric math ----------------------------------------------------------------------------------------------------
# An expression is made into a function of one point in time, because all that is used here looks at one: of the values by
# id, None where there is none. AWS documents what becomes of missing values in "Using metric math": between two series,
# arithmetic and comparison take one for 0; IF without a condition has no value, IF without the value that it chose has 0, and a
# division by zero has no value. A number has no points in time, so beside it what is missing stays missing.


@dataclass(frozen=True)
class Reading:
    """How AWS's words are read. The alarms have to ring under any of these, see test_canary.py."""

    # Whether FILL fills where a metric has no value in the whole range.
    fills: bool = True
    # Whether operators take a missing value for 0, rather than having no value.
    zeros: bool = True


def divide(left, right):
    return left / right if right else None


def both(left, right):
    return float(bool(left) and bool(right))


# From those that bind least.
LEVELS = [
    {"OR": lambda left, right: float(bool(left) or bool(right))},
    {"AND": both},
    {
        sign: lambda left, right, compare=compare: float(compare(left, right))
        for sign, compare in {
            ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
        }.items()
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": divide},
]
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(>=|<=|==|!=|[-+*/<>(),]))")


def compiled(expression, reading=Reading()):
    tokens, place, numbers = [], 0, set()
    while place < len(expression.rstrip()):
        found = TOKEN.match(expression, place)
        if not found:
            raise ValueError(f"not understood: {expression[place:]}")
        tokens.append(found[found.lastindex])
        place = found.end()
    tokens.append(None)

    def take(expected=None):
        token = tokens.pop(0)
        if expected and token != expected:
            raise ValueError(f"{token} where {expected} belongs: {expression}")
        return token

    def binary(level):
        if level == len(LEVELS):
            return single()
        left = binary(level + 1)
        while tokens[0] in LEVELS[level]:
            left = combined(LEVELS[level][take()], left, binary(level + 1))
        return left

    def combined(apply, left, right):
        def value(values):
            one = left(values)
            if one == 0 and apply is both and reading.zeros:
                return 0.0
            other = right(values)
            if one is None and (strict or other is None) or other is None and strict:
                return None
            return apply(one or 0.0, other or 0.0)

        strict = not reading.zeros or left in numbers or right in numbers
        if left in numbers and right in numbers:
            numbers.add(value)
        return value

    def single():
        token = take()
        if token == "(":
            inner = binary(0)
            take(")")
            return inner
        if token in ("IF", "FILL"):
            arguments = []
            take("(")
            while True:
                arguments.append(binary(0))
                if take() == ")":
                    break
            return {"IF": choice, "FILL": filling}[token](*arguments)
        if token and re.fullmatch(r"[\d.]+", token):
            number = float(token)
            numbers.add(constant := lambda values: number)
            return constant
        if token and re.fullmatch(r"[a-z]\w*", token):
            return lambda values: values[token]
        raise ValueError(f"{token} is not known here: {expression}")

    def choice(condition, yes, no=lambda values: None):
        def value(values):
            chosen = condition(values)
            if chosen is None:
                return None
            if chosen:
                found = yes(values)
                return 0.0 if found is None else found
            return no(values)

        return value

    def filling(series, filler):
        def value(values):
            found = series(values)
            return filler(values) if found is None and reading.fills else found

        return value

    whole = binary(0)
    take(None)
    if tokens:
        raise ValueError(f"goes on after its end: {expression}")
    return whole


# ---- Alarms ---------------------------------------------------------------------------------------------------------

OPERATORS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
}


@dataclass(frozen=True)
class Source:
    """A metric of one version."""

    name: str
    version: str
    stat: str

    @classmethod
    def of(cls, metric, stat):
        versions = [one["Value"] for one in metric["Dimensions"] if one["Name"] in ("ExecutedVersion", "FunctionVersion")]
        [version] = versions
        # The version of the first deployment is a function that CloudFormation works out.
        return cls(f"{metric['Namespace']} {metric['MetricName']}", str(version), stat)


class Values(dict):
    """The figures of a period, by the ids of an alarm. A percentile takes a while, so each is worked out when it is asked for."""

    def __init__(self, sources, traffic, since, until):
        super().__init__()
        self.figure = lambda name: traffic.figure(sources[name], since, until)

    def __missing__(self, name):
        self[name] = self.figure(name)
        return self[name]


class Alarm:
    """One alarm of the template, evaluated by CloudWatch's rules."""

    def __init__(self, properties, reading=Reading()):
        self.compare = OPERATORS[properties["ComparisonOperator"]]
        self.threshold = float(properties["Threshold"])
        self.number = properties["EvaluationPeriods"]
        self.enough = properties.get("DatapointsToAlarm", self.number)
        assert properties["TreatMissingData"] == "notBreaching", "nothing else is understood here"
        self.sources, periods = {}, set()
        if "Metrics" in properties:
            for query in properties["Metrics"]:
                if "Expression" in query:
                    text = query["Expression"]
                    # Its parameters are filled in, so the function has nothing left to do.
                    text = text if isinstance(text, str) else text["Fn::Sub"]
                    assert query["ReturnData"] is True, "one expression is enough here"
                    self.function = compiled(text, reading)
                else:
                    assert query["ReturnData"] is False
                    self.sources[query["Id"]] = Source.of(query["MetricStat"]["Metric"], query["MetricStat"]["Stat"])
                    periods.add(query["MetricStat"]["Period"])
        else:
            stat = properties.get("Statistic") or properties["ExtendedStatistic"]
            self.sources, self.function = {"metric": Source.of(properties, stat)}, operator.itemgetter("metric")
            periods.add(properties["Period"])
        [period] = periods
        self.minutes = period // 60
        # What a percentile needs so that it is looked at: 10 / (1 - p) samples.
        self.samples = 0
        if properties.get("EvaluateLowSampleCountPercentile") == "ignore":
            self.samples = 10 / (1 - float(properties["ExtendedStatistic"].removeprefix("p")) / 100)

    def value(self, traffic, since, until):
        return self.function(Values(self.sources, traffic, since, until))

    def rings(self, traffic, now, seen, before):
        """Whether it rings now, when figures of up to the minute `seen` are there, and it rang `before` or not."""
        values = []
        for back in range(self.number + BEYOND):
            until = now - back * self.minutes
            value = self.value(traffic, until - self.minutes, min(until, seen))
            if value is not None:
                values.append(value)
            if len(values) == self.number:
                break
        if self.samples:
            [source] = self.sources.values()
            count = Source(source.name, source.version, "SampleCount")
            if (traffic.figure(count, now - self.number * self.minutes, seen) or 0) < self.samples:
                return before
        return sum(self.compare(value, self.threshold) for value in values) >= self.enough


def judges(template, reading=Reading(), parameters=NEXT):
    """The alarms that the deployment group asks."""
    stack = Stack(template, parameters)
    group = stack.resources["ProductionDeploymentGroup"]["Properties"]
    names = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    return {name: Alarm(stack.resources[name]["Properties"], reading) for name in names}


# ---- Traffic --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """How a version behaves."""

    label: str = "good"
    failing: float = 0.001
    crashing: float = 0.0001
    slower: float = 1.0


GOOD = Version()
BAD = [
    Version("5xx for every request", failing=1),
    Version("crashes at every request", crashing=1),
    Version("5xx for 20 %", failing=0.2),
    Version("5xx for 2 %", failing=0.02),
    Version("twice as slow", slower=2),
]
OLD, NEW = NEXT["PreviousProductionVersion"], NEXT["ProductionVersion"]


def poisson(chance, mean):
    if mean > 20:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    count, product, floor = 0, chance.random(), math.exp(-mean)
    while product > floor:
        count, product = count + 1, product * chance.random()
    return count


def binomial(chance, number, share):
    if share in (0, 1):
        return number * share
    if number <= 50:
        return sum(chance.random() < share for _ in range(number))
    if number * share < 50:
        return min(number, poisson(chance, number * share))
    deviation = math.sqrt(number * share * (1 - share))
    return min(number, max(0, round(chance.gauss(number * share, deviation))))


def share_below(latency, cold):
    """The share of requests that take less."""

    def warm(latency):
        if latency <= 0:
            return 0
        return (1 + math.erf(math.log(latency / MEDIAN) / SIGMA / math.sqrt(2))) / 2

    return (1 - cold) * warm(latency) + cold * warm(latency - FIRST)


@cache
def steps(cold):
    """The latencies of the steps, and the share of requests in each."""
    shares = [0, *(share_below(latency, cold) for latency in STEPS), 1]
    return [
        (latency, above - below)
        for latency, below, above in zip([*STEPS, STEPS[-1] * 1.08], shares, shares[1:])
        if above - below > 1e-6
    ]


def latencies(chance, number, cold):
    """Pairs: a latency, and how many requests took as long."""
    if number > ONE_BY_ONE:
        return [(latency, count) for latency, share in steps(cold) if (count := poisson(chance, number * share))]
    drawn = (MEDIAN * math.exp(chance.gauss(0, SIGMA)) for _ in range(number))
    return [(latency + FIRST * (chance.random() < cold), 1) for latency in drawn]


@dataclass
class Traffic:
    """What two versions answered, minute by minute."""

    chance: random.Random
    minutes: dict = field(default_factory=dict)

    def add(self, number, minute, requests, version, cold):
        """A minute's requests to a version."""
        if not requests:
            return
        crashed = binomial(self.chance, requests, version.crashing)
        answered = requests - crashed
        took = [(version.slower * one, count) for one, count in latencies(self.chance, answered, cold)]
        figures = {
            # Lambda writes a 0 for a call that ended well. The service writes no zeros, and nothing when it crashed.
            "AWS/Lambda Invocations": requests,
            "AWS/Lambda Errors": crashed,
            "Movies Requests": answered or None,
            "Movies Http5xx": binomial(self.chance, answered, version.failing) or None,
        }
        self.minutes[number, minute] = figures, answered, took

    def figure(self, source, since, until):
        """A metric from the minute `since` until before `until`."""
        found = [self.minutes[key] for minute in range(since, until) if (key := (source.version, minute)) in self.minutes]
        if source.name != "Movies Latency":
            assert source.stat == "Sum", source
            values = [value for figures, _, _ in found if (value := figures[source.name]) is not None]
            return sum(values) if values else None
        if source.stat == "SampleCount":
            return sum(answered for _, answered, _ in found) or None
        took = sorted(pair for _, _, pairs in found for pair in pairs)
        rank = float(source.stat.removeprefix("p")) / 100 * sum(count for _, count in took)
        for latency, count in took:
            rank -= count
            if rank <= 0:
                return latency
        return None


@dataclass(frozen=True)
class End:
    """How a rollout ended: when it was sent back and by which alarm, in minutes; and when the new version's 20th request came,
    or would have come."""

    sent_back: float = math.inf
    by: str = ""
    twentieth: float = math.inf
    served: int = 0


def rollout(alarms, chance, a_month, shares, new, old=GOOD):
    traffic = Traffic(chance)
    a_minute = a_month / MINUTES_OF_MONTH
    late = chance.choice((1, 2))
    for minute in range(-5, 0):
        traffic.add(OLD, minute, poisson(chance, a_minute), old, 0.01)
    ringing = dict.fromkeys(alarms, False)
    served, twentieth = 0, math.inf
    for minute, share in enumerate(shares):
        requests = poisson(chance, a_minute * share)
        traffic.add(NEW, minute, requests, new, 0.05)
        traffic.add(OLD, minute, poisson(chance, a_minute * (1 - share)), old, 0.01)
        if served < 20 <= served + requests:
            twentieth = minute + (20 - served) / requests
        served += requests
        now = minute + 1
        if now + SEEN_AFTER > len(shares):
            break
        for name, alarm in alarms.items():
            ringing[name] = alarm.rings(traffic, now, now - late, ringing[name])
            if ringing[name]:
                if served < 20:
                    twentieth = now + (20 - served) / (a_minute * share)
                return End(now + SEEN_AFTER, name, twentieth, served)
    return End(twentieth=twentieth, served=served)


def rollouts(alarms, number, a_month, shift, new, old=GOOD):
    chance = random.Random(f"{SEED} {a_month} {shift} {new.label} {old.label}")
    return [rollout(alarms, chance, a_month, SHIFTS[shift], new, old) for _ in range(number)]


def sent_back(ends):
    return sum(end.sent_back < math.inf for end in ends) / len(ends)


# ---- The table ------------------------------------------------------------------------------------------------------

MONTHS = {"1k": 1e3, "1M": 1e6, "1B": 1e9}
# With many requests, one rollout ends like the other.
RUNS = {"1k": 400, "1M": 400, "1B": 60}


def percent(share):
    return f"{share:.1%}".replace(".0%", "%").replace("%", " %")


def both_of(values):
    """Median, and what 95 % do not exceed."""
    values = sorted(values)
    pair = statistics.median(values), values[math.ceil(0.95 * len(values)) - 1]
    return ", ".join(f"{one:.0f}".replace("-0", "0").replace("-", "−") for one in pair)


def row(alarms, month, shift, version):
    ends = rollouts(alarms, RUNS[month], MONTHS[month], shift, version)
    back = [end for end in ends if end.sent_back < math.inf]
    cells = ["–"] * 3
    if back:
        cells = [
            both_of(end.sent_back for end in back),
            both_of(end.sent_back - end.twentieth for end in back),
            f"{statistics.median(end.served for end in back):,.0f}",
        ]
    return f"| {month} | `{shift}` | {version.label} | {percent(sent_back(ends))} | {' | '.join(cells)} |"


def table(alarms):
    lines = [
        "| requests a month | `--shift` | the new version | sent back | after minutes | from its 20th request | requests to it by then |",
        "| ---: | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for month in MONTHS:
        for shift in SHIFTS:
            if month != "1k" or shift == "canary-10":
                lines += [row(alarms, month, shift, version) for version in [*BAD, GOOD]]
    return "\n".join(lines)


def shown():
    """The table as the guide has it."""
    before, rest = GUIDE.read_text().split(START)
    text, after = rest.split(END)
    return before, text.strip("\n"), after


def main():
    arguments = argparse.ArgumentParser(description="Simulates what the alarms of a rollout catch.")
    arguments.add_argument("--check", action="store_true", help="write nothing; end with 1 if docs/rollouts.md has another table")
    check = arguments.parse_args().check
    before, old, after = shown()
    new = table(judges(translated()))
    if check and new != old:
        sys.exit("docs/rollouts.md has another table; python tests/tools/canary.py writes it")
    if not check:
        GUIDE.write_text(f"{before}{START}\n{new}\n{END}{after}")
    print(new)


if __name__ == "__main__":
    main()
