"""The people who work in Switchyard, and what each may touch. Kept as Django groups, synchronised after migrate."""

from collections.abc import Iterable
from enum import StrEnum

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission

from foundation.audit_history import one_entry_for_all


class Role(StrEnum):
    ADMINISTRATOR = "Administrator"
    SALES_OPS = "Sales ops"
    MARKETER = "Marketer"
    REP = "Rep"
    ANALYST = "Analyst"


# role -> app label -> actions ("view", "add", "change", "delete", and what a room adds to them), each on every model of
# the room; or a codename whole, where it is one model's.
_VIEW = ("view",)
_EDIT = ("view", "add", "change", "delete")
_LEADS = ("merge", "close")
_AUDIT = ("view_auditentry",)
_ROUTING = ("publish", "approve", "reassign")
RIGHTS: dict[Role, dict[str, tuple[str, ...]]] = {
    Role.ADMINISTRATOR: {
        **dict.fromkeys(("auth", "experiments", "enrichment", "integrations", "pipeline"), _EDIT),
        "leads": (*_EDIT, *_LEADS),
        "routing": (*_EDIT, *_ROUTING, "work"),
        "foundation": (*_EDIT, "apply"),
        "forms_engine": (*_EDIT, "judge"),
        # Who can't sign in any more asks an administrator, who deletes the attempts.
        "axes": (*_VIEW, "delete_accessattempt"),
    },
    Role.SALES_OPS: {
        "leads": (*_VIEW, *_LEADS),
        "routing": (*_EDIT, *_ROUTING),
        "foundation": _AUDIT,
        "enrichment": _EDIT,
        "integrations": _EDIT,
        "pipeline": _VIEW,
        "forms_engine": (*_VIEW, "judge"),
        "experiments": _VIEW,
    },
    Role.MARKETER: {"forms_engine": _EDIT, "experiments": _EDIT, "routing": _VIEW},
    Role.REP: {"routing": ("work",)},
    Role.ANALYST: {
        **dict.fromkeys(("leads", "routing", "experiments", "pipeline", "forms_engine"), _VIEW),
        "foundation": _AUDIT,
    },
}
# Models of a room that a role sees nothing of: decisions and assignments name people, alerts are for who answers for
# leads.
_WITHHELD: dict[Role, tuple[str, ...]] = {
    Role.MARKETER: ("decision", "assignment", "alertrule", "alertnotice", "alertstate", "historicalalertrule"),
}


def sync_roles(sender: AppConfig | None = None, **kwargs: object) -> None:
    """Make each role's group hold exactly its rights. Runs after every migrate, which is nobody's edit."""
    with one_entry_for_all():
        for role, rights in RIGHTS.items():
            group, _ = Group.objects.get_or_create(name=role.value)
            withheld = _WITHHELD.get(role, ())
            group.permissions.set(
                each for each in _permissions(rights.items()) if each.content_type.model not in withheld
            )


def _permissions(rights: Iterable[tuple[str, tuple[str, ...]]]) -> list[Permission]:
    return [
        permission
        for app_label, actions in rights
        for permission in Permission.objects.filter(content_type__app_label=app_label).select_related("content_type")
        if permission.codename in actions or permission.codename.split("_")[0] in actions
    ]
