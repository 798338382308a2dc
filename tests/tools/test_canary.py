"""What the alarms of a rollout catch, simulated: canary.py says how, and what is assumed.

    python -m unittest discover -s tests/tools -p test_canary.py
"""

import math
import random
import re
import unittest

import canary
from canary import BAD, GOOD, NEW, OLD, Alarm, Reading, Traffic, Version, compiled, judges, rollouts, sent_back
from test_template import NEXT, PROMOTED, Stack, translated

FAILING, CRASHING, SOME_FAILING, _, SLOW = BAD
ERRORS, HTTP_5XX, LATENCY = "ProductionErrorsAlarm", "ProductionHttp5xxAlarm", "ProductionLatencyAlarm"
# CloudWatch's words about missing values may be read in these ways.
READINGS = [Reading(), Reading(fills=False), Reading(zeros=False)]


class CanaryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.template = translated()
        cls.alarms = judges(cls.template)

    def ringing(self, new, old=(0, 0), alarms=None, took=10, took_before=10, number=NEW):
        """The alarms that ring after five minutes with so many requests, and so many of them that failed, at each version."""
        traffic = Traffic(random.Random(1))
        for version, (requests, failed), latency in ((number, new, took), (OLD, old, took_before)):
            if requests:
                figures = {
                    "AWS/Lambda Invocations": requests,
                    "AWS/Lambda Errors": failed,
                    "Movies Requests": requests,
                    "Movies Http5xx": failed or None,
                }
                traffic.minutes[version, 0] = figures, requests, [(latency, requests)]
        alarms = (alarms or self.alarms).items()
        return {name for name, alarm in alarms if alarm.rings(traffic, 5, 5, False)}

    def test_a_version_that_fails_every_request_is_caught_within_five_minutes_of_its_20th(self):
        for version in (FAILING, CRASHING):
            ends = rollouts(self.alarms, 1000, 1e6, "canary-10", version)
            self.assertGreater(sent_back(ends), 0.98, version)
            seen = [end for end in ends if end.twentieth < math.inf]
            caught = [end for end in seen if end.sent_back <= end.twentieth + 5]
            self.assertGreater(len(caught) / len(seen), 0.99, version)

    def test_a_good_version_is_sent_back_in_less_than_one_of_a_hundred_rollouts(self):
        for a_month, number in ((1e5, 300), (1e6, 1000), (3e6, 500), (1e7, 500), (1e8, 100), (1e9, 100)):
            for shift in ("canary-10", "linear"):
                ends = rollouts(self.alarms, number, a_month, shift, GOOD)
                self.assertLess(sent_back(ends), 0.01, (a_month, shift))

    def test_an_outage_that_hits_both_versions_alike_sends_hardly_any_back(self):
        for share in (0.05, 0.2, 0.5, 1):
            both = Version(f"{share} fail at both", failing=share)
            ends = rollouts(self.alarms, 500, 1e6, "canary-10", both, both)
            self.assertLess(sent_back(ends), 0.03, share)
        late = {"took": 5000, "took_before": 4000}
        self.assertEqual(self.ringing((100, 0), (900, 0), **late), set())
        # A new version that fails when the old one does not is told apart from it.
        self.assertEqual(self.ringing((100, 20), (900, 45)), {ERRORS, HTTP_5XX})

    def test_with_a_thousand_requests_a_month_nothing_is_seen(self):
        for version in (FAILING, CRASHING):
            self.assertEqual(sent_back(rollouts(self.alarms, 500, 1e3, "canary-10", version)), 0)

    def test_two_failures_ring_nothing_and_three_do_where_they_are_too_many(self):
        for requests in (2, 5, 10, 100, 10_000):
            self.assertEqual(self.ringing((requests, 2), (900, 0)), set(), requests)
        for requests in (5, 10, 90):
            self.assertEqual(self.ringing((requests, 3), (900, 0)), {ERRORS, HTTP_5XX}, requests)
        self.assertEqual(self.ringing((4, 4), (900, 0)), set(), "fewer than five requests")
        self.assertEqual(self.ringing((1000, 12), (900, 0)), set(), "about one in a hundred")

    def test_without_figures_of_an_old_version_the_fixed_limits_ring(self):
        cases = {
            "never promoted": {},
            "nothing noted": PROMOTED,
            "after a rollback, or when only the API moves": {**NEXT, "PreviousProductionVersion": NEW},
            "the old one has no requests": NEXT,
        }
        for case, parameters in cases.items():
            for reading in READINGS:
                alarms = judges(self.template, reading, parameters)
                sources = [pair for alarm in alarms.values() for pair in alarm.sources.items()]
                [new] = {source.version for name, source in sources if not name.endswith("_before")}
                [old] = {source.version for name, source in sources if name.endswith("_before")}
                # A version is never judged by itself, and there is no version 0.
                self.assertEqual(old, OLD if case == "the old one has no requests" else "0", case)
                self.assertNotEqual(new, old, case)
                self.assertEqual(self.ringing((10, 10), alarms=alarms, number=new), {ERRORS, HTTP_5XX}, (case, reading))
                self.assertEqual(self.ringing((20, 0), alarms=alarms, took=3001, number=new), {LATENCY}, (case, reading))
                self.assertEqual(self.ringing((20, 0), alarms=alarms, took=2999, number=new), set(), (case, reading))

    def test_they_ring_however_missing_values_are_read(self):
        for reading in READINGS:
            alarms = judges(self.template, reading)
            # An old version without a single failure has no values of Http5xx at all.
            self.assertEqual(self.ringing((10, 10), (90, 0), alarms), {ERRORS, HTTP_5XX}, reading)
            self.assertEqual(self.ringing((20, 0), (180, 0), alarms, took=30), {LATENCY}, reading)
            self.assertEqual(self.ringing((20, 0), (180, 0), alarms), set(), reading)
            self.assertEqual(self.ringing((0, 0), (180, 180), alarms), set(), reading)

    def test_a_median_is_compared_when_both_versions_have_twenty_samples(self):
        self.assertEqual(self.ringing((1000, 0), (9000, 0), took=15.3), {LATENCY})
        self.assertEqual(self.ringing((1000, 0), (9000, 0), took=15.1), set())
        self.assertEqual(self.ringing((20, 0), (180, 0), took=26), set())
        self.assertEqual(self.ringing((19, 0), (180, 0), took=100), set())
        self.assertEqual(self.ringing((20, 0), (19, 0), took=100), set())
        # Above the limit: only where it is one and a half times what the old version takes.
        self.assertEqual(self.ringing((20, 0), (180, 0), took=3001, took_before=2001), set())
        self.assertEqual(self.ringing((20, 0), (180, 0), took=3001, took_before=1999), {LATENCY})

    def test_late_figures_are_waited_for_and_old_ones_forgotten(self):
        alarm = self.alarms[HTTP_5XX]
        traffic = Traffic(random.Random(1))
        traffic.add(NEW, 0, 20, FAILING, 0)
        self.assertFalse(alarm.rings(traffic, 1, 0, False), "nothing has arrived")
        self.assertTrue(alarm.rings(traffic, 2, 1, False))
        for minute in range(1, 8):
            traffic.add(NEW, minute, 20, Version(failing=0), 0)
        self.assertFalse(alarm.rings(traffic, 7, 6, True))
        # Too few requests are no reason to look for older figures, which CloudWatch does where there are none.
        traffic = Traffic(random.Random(1))
        traffic.add(NEW, 0, 20, FAILING, 0)
        traffic.add(NEW, 8, 2, Version(failing=0), 0)
        self.assertFalse(alarm.rings(traffic, 11, 10, True))

    def test_cloudwatch_takes_these_alarms(self):
        resources = Stack(self.template, NEXT).resources
        discouraged = "AVG|DATAPOINT_COUNT|MAX|MIN|METRICS|REMOVE_EMPTY|RUNNING_SUM|SEARCH|STDDEV|SUM"
        for name in self.alarms:
            properties = resources[name]["Properties"]
            queries = properties["Metrics"]
            self.assertLessEqual(len([one for one in queries if "MetricStat" in one]), 10, name)
            self.assertEqual([one["Id"] for one in queries if one["ReturnData"]], [queries[0]["Id"]], name)
            self.assertEqual({one["MetricStat"]["Period"] for one in queries[1:]}, {300}, name)
            for one in queries:
                self.assertRegex(one["Id"], "^[a-z][a-z0-9_]*$")
            text = queries[0]["Expression"]
            text = text if isinstance(text, str) else text["Fn::Sub"]
            self.assertLessEqual(len(text), 1024)
            self.assertNotIn("$", text)
            self.assertNotRegex(text, rf"\b({discouraged})\(", "looks beyond one point in time")
            used = set(re.findall(r"\b[a-z]\w*", text))
            self.assertEqual(used, {one["Id"] for one in queries[1:]}, name)
            # In place of a single metric, not beside one; and the number of samples is in the expression.
            for other in ("MetricName", "Period", "Statistic", "ExtendedStatistic", "EvaluateLowSampleCountPercentile"):
                self.assertNotIn(other, properties)

    def test_the_limit_of_latency_is_the_parameter(self):
        alarms = judges(self.template, parameters={**NEXT, "LatencyAlarmMilliseconds": "500"})
        self.assertEqual(self.ringing((20, 0), alarms=alarms, took=501), {LATENCY})
        self.assertEqual(self.ringing((20, 0), alarms=alarms, took=500), set())

    def test_the_guide_has_the_table_of_this_simulation(self):
        self.assertEqual(canary.shown()[1], canary.table(self.alarms), "python tests/tools/canary.py writes it")


