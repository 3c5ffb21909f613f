"""What `startproject` and the tutorial give: a model, a ModelForm, a template, the default middleware."""
