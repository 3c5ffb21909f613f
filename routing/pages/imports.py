def checked_context(job, request):
    return {}


def applied_context(job, request):
    return {}