class MetricMathTest(unittest.TestCase):
    """The examples of "Using metric math", Amazon CloudWatch User Guide."""

    def points(self, expression, **series):
        function = compiled(expression)
        return [function(dict(zip(series, values))) for values in zip(*series.values())]

    def test_comparison(self):
        metrics = {"m": [30, 20, 0, 0], "n": [20, None, 20, None]}
        self.assertEqual(self.points("(m < n)", **metrics), [0, 0, 1, 0])
        self.assertEqual(self.points("(m >= 30)", **metrics), [1, 0, 0, 0])
        self.assertEqual(self.points("(m > 15 AND n > 15)", **metrics), [1, 0, 0, 0])
        self.assertEqual(self.points("m > 15 OR n > 15", **metrics), [1, 1, 1, 0])

    def test_if(self):
        metrics = {"m": [1, 1, 0, 0, None], "n": [30, None, 0, 0, 30], "o": [0, 0, 20, None, 20]}
        self.assertEqual(self.points("IF(m, n, o)", **metrics), [30, 0, 20, None, None])
        self.assertEqual(self.points("IF(m, 5, o)", **metrics), [5, 5, 20, None, None])
        self.assertEqual(self.points("IF(m, n, 5)", **metrics), [30, 0, 5, 5, None])
        self.assertEqual(self.points("IF(m, n)", **metrics), [30, 0, None, None, None])

    def test_arithmetic(self):
        metrics = {"m": [6, 6, None, None], "n": [2, None, 2, None]}
        self.assertEqual(self.points("m - 1 - n * 2", **metrics), [1, 5, -4, None])
        self.assertEqual(self.points("m / n", **metrics), [3, None, 0, None])
        self.assertEqual(self.points("FILL(m, 0) + 1", **metrics), [7, 7, 1, 1])
        self.assertEqual(self.points("m * (n + 1)", **metrics), [18, 0, 0, None])

    def test_what_it_does_not_know_it_refuses(self):
        for expression in ("SUM(m)", "m %", "m 1", "(m", "METRICS()", ""):
            with self.assertRaises((ValueError, TypeError)):
                compiled(expression)


