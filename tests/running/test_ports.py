from panel.embedded.ports import free_port, listen, port_of


def test_a_busy_port_gives_way_to_the_next_free_one():
    with listen(20800) as first, listen(port_of(first)) as second:
        assert port_of(second) > port_of(first)


def test_a_free_port_is_taken_as_wanted():
    with listen(20900) as first:
        wanted = port_of(first)

    assert free_port(wanted) == wanted
