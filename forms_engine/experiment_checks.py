"""What `experiments` can't know: whether a variant's payload is a version of the form it is about."""

from experiments.models import Experiment
from forms_engine.models import Form, FormVersion

SUBJECT_PREFIX = "form:"


def check_variants(experiment: Experiment) -> list[str]:
    """Reasons why the experiment may not start; none for subjects that aren't forms."""
    if not experiment.subject.startswith(SUBJECT_PREFIX):
        return []
    slug = experiment.subject.removeprefix(SUBJECT_PREFIX)
    form = Form.objects.open().filter(slug=slug).first()
    if form is None:
        return [f"There is no open form {slug}."]
    published = set(form.versions.filter(status=FormVersion.Status.PUBLISHED).values_list("pk", flat=True))
    return [
        f"Variant {variant.key} must point to a published version of {slug} by its id, "
        'with a payload such as {"form_version": 3}.'
        for variant in experiment.variants.all()
        if not _points_to(variant.payload, published)
    ]


def _points_to(payload: object, published: set[int]) -> bool:
    if not isinstance(payload, dict) or set(payload) != {"form_version"}:
        return False
    version_id = payload["form_version"]
    return isinstance(version_id, int) and not isinstance(version_id, bool) and version_id in published
