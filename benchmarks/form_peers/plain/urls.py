from django import forms
from django.http import HttpResponse
from django.urls import path
from django.views.generic import CreateView

from benchmarks.form_peers.plain.models import Inquiry


class InquiryForm(forms.ModelForm):
    consent = forms.BooleanField(label="You may write to me.")

    class Meta:
        model = Inquiry
        fields = ["email", "full_name", "country", "team", "employees", "need", "message", "phone", "consent"]
        widgets = {"team": forms.RadioSelect}


class InquiryView(CreateView):
    form_class = InquiryForm
    template_name = "form.html"
    success_url = "/thanks/"


urlpatterns = [path("form/", InquiryView.as_view()), path("thanks/", lambda request: HttpResponse("Thank you."))]
