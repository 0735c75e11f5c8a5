import pytest
from django.utils.functional import Promise

from catalog.platforms import PLATFORMS, Kind, Metric, Platform, wanted_kinds

networks = [platform for platform in Platform if platform not in (Platform.WEBSITE, Platform.OTHER)]


def test_every_network_is_in_the_table():
    assert set(PLATFORMS) == set(Platform)


@pytest.mark.parametrize("choices", [Platform, Metric, Kind])
def test_every_word_shown_to_people_can_be_translated(choices):
    assert all(isinstance(choice._label_, Promise) for choice in choices)


@pytest.mark.parametrize("choices", [Platform, Metric, Kind])
def test_stored_words_are_lower_case_and_fit_their_column(choices):
    assert all(choice.value.replace("_", "").isalpha() and choice.value.islower() for choice in choices)
    assert all(len(choice.value) <= 20 for choice in choices)


@pytest.mark.clause("A-07")
@pytest.mark.parametrize("platform", networks)
def test_a_network_names_its_hosts_and_its_terms_of_use(platform):
    facts = PLATFORMS[platform]

    assert facts.terms_url.startswith("https://")
    assert facts.hosts
    assert all(host == host.lower() and "/" not in host for host in facts.hosts)


def test_no_host_belongs_to_two_networks():
    hosts = [host for facts in PLATFORMS.values() for host in facts.hosts]

    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize("platform", Platform)
def test_every_kind_of_target_has_a_name_and_an_example_on_the_network(platform):
    facts = PLATFORMS[platform]

    for form in facts.forms.values():
        assert isinstance(form.noun, Promise)
        assert form.example.startswith("https://")
        host = form.example.split("/")[2].removeprefix("www.")
        assert not facts.hosts or host in facts.hosts


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("metric", Metric)
def test_every_service_has_a_kind_of_link_that_it_takes(platform, metric):
    wanted = wanted_kinds(platform, metric)

    assert wanted
    assert set(wanted) <= set(PLATFORMS[platform].forms)
    assert len(wanted) == len(set(wanted))


@pytest.mark.parametrize(
    ("platform", "metric", "kinds"),
    [
        (Platform.INSTAGRAM, Metric.FOLLOWERS, {Kind.PROFILE}),
        (Platform.INSTAGRAM, Metric.LIKES, {Kind.POST}),
        (Platform.INSTAGRAM, Metric.STORY_VIEWS, {Kind.PROFILE, Kind.STORY}),
        (Platform.YOUTUBE, Metric.SUBSCRIBERS, {Kind.PROFILE}),
        (Platform.YOUTUBE, Metric.VIEWS, {Kind.VIDEO}),
        (Platform.YOUTUBE, Metric.WATCH_HOURS, {Kind.VIDEO, Kind.PROFILE}),
        (Platform.FACEBOOK, Metric.PAGE_LIKES, {Kind.PROFILE}),
        (Platform.FACEBOOK, Metric.LIKES, {Kind.POST, Kind.VIDEO}),
        (Platform.FACEBOOK, Metric.MEMBERS, {Kind.GROUP}),
        (Platform.TELEGRAM, Metric.MEMBERS, {Kind.PROFILE}),
        (Platform.TELEGRAM, Metric.VIEWS, {Kind.POST}),
        (Platform.TELEGRAM, Metric.RECENT_VIEWS, {Kind.PROFILE}),
        (Platform.SPOTIFY, Metric.LISTENERS, {Kind.ARTIST}),
        (Platform.TWITCH, Metric.LIVE_VIEWS, {Kind.PROFILE}),
        (Platform.DISCORD, Metric.FOLLOWERS, {Kind.GROUP}),
        (Platform.WEBSITE, Metric.TRAFFIC, {Kind.PAGE}),
        (Platform.OTHER, Metric.OTHER, {Kind.PAGE}),
    ],
)
def test_a_metric_wants_the_target_that_it_is_counted_on(platform, metric, kinds):
    assert set(wanted_kinds(platform, metric)) == kinds


def test_where_nothing_is_known_about_a_metric_every_kind_of_the_network_will_do():
    assert set(wanted_kinds(Platform.X, Metric.LISTENERS)) == set(PLATFORMS[Platform.X].forms)
