"""Fair picking: the guarantees of docs/routing.md, "Fair picking"."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.balancing import UNIT, Pick, Pool, PoolMember, pick

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def pool(**weights: int) -> Pool:
    return Pool("q", tuple(PoolMember(rep=rep, weight=weight) for rep, weight in weights.items()))


def advance(current: Pool, result: Pick) -> Pool:
    after = {member.rep: member for member in result.standings}
    return Pool(current.queue, tuple(after.get(member.rep, member) for member in current.members))


def give(current: Pool, leads: int, seed: str = "s") -> tuple[Pool, list[str]]:
    order = []
    for number in range(leads):
        result = pick(current, {}, NOW + timedelta(minutes=number), f"{seed}{number}")
        assert result.member is not None
        order.append(result.member)
        current = advance(current, result)
    return current, order


def test_equal_weights_take_turns():
    _, order = give(pool(ada=1, ben=1, cyd=1), 9)
    assert all(set(order[i : i + 3]) == {"ada", "ben", "cyd"} for i in (0, 3, 6))


def test_weights_are_shares():
    after, _ = give(pool(ada=3, ben=2, cyd=1), 60)
    assert {member.rep: member.count for member in after.members} == {"ada": 30, "ben": 20, "cyd": 10}


@settings(max_examples=60, deadline=None)
@given(weights=st.lists(st.integers(1, 50), min_size=1, max_size=8), leads=st.integers(1, 150))
def test_every_count_stays_within_one_lead_of_its_exact_share_at_every_moment(weights, leads):
    current = pool(**{f"r{i}": weight for i, weight in enumerate(weights)})
    total = sum(weights)
    for number in range(1, leads + 1):
        current = advance(current, pick(current, {}, NOW, str(number)))
        assert all(abs(member.count * total - number * member.weight) < total for member in current.members)


@settings(max_examples=5, deadline=None)
@given(weights=st.lists(st.integers(1, 1_000), min_size=2, max_size=12))
def test_so_it_does_over_ten_thousand_leads(weights):
    current = pool(**{f"r{i}": weight for i, weight in enumerate(weights)})
    total = sum(weights)
    for number in range(1, 10_001):
        current = advance(current, pick(current, {}, NOW, str(number)))
        assert all(abs(member.count * total - number * member.weight) < total for member in current.members)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=60))
def test_targets_and_counts_balance_whoever_is_away(shifts):
    """Nothing is lost or invented: what is owed sums to what rounding holds back, under a lead's billionth."""
    current = pool(**{f"r{i}": i + 1 for i in range(5)})
    for number, present in enumerate(shifts):
        on_shift = Pool(
            "q",
            tuple(
                PoolMember(**{**vars(member), "unavailable": "" if i in present else "away"})
                for i, member in enumerate(current.members)
            ),
        )
        current = advance(on_shift, pick(on_shift, {}, NOW, str(number)))
    assert abs(sum(member.shortfall for member in current.members)) <= 5 * len(shifts)


def test_a_member_who_was_away_does_not_catch_up():
    away = Pool("q", (PoolMember("ada", 1), PoolMember("ben", 1, unavailable="paused")))
    after, order = give(away, 10)
    back = Pool("q", tuple(PoolMember(**{**vars(member), "unavailable": ""}) for member in after.members))
    _, order = give(back, 4)
    assert sorted(order) == ["ada", "ada", "ben", "ben"]


def test_weight_zero_excludes():
    _, order = give(pool(ada=0, ben=1), 5)
    assert set(order) == {"ben"}


def test_nobody_eligible_is_said():
    result = pick(Pool("q", (PoolMember("ada", 1, unavailable="paused"),)), {}, NOW, "s")
    assert (result.member, result.reason, result.standings) == (None, "no_eligible_member", ())


def test_an_empty_queue_has_nobody_eligible():
    assert pick(Pool("q", ()), {}, NOW, "s").reason == "no_eligible_member"


def test_equal_claims_are_decided_by_priority_before_the_draw():
    tied = Pool("q", (PoolMember("ada", 1), PoolMember("ben", 1, priority=5)))
    result = pick(tied, {}, NOW, "s")
    assert (result.member, result.tie_break) == ("ben", "priority")


def test_equal_claims_are_decided_by_who_waited_longer():
    tied = Pool(
        "q",
        (
            PoolMember("ada", 1, last_assigned_at=NOW),
            PoolMember("ben", 1, last_assigned_at=NOW - timedelta(hours=1)),
        ),
    )
    result = pick(tied, {}, NOW, "s")
    assert (result.member, result.tie_break) == ("ben", "least_recently_assigned")


def test_the_draw_depends_on_the_seed_alone():
    tied = pool(ada=1, ben=1)
    drawn = {seed: pick(tied, {}, NOW, seed) for seed in map(str, range(40))}
    assert {result.member for result in drawn.values()} == {"ada", "ben"}
    assert all(pick(tied, {}, NOW, seed) == result for seed, result in drawn.items())
    assert {result.tie_break for result in drawn.values()} == {"draw"}


def test_the_order_of_members_does_not_matter():
    members = [PoolMember("ada", 2), PoolMember("ben", 3), PoolMember("cyd", 1)]
    forward, backward = Pool("q", tuple(members)), Pool("q", tuple(reversed(members)))
    assert give(forward, 30)[1] == give(backward, 30)[1]


def test_a_pool_survives_storing():
    current, _ = give(pool(ada=3, ben=2), 7)
    assert Pool.from_document(current.as_document()) == current


def test_the_picked_member_is_charged_one_lead():
    result = pick(pool(ada=1), {}, NOW, "s")
    assert result.standings[0].count == 1
    assert result.standings[0].shortfall == UNIT - UNIT
