"""The condition builder's address for what routing knows: what a condition says, and how many past leads match."""

from foundation.pages.conditions import condition_page
from routing.models import contract_vocabulary
from routing.past_inputs import count_past
from routing.vocabularies import named_vocabulary

condition_preview = condition_page("routing.view_plan", contract_vocabulary, count=count_past, lists=named_vocabulary)
