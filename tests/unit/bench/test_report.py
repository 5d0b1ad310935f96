from bench.report import latencies, percentile, ratios


def test_a_ratio_is_the_median_over_rounds_of_our_rate_by_theirs_in_the_same_round():
    rates = {"firstseen": [100.0, 300.0, 200.0], "quix": [50.0, 100.0, 200.0]}
    assert ratios(rates) == {"quix": 2.0}


def test_a_round_that_a_contender_did_not_finish_does_not_count():
    rates = {"firstseen": [100.0, 0, 200.0], "quix": [50.0, 100.0, 0]}
    assert ratios(rates) == {"quix": 2.0}


def test_without_a_round_in_common_there_is_no_ratio():
    assert ratios({"firstseen": [100.0], "quix": [0]}) == {}


def test_a_percentile_is_one_of_the_values():
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7


def test_latencies_are_rounded_and_counted():
    assert latencies([3.0, 1.04, 2.0]) == {"p50": 2.0, "p99": 3.0, "n": 3}


def test_contenders_with_the_same_two_hops_are_compared_separately():
    rates = {"firstseen": [100.0], "firstseen_two_hops": [150.0], "quix": [50.0]}
    assert ratios(rates) == {"quix": 2.0}
    assert ratios(rates, "firstseen_two_hops") == {"quix": 3.0}
