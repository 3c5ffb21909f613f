"""The accounts of lists, which may be many thousands: read and written in bulk, without a history of each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from config.configuration.schema import Entry
from routing.models import NamedAccount, NamedAccountList, Rep

CHUNK = 500


def write_accounts(
    wanted: Mapping[str, Mapping[str, Entry]],
    lists: Mapping[str, NamedAccountList],
    reps: Mapping[str, Rep],
    *,
    leaving: Collection[str] = (),
) -> None:
    """`wanted`: list -> domain -> account, of the lists that change. A domain may move from one to another, also from
    one of the lists that are `leaving`; what stays on those is deleted."""
    touched = [lists[key].pk for key in (*wanted, *leaving)]
    there = {account.domain: account for account in NamedAccount.objects.filter(list__in=touched)}
    new, changed = [], []
    for key, accounts in wanted.items():
        for domain, entry in accounts.items():
            owner = reps[entry["owner"]].pk if entry["owner"] else None
            after = (lists[key].pk, entry["company_name"], owner)
            account = there.pop(domain, None)
            if account is None:
                new.append(NamedAccount(domain=domain, list_id=after[0], company_name=after[1], owner_id=owner))
            elif (account.list_id, account.company_name, account.owner_id) != after:
                account.list_id, account.company_name, account.owner_id = after
                changed.append(account)
    for pks in _chunks([account.pk for account in there.values()]):
        NamedAccount.objects.filter(pk__in=pks).delete()
    NamedAccount.objects.bulk_update(changed, ["list", "company_name", "owner"], batch_size=CHUNK)
    NamedAccount.objects.bulk_create(new, batch_size=CHUNK)


def _chunks(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]
