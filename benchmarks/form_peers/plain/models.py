from django.db import models

from benchmarks.form_peers.questions import COUNTRIES, NEEDS, TEAMS


class Inquiry(models.Model):
    email = models.EmailField("Work e-mail")
    full_name = models.CharField("Full name", max_length=200)
    country = models.CharField("Country", max_length=2, choices=COUNTRIES)
    team = models.CharField("Who is it for?", max_length=20, choices=TEAMS)
    employees = models.PositiveIntegerField("How many people work there?")
    need = models.CharField("What is it for?", max_length=20, choices=NEEDS)
    message = models.TextField("What should we know?", blank=True)
    phone = models.CharField("Phone", max_length=40, blank=True)
    consent = models.BooleanField("You may write to me.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.email
