from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from orders.cases import LONGEST_MESSAGE, MessageMissing, answer
from orders.models import RefundCase


class AnswerForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_MESSAGE)


@login_required
@require_POST
def case_answer(request: CustomerRequest, number: int) -> HttpResponseRedirect:
    case = get_object_or_404(RefundCase, pk=number, order__customer=request.user)
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise MessageMissing(most=LONGEST_MESSAGE)
        answer(case.pk, customer=request.user, text=form.cleaned_data["text"], now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("Your answer is with our staff."))
    return redirect(case)
