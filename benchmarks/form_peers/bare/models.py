from django.db import models


class Row(models.Model):
    email = models.CharField(max_length=254)
    answers = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.email