class MissingDataTest(unittest.TestCase):
    """The examples of "Configuring how CloudWatch alarms treat missing data", Amazon CloudWatch User Guide: notBreaching."""

    def state(self, enough, points):
        properties = {
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": enough,
            "TreatMissingData": "notBreaching",
            "Namespace": "Movies",
            "MetricName": "Http5xx",
            "Dimensions": [{"Name": "FunctionVersion", "Value": NEW}],
            "Statistic": "Sum",
            "Period": 60,
        }
        traffic = Traffic(random.Random(1))
        for minute, point in enumerate(points.split()):
            if point != "-":
                traffic.minutes[NEW, minute] = {"Movies Http5xx": int(point == "X")}, 1, []
        return Alarm(properties).rings(traffic, 5, 5, False)

    def test_three_of_three(self):
        for points, rings in {
            "0 - X - X": False, "0 - - - -": False, "- - - - -": False, "0 X X - X": True, "- - - - X": False, "X - - - -": False,
        }.items():
            self.assertEqual(self.state(3, points), rings, points)

    def test_two_of_three(self):
        for points, rings in {
            "0 - X - X": True, "0 0 X 0 X": True, "0 - X - -": False, "- - - - 0": False, "- - - - X": False,
        }.items():
            self.assertEqual(self.state(2, points), rings, points)


if __name__ == "__main__":
    unittest.main()
