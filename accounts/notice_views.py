"""What a customer was told: the list, the bell, the switches, and what was announced to everybody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.announcements import put_away, told_to
from accounts.letters import stopped_by
from accounts.notices import mark_read, notices_of, unread_of
from accounts.requests import CustomerRequest
from accounts.switches import MAIL, choose, switch_off, switches_of

PAGE_NOTICES = 25
PAGE_ANNOUNCEMENTS = 50


@require_safe
@login_required
def notice_list(request: CustomerRequest) -> HttpResponse:
    show = "unread" if request.GET.get("show") == "unread" else ""
    notices = unread_of(request.user) if show else notices_of(request.user)
    before = _number(request.GET.get("before", ""))
    if before is not None:
        notices = notices.filter(pk__lt=before)
    rows = list(notices[: PAGE_NOTICES + 1])
    kept = f"?show={show}&" if show else "?"
    page = {
        "notices": rows[:PAGE_NOTICES],
        "show": show,
        "older": f"{kept}before={rows[PAGE_NOTICES - 1].pk}" if len(rows) > PAGE_NOTICES else "",
        "newer": kept if before else "",
    }
    part = "accounts/notices/rows.html" if request.headers.get("HX-Request") else "accounts/notices/list.html"
    return render(request, part, page)


@require_safe
@login_required
def notice_open(request: CustomerRequest, number: int) -> HttpResponse:
    """Follow a notice to its page: it counts as read."""
    notice = get_object_or_404(notices_of(request.user), pk=number)
    mark_read(request.user, number=notice.pk, now=timezone.now())
    return redirect(notice.url or "notice_list")


@require_POST
@login_required
def notice_read(request: CustomerRequest) -> HttpResponse:
    """One notice, or all up to the newest that the page showed, count as read."""
    number, up_to = (_number(request.POST.get(name, "")) for name in ("number", "up_to"))
    if number is None and up_to is None:
        raise Http404
    mark_read(request.user, number=number, up_to=up_to, now=timezone.now())
    show = "?show=unread" if request.POST.get("show") == "unread" else ""
    return redirect(reverse("notice_list") + show)


@require_safe
@login_required
def notice_bell(request: CustomerRequest) -> HttpResponse:
    return render(request, "partials/bell.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notice_switches(request: CustomerRequest) -> HttpResponse:
    if request.method == "POST":
        choose(request.user, set(request.POST.getlist("on")))
        messages.success(request, _("Kept: we tell you what you chose."))
        return redirect("notice_switches")
    return render(request, "accounts/notices/switches.html", {"kinds": switches_of(request.user)})


@csrf_exempt  # A mail program presses this button; the signed token says for whom.
@require_http_methods(["GET", "HEAD", "POST"])
def notice_mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    stopped = stopped_by(token)
    if stopped is None:
        raise Http404
    customer, kinds = stopped
    if request.method == "POST":
        switch_off(customer, kinds, MAIL)
    page = {"kinds": [kind.label for kind in sorted(kinds)], "done": request.method == "POST"}
    return render(request, "accounts/notices/stop.html", page)


@require_safe
@login_required
def announcement_list(request: CustomerRequest) -> HttpResponse:
    said = told_to(request.user)[:PAGE_ANNOUNCEMENTS]
    return render(request, "accounts/announcements/list.html", {"announcements_said": said})


@require_safe
@login_required
def announcement_open(request: CustomerRequest, number: int) -> HttpResponse:
    """Follow an announcement to its page: it counts as read."""
    announcement = get_object_or_404(told_to(request.user), pk=number)
    put_away(request.user, announcement.pk, now=timezone.now())
    return redirect(announcement.url or "announcement_list")


@require_POST
@login_required
def announcement_read(request: CustomerRequest, number: int) -> HttpResponse:
    put_away(request.user, number, now=timezone.now())
    if request.headers.get("HX-Request"):
        return HttpResponse()
    return redirect("announcement_list")


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
