from mediation_server.domain.consent import REQUIRED_TO_ENTER, TEXT_VERSIONS, ConsentItem


def test_every_item_is_asked_with_a_version_of_its_text():
    assert set(TEXT_VERSIONS) == set(ConsentItem)
    assert all(TEXT_VERSIONS.values())


def test_nobody_enters_without_answering_for_the_online_way_and_the_recording():
    assert REQUIRED_TO_ENTER == (ConsentItem.ONLINE, ConsentItem.RECORDING_NOTICE)
