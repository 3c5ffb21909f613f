"""People with known rights, for the tests of pages."""

from django.contrib.auth.models import Group, User
from django.test import Client

from foundation.roles import Role


def signed_in(role: Role | None) -> Client:
    """Staff with this role alone; None: with no role at all."""
    user = User.objects.create(username=role.value if role else "nobody", is_staff=True)
    if role is not None:
        user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client
