"""Load the example company into an empty installation."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.example_company import load_example_company


class Command(BaseCommand):
    help = "Load the example company; does nothing where there already are reps or forms."

    def handle(self, *args: Any, **options: Any) -> None:
        if load_example_company(now=timezone.now()):
            self.stdout.write("The example company is loaded.")
        else:
            self.stdout.write("There already are reps or forms; nothing was loaded.")
